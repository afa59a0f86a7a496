//! Steps at which all attempts come out alike, so that an SLO says nothing: every combination of answers to the
//! questions of the conditions is tried. What attributes mean is not known here, only what excludes or implies what.

use throughline_core::condition::{Expr, is_grpc_server_error};
use throughline_core::model::slo::Method;

use crate::check::together;
use crate::compile::Whole;
use crate::compile::condition::contains_text;
use crate::diagnostic::{Code, Problems};
use crate::document::condition::{Condition, What};
use crate::document::product::ProductDoc;
use crate::document::slo::SloDoc;
use crate::document::step::StepDoc;

/// Questions of a step whose answers are tried, `status` among them; they have 2^n combinations. Steps that ask more are
/// not looked at.
const QUESTIONS_MAX: usize = 10;

/// The question for `status: error`, which decides where `success` is left out.
const ERROR: &What = &What::Status { error: true };

/// What is wrong, at which condition, with a way out.
type Fault<'a> = (&'a Condition, String, &'static str);

pub(super) fn check(whole: &Whole, product: &ProductDoc, step: &StepDoc, problems: &mut Problems) {
    let is_broken = ["success", "failure", "exclude", "slos"].iter().any(|key| step.broken.has(key));
    let mut written = [&step.success, &step.failure, &step.exclude].into_iter().flatten();
    let (Some(first), false) = (written.next(), is_broken) else { return };
    let Some(seen) = Seen::of(step) else { return };
    let slos = whole.slos_of(&product.name.value, step);
    let told = of_failure(step, &seen).or_else(|| of_slos(first, &step.id.value, &slos, &seen));
    if let Some((condition, message, hint)) = told {
        problems.hint(Code::GoodEqualsTotal, condition.place, message, hint);
    }
}

fn of_failure<'a>(step: &'a StepDoc, seen: &Seen) -> Option<Fault<'a>> {
    let failure = step.failure.as_ref().filter(|_| seen.failure && !seen.failed)?;
    let message = "all that `failure` names is left out by `exclude`, so nothing fails by it".to_owned();
    let hint = "let `exclude` name only what says nothing about the step, such as users' own mistakes";
    Some((failure, message, hint))
}

fn of_slos<'a>(first: &'a Condition, step: &str, slos: &[&SloDoc], seen: &Seen) -> Option<Fault<'a>> {
    let mut counted = slos.iter().filter(|slo| slo.method == Method::Service);
    let any = counted.clone().next();
    let availability = counted.find(|slo| slo.latency_ns.is_none());
    let (slo, what, hint) = match (seen.good, seen.bad) {
        (true, true) => return None,
        (true, false) => (
            availability?,
            "can be bad, so it is at 100 % for ever",
            "let `success` or `failure` tell bad attempts from good ones; only an SLO with `latency` needs neither",
        ),
        (false, true) => (
            any?,
            "can be good, so it is at 0 % for ever",
            "let `success` name what good attempts have; what `exclude` or `failure` names is never good",
        ),
        (false, false) => {
            (any?, "counts, so it has no data for ever", "let `exclude` leave something that is good or bad")
        }
    };
    let message = format!("SLO `{}` can say nothing: no attempt at `{step}` {what}", slo.name.value);
    Some((first, message, hint))
}

/// What can become of attempts.
#[derive(Default)]
struct Seen {
    good: bool,
    bad: bool,
    /// `failure` can hold.
    failure: bool,
    /// It can hold of an attempt that counts.
    failed: bool,
}

impl Seen {
    /// Tries all answers; `None` when there are too many questions.
    fn of(step: &StepDoc) -> Option<Self> {
        let mut questions = Questions(vec![ERROR]);
        let [exclude, failure, success] = [&step.exclude, &step.failure, &step.success]
            .map(|condition| condition.as_ref().map(|condition| questions.tree(condition)));
        let success = success.unwrap_or(Expr::Not(Box::new(Expr::Atom(0))));
        if questions.0.len() > QUESTIONS_MAX {
            return None;
        }
        let mut seen = Self::default();
        for truth in questions.answers() {
            let holds = |expr: &Option<Expr>| expr.as_ref().is_some_and(|expr| expr.holds(truth));
            let (counts, fails) = (!holds(&exclude), holds(&failure));
            let good = !fails && success.holds(truth);
            seen.good |= counts && good;
            seen.bad |= counts && !good;
            seen.failure |= fails;
            seen.failed |= counts && fails;
        }
        Some(seen)
    }
}

/// Different questions.
struct Questions<'a>(Vec<&'a What>);

impl<'a> Questions<'a> {
    fn tree(&mut self, condition: &'a Condition) -> Expr {
        let mut trees = |parts: &'a [Condition]| parts.iter().map(|part| self.tree(part)).collect();
        match &condition.what {
            What::All(parts) => Expr::All(trees(parts)),
            What::Any(parts) => Expr::Any(trees(parts)),
            What::Not(part) => Expr::Not(Box::new(self.tree(part))),
            What::Status { error: false } => Expr::Not(Box::new(Expr::Atom(0))),
            what => Expr::Atom(self.ask(what)),
        }
    }

    /// Returns the question's place; one above the limit is taken, to be told, and stands for all further ones.
    fn ask(&mut self, what: &'a What) -> u8 {
        let known = self.0.iter().position(|known| same(known, what));
        if known.is_none() && self.0.len() <= QUESTIONS_MAX {
            self.0.push(what);
        }
        known.unwrap_or(self.0.len() - 1) as u8
    }

    /// Returns all combinations of answers that do not contradict themselves.
    fn answers(&self) -> impl Iterator<Item = u64> + use<> {
        let masks = |relates: fn(&What, &What) -> bool| -> Vec<u64> {
            let mask = |one: &&What| {
                let related = self.0.iter().enumerate().filter(|(_, other)| relates(one, other));
                related.fold(0, |mask, (at, _)| mask | 1 << at)
            };
            self.0.iter().map(mask).collect()
        };
        let (excluded, implied) = (masks(excludes), masks(implies));
        let is_possible = move |truth: &u64| {
            let asked = excluded.iter().zip(&implied).enumerate().filter(|(at, _)| truth >> at & 1 == 1);
            asked.fold(true, |so_far, (_, (excluded, implied))| {
                so_far && truth & excluded == 0 && implied & !truth == 0
            })
        };
        (0..1 << self.0.len()).filter(is_possible)
    }
}

fn same(one: &What, other: &What) -> bool {
    match (one, other) {
        (What::Status { .. }, What::Status { .. }) => true,
        (What::Http(one), What::Http(other))
        | (What::Grpc(one), What::Grpc(other))
        | (What::Duration(one), What::Duration(other)) => one == other,
        (What::Attribute { key, test }, What::Attribute { key: key_other, test: other }) => {
            (&key.value, test) == (&key_other.value, other)
        }
        (What::Contains(one), What::Contains(other)) => contains_text(one) == contains_text(other),
        _ => false,
    }
}

/// Returns whether both are never true at once.
fn excludes(one: &What, other: &What) -> bool {
    match (one, other) {
        (What::Http(one), What::Http(other))
        | (What::Grpc(one), What::Grpc(other))
        | (What::Duration(one), What::Duration(other)) => !together::meet(one, other),
        (What::Attribute { key, test }, What::Attribute { key: key_other, test: other }) => {
            key.value == key_other.value && together::tests(test, other) == Some(false)
        }
        _ => false,
    }
}

/// Returns whether the other is true wherever the one is.
fn implies(one: &What, other: &What) -> bool {
    match (one, other) {
        (What::Http(one), What::Http(other))
        | (What::Grpc(one), What::Grpc(other))
        | (What::Duration(one), What::Duration(other)) => together::lies_in(one, other),
        (What::Http(ranges), What::Status { .. }) => ranges.0.iter().all(|(low, _)| *low >= 500),
        (What::Grpc(ranges), What::Status { .. }) => {
            (0..=16).all(|code| is_grpc_server_error(code) || !ranges.holds(code.into()))
        }
        _ => false,
    }
}
