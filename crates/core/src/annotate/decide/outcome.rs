//! The outcome of an attempt: what its conditions say, and what a missing span proves (`slo.md` 6, "Useless").

use crate::annotate::decide::tree::Tree;
use crate::annotate::decide::{Context, FLOWING_NS, Flow, Spans, WAIT_NS};
use crate::annotate::decision::{Brings, Outcome};
use crate::annotate::entry::{Candidate, Entry, MOVES_NS};
use crate::annotate::names::ReasonId;
use crate::condition::{Conditions, Marker, RestsOn, Said};
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

/// Decides on an attempt whose answer rests on a span that was not seen.
fn missing<F: Flow>(
    entry: &Entry,
    (conditions, truth): (&Conditions, u64),
    proven: Outcome,
    loose: u64,
    context: &Context<'_, F>,
) -> (Outcome, Option<UnixNanos>) {
    let missing = conditions.contains().filter(|(index, ..)| truth >> index & 1 == 0);
    match absence(entry, missing.map(|(_, marker, _)| marker), loose, context) {
        Absence::Proven => (proven, None),
        Absence::Waits(until) => (Outcome::Pending, Some(until)),
        Absence::Unknown => (Outcome::Lost, None),
    }
}

/// Whether an attempt that is good brought about what its step usually does; also when that may change by time.
pub(super) fn brings<F: Flow>(
    entry: &Entry,
    candidate: &Candidate,
    outcome: Outcome,
    (below, children, loose): (u64, u64, u64),
    context: &Context<'_, F>,
) -> (Brings, Option<UnixNanos>) {
    let step = context.rules.registry.step(candidate.step).filter(|_| outcome == Outcome::Good);
    let Some(expect) = step.and_then(|step| step.expect.as_ref()) else { return (Brings::NotAsked, None) };
    if if expect.child { children } else { below } & expect.marker.bit() != 0 {
        return (Brings::Something, None);
    }
    match absence(entry, std::iter::once(expect.marker), loose, context) {
        Absence::Proven => (Brings::Nothing, None),
        Absence::Waits(until) => (Brings::Unknown, Some(until)),
        Absence::Unknown => (Brings::Unknown, None),
    }
}

/// What it means that spans below an attempt were not seen.
enum Absence {
    /// They did not come about.
    Proven,
    /// They may come, or their service may begin to flow.
    Waits(UnixNanos),
    /// Nobody will know.
    Unknown,
}

/// Returns what missing spans prove: nothing unless their services are flowing, the trace unsampled and the wait over.
/// After 10 min nobody will know, and where nothing more can come at once.
fn absence<F: Flow>(
    entry: &Entry,
    missing: impl Iterator<Item = Marker>,
    loose: u64,
    context: &Context<'_, F>,
) -> Absence {
    let (now, arrived) = (context.now, entry.arrived);
    if now < arrived.plus(WAIT_NS) {
        return Absence::Waits(arrived.plus(WAIT_NS));
    }
    if context.heard_until < arrived.plus(WAIT_NS) {
        return Absence::Unknown;
    }
    let (mut provable, mut flowing) = (!entry.sampled, true);
    for marker in missing {
        provable &= loose & marker.bit() == 0;
        let service = context.rules.marker_services.get(usize::from(marker.0));
        let newest = service.and_then(|service| context.flow.newest_start(*service));
        flowing &= newest.is_some_and(|newest| newest.plus(FLOWING_NS) >= entry.start);
    }
    let given_up = arrived.plus(MOVES_NS);
    if provable && flowing {
        Absence::Proven
    } else if now >= given_up {
        Absence::Unknown
    } else {
        Absence::Waits(if provable { given_up.min(now.plus(LOOK_NS)) } else { given_up })
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
