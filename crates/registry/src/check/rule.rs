//! Actions that can never decide anything: two steps claim the same requests, or a step claims none.

use std::collections::HashMap;

use crate::compile::Whole;
use crate::compile::step::filter_text;
use crate::diagnostic::{Code, Problems};
use crate::document::step::{ActionDoc, StepDoc};

/// What makes two rules equally specific for the same requests.
type Claim = (String, String, Vec<String>, i32);

pub(super) fn check(whole: &Whole, problems: &mut Problems) {
    let mut claims: HashMap<Claim, &StepDoc> = HashMap::new();
    let steps = whole.products.iter().flat_map(|product| &product.steps);
    for step in steps {
        for action in step.actions.iter().filter(|action| !action.part) {
            let first = *claims.entry(claim(action)).or_insert(step);
            if !std::ptr::eq(first, step) {
                overlap(action, first, step, problems);
            }
        }
        let parts_only = !step.actions.is_empty() && step.actions.iter().all(|action| action.part);
        if parts_only && !step.broken.has("actions") {
            let message =
                format!("every action of `{}` is a part, so no request is an attempt", step.id.value);
            problems.hint(
                Code::PartOnly,
                step.id.place,
                message,
                "one action without `part: true` must carry the attempt",
            );
        }
    }
}

fn claim(action: &ActionDoc) -> Claim {
    let mut filters: Vec<_> = action.filters.iter().map(filter_text).collect();
    filters.sort_unstable();
    (action.service.clone(), nameless(&action.operation.key()), filters, action.priority)
}

/// `{id}` and `{name}` stand for the same segments.
fn nameless(operation: &str) -> String {
    let mut kept = String::new();
    let mut inside = false;
    for c in operation.chars() {
        inside &= c != '}';
        if !inside {
            kept.push(c);
        }
        inside |= c == '{';
    }
    kept
}

fn overlap(action: &ActionDoc, first: &StepDoc, step: &StepDoc, problems: &mut Problems) {
    let message = format!(
        "`{}` claims the same requests as `{}` (line {}): {} {}",
        step.id.value,
        first.id.value,
        first.id.place.line,
        action.service,
        action.operation.operation.text(),
    );
    let hint = "a tie is never guessed: the requests stay without a step unless a client names it; add `where:` or `priority:`";
    problems.hint(Code::OverlappingRules, action.place, message, hint);
}
