//! Stakeholders, the RACI matrix and KPIs as they are written.

use throughline_core::model::people::{Kpi, Stakeholder};

use crate::document::{at, texts};
use crate::source::{At, Place};
use crate::table::{Broken, Field, Fields, Kind, Need, Object};

pub(crate) static STAKEHOLDER: Object = Object {
    name: "a stakeholder",
    doc: "A person or team who decides about the product, builds it, or answers for it.",
    fields: &[
        Field {
            name: "id",
            kind: Kind::Id,
            need: Need::Required,
            doc: "The name by which `raci` calls them.",
        },
        Field {
            name: "role",
            kind: Kind::Text,
            need: Need::Required,
            doc: "`product`, `ux`, `engineering`, `support`, `sre`, or a word of your own.",
        },
        Field {
            name: "name",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "What people call them; the id when left out.",
        },
    ],
};

pub(crate) static RACI_ROW: Object = Object {
    name: "an activity of the RACI matrix",
    doc: "Who does an activity, who answers for it, who is asked and who is told.",
    fields: &[
        Field {
            name: "accountable",
            kind: Kind::OneOrMany(&Kind::Id),
            need: Need::Optional,
            doc: "The one stakeholder who answers for it.",
        },
        Field {
            name: "responsible",
            kind: Kind::OneOrMany(&Kind::Id),
            need: Need::Optional,
            doc: "The stakeholders who do it, at least one.",
        },
        Field {
            name: "consulted",
            kind: Kind::OneOrMany(&Kind::Id),
            need: Need::Optional,
            doc: "Asked before.",
        },
        Field {
            name: "informed",
            kind: Kind::OneOrMany(&Kind::Id),
            need: Need::Optional,
            doc: "Told after.",
        },
    ],
};

pub(crate) static KPI: Object = Object {
    name: "a KPI",
    doc: "A number by which the product knows how it is doing.",
    fields: &[
        Field {
            name: "id",
            kind: Kind::Id,
            need: Need::Required,
            doc: "The name by which objectives call it.",
        },
        Field {
            name: "name",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "What people call it; the id when left out.",
        },
        Field { name: "unit", kind: Kind::Text, need: Need::Optional, doc: "Such as mails/min." },
    ],
};

/// A row of the RACI matrix with places; the fields name stakeholders by id.
#[derive(Debug)]
pub(crate) struct RaciDoc {
    pub(crate) activity: At<String>,
    pub(crate) broken: Broken,
    pub(crate) accountable: Vec<At<String>>,
    pub(crate) responsible: Vec<At<String>>,
    pub(crate) consulted: Vec<At<String>>,
    pub(crate) informed: Vec<At<String>>,
}

/// Everyone and everything that stands behind the product.
#[derive(Debug, Default)]
pub(crate) struct People {
    pub(crate) stakeholders: Vec<At<Stakeholder>>,
    /// Where `stakeholders` stands.
    pub(crate) place: Option<Place>,
    pub(crate) raci: Vec<RaciDoc>,
    pub(crate) kpis: Vec<At<Kpi>>,
}

/// Reads a product's `stakeholders`, `raci` and `kpis`.
pub(crate) fn read(spec: Fields<'_>) -> People {
    People {
        stakeholders: spec
            .items("stakeholders")
            .iter()
            .filter_map(|n| stakeholder(Fields::of(n.entries(), &STAKEHOLDER)))
            .collect(),
        place: spec.entry("stakeholders").map(|entry| entry.place),
        raci: raci(spec),
        kpis: spec.items("kpis").iter().filter_map(|n| kpi(Fields::of(n.entries(), &KPI))).collect(),
    }
}

fn stakeholder(fields: Fields<'_>) -> Option<At<Stakeholder>> {
    let id = at(fields, "id")?;
    let name = fields.text("name").unwrap_or(&id.value).to_owned();
    Some(At::new(Stakeholder { id: id.value, role: fields.owned("role"), name }, id.place))
}

fn kpi(fields: Fields<'_>) -> Option<At<Kpi>> {
    let id = at(fields, "id")?;
    let name = fields.text("name").unwrap_or(&id.value).to_owned();
    Some(At::new(Kpi { id: id.value, name, unit: fields.owned("unit") }, id.place))
}

fn raci(spec: Fields<'_>) -> Vec<RaciDoc> {
    let rows = spec.node("raci").map(|node| node.entries()).unwrap_or_default();
    let row = |entry: &crate::parse::Entry| {
        let fields = Fields::of(entry.value.entries(), &RACI_ROW);
        RaciDoc {
            activity: At::new(entry.key.clone(), entry.place),
            broken: Broken::of(&entry.value, &RACI_ROW),
            accountable: texts(fields, "accountable"),
            responsible: texts(fields, "responsible"),
            consulted: texts(fields, "consulted"),
            informed: texts(fields, "informed"),
        }
    };
    rows.iter().map(row).collect()
}
