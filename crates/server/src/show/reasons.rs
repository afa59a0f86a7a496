//! Why attempts failed: where the error began and with which words, most first.

use std::collections::BTreeMap;
use std::ops::Range;

use throughline_core::annotate::decision::Outcome;
use throughline_core::annotate::names::ReasonId;
use throughline_core::count::tally::ExampleOf;
use throughline_core::id::{ServiceId, StepId};
use throughline_core::model::slo::{Sli, Slo};
use throughline_core::time::Minute;

use crate::live::Live;
use crate::show::counts::{attempts, attempts_for, cells, indexes, whole};
use crate::show::{sli, slow, trace};
use crate::view::chart::ReasonCount;
use crate::view::number::{plural, ppb};
use crate::view::step::Reason;

/// Bad attempts of a step that began to fail at one place for one reason.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blame {
    pub(super) service: ServiceId,
    pub(super) outcome: Outcome,
    pub(super) reason: Option<ReasonId>,
    pub(super) attempts: u64,
}

/// Reasons that a table lists.
const LISTED_MAX: usize = 20;

/// Returns where the step's bad attempts of some minutes began to fail, most first.
pub(super) fn blames(live: &Live, step: StepId, range: &Range<Minute>) -> Vec<Blame> {
    let mut sums: BTreeMap<_, i64> = BTreeMap::new();
    for (_, (of, outcome, service, reason), n) in live.book.judged.failures.range(indexes(range)) {
        if *of == step && outcome.is_bad() {
            *sums.entry((*service, *outcome, *reason)).or_default() += n;
        }
    }
    let blame = |((service, outcome, reason), n): ((ServiceId, Outcome, Option<ReasonId>), i64)| Blame {
        service,
        outcome,
        reason,
        attempts: whole(n),
    };
    let mut blames: Vec<Blame> = sums.into_iter().map(blame).filter(|blame| blame.attempts > 0).collect();
    blames.sort_by_key(|blame| std::cmp::Reverse(blame.attempts));
    blames
}

/// Returns the reason in words.
pub(super) fn text(live: &Live, blame: &Blame) -> String {
    match (blame.reason, blame.outcome) {
        (Some(reason), _) => live.interned.reason_text(reason).to_string(),
        (None, Outcome::Useless) => "answered, but without a useful result".to_owned(),
        (None, Outcome::Shed) => "shed to protect more critical requests".to_owned(),
        (None, _) => NO_ERROR.to_owned(),
    }
}

/// Returns what a kept useless attempt lacks: `the page is filled: not in the trace`.
pub(super) fn lacks(live: &Live, step: StepId, blame: &Blame) -> Option<String> {
    let shows = ExampleOf::Attempt { step, outcome: blame.outcome, reason: blame.reason };
    let newest = live.examples.of(&shows).next()?;
    trace::lines(live, std::iter::once(newest.trace)).into_iter().find_map(|line| line.lacks)
}

const NO_ERROR: &str = "no error was found in the trace";

/// Returns why the step's attempts of some minutes failed; what has no reason is a row of its own.
pub(super) fn of_step(live: &Live, step: StepId, range: &Range<Minute>) -> Vec<Reason> {
    let bad = attempts(&live.book.judged.history.step(step).sum(range.clone())).bad;
    let blames = blames(live, step, range);
    let known: u64 = blames.iter().map(|blame| blame.attempts).sum();
    let listed = blames.iter().take(LISTED_MAX);
    let mut reasons: Vec<Reason> = listed.map(|blame| reason(live, step, blame, bad.max(known))).collect();
    let beyond: u64 = blames.iter().skip(LISTED_MAX).map(|blame| blame.attempts).sum();
    for (words, rest) in [("further reasons", beyond), (NO_ERROR, bad.saturating_sub(known))] {
        reasons.extend(ppb(rest, bad.max(known)).filter(|_| rest > 0).map(|share_ppb| Reason {
            reason: words.to_owned(),
            service: None,
            attempts: rest,
            share_ppb,
            example: None,
        }));
    }
    reasons
}

fn reason(live: &Live, step: StepId, blame: &Blame, bad: u64) -> Reason {
    let shows = ExampleOf::Attempt { step, outcome: blame.outcome, reason: blame.reason };
    Reason {
        reason: text(live, blame),
        service: Some(live.interned.service_name(blame.service).to_string()),
        attempts: blame.attempts,
        share_ppb: ppb(blame.attempts, bad).unwrap_or_default(),
        example: live.examples.of(&shows).next().map(|example| example.trace.to_string()),
    }
}

/// Returns why an SLO's attempts of some minutes were bad. For a latency SLO there is one reason; where the time
/// went, the kept traces tell.
pub(super) fn of_slo(live: &Live, slo: &Slo, range: &Range<Minute>) -> Vec<Reason> {
    let Some((reason, attempts)) = slow_in(live, slo, range) else { return of_step(live, slo.step, range) };
    let row = |share_ppb| Reason {
        reason,
        service: slow::place(live, slo).map(|place| place.words()),
        attempts,
        share_ppb,
        example: slow::examples(live, slo).next().map(|example| example.trace.to_string()),
    };
    ppb(attempts, attempts).map(row).into_iter().collect()
}

/// Returns the one reason of a latency SLO and the attempts above its threshold; `None` for others.
fn slow_in(live: &Live, slo: &Slo, range: &Range<Minute>) -> Option<(String, u64)> {
    let Sli::Latency { threshold_ns, .. } = slo.sli else { return None };
    let counts = live.book.judged.history.step(slo.step).sum(range.clone());
    Some((sli::too_slow(threshold_ns), attempts_for(slo, &counts).bad))
}

/// Returns the reasons of one bucket of a chart.
pub(super) fn of_bucket(
    live: &Live,
    (step, slo): (StepId, Option<&Slo>),
    range: &Range<Minute>,
) -> Vec<ReasonCount> {
    if let Some((reason, attempts)) = slo.and_then(|slo| slow_in(live, slo, range)) {
        return vec![ReasonCount { reason, attempts }];
    }
    let rows = of_step(live, step, range);
    let mut counts: Vec<ReasonCount> = Vec::new();
    for row in rows {
        match counts.iter_mut().find(|known| known.reason == row.reason) {
            Some(known) => known.attempts += row.attempts,
            None => counts.push(ReasonCount { reason: row.reason, attempts: row.attempts }),
        }
    }
    counts.sort_by_key(|count| std::cmp::Reverse(count.attempts));
    counts
}

/// Returns the other steps that a service has errors for, most first.
pub(super) fn other_steps(
    live: &Live,
    service: ServiceId,
    but: StepId,
    range: &Range<Minute>,
) -> Vec<String> {
    let mut hurt: Vec<(u64, StepId)> = cells(live, range)
        .into_iter()
        .filter(|((of, _), errors)| *of == service && errors.part > 0)
        .filter_map(|((_, step), errors)| Some((errors.part, step.filter(|step| *step != but)?)))
        .collect();
    hurt.sort_by_key(|(errors, step)| (std::cmp::Reverse(*errors), *step));
    let named = hurt.iter().filter_map(|(errors, step)| Some((errors, live.registry.step(*step)?)));
    named.map(|(errors, step)| format!("{} ({})", step.display_name, plural(*errors, "error"))).collect()
}
