//! Sums of counts over closed minutes. Signed sums of amendments become whole counts here.

use std::ops::Range;

use throughline_core::count::bucket;
use throughline_core::count::tally::Requests;
use throughline_core::id::{ServiceId, StepId};
use throughline_core::judge::judgement::Tally;
use throughline_core::model::slo::{Sli, Slo};
use throughline_core::observation::TrafficClass;
use throughline_core::time::Minute;

use crate::live::Live;
use crate::view::sli::{Counts, Share};

/// Returns a sum of amendments, which never is negative once all are in.
pub(super) fn whole(sum: i64) -> u64 {
    u64::try_from(sum).unwrap_or(0)
}

/// Returns the newest closed minutes.
pub(super) fn closed(live: &Live, minutes: u32) -> Range<Minute> {
    let end = live.judgement.as_of.minute();
    end.minus(minutes)..end
}

pub(super) fn indexes(range: &Range<Minute>) -> Range<u32> {
    range.start.0..range.end.0
}

/// Returns attempts by outcome.
pub(super) fn attempts(counts: &bucket::Counts) -> Counts {
    let [good, bad] = [counts.good, counts.bad()].map(whole);
    let [excluded, pending, lost] = [counts.excluded, counts.pending, counts.lost].map(whole);
    Counts { started: good + bad + excluded + pending + lost, good, slow: 0, bad, excluded, pending, lost }
}

/// Returns attempts by outcome, the good ones above a threshold apart; `slot` is its place among the step's.
pub(super) fn attempts_above(counts: &bucket::Counts, slot: u8) -> Counts {
    let all = attempts(counts);
    let slow = whole(counts.slow[usize::from(slot)].good).min(all.good);
    Counts { good: all.good - slow, slow, ..all }
}

/// Returns attempts as an SLO counts them. A failed attempt that was not slow is not timed: it stands with those
/// that are not counted; a good one without an end is lost to latency.
pub(super) fn attempts_for(slo: &Slo, counts: &bucket::Counts) -> Counts {
    let all = attempts(counts);
    match slo.sli {
        Sli::Latency { slot, .. } => {
            let (good, bad) = (whole(counts.fast(slot.into())), whole(counts.slow(slot.into())));
            let lost = all.lost + whole(counts.untimed);
            let excluded = all.started.saturating_sub(good + bad + all.pending + lost);
            Counts { good, bad, excluded, lost, ..all }
        }
        Sli::Availability | Sli::EndToEnd { .. } => all,
    }
}

/// Returns bad of decided; `None` while nothing is decided.
pub(super) fn known(tally: Tally) -> Option<Share> {
    (tally.decided > 0).then(|| share(tally))
}

pub(super) fn share(tally: Tally) -> Share {
    Share::new(tally.bad, tally.decided)
}

/// Returns bad of decided attempts of a step in some minutes.
pub(super) fn failed(live: &Live, step: StepId, range: Range<Minute>) -> Share {
    let counts = attempts(&live.book.judged.history.step(step).sum(range));
    Share::new(counts.bad, counts.decided())
}

/// Requests of one service for one step, of interactive traffic.
pub(super) type Cell = ((ServiceId, Option<StepId>), Share);

/// Returns errors of requests by service and step over some minutes, in order.
pub(super) fn cells(live: &Live, range: &Range<Minute>) -> Vec<Cell> {
    let mut sums = std::collections::BTreeMap::new();
    for (_, (service, step, class), requests) in live.book.judged.cells.range(indexes(range)) {
        if *class == TrafficClass::Interactive {
            let sum: &mut Requests = sums.entry((*service, *step)).or_default();
            sum.requests += requests.requests;
            sum.errors += requests.errors;
        }
    }
    let some = |(key, sum): (_, Requests)| (sum.requests > 0).then(|| (key, of_requests(&sum)));
    sums.into_iter().filter_map(some).collect()
}

pub(super) fn of_requests(requests: &Requests) -> Share {
    Share::new(whole(requests.errors), whole(requests.requests))
}

/// Adds shares by their parts and wholes.
pub(super) fn total(shares: impl IntoIterator<Item = Share>) -> Share {
    shares.into_iter().fold(Share::default(), |sum, one| Share::new(sum.part + one.part, sum.of + one.of))
}

/// Returns attempts a day, those of the last 24 hours; `None` while less than a day is known.
pub(super) fn attempts_a_day(live: &Live, step: StepId) -> Option<u64> {
    let day = closed(live, 24 * 60);
    let known = live.book.judged.history.step(step).first().is_some_and(|first| first <= day.start);
    live.judgement.step(step).map(|step| step.started_1d).filter(|attempts| known && *attempts > 0)
}
