//! Steps whose actions can never carry an attempt.

use crate::compile::Whole;
use crate::diagnostic::{Code, Problems};

pub(super) fn check(whole: &Whole, problems: &mut Problems) {
    for step in whole.products.iter().flat_map(|product| &product.steps) {
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
