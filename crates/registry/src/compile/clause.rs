//! Conditions in the words a product manager would use, each with its rule. The writer's own `words` come first.

use throughline_core::condition::{GRPC_NAMES, Ranges, Test};
use throughline_core::model::step::{Clause, Operation};

use crate::document::condition::{Condition, ContainsDoc, What};
use crate::value::duration_text;

/// What conditions are said about.
pub(super) struct Words<'a> {
    /// The service that takes the attempt.
    pub(super) service: &'a str,
}

impl Words<'_> {
    pub(super) fn start(&self, condition: Option<&Condition>) -> Vec<Clause> {
        match condition {
            Some(condition) => self.all_of(condition),
            None => vec![said("the request arrives", "start of the span")],
        }
    }

    pub(super) fn default_success(&self) -> Vec<Clause> {
        vec![said(&format!("{} answers without an error", self.service), "status: ok")]
    }

    /// Returns one clause for each condition that must hold.
    pub(super) fn all_of(&self, condition: &Condition) -> Vec<Clause> {
        match &condition.what {
            What::All(parts) if condition.words.is_none() => {
                parts.iter().flat_map(|part| self.all_of(part)).collect()
            }
            _ => vec![self.clause(condition)],
        }
    }

    /// Returns one clause for each condition that suffices.
    pub(super) fn any_of(&self, condition: &Condition) -> Vec<Clause> {
        match &condition.what {
            What::Any(parts) if condition.words.is_none() => {
                parts.iter().flat_map(|part| self.any_of(part)).collect()
            }
            _ => vec![self.clause(condition)],
        }
    }

    fn clause(&self, condition: &Condition) -> Clause {
        Clause { words: self.words(condition), rule: condition.rule.clone() }
    }

    fn words(&self, condition: &Condition) -> String {
        if let Some(words) = &condition.words {
            return words.clone();
        }
        let service = self.service;
        match &condition.what {
            What::All(parts) => self.join(parts, " and "),
            What::Any(parts) => self.join(parts, " or "),
            What::Not(part) => format!("not: {}", self.words(part)),
            What::Status { error: true } => format!("{service} answers with an error"),
            What::Status { error: false } => format!("{service} answers without an error"),
            What::Http(ranges) if ranges.0 == [(400, 499)] => "the request itself was wrong".to_owned(),
            What::Http(ranges) => format!("{service} answers {}", numbers(ranges, &|n| n.to_string())),
            What::Grpc(ranges) => format!("{service} answers {}", numbers(ranges, &grpc)),
            What::Duration(ranges) => format!("it takes {}", durations(ranges)),
            What::Attribute { key, test } => attribute(&key.value, test),
            What::Contains(contains) => asked(contains),
            What::Client(event) => format!("the user's client reports {event}"),
        }
    }

    fn join(&self, parts: &[Condition], with: &str) -> String {
        parts.iter().map(|part| self.words(part)).collect::<Vec<_>>().join(with)
    }
}

fn said(words: &str, rule: &str) -> Clause {
    Clause { words: words.to_owned(), rule: rule.to_owned() }
}

fn numbers(ranges: &Ranges, text: &dyn Fn(i64) -> String) -> String {
    let one = |(low, high): &(i64, i64)| match (*low, *high) {
        (low, i64::MAX) => format!("{} or above", text(low)),
        (i64::MIN, high) => format!("{} or below", text(high)),
        (low, high) if low == high => text(low),
        (low, high) => format!("{} to {}", text(low), text(high)),
    };
    ranges.0.iter().map(one).collect::<Vec<_>>().join(" or ")
}

fn grpc(code: i64) -> String {
    let name = usize::try_from(code).ok().and_then(|code| GRPC_NAMES.get(code));
    name.map_or_else(|| code.to_string(), |name| (*name).to_owned())
}

/// Says the bound as it was written: `>` is one nanosecond above it.
fn durations(ranges: &Ranges) -> String {
    let text = |ns: i64| duration_text(u64::try_from(ns).unwrap_or_default());
    let is_round = |ns: i64| ns % 1_000 == 0;
    let one = |(low, high): &(i64, i64)| match (*low, *high) {
        (low, i64::MAX) if is_round(low) => format!("{} or longer", text(low)),
        (low, i64::MAX) => format!("longer than {}", text(low - 1)),
        (_, high) if is_round(high) => format!("{} or less", text(high)),
        (_, high) => format!("less than {}", text(high + 1)),
    };
    ranges.0.iter().map(one).collect::<Vec<_>>().join(" or ")
}

fn attribute(key: &str, test: &Test) -> String {
    match test {
        Test::Present => format!("the request carries {key}"),
        Test::Equals(text) => format!("{key} is {text}"),
        Test::Number(ranges) => format!("{key} is {}", numbers(ranges, &|n| n.to_string())),
        Test::Regex(pattern) => format!("{key} looks like {}", pattern.text()),
    }
}

fn asked(contains: &ContainsDoc) -> String {
    let service = &contains.service;
    match &contains.operation.operation {
        Operation::Exact(text) if !text.contains(' ') => format!("{service} was asked to {}", verb(text)),
        Operation::Exact(text) => format!("{service} was asked for {text}"),
        other => format!("{service} was asked for {}", other.text()),
    }
}

/// Returns the last part of an RPC's name as words: `hipstershop.CartService/AddItem` becomes `add item`.
fn verb(operation: &str) -> String {
    let last = operation.rsplit(['/', '.']).find(|part| !part.is_empty()).unwrap_or(operation);
    let mut words = String::new();
    for (index, c) in last.chars().enumerate() {
        if c.is_uppercase() && index > 0 {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}
