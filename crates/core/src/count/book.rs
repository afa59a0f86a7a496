//! The book: the merged changes of all shards, as far back as anybody looks. One owner, the evaluator, drains the
//! shards into it; judging and pages read it. It judges nothing.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::annotate::decision::{Outcome, Source, Unmatched};
use crate::annotate::names::{Interned, OperationId, ReasonId};
use crate::count::frame::Frame;
use crate::count::history::History;
use crate::count::latency::Histogram;
use crate::count::sources::Sources;
use crate::count::tally::{CellKey, Changes, FailureKey, Requests, StrayKey};
use crate::hash::FastMap;
use crate::id::{ServiceId, StepId};
use crate::observation::TrafficClass;
use crate::time::Minute;

/// Minutes of which cells and failures are kept, for pages; the matrix looks back six hours.
pub const RECENT_MINUTES: u32 = 6 * 60;
/// Hours of which requests without a step are kept.
pub const STRAY_HOURS: u32 = 24;
/// Operations without a step that are kept an hour; what comes beyond is one row, `other`.
pub const STRAYS_MAX: usize = 1_000;
/// Failure reasons of a step that are kept a minute; what comes beyond is one row, `other`.
pub const REASONS_MAX: usize = 100;

/// A cell's place in a minute.
pub type CellPlace = (ServiceId, Option<StepId>, TrafficClass);
/// A failure's place in a minute.
pub type FailurePlace = (StepId, Outcome, ServiceId, Option<ReasonId>);
/// An operation without a step.
pub type StrayPlace = (ServiceId, OperationId, Unmatched);

/// Values by minute or hour, of which the older are forgotten.
#[derive(Debug, Clone)]
pub struct Recent<K, V> {
    slots: BTreeMap<u32, FastMap<K, V>>,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self { slots: BTreeMap::new() }
    }
}

impl<K: Eq + std::hash::Hash + Copy, V: Default> Recent<K, V> {
    fn slot(&mut self, at: u32) -> &mut FastMap<K, V> {
        self.slots.entry(at).or_default()
    }

    fn forget_before(&mut self, at: u32) {
        while self.slots.first_key_value().is_some_and(|(first, _)| *first < at) {
            self.slots.pop_first();
        }
    }

    /// Returns the values of the minutes (or hours) in the range.
    pub fn range(&self, range: Range<u32>) -> impl Iterator<Item = (u32, &K, &V)> {
        let slots = (range.start < range.end).then(|| self.slots.range(range)).into_iter().flatten();
        slots.flat_map(|(at, values)| values.iter().map(move |(key, value)| (*at, key, value)))
    }
}

/// All counts of one frame.
#[derive(Debug, Default)]
pub struct FrameBook {
    pub history: History,
    /// By minute.
    pub cells: Recent<CellPlace, Requests>,
    /// By minute; interactive attempts.
    pub failures: Recent<FailurePlace, i64>,
    /// Durations of interactive attempts since the start.
    pub latencies: FastMap<StepId, Histogram>,
}

/// Everything that was counted.
#[derive(Debug, Default)]
pub struct Book {
    pub judged: FrameBook,
    pub baseline: FrameBook,
    /// By hour.
    pub strays: Recent<StrayPlace, Requests>,
    /// Entry spans since the start, by service and source; `None` for those without a step.
    pub coverage: FastMap<(ServiceId, Option<Source>), i64>,
    pub sources: Sources,
    reached: Reached,
    newest: Minute,
    keep_minutes: u32,
}

/// How often a limit of the book was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reached {
    /// Failures beyond [`REASONS_MAX`] of their step and minute, counted under `other`.
    pub reasons: u64,
    /// Requests beyond [`STRAYS_MAX`] operations of their hour, counted under `other`.
    pub strays: u64,
}

impl Book {
    /// Makes an empty book that keeps attempts for `keep_minutes`. With `u32::MAX` it keeps all of everything,
    /// as a replay does.
    pub fn new(keep_minutes: u32) -> Self {
        Self { keep_minutes, ..Self::default() }
    }

    /// Returns how often each limit was reached.
    pub const fn reached(&self) -> Reached {
        self.reached
    }

    /// Keeps attempts at least so long from now on.
    pub fn keep_at_least(&mut self, minutes: u32) {
        self.keep_minutes = self.keep_minutes.max(minutes);
    }

    /// Adds a shard's changes.
    pub fn add(&mut self, changes: Changes, interned: &Interned) {
        for (frame, amendment) in &changes.attempts {
            self.newest = self.newest.max(amendment.minute);
            self.frame_mut(*frame).history.amend(amendment);
        }
        for (key, requests) in changes.cells {
            self.add_cell(key, requests);
        }
        for (key, n) in changes.failures {
            self.add_failure(key, n);
        }
        for ((frame, step, minute), brought) in changes.brought {
            self.frame_mut(frame).history.amend_brought(step, minute, brought);
        }
        for (key, requests) in changes.strays {
            self.add_stray(key, requests);
        }
        for ((frame, step, bucket), n) in changes.latencies {
            self.frame_mut(frame).latencies.entry(step).or_default().add(bucket, n);
        }
        for (key, n) in changes.coverage {
            *self.coverage.entry(key).or_default() += n;
        }
        for ((service, minute), n) in changes.sources {
            self.sources.add(&interned.service_name(service), minute, n);
        }
    }

    /// Forgets what nobody looks at any more at `now`.
    pub fn forget_before(&mut self, now: Minute) {
        if self.keep_minutes == u32::MAX {
            return;
        }
        let keep = now.minus(self.keep_minutes);
        let recent = now.minus(RECENT_MINUTES).0;
        for frame in [&mut self.judged, &mut self.baseline] {
            frame.history.forget_before(keep);
            frame.cells.forget_before(recent);
            frame.failures.forget_before(recent);
        }
        self.strays.forget_before((now.0 / 60).saturating_sub(STRAY_HOURS));
    }

    /// Returns the newest minute in which an attempt started.
    pub fn newest(&self) -> Minute {
        self.newest
    }

    /// Returns one frame's counts.
    pub fn frame(&self, frame: Frame) -> &FrameBook {
        match frame {
            Frame::Judged => &self.judged,
            Frame::Baseline => &self.baseline,
        }
    }

    fn frame_mut(&mut self, frame: Frame) -> &mut FrameBook {
        match frame {
            Frame::Judged => &mut self.judged,
            Frame::Baseline => &mut self.baseline,
        }
    }

    fn add_cell(&mut self, key: CellKey, requests: Requests) {
        let place = (key.service, key.step, key.class);
        let cell = self.frame_mut(key.frame).cells.slot(key.minute.0).entry(place).or_default();
        cell.requests += requests.requests;
        cell.errors += requests.errors;
    }

    fn add_failure(&mut self, key: FailureKey, n: i64) {
        let frame = match key.frame {
            Frame::Judged => &mut self.judged,
            Frame::Baseline => &mut self.baseline,
        };
        let slot = frame.failures.slot(key.minute.0);
        let mut place = (key.step, key.outcome, key.service, key.reason);
        let full = || slot.keys().filter(|known| known.0 == key.step).count() >= REASONS_MAX;
        if !slot.contains_key(&place) && full() {
            place.3 = Some(ReasonId(u16::MAX));
            self.reached.reasons += n.unsigned_abs();
        }
        *slot.entry(place).or_default() += n;
    }

    fn add_stray(&mut self, key: StrayKey, requests: Requests) {
        let slot = self.strays.slot(key.hour);
        let mut place = (key.service, key.operation, key.why);
        if !slot.contains_key(&place) && slot.len() >= STRAYS_MAX {
            place.1 = OperationId(u16::MAX);
            self.reached.strays += requests.requests.unsigned_abs();
        }
        let stray = slot.entry(place).or_default();
        stray.requests += requests.requests;
        stray.errors += requests.errors;
        // What was undecided and is not any more leaves its room to others.
        if *stray == Requests::default() {
            slot.remove(&place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(strays: Vec<(StrayKey, Requests)>, failures: Vec<(FailureKey, i64)>) -> Changes {
        Changes { strays, failures, ..Changes::default() }
    }

    fn stray(operation: u16, why: Unmatched, requests: i64) -> (StrayKey, Requests) {
        let (service, operation) = (ServiceId::new(1), OperationId(operation));
        (StrayKey { service, operation, why, hour: 7 }, Requests { requests, errors: 0 })
    }

    #[test]
    fn an_hour_has_room_for_its_operations_and_not_one_more() {
        let mut book = Book::new(u32::MAX);
        let all = |n: usize| (0..n as u16).map(|n| stray(n, Unmatched::NoRule, 1)).collect();
        book.add(changes(all(STRAYS_MAX), Vec::new()), &Interned::default());
        assert_eq!(book.reached().strays, 0);
        book.add(changes(vec![stray(9_999, Unmatched::NoRule, 3)], Vec::new()), &Interned::default());
        assert_eq!(book.reached().strays, 3);
        let total: i64 = book.strays.range(0..u32::MAX).map(|(_, _, requests)| requests.requests).sum();
        assert_eq!(total, STRAYS_MAX as i64 + 3, "what is beyond is counted under `other`");
    }

    #[test]
    fn what_is_no_longer_undecided_leaves_its_room() {
        let mut book = Book::new(u32::MAX);
        for n in 0..STRAYS_MAX as u16 {
            let moved = vec![
                stray(n, Unmatched::Undecided, 1),
                stray(n, Unmatched::Undecided, -1),
                stray(n, Unmatched::NoRule, 1),
            ];
            book.add(changes(moved, Vec::new()), &Interned::default());
        }
        assert_eq!((book.strays.range(0..u32::MAX).count(), book.reached().strays), (STRAYS_MAX, 0));
    }

    #[test]
    fn a_minute_has_room_for_the_reasons_of_a_step_and_not_one_more() {
        let failure = |reason: usize| {
            let (frame, outcome, service) = (Frame::Judged, Outcome::Failed, ServiceId::new(1));
            let reason = Some(ReasonId(reason as u16));
            (FailureKey { frame, step: StepId::new(0), minute: Minute(9), outcome, service, reason }, 1)
        };
        let mut book = Book::new(u32::MAX);
        book.add(changes(Vec::new(), (0..REASONS_MAX).map(failure).collect()), &Interned::default());
        assert_eq!(book.reached().reasons, 0);
        book.add(changes(Vec::new(), vec![failure(REASONS_MAX), failure(0)]), &Interned::default());
        assert_eq!(book.reached().reasons, 1);
        let total: i64 = book.judged.failures.range(0..u32::MAX).map(|(_, _, n)| *n).sum();
        assert_eq!(total, REASONS_MAX as i64 + 2);
    }
}
