//! A step as it is written: what users do, which requests carry it, and what makes an attempt good or bad.

use throughline_core::condition::Test;
use throughline_core::model::step::FeatureClass;

use crate::document::condition::{self, CONDITION, CONTAINS, Condition, ContainsDoc, WHERE};
use crate::document::operation::{OPERATION_KIND, OperationDoc};
use crate::document::slo::{SLO, SloDoc};
use crate::document::test::{TEST, TestDoc};
use crate::document::{slo, test};
use crate::parse::{Entry, Node};
use crate::source::{At, Place};
use crate::table::{Broken, Field, Fields, Kind, Need, Object};
use crate::value;

pub(crate) static ACTION: Object = Object {
    name: "an action",
    doc: "A part of the interface or infrastructure that a step uses: a service and an operation.",
    fields: &[
        Field {
            name: "service",
            kind: Kind::Written(&value::SERVICE),
            need: Need::Required,
            doc: "The service that records the span (`service.name`).",
        },
        Field {
            name: "operation",
            kind: OPERATION_KIND,
            need: Need::Required,
            doc: "The operation: as it is, with `{x}` for one path segment, with `*` for any characters, or `{regex: ...}`.",
        },
        Field {
            name: "where",
            kind: Kind::Object(&WHERE),
            need: Need::Optional,
            doc: "Further conditions of the span.",
        },
        Field {
            name: "part",
            kind: Kind::Bool,
            need: Need::Default("false"),
            doc: "The step uses it besides; it is never an attempt by itself.",
        },
        Field {
            name: "priority",
            kind: Kind::Integer,
            need: Need::Default("0"),
            doc: "Breaks ties between rules that are equally specific; the higher wins.",
        },
    ],
};

pub(crate) static EXPECT: Object = Object {
    name: "an expectation",
    doc: "What attempts usually bring about, where nothing at all is legitimate too (a search without results).",
    fields: &[
        Field {
            name: "contains",
            kind: Kind::Object(&CONTAINS),
            need: Need::Required,
            doc: "The span that is usually below.",
        },
        Field {
            name: "share",
            kind: Kind::Word(&["auto"]),
            need: Need::Default("auto"),
            doc: "`auto`: learnt from the last 7 days.",
        },
    ],
};

pub(crate) static STEP: Object = Object {
    name: "a step",
    doc: "One action that a user takes towards an objective.",
    fields: &[
        Field {
            name: "name",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "What people call it; the id when left out.",
        },
        Field {
            name: "description",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "What the user does and gets, in a sentence.",
        },
        Field {
            name: "class",
            kind: Kind::Word(&["core", "auxiliary"]),
            need: Need::Default("core"),
            doc: "The feature class of which severity rules speak.",
        },
        Field {
            name: "actions",
            kind: Kind::List(&Kind::Object(&ACTION)),
            need: Need::Optional,
            doc: "The requests that carry the step; several are alternatives. Without them only clients can name it.",
        },
        Field {
            name: "start",
            kind: Kind::Object(&CONDITION),
            need: Need::Optional,
            doc: "What starts an attempt; the request's arrival when left out.",
        },
        Field {
            name: "success",
            kind: Kind::Object(&CONDITION),
            need: Need::Optional,
            doc: "What a good attempt must meet; `status: ok` when left out.",
        },
        Field {
            name: "failure",
            kind: Kind::Object(&CONDITION),
            need: Need::Optional,
            doc: "What makes an attempt bad.",
        },
        Field {
            name: "exclude",
            kind: Kind::Object(&CONDITION),
            need: Need::Optional,
            doc: "What is not counted at all.",
        },
        Field {
            name: "timeout",
            kind: Kind::Written(&value::DURATION),
            need: Need::Optional,
            doc: "How long an attempt may take before its end counts as lost.",
        },
        Field {
            name: "expect",
            kind: Kind::Object(&EXPECT),
            need: Need::Optional,
            doc: "What attempts usually bring about.",
        },
        Field {
            name: "slos",
            kind: Kind::List(&Kind::Object(&SLO)),
            need: Need::Optional,
            doc: "What is measured at the step, against which target.",
        },
        Field {
            name: "tests",
            kind: Kind::List(&Kind::Object(&TEST)),
            need: Need::Optional,
            doc: "Examples that the rules must get right: this span, that step, that outcome.",
        },
    ],
};

/// An action with its filters.
#[derive(Debug)]
pub(crate) struct ActionDoc {
    pub(crate) place: Place,
    pub(crate) service: String,
    pub(crate) operation: OperationDoc,
    pub(crate) filters: Vec<FilterDoc>,
    pub(crate) part: bool,
    pub(crate) priority: i32,
}

#[derive(Debug)]
pub(crate) enum FilterDoc {
    Attribute { key: At<String>, test: Test },
    Contains(ContainsDoc),
}

/// A step of a product.
#[derive(Debug)]
pub(crate) struct StepDoc {
    pub(crate) id: At<String>,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) class: FeatureClass,
    pub(crate) actions: Vec<ActionDoc>,
    pub(crate) start: Option<Condition>,
    pub(crate) success: Option<Condition>,
    pub(crate) failure: Option<Condition>,
    pub(crate) exclude: Option<Condition>,
    /// The span that is usually below.
    pub(crate) expect: Option<ContainsDoc>,
    pub(crate) slos: Vec<SloDoc>,
    pub(crate) tests: Vec<TestDoc>,
    pub(crate) broken: Broken,
}

/// Reads a step from its entry in `steps`.
pub(crate) fn read(entry: &Entry) -> StepDoc {
    let fields = Fields::of(entry.value.entries(), &STEP);
    let condition = |name| fields.node(name).and_then(condition::read);
    StepDoc {
        id: At::new(entry.key.clone(), entry.place),
        name: fields.text("name").unwrap_or(&entry.key).to_owned(),
        description: fields.owned("description"),
        class: class(fields.text("class")),
        actions: fields.items("actions").iter().filter_map(action).collect(),
        start: condition("start"),
        success: condition("success"),
        failure: condition("failure"),
        exclude: condition("exclude"),
        expect: fields.object("expect").and_then(|expect| condition::contains(expect.node("contains")?)),
        slos: fields.items("slos").iter().filter_map(slo::read).collect(),
        tests: fields.items("tests").iter().filter_map(test::read).collect(),
        broken: Broken::of(&entry.value, &STEP),
    }
}

/// Reads a feature class; `core` when left out.
pub(crate) fn class(text: Option<&str>) -> FeatureClass {
    match text {
        Some("auxiliary") => FeatureClass::Auxiliary,
        _ => FeatureClass::Core,
    }
}

fn action(node: &Node) -> Option<ActionDoc> {
    let fields = Fields::of(node.entries(), &ACTION);
    Some(ActionDoc {
        place: node.place,
        service: fields.text("service")?.to_owned(),
        operation: OperationDoc::read(fields.node("operation")?)?,
        filters: fields.node("where").map(filters).unwrap_or_default(),
        part: fields.flag("part"),
        priority: fields.text("priority").and_then(|text| text.parse().ok()).unwrap_or_default(),
    })
}

fn filters(node: &Node) -> Vec<FilterDoc> {
    let fields = Fields::of(node.entries(), &WHERE);
    let mut found: Vec<_> = fields.items("all").iter().flat_map(filters).collect();
    let attributes = fields.node("attribute").map(condition::attributes).unwrap_or_default();
    found.extend(attributes.into_iter().map(|(_, key, test)| FilterDoc::Attribute { key, test }));
    found.extend(fields.items("contains").iter().filter_map(condition::contains).map(FilterDoc::Contains));
    found
}
