//! The table of everything that happens in the mail product: rates, durations, calls, and how each flow can end.
//! A table only: nothing here is drawn, encoded or counted.

use super::Protocol::{Http, Queue, Rpc};
use super::Service::{Addressbook, Auth, Mail, MailQueue, Mta, Spamfilter, Spelling, Storage, Webmail};
use super::{Call, Ending, Flow, Kind, Label, Pace, Protocol, Slow};

/// A flow's place in `FLOWS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FlowId {
    Login,
    OpenCompose,
    LookupAddresses,
    CheckSpelling,
    SaveDraft,
    SendMail,
    OpenInbox,
    OpenMessage,
    ReceiveMail,
    Export,
    Probe,
    Static,
    Calendar,
    Health,
    Compact,
}

/// Places of the endings that never happen on an ordinary day.
pub(crate) mod broken {
    pub(crate) const DRAFT_OVER_QUOTA: usize = 3;
    pub(crate) const COMPOSE_EMPTY: usize = 3;
    pub(crate) const INBOX_WITHOUT_SHARD: usize = 3;
    pub(crate) const MESSAGE_WITHOUT_SHARD: usize = 3;
    pub(crate) const EXPORT_WITHOUT_SHARD: usize = 2;
}

const SESSIONS_CREATE: Protocol = Rpc { service: "auth.v1.Sessions", method: "Create" };
const DRAFTS_NEW: Protocol = Rpc { service: "mail.v1.Drafts", method: "New" };
const DRAFTS_SAVE: Protocol = Rpc { service: "mail.v1.Drafts", method: "Save" };
const MESSAGES_SEND: Protocol = Rpc { service: "mail.v1.Messages", method: "Send" };
const MESSAGES_LIST: Protocol = Rpc { service: "mail.v1.Messages", method: "List" };
const MESSAGES_GET: Protocol = Rpc { service: "mail.v1.Messages", method: "Get" };
const PEOPLE_FIND: Protocol = Rpc { service: "directory.v1.People", method: "Find" };
const BLOBS_PUT: Protocol = Rpc { service: "storage.v1.Blobs", method: "Put" };
const BLOBS_GET: Protocol = Rpc { service: "storage.v1.Blobs", method: "Get" };
const BLOBS_STAT: Protocol = Rpc { service: "storage.v1.Blobs", method: "Stat" };
const BLOBS_APPEND: Protocol = Rpc { service: "storage.v1.Blobs", method: "Append" };
const BLOBS_COMPACT: Protocol = Rpc { service: "storage.v1.Blobs", method: "Compact" };
const CHECK: Protocol = Http { method: "POST", route: "/check" };
const ENQUEUE: Protocol = Queue { operation: "enqueue", destination: "outbox" };

const NEVER_SLOW: Slow = Slow { over_ms: 1000.0, odds: 0.0 };

const LOGIN_CALLS: &[Call] = &[
    page("POST", "/login"),
    Call::client(0, Webmail, SESSIONS_CREATE).span(30, 990),
    Call::server(1, Auth, SESSIONS_CREATE).span(50, 970).carrying(),
];

const INBOX_CALLS: &[Call] = &[
    page("GET", "/api/messages"),
    Call::client(0, Webmail, MESSAGES_LIST).span(40, 1000),
    Call::server(1, Mail, MESSAGES_LIST).span(60, 980).carrying(),
    Call::client(2, Mail, BLOBS_STAT).span(150, 950),
    Call::server(3, Storage, BLOBS_STAT).span(160, 940).times(18, 26),
];

const EXPORT_CALLS: &[Call] = &[
    page("GET", "/api/messages"),
    Call::client(0, Webmail, MESSAGES_LIST).span(40, 1000),
    Call::server(1, Mail, MESSAGES_LIST).span(60, 980).carrying(),
    Call::client(2, Mail, BLOBS_STAT).span(150, 950),
    Call::server(3, Storage, BLOBS_STAT).span(160, 940).times(30, 50),
];

pub(crate) static FLOWS: [Flow; 15] = [
    Flow {
        id: FlowId::Login,
        pace: Pace::Users { per_min: 13.0 },
        median_ms: 120.0,
        spread: 0.45,
        slow: Slow { over_ms: 1000.0, odds: 0.0029 },
        labels: &[
            Label {
                odds: 0.38,
                tags: &[("throughline.step", "login"), ("throughline.objective", "compose-mail")],
            },
            Label {
                odds: 0.57,
                tags: &[("throughline.step", "login"), ("throughline.objective", "read-mail")],
            },
        ],
        calls: LOGIN_CALLS,
        endings: &[
            Ending::unavailable(2, "session store is not available", 0.000_22),
            Ending::internal(0, "cannot render page", 0.000_08),
            Ending::refused(2, 401, 16, 0.03),
        ],
    },
    Flow {
        id: FlowId::OpenCompose,
        pace: Pace::Users { per_min: 18.0 },
        median_ms: 70.0,
        spread: 0.5,
        slow: Slow { over_ms: 1000.0, odds: 0.002 },
        labels: &[Label {
            odds: 0.95,
            tags: &[("throughline.step", "open-compose"), ("throughline.objective", "compose-mail")],
        }],
        calls: &[
            page("GET", "/compose"),
            Call::client(0, Webmail, DRAFTS_NEW).span(60, 960),
            Call::server(1, Mail, DRAFTS_NEW).span(90, 930),
            Call::client(2, Mail, BLOBS_GET).span(200, 800),
            Call::server(3, Storage, BLOBS_GET).span(220, 780).times(2, 2),
        ],
        endings: &[
            Ending::unavailable(2, "no mail backend is available", 0.000_9),
            Ending::internal(0, "cannot render page", 0.000_4),
            Ending::refused(0, 401, 16, 0.01),
            Ending { at: 2, http: 200, grpc: 0, message: None, odds: 0.0, tempo: 0.2 },
        ],
    },
    Flow {
        id: FlowId::LookupAddresses,
        pace: Pace::Users { per_min: 26.0 },
        median_ms: 70.0,
        spread: 0.4,
        slow: Slow { over_ms: 300.0, odds: 0.0073 },
        labels: &[],
        calls: &[
            page("GET", "/api/addresses"),
            Call::client(0, Webmail, PEOPLE_FIND).span(40, 990),
            Call::server(1, Addressbook, PEOPLE_FIND).span(60, 970),
        ],
        endings: &[
            Ending::unavailable(2, "directory replica is not available", 0.001_2),
            Ending::internal(0, "cannot read the answer of addressbook", 0.000_4),
            Ending::refused(2, 400, 3, 0.01),
        ],
    },
    Flow {
        id: FlowId::CheckSpelling,
        pace: Pace::Users { per_min: 15.0 },
        median_ms: 45.0,
        spread: 0.5,
        slow: Slow { over_ms: 500.0, odds: 0.003 },
        labels: &[Label { odds: 0.7, tags: &[("throughline.step", "check-spelling")] }],
        calls: &[
            page("POST", "/api/spelling"),
            Call::client(0, Webmail, CHECK).span(60, 980),
            Call::server(1, Spelling, CHECK).span(90, 950).carrying(),
        ],
        endings: &[Ending::unavailable(2, "dictionary is loading", 0.004), Ending::refused(2, 413, 8, 0.006)],
    },
    Flow {
        id: FlowId::SaveDraft,
        pace: Pace::Users { per_min: 20.0 },
        median_ms: 110.0,
        spread: 0.5,
        slow: Slow { over_ms: 800.0, odds: 0.0036 },
        labels: &[Label {
            odds: 0.97,
            tags: &[("throughline.step", "save-draft"), ("throughline.objective", "compose-mail")],
        }],
        calls: &[
            page("PUT", "/api/drafts/{id}"),
            Call::client(0, Webmail, DRAFTS_SAVE).span(50, 980),
            Call::server(1, Mail, DRAFTS_SAVE).span(80, 950).carrying(),
            Call::client(2, Mail, BLOBS_PUT).span(350, 900),
            Call::server(3, Storage, BLOBS_PUT).span(380, 870).carrying(),
        ],
        endings: &[
            Ending::unavailable(4, "storage refused the write", 0.001_3),
            Ending::internal(2, "cannot encode draft", 0.000_4),
            Ending::refused(0, 401, 16, 0.008),
            Ending { at: 4, http: 503, grpc: 13, message: Some("quota exceeded"), odds: 0.0, tempo: 0.4 },
        ],
    },
    Flow {
        id: FlowId::SendMail,
        pace: Pace::Users { per_min: 20.0 },
        median_ms: 130.0,
        spread: 0.45,
        slow: Slow { over_ms: 800.0, odds: 0.0018 },
        labels: &[Label {
            odds: 0.97,
            tags: &[("throughline.step", "send-mail"), ("throughline.objective", "compose-mail")],
        }],
        calls: &[
            page("POST", "/api/messages"),
            Call::client(0, Webmail, MESSAGES_SEND).span(50, 990),
            Call::server(1, Mail, MESSAGES_SEND).span(70, 970).carrying(),
            Call::new(Some(2), Mail, Kind::Producer, ENQUEUE).span(500, 930),
            Call::server(3, MailQueue, ENQUEUE).span(530, 900),
        ],
        endings: &[
            Ending::unavailable(4, "queue is not available", 0.000_16),
            Ending::internal(2, "cannot encode message", 0.000_07),
            Ending::refused(2, 400, 3, 0.01),
        ],
    },
    Flow {
        id: FlowId::OpenInbox,
        pace: Pace::Users { per_min: 19.0 },
        median_ms: 150.0,
        spread: 0.5,
        slow: Slow { over_ms: 1000.0, odds: 0.0019 },
        labels: &[],
        calls: INBOX_CALLS,
        endings: &[
            Ending::unavailable(4, "blob replica is not available", 0.000_24),
            Ending::internal(2, "cannot read the index", 0.000_09),
            Ending::refused(0, 401, 16, 0.01),
            Ending::unavailable(2, "mailbox shard is not available", 0.0),
        ],
    },
    Flow {
        id: FlowId::OpenMessage,
        pace: Pace::Users { per_min: 24.0 },
        median_ms: 120.0,
        spread: 0.5,
        slow: Slow { over_ms: 1000.0, odds: 0.0012 },
        labels: &[Label {
            odds: 0.92,
            tags: &[("throughline.step", "open-message"), ("throughline.objective", "read-mail")],
        }],
        calls: &[
            page("GET", "/api/messages/{id}"),
            Call::client(0, Webmail, MESSAGES_GET).span(40, 1000),
            Call::server(1, Mail, MESSAGES_GET).span(60, 980).carrying(),
            Call::client(2, Mail, BLOBS_GET).span(120, 950),
            Call::server(3, Storage, BLOBS_GET).span(130, 940).times(14, 25),
        ],
        endings: &[
            Ending::unavailable(4, "blob replica is not available", 0.000_18),
            Ending::internal(2, "cannot decode message", 0.000_07),
            Ending::refused(2, 404, 5, 0.025),
            Ending::unavailable(2, "mailbox shard is not available", 0.0),
        ],
    },
    Flow {
        id: FlowId::ReceiveMail,
        pace: Pace::Users { per_min: 16.0 },
        median_ms: 250.0,
        spread: 0.5,
        slow: NEVER_SLOW,
        labels: &[],
        calls: &[
            Call::entry(Mta, Kind::Consumer, Queue { operation: "deliver", destination: "inbound" }),
            Call::client(0, Mta, BLOBS_APPEND).span(300, 900),
            Call::server(1, Storage, BLOBS_APPEND).span(320, 880),
            Call::new(
                Some(0),
                Spamfilter,
                Kind::Consumer,
                Queue { operation: "classify", destination: "inbound" },
            )
            .span(1100, 1500),
        ],
        endings: &[
            Ending::unavailable(2, "storage refused the write", 0.000_6),
            Ending::internal(0, "cannot parse headers", 0.000_25),
            Ending::internal(3, "model is not loaded", 0.002),
        ],
    },
    Flow {
        id: FlowId::Export,
        pace: Pace::Users { per_min: 0.6 },
        median_ms: 1500.0,
        spread: 0.5,
        slow: NEVER_SLOW,
        labels: &[Label { odds: 1.0, tags: &[("throughline.traffic", "batch")] }],
        calls: EXPORT_CALLS,
        endings: &[
            Ending::unavailable(4, "blob replica is not available", 0.01),
            Ending::refused(2, 429, 8, 0.02),
            Ending::unavailable(2, "mailbox shard is not available", 0.0),
        ],
    },
    Flow {
        id: FlowId::Probe,
        pace: Pace::Every { seconds: 60 },
        median_ms: 110.0,
        spread: 0.3,
        slow: NEVER_SLOW,
        labels: &[Label { odds: 1.0, tags: &[("user_agent.synthetic.type", "test")] }],
        calls: &[
            page("POST", "/login"),
            Call::client(0, Webmail, SESSIONS_CREATE).span(30, 990),
            Call::server(1, Auth, SESSIONS_CREATE).span(50, 970),
        ],
        endings: &[],
    },
    lone(
        FlowId::Static,
        Pace::Users { per_min: 16.0 },
        &[page("GET", "/static/{file}")],
        &[Ending::refused(0, 404, 0, 0.04)],
    ),
    lone(
        FlowId::Calendar,
        Pace::Users { per_min: 6.0 },
        &[page("POST", "/api/calendar/events")],
        &[Ending::internal(0, "calendar is not configured", 0.014), Ending::refused(0, 400, 0, 0.03)],
    ),
    lone(FlowId::Health, Pace::Every { seconds: 15 }, &[page("GET", "/healthz")], &[]),
    lone(
        FlowId::Compact,
        Pace::Users { per_min: 30.0 },
        &[Call::entry(Storage, Kind::Server, BLOBS_COMPACT)],
        &[],
    ),
];

/// A page or API of the web front end.
const fn page(method: &'static str, route: &'static str) -> Call {
    Call::entry(Webmail, Kind::Server, Http { method, route })
}

/// A flow of a single call, without anything that users wait for.
const fn lone(id: FlowId, pace: Pace, calls: &'static [Call], endings: &'static [Ending]) -> Flow {
    let (median_ms, spread, slow) = (12.0, 0.6, NEVER_SLOW);
    Flow { id, pace, median_ms, spread, slow, labels: &[], calls, endings }
}
