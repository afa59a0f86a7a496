//! Severity guidelines as they are written.

use throughline_core::model::severity::Severity;
use throughline_core::model::step::FeatureClass;

use crate::document::{step, texts};
use crate::parse::Node;
use crate::source::{At, Place};
use crate::table::{Broken, Field, Fields, Kind, Need, Object};
use crate::value;

static WHEN: Object = Object {
    name: "a `when`",
    doc: "The impact on steps at which a severity rule fires; each step is looked at alone.",
    fields: &[
        Field {
            name: "steps",
            kind: Kind::OneOrMany(&Kind::Id),
            need: Need::Optional,
            doc: "Only these steps; all when neither `steps` nor `class` is given.",
        },
        Field {
            name: "class",
            kind: Kind::Word(&["core", "auxiliary"]),
            need: Need::Optional,
            doc: "Only steps of this class.",
        },
        Field {
            name: "impact",
            kind: Kind::Written(&value::IMPACT),
            need: Need::Required,
            doc: "The share of attempts lost beyond what the step's SLOs tolerate; `\"> 0%\"` is any.",
        },
    ],
};

pub(crate) static SEVERITY_RULE: Object = Object {
    name: "a severity rule",
    doc: "At this impact on these steps an incident has this severity. The highest level that fires counts; of its rules the first is named.",
    fields: &[
        Field {
            name: "level",
            kind: Kind::Word(&["major", "medium", "minor"]),
            need: Need::Required,
            doc: "How bad the incident is.",
        },
        Field { name: "when", kind: Kind::Object(&WHEN), need: Need::Required, doc: "When the rule fires." },
    ],
};

/// The steps that a rule names.
#[derive(Debug)]
pub(crate) enum OfDoc {
    All,
    Class(FeatureClass),
    Steps(Vec<At<String>>),
}

/// A severity rule of a product.
#[derive(Debug)]
pub(crate) struct SeverityDoc {
    pub(crate) place: Place,
    pub(crate) level: Severity,
    pub(crate) of: OfDoc,
    /// Where `class` stands when `steps` is there too.
    pub(crate) both: Option<Place>,
    pub(crate) above_ppb: u64,
}

/// Reads a severity rule.
pub(crate) fn read(node: &Node) -> Option<SeverityDoc> {
    let fields = Fields::of(node.entries(), &SEVERITY_RULE);
    let when = fields.object("when")?;
    let level = match fields.text("level")? {
        "major" => Severity::Major,
        "medium" => Severity::Medium,
        "minor" => Severity::Minor,
        _ => return None,
    };
    let class = when.entry("class");
    let broken = Broken::of(fields.node("when")?, &WHEN);
    let of = match (when.node("steps"), when.text("class")) {
        // Nobody knows of which steps it speaks.
        _ if broken.has("steps") || broken.has("class") => OfDoc::Steps(Vec::new()),
        (Some(_), _) => OfDoc::Steps(texts(when, "steps")),
        (None, Some(word)) => OfDoc::Class(step::class(Some(word))),
        (None, None) => OfDoc::All,
    };
    let both = class.filter(|_| when.node("steps").is_some()).map(|entry| entry.place);
    Some(SeverityDoc {
        place: node.place,
        level,
        of,
        both,
        above_ppb: value::impact(when.text("impact")?).ok()?,
    })
}
