//! Users' tests of their rules as they are written: this span, that step, that outcome. They are read here and
//! run where attempts are judged.

use throughline_core::observation::{SpanKind, SpanStatus};

use crate::document::at;
use crate::parse::{Node, Value};
use crate::source::At;
use crate::table::{Field, Fields, Kind, Need, Object};
use crate::value;

static BELOW: Object = Object {
    name: "a span below",
    doc: "A span that the attempt's request brought about.",
    fields: &[
        Field {
            name: "service",
            kind: Kind::Text,
            need: Need::Required,
            doc: "The service that records it.",
        },
        Field { name: "operation", kind: Kind::Text, need: Need::Required, doc: "Its operation." },
    ],
};

static SPAN: Object = Object {
    name: "the span of a test",
    doc: "The span as the service would record it.",
    fields: &[
        Field {
            name: "service",
            kind: Kind::Text,
            need: Need::Required,
            doc: "The service that records it.",
        },
        Field { name: "operation", kind: Kind::Text, need: Need::Required, doc: "Its operation." },
        Field {
            name: "kind",
            kind: Kind::Word(&["server", "consumer", "internal", "client", "producer"]),
            need: Need::Default("server"),
            doc: "Its kind.",
        },
        Field {
            name: "status",
            kind: Kind::Word(&["unset", "ok", "error"]),
            need: Need::Default("unset"),
            doc: "Its own status.",
        },
        Field {
            name: "http.status",
            kind: Kind::Integer,
            need: Need::Optional,
            doc: "The HTTP status of the answer.",
        },
        Field {
            name: "grpc.status",
            kind: Kind::Written(&value::GRPC_STATUS),
            need: Need::Optional,
            doc: "The gRPC status of the answer.",
        },
        Field {
            name: "duration",
            kind: Kind::Written(&value::DURATION),
            need: Need::Default("10ms"),
            doc: "How long it took.",
        },
        Field {
            name: "attributes",
            kind: Kind::Map(&Kind::Text),
            need: Need::Optional,
            doc: "Its other attributes.",
        },
        Field {
            name: "below",
            kind: Kind::List(&Kind::Object(&BELOW)),
            need: Need::Optional,
            doc: "Spans below it, as its direct children.",
        },
    ],
};

static EXPECTED: Object = Object {
    name: "what a test expects",
    doc: "What must become of the span.",
    fields: &[
        Field {
            name: "step",
            kind: Kind::Id,
            need: Need::Optional,
            doc: "The step whose attempt it is, `none` for no step; at a step, that step when left out.",
        },
        Field {
            name: "outcome",
            kind: Kind::Word(&["good", "bad", "excluded"]),
            need: Need::Optional,
            doc: "The attempt's outcome; any when left out.",
        },
    ],
};

pub(crate) static TEST: Object = Object {
    name: "a test",
    doc: "An example that the rules must get right.",
    fields: &[
        Field { name: "name", kind: Kind::Text, need: Need::Required, doc: "What it shows." },
        Field { name: "span", kind: Kind::Object(&SPAN), need: Need::Required, doc: "This span," },
        Field {
            name: "expect",
            kind: Kind::Object(&EXPECTED),
            need: Need::Required,
            doc: "that step, that outcome.",
        },
    ],
};

/// An attribute's value in a test: quoted text is text, plain numbers and booleans are what they look like.
#[derive(Debug, Clone, PartialEq)]
pub enum TestValue {
    Text(String),
    Int(i64),
    Double(f64),
    Bool(bool),
}

/// What a test says must become of its attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestOutcome {
    Good,
    Bad,
    Excluded,
}

/// The span of a test.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TestSpan {
    pub service: String,
    pub operation: String,
    pub kind: SpanKind,
    pub status: SpanStatus,
    pub duration_ns: u64,
    /// Those that `http.status` and `grpc.status` stand for, too.
    pub attributes: Vec<(String, TestValue)>,
    /// Service and operation of direct children.
    pub below: Vec<(String, String)>,
}

/// A test as it is written.
#[derive(Debug)]
pub(crate) struct TestDoc {
    pub(crate) name: At<String>,
    pub(crate) span: TestSpan,
    pub(crate) step: Option<At<String>>,
    pub(crate) outcome: Option<TestOutcome>,
}

/// Reads a test.
pub(crate) fn read(node: &Node) -> Option<TestDoc> {
    let fields = Fields::of(node.entries(), &TEST);
    let expect = fields.object("expect")?;
    Some(TestDoc {
        name: at(fields, "name")?,
        span: span(fields.object("span")?),
        step: at(expect, "step"),
        outcome: expect.text("outcome").and_then(outcome),
    })
}

fn span(fields: Fields<'_>) -> TestSpan {
    let duration = fields.text("duration").and_then(|text| value::duration(text).ok());
    TestSpan {
        service: fields.owned("service"),
        operation: fields.owned("operation"),
        kind: kind(fields.text("kind")),
        status: status(fields.text("status")),
        duration_ns: duration.unwrap_or(10_000_000),
        attributes: attributes(fields),
        below: fields.items("below").iter().map(below).collect(),
    }
}

fn outcome(word: &str) -> Option<TestOutcome> {
    match word {
        "good" => Some(TestOutcome::Good),
        "bad" => Some(TestOutcome::Bad),
        "excluded" => Some(TestOutcome::Excluded),
        _ => None,
    }
}

fn kind(word: Option<&str>) -> SpanKind {
    match word {
        Some("client") => SpanKind::Client,
        Some("consumer") => SpanKind::Consumer,
        Some("internal") => SpanKind::Internal,
        Some("producer") => SpanKind::Producer,
        _ => SpanKind::Server,
    }
}

fn status(word: Option<&str>) -> SpanStatus {
    match word {
        Some("ok") => SpanStatus::Ok,
        Some("error") => SpanStatus::Error,
        _ => SpanStatus::Unset,
    }
}

fn attributes(fields: Fields<'_>) -> Vec<(String, TestValue)> {
    let http = fields.text("http.status").and_then(|text| text.parse().ok());
    let http = http.map(|code| ("http.response.status_code".to_owned(), TestValue::Int(code)));
    let grpc = fields.text("grpc.status").and_then(|text| value::grpc_status(text).ok());
    let grpc = grpc.map(|(code, _)| ("rpc.grpc.status_code".to_owned(), TestValue::Int(code)));
    let written = fields.node("attributes").map(|node| node.entries()).unwrap_or_default();
    let written = written.iter().map(|entry| (entry.key.clone(), test_value(&entry.value)));
    http.into_iter().chain(grpc).chain(written).collect()
}

fn test_value(node: &Node) -> TestValue {
    let Value::Scalar { text, plain } = &node.value else { return TestValue::Text(String::new()) };
    match text.as_str() {
        _ if !plain => TestValue::Text(text.clone()),
        "true" => TestValue::Bool(true),
        "false" => TestValue::Bool(false),
        _ => match (text.parse(), text.parse()) {
            (Ok(int), _) => TestValue::Int(int),
            (_, Ok(double)) => TestValue::Double(double),
            _ => TestValue::Text(text.clone()),
        },
    }
}

fn below(node: &Node) -> (String, String) {
    let fields = Fields::of(node.entries(), &BELOW);
    (fields.owned("service"), fields.owned("operation"))
}
