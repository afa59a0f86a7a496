//! What the receivers count about requests: how they were answered, and why refused. It counts no span.

use std::sync::atomic::{AtomicU64, Ordering};

use throughline_core::observation::Signal;

/// How a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    Http,
    Grpc,
}

impl Transport {
    /// Both, in the order of their counters.
    pub const ALL: [Self; 2] = [Self::Http, Self::Grpc];

    /// Returns the word used on `/metrics`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Grpc => "grpc",
        }
    }
}

/// How a request was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// All records were taken.
    Taken,
    /// Some records were rejected for good.
    Partly,
    /// Refused for good.
    Refused,
    /// Refused for now; the sender shall come again.
    Later,
}

impl Class {
    /// All classes, in the order of their counters.
    pub const ALL: [Self; 4] = [Self::Taken, Self::Partly, Self::Refused, Self::Later];

    /// Returns the word used on `/metrics`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Partly => "partly",
            Self::Refused => "refused",
            Self::Later => "later",
        }
    }
}

/// Why a whole request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    Overload,
    Slow,
    Broken,
    TooLarge,
    TooManySpans,
    Encoding,
    MediaType,
    Method,
    Path,
    Frame,
    Corrupt,
    Malformed,
}

impl Reason {
    /// All reasons, in the order of their counters.
    pub const ALL: [Self; 12] = [
        Self::Overload,
        Self::Slow,
        Self::Broken,
        Self::TooLarge,
        Self::TooManySpans,
        Self::Encoding,
        Self::MediaType,
        Self::Method,
        Self::Path,
        Self::Frame,
        Self::Corrupt,
        Self::Malformed,
    ];

    /// Returns the word used on `/metrics`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Overload => "overload",
            Self::Slow => "slow",
            Self::Broken => "broken_off",
            Self::TooLarge => "too_large",
            Self::TooManySpans => "too_many_spans",
            Self::Encoding => "content_encoding",
            Self::MediaType => "media_type",
            Self::Method => "method",
            Self::Path => "path",
            Self::Frame => "frame",
            Self::Corrupt => "corrupt",
            Self::Malformed => "malformed",
        }
    }
}

/// The counters, added to once per request.
#[derive(Debug, Default)]
pub(super) struct Tally {
    requests: [[[AtomicU64; 4]; 3]; 2],
    refused: [AtomicU64; 12],
}

/// Requests that came by one transport, for one signal, and were answered alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requests {
    pub transport: Transport,
    pub signal: Signal,
    pub class: Class,
    pub count: u64,
}

/// All counters at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Every combination once.
    pub requests: Vec<Requests>,
    /// Every reason once; a path that is unknown has no signal and stands here alone.
    pub refused: Vec<(Reason, u64)>,
    pub in_flight_bytes: usize,
    pub in_flight_bytes_max: usize,
}

impl Tally {
    pub(super) fn note(
        &self,
        transport: Transport,
        signal: Option<Signal>,
        (class, reason): (Class, Option<Reason>),
    ) {
        if let Some(signal) = signal {
            let counter = &self.requests[transport as usize][signal as usize][class as usize];
            counter.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(reason) = reason {
            self.refused[reason as usize].fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn snapshot(&self, in_flight_bytes: usize, in_flight_bytes_max: usize) -> Snapshot {
        let mut requests = Vec::with_capacity(24);
        for transport in Transport::ALL {
            for signal in [Signal::Traces, Signal::Logs, Signal::Metrics] {
                for class in Class::ALL {
                    let counter = &self.requests[transport as usize][signal as usize][class as usize];
                    let count = counter.load(Ordering::Relaxed);
                    requests.push(Requests { transport, signal, class, count });
                }
            }
        }
        let count = |reason: Reason| (reason, self.refused[reason as usize].load(Ordering::Relaxed));
        let refused = Reason::ALL.map(count).to_vec();
        Snapshot { requests, refused, in_flight_bytes, in_flight_bytes_max }
    }
}

impl Snapshot {
    /// Returns how many requests were answered like this.
    pub fn count(&self, transport: Transport, signal: Signal, class: Class) -> u64 {
        let is_asked = |r: &&Requests| (r.transport, r.signal, r.class) == (transport, signal, class);
        self.requests.iter().find(is_asked).map_or(0, |found| found.count)
    }

    /// Returns how many requests were refused for this reason.
    pub fn refused(&self, reason: Reason) -> u64 {
        self.refused.iter().find(|(found, _)| *found == reason).map_or(0, |(_, count)| *count)
    }
}
