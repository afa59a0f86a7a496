//! An SLO as it is written, at its step or as a document of its own.

use throughline_core::model::slo::Method;

use crate::document::{at, operation};
use crate::parse::Node;
use crate::source::{At, Place};
use crate::table::{Broken, Field, Fields, Kind, Need, Object};
use crate::value;

static JOIN_SIDE: Object = Object {
    name: "an end of a join",
    doc: "One end of an end-to-end SLO: a service, an operation and the key by which both ends find each other.",
    fields: &[
        Field {
            name: "service",
            kind: Kind::Written(&value::SERVICE),
            need: Need::Required,
            doc: "The service that records this end.",
        },
        Field {
            name: "operation",
            kind: Kind::Written(&operation::TEXT),
            need: Need::Required,
            doc: "Its operation.",
        },
        Field {
            name: "key",
            kind: Kind::Text,
            need: Need::Required,
            doc: "An attribute, `trace`, or `link`.",
        },
    ],
};

static CALENDAR: Object = Object {
    name: "a calendar window",
    doc: "A window of whole calendar months; not computed by this version.",
    fields: &[
        Field { name: "calendar", kind: Kind::Text, need: Need::Required, doc: "Such as 1M." },
        Field {
            name: "start",
            kind: Kind::Text,
            need: Need::Required,
            doc: "The first window's begin, local time.",
        },
        Field { name: "zone", kind: Kind::Text, need: Need::Required, doc: "An IANA time zone." },
    ],
};

macro_rules! slo_fields {
    ($($first:expr),*) => {
        &[
            $($first,)*
            Field {
                name: "method",
                kind: Kind::Word(&["service", "client", "end-to-end"]),
                need: Need::Default("service"),
                doc: "How it is measured: at the service, in the user's client, or by joining both ends.",
            },
            Field { name: "latency", kind: Kind::Written(&value::DURATION), need: Need::Optional, doc: "Good attempts must end within this; without it the SLO is about availability." },
            Field { name: "target", kind: Kind::Written(&value::TARGET), need: Need::Required, doc: "The share of attempts that must be good, in per cent." },
            Field { name: "window", kind: Kind::ScalarOr(&Kind::Written(&value::WINDOW), &CALENDAR), need: Need::Default("28d"), doc: "The rolling window over which the target holds." },
            Field { name: "from", kind: Kind::Object(&JOIN_SIDE), need: Need::Optional, doc: "Where an end-to-end attempt begins." },
            Field { name: "to", kind: Kind::Object(&JOIN_SIDE), need: Need::Optional, doc: "Where it ends." },
            Field { name: "within", kind: Kind::Written(&value::DURATION), need: Need::Optional, doc: "How long the way may take." },
            Field { name: "justification", kind: Kind::Text, need: Need::Optional, doc: "Why the target lies outside what fits the criticality; silences that warning." },
            Field { name: "formerly", kind: Kind::Id, need: Need::Optional, doc: "The SLO's earlier name; its history stays." },
        ]
    };
}

pub(crate) static SLO: Object = Object {
    name: "an SLO",
    doc: "What is measured at a step, by which method, against which target.",
    fields: slo_fields!(Field {
        name: "name",
        kind: Kind::Id,
        need: Need::Required,
        doc: "Unique at the step; `available` and `fast` are usual."
    }),
};

static SLO_SPEC: Object = Object {
    name: "the `spec` of an SLO",
    doc: "An SLO that is written beside its step.",
    fields: slo_fields!(Field {
        name: "step",
        kind: Kind::Text,
        need: Need::Required,
        doc: "The step it belongs to: product/step."
    }),
};

static SLO_METADATA: Object = Object {
    name: "the `metadata` of an SLO",
    doc: "What the SLO is called.",
    fields: &[Field { name: "name", kind: Kind::Id, need: Need::Required, doc: "Unique at the step." }],
};

pub(crate) static SLO_DOCUMENT: Object = Object {
    name: "an SLO document",
    doc: "An SLO beside its step.",
    fields: &[
        Field {
            name: "apiVersion",
            kind: Kind::Word(&[super::API_VERSION]),
            need: Need::Required,
            doc: "The version of this format.",
        },
        Field {
            name: "kind",
            kind: Kind::Word(&["SLO"]),
            need: Need::Required,
            doc: "What the document is.",
        },
        Field {
            name: "metadata",
            kind: Kind::Object(&SLO_METADATA),
            need: Need::Required,
            doc: "What it is called.",
        },
        Field { name: "spec", kind: Kind::Object(&SLO_SPEC), need: Need::Required, doc: "What it says." },
    ],
};

/// One end of a join.
#[derive(Debug, Clone)]
pub(crate) struct JoinDoc {
    pub(crate) service: String,
    pub(crate) operation: String,
    pub(crate) key: String,
}

/// A rolling window in minutes, with the text it was written as.
#[derive(Debug, Clone)]
pub(crate) struct WindowDoc {
    pub(crate) minutes: u32,
    pub(crate) text: At<String>,
}

/// What an SLO says.
#[derive(Debug)]
pub(crate) struct SloDoc {
    pub(crate) name: At<String>,
    pub(crate) method: Method,
    pub(crate) latency_ns: Option<u64>,
    pub(crate) target: Option<At<u64>>,
    pub(crate) window: Option<WindowDoc>,
    /// Where a calendar window stands.
    pub(crate) calendar: Option<Place>,
    pub(crate) from: Option<JoinDoc>,
    pub(crate) to: Option<JoinDoc>,
    pub(crate) within_ns: Option<u64>,
    /// Whether the keys are there at all, well formed or not.
    pub(crate) has_from: bool,
    pub(crate) has_to: bool,
    pub(crate) has_within: bool,
    pub(crate) justification: String,
    pub(crate) formerly: Option<At<String>>,
    pub(crate) broken: Broken,
}

/// An SLO that is a document of its own.
#[derive(Debug)]
pub(crate) struct SloDocument {
    pub(crate) step: At<String>,
    pub(crate) slo: SloDoc,
}

/// Reads an SLO at its step.
pub(crate) fn read(node: &Node) -> Option<SloDoc> {
    let fields = Fields::of(node.entries(), &SLO);
    Some(said(at(fields, "name")?, fields, Broken::of(node, &SLO)))
}

/// Reads an SLO document.
pub(crate) fn document(fields: Fields<'_>) -> Option<SloDocument> {
    let name = at(fields.object("metadata")?, "name")?;
    let spec = fields.object("spec")?;
    let broken = Broken::of(fields.node("spec")?, &SLO_SPEC);
    Some(SloDocument { step: at(spec, "step")?, slo: said(name, spec, broken) })
}

fn said(name: At<String>, fields: Fields<'_>, broken: Broken) -> SloDoc {
    let duration = |name| fields.text(name).and_then(|text| value::duration(text).ok());
    let target =
        at(fields, "target").and_then(|text| Some(At::new(value::target(&text.value).ok()?, text.place)));
    let calendar = fields.object("window").and_then(|_| fields.node("window")).map(|node| node.place);
    SloDoc {
        name,
        method: method(fields.text("method")),
        latency_ns: duration("latency"),
        target,
        window: at(fields, "window").and_then(window),
        calendar,
        from: fields.object("from").and_then(join),
        to: fields.object("to").and_then(join),
        within_ns: duration("within"),
        has_from: fields.entry("from").is_some(),
        has_to: fields.entry("to").is_some(),
        has_within: fields.entry("within").is_some(),
        justification: fields.owned("justification"),
        formerly: at(fields, "formerly"),
        broken,
    }
}

fn window(text: At<String>) -> Option<WindowDoc> {
    Some(WindowDoc { minutes: value::window(&text.value).ok()?, text })
}

fn method(text: Option<&str>) -> Method {
    match text {
        Some("client") => Method::Client,
        Some("end-to-end") => Method::EndToEnd,
        _ => Method::Service,
    }
}

fn join(fields: Fields<'_>) -> Option<JoinDoc> {
    let text = |name| fields.text(name).map(str::to_owned);
    Some(JoinDoc { service: text("service")?, operation: text("operation")?, key: text("key")? })
}
