//! Conditions as they are written: what makes an attempt good, bad or not counted, and further conditions of
//! actions.

use throughline_core::condition::{Pattern, Ranges, Test};

use crate::document::operation::{OPERATION, OPERATION_KIND, OperationDoc};
use crate::parse::{Entry, Node, Value};
use crate::print;
use crate::source::{At, Place};
use crate::table::{Field, Fields, Kind, Need, Object};
use crate::value;

pub(crate) static CONDITION: Object = Object {
    name: "a condition",
    doc: "A question to the request of an attempt, or several; several keys in one mapping mean all of them.",
    fields: &[
        Field {
            name: "all",
            kind: Kind::List(&Kind::Object(&CONDITION)),
            need: Need::Optional,
            doc: "All of these hold.",
        },
        Field {
            name: "any",
            kind: Kind::List(&Kind::Object(&CONDITION)),
            need: Need::Optional,
            doc: "At least one of these holds.",
        },
        Field {
            name: "not",
            kind: Kind::Object(&CONDITION),
            need: Need::Optional,
            doc: "This does not hold.",
        },
        Field {
            name: "status",
            kind: Kind::Word(&["ok", "error"]),
            need: Need::Optional,
            doc: "`error`: the span's status is error, HTTP 500 or above, or a gRPC code that blames the server; `ok`: none of these.",
        },
        Field {
            name: "http.status",
            kind: Kind::OneOrMany(&Kind::Written(&value::HTTP_STATUS)),
            need: Need::Optional,
            doc: "The HTTP status of the answer: `\">=500\"`, `\"400-499\"`, `404`, or a list of them.",
        },
        Field {
            name: "grpc.status",
            kind: Kind::OneOrMany(&Kind::Written(&value::GRPC_STATUS)),
            need: Need::Optional,
            doc: "The gRPC status of the answer, by name or number, or a list of them.",
        },
        Field {
            name: "attribute",
            kind: Kind::Map(&Kind::ScalarOr(&Kind::Text, &OPERATION)),
            need: Need::Optional,
            doc: "An attribute of the span: its value, `\"*\"` (there at all), `\">=5\"`, `\"400-499\"` or `{regex: ...}`.",
        },
        Field {
            name: "contains",
            kind: Kind::Object(&CONTAINS),
            need: Need::Optional,
            doc: "Below the attempt, this service recorded a span of this operation.",
        },
        Field {
            name: "client",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "An event of the user interface; this version does not receive them, so it cannot be told.",
        },
        Field {
            name: "duration",
            kind: Kind::Written(&value::DURATION_RANGE),
            need: Need::Optional,
            doc: "How long the request took: `\"> 800ms\"`.",
        },
        Field {
            name: "words",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "How a person says it; made from the rule when left out.",
        },
    ],
};

pub(crate) static CONTAINS: Object = Object {
    name: "a `contains`",
    doc: "A span below, by the service that recorded it and its operation.",
    fields: &[
        Field {
            name: "service",
            kind: Kind::Written(&value::SERVICE),
            need: Need::Required,
            doc: "The service that recorded the span.",
        },
        Field {
            name: "operation",
            kind: OPERATION_KIND,
            need: Need::Required,
            doc: "The span's operation, written as in an action.",
        },
        Field {
            name: "child",
            kind: Kind::Bool,
            need: Need::Default("false"),
            doc: "Only direct children count.",
        },
    ],
};

pub(crate) static WHERE: Object = Object {
    name: "a `where`",
    doc: "Further conditions of an action; all must hold.",
    fields: &[
        Field {
            name: "all",
            kind: Kind::List(&Kind::Object(&WHERE)),
            need: Need::Optional,
            doc: "All of these hold.",
        },
        Field {
            name: "attribute",
            kind: Kind::Map(&Kind::ScalarOr(&Kind::Text, &OPERATION)),
            need: Need::Optional,
            doc: "Attributes of the span, as in a condition.",
        },
        Field {
            name: "contains",
            kind: Kind::OneOrMany(&Kind::Object(&CONTAINS)),
            need: Need::Optional,
            doc: "A span below, as in a condition; the step is known only when it has come.",
        },
    ],
};

/// A condition with what it says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) place: Place,
    /// The writer's own words.
    pub(crate) words: Option<String>,
    /// The rule in canonical YAML, on one line.
    pub(crate) rule: String,
    pub(crate) what: What,
}

#[derive(Debug, Clone)]
pub(crate) enum What {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// `status`: error, or its opposite.
    Status {
        error: bool,
    },
    Http(Ranges),
    Grpc(Ranges),
    Attribute {
        key: At<String>,
        test: Test,
    },
    Contains(ContainsDoc),
    Client(String),
    Duration(Ranges),
}

#[derive(Debug, Clone)]
pub(crate) struct ContainsDoc {
    pub(crate) place: Place,
    pub(crate) service: String,
    pub(crate) operation: OperationDoc,
    pub(crate) child: bool,
}

/// Reads a condition, `None` where no mapping stands; what is misspelt in it is left out.
pub(crate) fn read(node: &Node) -> Option<Condition> {
    if !node.is_map() {
        return None;
    }
    let fields = Fields::of(node.entries(), &CONDITION);
    let parts: Vec<_> = CONDITION.fields.iter().filter_map(|field| fields.entry(field.name)).collect();
    let mut parts: Vec<_> = parts.into_iter().flat_map(asked).collect();
    let words = fields.text("words").map(str::to_owned);
    let rule = rule(node);
    let what = if parts.len() == 1 { parts.remove(0).what } else { What::All(parts) };
    Some(Condition { place: node.place, words, rule, what })
}

/// Reads the parts of `all` or `any`; a mapping instead of the list was told, and is its one part.
fn parts(node: &Node) -> Vec<Condition> {
    let items = if node.entries().is_empty() { node.list() } else { std::slice::from_ref(node) };
    items.iter().filter_map(read).collect()
}

/// Returns the rule without `words`, and without braces when it is one key.
fn rule(node: &Node) -> String {
    let pairs: Vec<_> = node.entries().iter().filter(|entry| entry.key != "words").map(pair).collect();
    pairs.join(", ")
}

fn pair(entry: &Entry) -> String {
    let value = match (entry.key.as_str(), &entry.value.value) {
        // The clause is about the attribute, so the rule shows the attribute.
        ("attribute", Value::Map(entries)) => return entries.iter().map(pair).collect::<Vec<_>>().join(", "),
        _ => print::flow(&entry.value),
    };
    format!("{}: {value}", print::scalar(&entry.key, true))
}

fn asked(entry: &Entry) -> Vec<Condition> {
    let node = &entry.value;
    let one = |what| vec![Condition { place: entry.place, words: None, rule: pair(entry), what }];
    let Some(field) = CONDITION.fields.iter().find(|field| field.name == entry.key) else {
        return Vec::new();
    };
    match field.name {
        "all" => one(What::All(parts(node))),
        "any" => one(What::Any(parts(node))),
        "not" => read(node).into_iter().flat_map(|part| one(What::Not(Box::new(part)))).collect(),
        "status" => one(What::Status { error: node.text() == Some("error") }),
        "http.status" => one(What::Http(ranges(node, value::http_status))),
        "grpc.status" => one(What::Grpc(ranges(node, value::grpc_status))),
        "attribute" => {
            attributes(node).into_iter().map(|(entry, key, test)| attribute(entry, key, test)).collect()
        }
        "contains" => contains(node).into_iter().flat_map(|found| one(What::Contains(found))).collect(),
        "client" => one(What::Client(node.text().unwrap_or_default().to_owned())),
        "duration" => one(What::Duration(ranges(node, value::duration_range))),
        _ => Vec::new(),
    }
}

fn attribute(entry: &Entry, key: At<String>, test: Test) -> Condition {
    Condition { place: entry.place, words: None, rule: pair(entry), what: What::Attribute { key, test } }
}

fn ranges(node: &Node, read: fn(&str) -> Result<(i64, i64), crate::table::Fault>) -> Ranges {
    let items = if node.list().is_empty() { std::slice::from_ref(node) } else { node.list() };
    value::ranges(items.iter().filter_map(Node::text), read)
}

/// Reads the attributes of a mapping with their tests.
pub(crate) fn attributes(node: &Node) -> Vec<(&Entry, At<String>, Test)> {
    let tested =
        |entry: &'_ Entry| test(&entry.value).map(|test| (At::new(entry.key.clone(), entry.place), test));
    node.entries().iter().filter_map(|entry| tested(entry).map(|(key, test)| (entry, key, test))).collect()
}

fn test(node: &Node) -> Option<Test> {
    if let Some(regex) = node.get("regex") {
        return Pattern::new(regex.text()?).ok().map(Test::Regex);
    }
    let text = node.text()?;
    let compares = text.starts_with(['>', '<']) || text.find('-').is_some_and(|at| at > 0);
    // `2024-11` counts down: it is no range of numbers, so it is the text itself.
    let range = value::range(text).filter(|(low, high)| compares && low <= high);
    Some(match (text, range) {
        ("*", _) => Test::Present,
        (_, Some(range)) => Test::Number(Ranges(vec![range])),
        (text, None) => Test::Equals(text.to_owned()),
    })
}

/// Reads a `contains`.
pub(crate) fn contains(node: &Node) -> Option<ContainsDoc> {
    let fields = Fields::of(node.entries(), &CONTAINS);
    Some(ContainsDoc {
        place: node.place,
        service: fields.text("service")?.to_owned(),
        operation: OperationDoc::read(fields.node("operation")?)?,
        child: fields.flag("child"),
    })
}
