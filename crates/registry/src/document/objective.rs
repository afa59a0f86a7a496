//! A user objective as it is written: the user's intent and the flow of steps towards it.

use throughline_core::model::objective::Criticality;

use crate::document::{at, texts};
use crate::parse::{Entry, Node, Value};
use crate::source::At;
use crate::table::{Broken, Field, Fields, Kind, Need, Object};

pub(crate) const CRITICALITIES: &[&str] = &["critical", "important", "none"];

static FLOW_STEP: Object = Object {
    name: "a step of a flow",
    doc: "A step's place in an objective.",
    fields: &[
        Field {
            name: "step",
            kind: Kind::Id,
            need: Need::Required,
            doc: "The id of a step of this product.",
        },
        Field {
            name: "optional",
            kind: Kind::Bool,
            need: Need::Default("false"),
            doc: "Users reach the objective without it.",
        },
        Field {
            name: "async",
            kind: Kind::Bool,
            need: Need::Default("false"),
            doc: "It happens without the user waiting for it.",
        },
        Field {
            name: "criticality",
            kind: Kind::Word(CRITICALITIES),
            need: Need::Optional,
            doc: "What the step is worth here; the objective's when left out.",
        },
    ],
};

pub(crate) static OBJECTIVE: Object = Object {
    name: "an objective",
    doc: "A user's intent; it groups steps and is never a number.",
    fields: &[
        Field {
            name: "name",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "What people call it; the id when left out.",
        },
        Field {
            name: "job",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "The user's intent in their own words.",
        },
        Field {
            name: "criticality",
            kind: Kind::Word(CRITICALITIES),
            need: Need::Optional,
            doc: "What the objective is worth to the product; `none` when left out.",
        },
        Field {
            name: "kpis",
            kind: Kind::OneOrMany(&Kind::Id),
            need: Need::Optional,
            doc: "The KPIs that it moves.",
        },
        Field {
            name: "flow",
            kind: Kind::List(&Kind::ScalarOr(&Kind::Id, &FLOW_STEP)),
            need: Need::Required,
            doc: "The steps in the order in which users take them.",
        },
    ],
};

/// A step's place in a flow.
#[derive(Debug)]
pub(crate) struct FlowDoc {
    pub(crate) step: At<String>,
    pub(crate) optional: bool,
    pub(crate) is_async: bool,
    pub(crate) criticality: Criticality,
}

/// An objective of a product.
#[derive(Debug)]
pub(crate) struct ObjectiveDoc {
    pub(crate) id: At<String>,
    pub(crate) name: String,
    pub(crate) job: String,
    pub(crate) criticality: Option<Criticality>,
    pub(crate) kpis: Vec<At<String>>,
    pub(crate) flow: Vec<FlowDoc>,
    pub(crate) broken: Broken,
}

/// Reads an objective from its entry in `objectives`.
pub(crate) fn read(entry: &Entry) -> ObjectiveDoc {
    let fields = Fields::of(entry.value.entries(), &OBJECTIVE);
    let criticality = fields.text("criticality").and_then(criticality);
    let flow = fields.items("flow").iter();
    ObjectiveDoc {
        id: At::new(entry.key.clone(), entry.place),
        name: fields.text("name").unwrap_or(&entry.key).to_owned(),
        job: fields.owned("job"),
        criticality,
        kpis: texts(fields, "kpis"),
        flow: flow.filter_map(|node| flow_step(node, criticality.unwrap_or_default())).collect(),
        broken: Broken::of(&entry.value, &OBJECTIVE),
    }
}

fn flow_step(node: &Node, objective: Criticality) -> Option<FlowDoc> {
    if let Value::Scalar { .. } = &node.value {
        let step = At::new(node.text()?.to_owned(), node.place);
        return Some(FlowDoc { step, optional: false, is_async: false, criticality: objective });
    }
    let fields = Fields::of(node.entries(), &FLOW_STEP);
    Some(FlowDoc {
        step: at(fields, "step")?,
        optional: fields.flag("optional"),
        is_async: fields.flag("async"),
        criticality: fields.text("criticality").and_then(criticality).unwrap_or(objective),
    })
}

/// Reads a criticality's word.
pub(crate) fn criticality(word: &str) -> Option<Criticality> {
    match word {
        "critical" => Some(Criticality::Critical),
        "important" => Some(Criticality::Important),
        "none" => Some(Criticality::None),
        _ => None,
    }
}
