//! The mail product as it is meant to work: its services, what calls what, and the words for both.
//! The flows of its users are in `flows`; how bytes are made of them is not its business.

mod flows;

pub(crate) use flows::{FLOWS, FlowId, broken};

pub(crate) const SERVICES: [Service; 9] = [
    Service::Webmail,
    Service::Auth,
    Service::Mail,
    Service::Storage,
    Service::Addressbook,
    Service::Spelling,
    Service::Spamfilter,
    Service::Mta,
    Service::MailQueue,
];

/// The moment at which a call that lasts as long as its attempt ends: fractions are in 1024ths.
pub(crate) const WHOLE: u64 = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Webmail,
    Auth,
    Mail,
    Storage,
    Addressbook,
    Spelling,
    Spamfilter,
    Mta,
    MailQueue,
}

/// A span's kind, numbered as in OTLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Server = 2,
    Client = 3,
    Producer = 4,
    Consumer = 5,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Protocol {
    Http { method: &'static str, route: &'static str },
    Rpc { service: &'static str, method: &'static str },
    Queue { operation: &'static str, destination: &'static str },
}

/// One span, or several alike, of a flow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) kind: Kind,
    pub(crate) protocol: Protocol,
    /// Index of the call above; none for the flow's first.
    pub(crate) parent: Option<usize>,
    /// When it starts and ends, in 1024ths of the attempt's duration; beyond 1024 is after the answer.
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// How many of it there are at least and at most, one after the other.
    pub(crate) times: (u32, u32),
    /// Whether the service copies the labels that the client sent along onto its span.
    pub(crate) carries: bool,
}

/// How a flow can end but for going through: the first call that answers otherwise, and what those above it make of that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    /// Index of the call where it ends; later calls are never made.
    pub(crate) at: usize,
    pub(crate) http: u16,
    pub(crate) grpc: u8,
    /// The status message of an error; none for an answer that is no error of the server.
    pub(crate) message: Option<&'static str>,
    /// The share of attempts that end so on an ordinary day.
    pub(crate) odds: f64,
    /// Duration against that of an attempt that goes through.
    pub(crate) tempo: f64,
}

/// Attributes that a client sends along, and with which share of the attempts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Label {
    pub(crate) odds: f64,
    pub(crate) tags: &'static [(&'static str, &'static str)],
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// So many a minute at the peak, following the rhythm of the users.
    Users { per_min: f64 },
    /// A machine's, at a fixed distance.
    Every { seconds: u64 },
}

/// The share of attempts that go through but slowly, and from when on one is called slow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slow {
    pub(crate) over_ms: f64,
    pub(crate) odds: f64,
}

/// One thing that users or machines do, with all that it calls.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) id: FlowId,
    pub(crate) pace: Pace,
    pub(crate) median_ms: f64,
    /// Of the logarithm of the duration.
    pub(crate) spread: f64,
    pub(crate) slow: Slow,
    pub(crate) labels: &'static [Label],
    /// Parents before children; the first is the entry.
    pub(crate) calls: &'static [Call],
    /// The first is what a small incident of the product looks like.
    pub(crate) endings: &'static [Ending],
}

impl Service {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Service::Webmail => "webmail",
            Service::Auth => "auth",
            Service::Mail => "mail",
            Service::Storage => "storage",
            Service::Addressbook => "addressbook",
            Service::Spelling => "spelling",
            Service::Spamfilter => "spamfilter",
            Service::Mta => "mta",
            Service::MailQueue => "mail-queue",
        }
    }
}

impl Call {
    const fn new(parent: Option<usize>, service: Service, kind: Kind, protocol: Protocol) -> Self {
        Self { service, kind, protocol, parent, from: 0, to: WHOLE, times: (1, 1), carries: false }
    }

    /// A request from outside, first of its trace; it always carries what the client sent.
    const fn entry(service: Service, kind: Kind, protocol: Protocol) -> Self {
        Self::new(None, service, kind, protocol).carrying()
    }

    const fn client(parent: usize, service: Service, protocol: Protocol) -> Self {
        Self::new(Some(parent), service, Kind::Client, protocol)
    }

    const fn server(parent: usize, service: Service, protocol: Protocol) -> Self {
        Self::new(Some(parent), service, Kind::Server, protocol)
    }

    const fn span(mut self, from: u64, to: u64) -> Self {
        self.from = from;
        self.to = to;
        self
    }

    const fn times(mut self, min: u32, max: u32) -> Self {
        self.times = (min, max);
        self
    }

    const fn carrying(mut self) -> Self {
        self.carries = true;
        self
    }
}

impl Ending {
    /// The call `at` breaks with UNAVAILABLE and the user sees 503.
    const fn unavailable(at: usize, message: &'static str, odds: f64) -> Self {
        Self { at, http: 503, grpc: 14, message: Some(message), odds, tempo: 0.7 }
    }

    /// The call `at` breaks with INTERNAL and the user sees 500.
    const fn internal(at: usize, message: &'static str, odds: f64) -> Self {
        Self { at, http: 500, grpc: 13, message: Some(message), odds, tempo: 0.9 }
    }

    /// The user asked for something that cannot be had: a 4xx, no error of the server.
    const fn refused(at: usize, http: u16, grpc: u8, odds: f64) -> Self {
        Self { at, http, grpc, message: None, odds, tempo: 0.3 }
    }
}

impl Flow {
    /// Returns how much longer than the answer the whole flow takes, in 1024ths.
    pub(crate) fn reach(&self) -> u64 {
        self.calls.iter().map(|call| call.to).max().unwrap_or(WHOLE)
    }
}
