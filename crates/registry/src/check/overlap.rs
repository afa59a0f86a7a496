//! Rules of different steps that tie: equally specific, and some request fits both. What a third rule wins is no tie, and
//! what cannot be known, as with two different regular expressions, is not guessed.

mod common;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use throughline_core::annotate::rules::rank;

use crate::check::overlap::common::{Common, common, stem};
use crate::check::together;
use crate::compile::Whole;
use crate::compile::step::filter_text;
use crate::diagnostic::{Code, Problems};
use crate::document::step::{ActionDoc, FilterDoc, StepDoc};
use crate::source::Place;

/// Comparisons of rules in one load; what is left then is not compared, and told.
const COMPARED_MAX: usize = 1_000_000;

const HINT: &str = "a tie is never guessed: such requests stay without a step unless a client names it; tell them apart with `where:`, or let one win with `priority:`";

/// An action that can carry an attempt.
struct Rule<'a> {
    product: &'a str,
    step: &'a StepDoc,
    action: &'a ActionDoc,
    rank: u32,
    /// Rules that share an operation begin alike.
    stem: &'a str,
    operation: String,
    filters: Vec<String>,
}

pub(super) fn check(whole: &Whole, problems: &mut Problems) {
    let mut services: BTreeMap<&str, Vec<Rule<'_>>> = BTreeMap::new();
    for (product, step) in whole.products.iter().flat_map(|p| p.steps.iter().map(move |step| (p, step))) {
        let carrying = step.actions.iter().filter(|action| !action.part && !step.broken.has("actions"));
        for action in carrying {
            let rule = Rule::new(&product.name.value, step, action);
            services.entry(&action.service).or_default().push(rule);
        }
    }
    let mut ties = Ties { whole, room: COMPARED_MAX, problems };
    for mut rules in services.into_values() {
        rules.sort_by(|one, other| one.order().cmp(&other.order()));
        ties.find(&rules);
    }
}

impl<'a> Rule<'a> {
    fn new(product: &'a str, step: &'a StepDoc, action: &'a ActionDoc) -> Self {
        let operation = &action.operation.operation;
        let mut filters: Vec<_> = action.filters.iter().map(filter_text).collect();
        filters.sort_unstable();
        Self {
            product,
            step,
            action,
            rank: rank(operation, filters.len(), action.priority),
            stem: stem(operation),
            operation: nameless(&action.operation.key()),
            filters,
        }
    }

    /// Those that win come first, and those that begin alike stand together.
    fn order(&self) -> (Reverse<u32>, &str, &str, &[String]) {
        (Reverse(self.rank), self.stem, &self.operation, &self.filters)
    }

    fn name(&self, other: &Self) -> String {
        match self.product == other.product {
            true => self.step.id.value.clone(),
            false => format!("{}/{}", self.product, self.step.id.value),
        }
    }

    /// Returns whether a request can pass the filters of both, as far as that is known.
    fn filters_meet(&self, other: &Self) -> bool {
        let meet = |one: &FilterDoc, other: &FilterDoc| match (one, other) {
            (FilterDoc::Attribute { key, test }, FilterDoc::Attribute { key: key_other, test: other }) => {
                key.value != key_other.value || together::tests(test, other) == Some(true)
            }
            _ => true,
        };
        self.action.filters.iter().all(|one| other.action.filters.iter().all(|other| meet(one, other)))
    }

    /// Returns whether this rule takes all that the two share: it asks for nothing that they do not.
    fn takes(&self, one: &Self, other: &Self, shared: &Common) -> bool {
        let fits = match shared {
            Common::Example(text) => self.action.operation.operation.matches(text),
            Common::Regex(_) => self.operation == one.operation,
        };
        let asked = |filter: &String| one.filters.contains(filter) || other.filters.contains(filter);
        fits && self.filters.iter().all(asked)
    }
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

struct Ties<'a> {
    whole: &'a Whole,
    room: usize,
    problems: &'a mut Problems,
}

impl Ties<'_> {
    /// Compares the rules of a service, in their order.
    fn find(&mut self, rules: &[Rule<'_>]) {
        // A rule that is written again is only held against the first of its kind.
        let same = |(at, rule): (usize, &Rule<'_>)| at > 0 && rules[at - 1].order() == rule.order();
        let again: Vec<bool> = rules.iter().enumerate().map(same).collect();
        for (at, one) in rules.iter().enumerate().filter(|(at, _)| !again[*at]) {
            let winning = &rules[..rules.partition_point(|rule| rule.rank > one.rank)];
            for (next, other) in rules.iter().enumerate().skip(at + 1) {
                if other.rank != one.rank || !other.stem.starts_with(one.stem) {
                    break;
                }
                if again[next] && other.order() != one.order() {
                    continue;
                }
                if self.room == 0 {
                    self.give_up(one);
                    return;
                }
                self.room -= 1;
                self.compare(one, other, winning);
            }
        }
    }

    fn compare(&mut self, one: &Rule<'_>, other: &Rule<'_>, winning: &[Rule<'_>]) {
        if std::ptr::eq(one.step, other.step) || !one.filters_meet(other) {
            return;
        }
        let shared = common(&one.action.operation.operation, &other.action.operation.operation);
        let Some(shared) = shared else { return };
        self.room = self.room.saturating_sub(winning.len());
        if winning.iter().any(|rule| rule.takes(one, other, &shared)) {
            return;
        }
        let (first, second) = if one.action.place < other.action.place { (one, other) } else { (other, one) };
        self.tell(first, second, &shared);
    }

    fn tell(&mut self, first: &Rule<'_>, second: &Rule<'_>, shared: &Common) {
        let shared = match shared {
            Common::Example(text) => format!("`{text}`"),
            Common::Regex(text) => format!("what `{text}` matches"),
        };
        let message = format!(
            "`{}` and `{}` both claim {shared} of `{}`, and neither is more specific; the other action stands at {}",
            second.name(first),
            first.name(second),
            second.action.service,
            self.at(first.action.place),
        );
        self.problems.hint(Code::OverlappingRules, second.action.place, message, HINT);
    }

    fn at(&self, place: Place) -> String {
        let file = self.whole.files.get(place.file as usize).map_or("", String::as_str);
        format!("{file}:{}:{}", place.line, place.column)
    }

    fn give_up(&mut self, rule: &Rule<'_>) {
        let message = format!(
            "the rules of `{}` are too many to compare each with each; from here on overlaps are not told",
            rule.action.service
        );
        let hint = "let them begin differently, such as `GET /mails/*` instead of `*/mails/*`";
        self.problems.hint(Code::OverlappingRules, rule.action.place, message, hint);
    }
}
