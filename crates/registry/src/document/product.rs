//! A product as it is written, with its objectives and steps nested so that it reads from top to bottom.

use throughline_core::model::objective::Criticality;

use crate::document::objective::{OBJECTIVE, ObjectiveDoc};
use crate::document::people::{KPI, People, RACI_ROW, STAKEHOLDER};
use crate::document::severity::{SEVERITY_RULE, SeverityDoc};
use crate::document::step::{STEP, StepDoc};
use crate::document::test::{TEST, TestDoc};
use crate::document::{at, head, objective, people, severity, step, test};
use crate::parse::Node;
use crate::source::{At, Place};
use crate::table::{Broken, Field, Fields, Kind, Need, Object};
use crate::value::{self, Band};

static METADATA: Object = Object {
    name: "the `metadata` of a product",
    doc: "What the product is called.",
    fields: &[
        Field { name: "name", kind: Kind::Id, need: Need::Required, doc: "The product's id." },
        Field {
            name: "displayName",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "What people call it; the id when left out.",
        },
        Field {
            name: "description",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "What it is for, in a sentence.",
        },
    ],
};

static TARGETS: Object = Object {
    name: "the targets of a criticality",
    doc: "Which targets fit, by what is measured.",
    fields: &[
        Field {
            name: "availability",
            kind: Kind::Written(&value::BAND),
            need: Need::Optional,
            doc: "Availability and end-to-end SLOs.",
        },
        Field {
            name: "latency",
            kind: Kind::Written(&value::BAND),
            need: Need::Optional,
            doc: "Latency SLOs.",
        },
        Field {
            name: "client",
            kind: Kind::Written(&value::BAND),
            need: Need::Optional,
            doc: "Client SLOs.",
        },
    ],
};

static BANDS: Object = Object {
    name: "`targets`",
    doc: "Which targets fit which criticality; what is left out has its default.",
    fields: &[
        Field {
            name: "critical",
            kind: Kind::Object(&TARGETS),
            need: Need::Optional,
            doc: "99.5-99.99%, latency 95-99.9%, client 98-99.9% when left out.",
        },
        Field {
            name: "important",
            kind: Kind::Object(&TARGETS),
            need: Need::Optional,
            doc: "99-99.9%, latency 90-99.5%, client 95-99.5% when left out.",
        },
        Field {
            name: "none",
            kind: Kind::Object(&TARGETS),
            need: Need::Optional,
            doc: "At most 99%, latency and client at most 95% when left out.",
        },
    ],
};

static SPEC: Object = Object {
    name: "the `spec` of a product",
    doc: "What the product is: who stands behind it, what users do with it, how bad an outage would be.",
    fields: &[
        Field {
            name: "stakeholders",
            kind: Kind::List(&Kind::Object(&STAKEHOLDER)),
            need: Need::Optional,
            doc: "Who decides, builds, supports and runs it.",
        },
        Field {
            name: "raci",
            kind: Kind::Map(&Kind::Object(&RACI_ROW)),
            need: Need::Optional,
            doc: "Who is responsible, accountable, consulted and informed, by activity.",
        },
        Field {
            name: "kpis",
            kind: Kind::List(&Kind::Object(&KPI)),
            need: Need::Optional,
            doc: "The numbers by which the product knows how it is doing.",
        },
        Field {
            name: "targets",
            kind: Kind::Object(&BANDS),
            need: Need::Optional,
            doc: "Which SLO targets fit which criticality.",
        },
        Field {
            name: "objectives",
            kind: Kind::Named(&Kind::Object(&OBJECTIVE)),
            need: Need::Optional,
            doc: "What users want to achieve, by id.",
        },
        Field {
            name: "steps",
            kind: Kind::Named(&Kind::Object(&STEP)),
            need: Need::Required,
            doc: "What users do to get there, by id.",
        },
        Field {
            name: "severity",
            kind: Kind::List(&Kind::Object(&SEVERITY_RULE)),
            need: Need::Optional,
            doc: "How bad an incident is, by its impact.",
        },
        Field {
            name: "tests",
            kind: Kind::List(&Kind::Object(&TEST)),
            need: Need::Optional,
            doc: "Examples that the rules must get right.",
        },
    ],
};

pub(crate) static PRODUCT: Object = Object {
    name: "a product",
    doc: "What users use; it owns objectives, steps, stakeholders, KPIs and severity guidelines.",
    fields: &[
        Field {
            name: "apiVersion",
            kind: Kind::Word(&[super::API_VERSION]),
            need: Need::Required,
            doc: "The version of this format.",
        },
        Field {
            name: "kind",
            kind: Kind::Word(&["Product"]),
            need: Need::Required,
            doc: "What the document is.",
        },
        Field {
            name: "metadata",
            kind: Kind::Object(&METADATA),
            need: Need::Required,
            doc: "What it is called.",
        },
        Field { name: "spec", kind: Kind::Object(&SPEC), need: Need::Required, doc: "What it is." },
    ],
};

/// Target bands that a product sets for itself.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct BandsDoc {
    pub(crate) availability: Option<Band>,
    pub(crate) latency: Option<Band>,
    pub(crate) client: Option<Band>,
}

/// A product document.
#[derive(Debug)]
pub(crate) struct ProductDoc {
    pub(crate) name: At<String>,
    pub(crate) display_name: String,
    pub(crate) description: String,
    pub(crate) place: Place,
    pub(crate) people: People,
    pub(crate) bands: Vec<(Criticality, BandsDoc)>,
    pub(crate) objectives: Vec<ObjectiveDoc>,
    pub(crate) steps: Vec<StepDoc>,
    pub(crate) severity: Vec<SeverityDoc>,
    pub(crate) tests: Vec<TestDoc>,
    /// Of `spec`.
    pub(crate) broken: Broken,
}

/// Reads a product document.
pub(crate) fn read(fields: Fields<'_>, node: &Node) -> Option<ProductDoc> {
    let metadata = fields.object("metadata")?;
    let spec = fields.object("spec")?;
    let name = at(metadata, "name")?;
    let named = |name| spec.node(name).map(|node| node.entries()).unwrap_or_default();
    Some(ProductDoc {
        display_name: metadata.text("displayName").unwrap_or(&name.value).to_owned(),
        description: metadata.owned("description"),
        name,
        place: head(node),
        people: people::read(spec),
        bands: bands(spec),
        objectives: named("objectives").iter().map(objective::read).collect(),
        steps: named("steps").iter().map(step::read).collect(),
        severity: spec.items("severity").iter().filter_map(severity::read).collect(),
        tests: spec.items("tests").iter().filter_map(test::read).collect(),
        broken: Broken::of(fields.node("spec")?, &SPEC),
    })
}

fn bands(spec: Fields<'_>) -> Vec<(Criticality, BandsDoc)> {
    let Some(targets) = spec.object("targets") else { return Vec::new() };
    let of = |word| {
        let fields = targets.object(word)?;
        let band = |name| fields.text(name).and_then(|text| value::band(text).ok());
        let bands =
            BandsDoc { availability: band("availability"), latency: band("latency"), client: band("client") };
        Some((objective::criticality(word)?, bands))
    };
    objective::CRITICALITIES.iter().copied().filter_map(of).collect()
}
