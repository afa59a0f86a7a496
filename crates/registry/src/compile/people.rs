//! People and severity guidelines of the model.

use throughline_core::model::people::RaciRow;
use throughline_core::model::severity::{RuleSteps, SeverityRule};

use crate::compile::StepIds;
use crate::document::people::People;
use crate::document::product::ProductDoc;
use crate::document::severity::{OfDoc, SeverityDoc};
use crate::source::At;
use crate::value;

pub(super) fn raci(people: &People) -> Vec<RaciRow> {
    let names = |list: &[At<String>]| list.iter().map(|name| name.value.clone()).collect();
    let row = |doc: &crate::document::people::RaciDoc| RaciRow {
        activity: doc.activity.value.clone(),
        accountable: names(&doc.accountable),
        responsible: names(&doc.responsible),
        consulted: names(&doc.consulted),
        informed: names(&doc.informed),
    };
    people.raci.iter().map(row).collect()
}

pub(super) fn severity(doc: &ProductDoc, steps: &StepIds) -> Vec<SeverityRule> {
    let rule = |rule: &SeverityDoc| SeverityRule {
        level: rule.level,
        of: match &rule.of {
            OfDoc::All => RuleSteps::All,
            OfDoc::Class(class) => RuleSteps::Class(*class),
            OfDoc::Steps(names) => {
                RuleSteps::Steps(names.iter().filter_map(|name| steps.get(&name.value).copied()).collect())
            }
        },
        above_ppb: rule.above_ppb,
        text: text(doc, rule),
    };
    doc.severity.iter().map(rule).collect()
}

/// Says a rule in words: `a core step, impact over 20 %`.
fn text(doc: &ProductDoc, rule: &SeverityDoc) -> String {
    let of = match &rule.of {
        OfDoc::All => "any step".to_owned(),
        OfDoc::Class(class) => {
            let article = if class.word().starts_with('a') { "an" } else { "a" };
            format!("{article} {} step", class.word())
        }
        OfDoc::Steps(names) => {
            names.iter().map(|name| display(doc, &name.value)).collect::<Vec<_>>().join(" or ")
        }
    };
    match rule.above_ppb {
        0 => format!("{of} hurt at all"),
        ppb => format!("{of}, impact over {}", value::percent_text(ppb)),
    }
}

fn display(doc: &ProductDoc, step: &str) -> String {
    let found = doc.steps.iter().find(|doc| doc.id.value == step);
    found.map_or(step, |doc| &doc.name).to_owned()
}
