//! The outcome of an attempt: what its conditions say, and what a missing span proves (`slo.md` 6, "Useless").

use crate::annotate::decide::tree::Tree;
use crate::annotate::decide::{Context, FLOWING_NS, Flow, Spans, WAIT_NS};
use crate::annotate::decision::Outcome;
use crate::annotate::entry::{Candidate, Entry, MOVES_NS};
use crate::annotate::names::ReasonId;
use crate::condition::{Conditions, RestsOn, Said};
use crate::id::ServiceId;
use crate::time::{SECOND_NS, UnixNanos};

/// How often a pending attempt looks whether the missing service has begun to flow.
const LOOK_NS: u64 = 10 * SECOND_NS;

/// Judges an attempt; also says when its outcome may change by time alone.
pub(super) fn outcome<F: Flow>(
    entry: &Entry,
    candidate: &Candidate,
    (below, children, loose): (u64, u64, u64),
    context: &Context<'_, F>,
) -> (Outcome, Option<UnixNanos>) {
    let Some(step) = context.rules.registry.step(candidate.step) else { return (Outcome::Lost, None) };
    let conditions = &step.conditions;
    let truth = conditions.with_trace(candidate.truth, below, children);
    let proven = match conditions.said(truth, entry.codes) {
        Said::Good => Outcome::Good,
        Said::Excluded => Outcome::Excluded,
        Said::Failed => Outcome::Failed,
        Said::Useless => Outcome::Useless,
        Said::Shed => Outcome::Shed,
    };
    match conditions.rests_on(truth, entry.codes, entry.end_ns.is_some()) {
        RestsOn::Known => (proven, None),
        RestsOn::Missing => missing(entry, (conditions, truth), proven, loose, context),
        RestsOn::Unfed => (Outcome::Lost, None),
    }
}

/// Decides on an attempt whose answer rests on a span that was not seen. That proves nothing unless its service is
/// flowing, the trace unsampled and the wait over; after 10 min the attempt is lost, and where nothing more can
/// come at once.
fn missing<F: Flow>(
    entry: &Entry,
    (conditions, truth): (&Conditions, u64),
    proven: Outcome,
    loose: u64,
    context: &Context<'_, F>,
) -> (Outcome, Option<UnixNanos>) {
    let (now, arrived) = (context.now, entry.arrived);
    if now < arrived.plus(WAIT_NS) {
        return (Outcome::Pending, Some(arrived.plus(WAIT_NS)));
    }
    if context.heard_until < arrived.plus(WAIT_NS) {
        return (Outcome::Lost, None);
    }
    let mut missing = conditions.contains().filter(|(index, ..)| truth >> index & 1 == 0);
    let (mut provable, mut flowing) = (!entry.sampled, true);
    missing.by_ref().for_each(|(_, marker, _)| {
        provable &= loose & marker.bit() == 0;
        let service = context.rules.marker_services.get(usize::from(marker.0));
        let newest = service.and_then(|service| context.flow.newest_start(*service));
        flowing &= newest.is_some_and(|newest| newest.plus(FLOWING_NS) >= entry.start);
    });
    let given_up = arrived.plus(MOVES_NS);
    if provable && flowing {
        (proven, None)
    } else if now >= given_up {
        (Outcome::Lost, None)
    } else {
        (Outcome::Pending, Some(if provable { given_up.min(now.plus(LOOK_NS)) } else { given_up }))
    }
}

/// Returns where an attempt began to fail: the deepest span at or below it that is an error, the earliest of
/// several.
pub(super) fn blame(spans: Spans<'_>, tree: &Tree, index: usize) -> (ServiceId, Option<ReasonId>) {
    let at_or_below = |i: &usize| *i == index || tree.is_below(*i, index);
    let erring = (0..spans.len()).filter(|i| spans.get(*i).codes.error).filter(at_or_below);
    let key = |i: &usize| (tree.depth(*i), std::cmp::Reverse((spans.get(*i).start, spans.get(*i).span)));
    let began = erring.max_by_key(key).unwrap_or(index);
    let entry = spans.get(began);
    (entry.service, entry.reason)
}
