//! Severity rules that say two things, or nothing.

use crate::diagnostic::{Code, Problems};
use crate::document::product::ProductDoc;
use crate::document::severity::{OfDoc, SeverityDoc};
use crate::value::percent_text;

pub(super) fn check(product: &ProductDoc, problems: &mut Problems) {
    for (index, rule) in product.severity.iter().enumerate() {
        if let Some(place) = rule.both {
            let hint = "a rule speaks of `steps` or of a `class`; write two rules";
            problems.hint(Code::BadValue, place, "`class` has no effect beside `steps`", hint);
        }
        let covers = |(other, by): &(usize, &SeverityDoc)| shadows(product, (*other, by), (index, rule));
        if let Some((other, by)) = product.severity.iter().enumerate().find(covers) {
            let message = format!(
                "this rule is never named: rule {} (line {}) fires whenever it does",
                other + 1,
                by.place.line
            );
            let hint = format!(
                "impact over {} of rule {} already gives {}",
                percent_text(by.above_ppb),
                other + 1,
                by.level.word()
            );
            problems.hint(Code::ShadowedRule, rule.place, message, hint);
        }
    }
}

/// Returns whether `by` always takes precedence: at least as severe, at most the same impact, all its steps.
fn shadows(
    product: &ProductDoc,
    (other, by): (usize, &SeverityDoc),
    (index, rule): (usize, &SeverityDoc),
) -> bool {
    let first = by.level < rule.level || (by.level == rule.level && other < index);
    let of = steps(product, &rule.of);
    first && by.above_ppb <= rule.above_ppb && !of.is_empty() && {
        let covered = steps(product, &by.of);
        of.iter().all(|step| covered.contains(step))
    }
}

fn steps<'a>(product: &'a ProductDoc, of: &'a OfDoc) -> Vec<&'a str> {
    let all = product.steps.iter();
    match of {
        OfDoc::All => all.map(|step| step.id.value.as_str()).collect(),
        OfDoc::Class(class) => {
            all.filter(|step| step.class == *class).map(|step| step.id.value.as_str()).collect()
        }
        OfDoc::Steps(names) => names.iter().map(|name| name.value.as_str()).collect(),
    }
}
