//! Conditions that ask nothing, that can never hold, or that this version cannot answer.

use crate::check::{outcome, together};
use crate::compile::Whole;
use crate::compile::condition::asks_client;
use crate::diagnostic::{Code, Problems};
use crate::document::condition::{Condition, What};
use crate::document::product::ProductDoc;

pub(super) fn check(whole: &Whole, product: &ProductDoc, problems: &mut Problems) {
    for step in &product.steps {
        let before = problems.len();
        for condition in [&step.success, &step.failure, &step.exclude].into_iter().flatten() {
            check_one(condition, problems);
            if asks_client(condition) {
                let hint = "nobody can know it, so attempts that rest on it are lost and never good; ask the service instead, or make it an SLO with `method: client`";
                problems.hint(
                    Code::UnfedCondition,
                    condition.place,
                    "this version does not receive client events",
                    hint,
                );
            }
        }
        // A condition that is mistaken by itself is told once.
        if problems.len() == before {
            outcome::check(whole, product, step, problems);
        }
        step.start.iter().for_each(|condition| check_one(condition, problems));
    }
}

fn check_one(condition: &Condition, problems: &mut Problems) {
    match &condition.what {
        _ if is_empty(&condition.what) && asks_nothing(condition) => {
            let hint = "write what must hold, such as `status: ok`, or leave the key out";
            problems.hint(Code::MissingKey, condition.place, "this condition asks nothing", hint);
        }
        What::All(parts) => {
            contradiction(condition, parts, problems);
            parts.iter().for_each(|part| check_one(part, problems));
        }
        What::Any(parts) => parts.iter().for_each(|part| check_one(part, problems)),
        What::Not(part) => check_one(part, problems),
        _ => {}
    }
}

fn is_empty(what: &What) -> bool {
    match what {
        What::All(parts) | What::Any(parts) => parts.is_empty(),
        What::Http(ranges) | What::Grpc(ranges) | What::Duration(ranges) => ranges.0.is_empty(),
        _ => false,
    }
}

/// What is written and cannot be read was reported already.
fn asks_nothing(condition: &Condition) -> bool {
    matches!(condition.rule.as_str(), "" | "all: []" | "any: []" | "http.status: []" | "grpc.status: []")
}

/// Finds parts of an `all` that exclude each other: two status ranges without a common code, or an answer
/// without error that must be an error.
fn contradiction(condition: &Condition, parts: &[Condition], problems: &mut Problems) {
    for (index, one) in parts.iter().enumerate() {
        let against = parts[..index].iter().find(|other| excludes(&one.what, &other.what));
        if let Some(other) = against {
            let message = format!("`{}` and `{}` are never true together", other.rule, one.rule);
            problems.hint(
                Code::ImpossibleCondition,
                condition.place,
                message,
                "several keys mean all of them; write `any:` for alternatives",
            );
        }
    }
}

fn excludes(one: &What, other: &What) -> bool {
    match (one, other) {
        (What::Status { error: one }, What::Status { error: other }) => one != other,
        (What::Http(ranges), What::Status { error: false })
        | (What::Status { error: false }, What::Http(ranges)) => ranges.0.iter().all(|(low, _)| *low >= 500),
        (What::Http(one), What::Http(other)) | (What::Grpc(one), What::Grpc(other)) => {
            !together::meet(one, other)
        }
        _ => false,
    }
}
