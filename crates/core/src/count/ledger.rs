//! The ledger: every record received, and what became of it. Invariant 2, conservation:
//! `received = counted + duplicate + rejected + filtered + unmatched`, per signal, at every instant.
//! `received` is counted by the walker before any decision, never as a sum.

use std::ops::AddAssign;

use crate::annotate::decision::{Decision, Filtered, Unmatched};
use crate::observation::Signal;

/// Why a record is refused for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rejected {
    /// Older than the longest SLO window.
    TooOld,
    /// More than 10 min ahead of its arrival.
    Future,
    /// Its ids have a wrong length or its row cannot be read.
    Malformed,
}

impl Rejected {
    /// All reasons, in the order of their counters.
    pub const ALL: [Self; 3] = [Self::TooOld, Self::Future, Self::Malformed];

    /// Returns the word used on `/metrics`, in API and pages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::TooOld => "too_old",
            Self::Future => "future",
            Self::Malformed => "malformed",
        }
    }
}

/// The six numbers of one signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Records {
    pub received: i64,
    pub counted: i64,
    pub duplicate: i64,
    pub rejected: i64,
    pub filtered: i64,
    pub unmatched: i64,
}

impl Records {
    /// Returns what is received but in no state; 0 when the law holds.
    pub const fn missing(&self) -> i64 {
        self.received - self.counted - self.duplicate - self.rejected - self.filtered - self.unmatched
    }

    /// Returns the numbers with their names, as they stand on `/metrics`.
    pub const fn named(&self) -> [(&'static str, i64); 6] {
        [
            ("received", self.received),
            ("counted", self.counted),
            ("duplicate", self.duplicate),
            ("rejected", self.rejected),
            ("filtered", self.filtered),
            ("unmatched", self.unmatched),
        ]
    }
}

/// All records of a shard, published as one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ledger {
    pub traces: Records,
    pub logs: Records,
    pub metrics: Records,
    /// By [`Rejected::ALL`].
    pub rejected: [i64; 3],
    /// No entry, container; of spans alone.
    pub filtered: [i64; 2],
    /// No rule, ambiguous, unknown id, undecided; of spans alone.
    pub unmatched: [i64; 4],
    /// Attempts that arrived 60 s or more after their minute's end.
    pub late: i64,
    pub late_annotation: i64,
    /// Entry spans of which client and rule say the same, and of which both speak.
    pub agreement: [i64; 2],
}

/// The words of [`Ledger::filtered`], in order.
pub const FILTERED_WORDS: [&str; 2] = ["no entry", "container"];
/// The words of [`Ledger::unmatched`], in order.
pub const UNMATCHED_WORDS: [&str; 4] = ["no rule", "ambiguous", "unknown id", "undecided"];

impl Ledger {
    /// Returns the signal's six numbers.
    pub const fn signal(&self, signal: Signal) -> &Records {
        match signal {
            Signal::Traces => &self.traces,
            Signal::Logs => &self.logs,
            Signal::Metrics => &self.metrics,
        }
    }

    /// Returns the signal's six numbers, to be changed.
    pub fn signal_mut(&mut self, signal: Signal) -> &mut Records {
        match signal {
            Signal::Traces => &mut self.traces,
            Signal::Logs => &mut self.logs,
            Signal::Metrics => &mut self.metrics,
        }
    }

    /// Returns what is received but in no state, over all signals; 0 when the law holds.
    pub const fn missing(&self) -> i64 {
        self.traces.missing() + self.logs.missing() + self.metrics.missing()
    }

    /// Counts a record that is refused.
    pub fn reject(&mut self, signal: Signal, why: Rejected) {
        self.signal_mut(signal).rejected += 1;
        self.rejected[why as usize] += 1;
    }

    /// Adds (`sign` 1) or takes back (-1) what became of a span.
    pub fn decided(&mut self, decision: &Decision, sign: i64) {
        match decision {
            Decision::Counted(_) => self.traces.counted += sign,
            Decision::Filtered(why) => self.filtered(*why, sign),
            Decision::Unmatched(why) => {
                self.traces.unmatched += sign;
                self.unmatched[unmatched_index(*why)] += sign;
            }
        }
    }

    /// Adds a span that takes part in nothing.
    pub fn filtered(&mut self, why: Filtered, sign: i64) {
        self.traces.filtered += sign;
        self.filtered[usize::from(why == Filtered::Container)] += sign;
    }
}

/// Returns a reason's place in [`Ledger::unmatched`].
pub const fn unmatched_index(why: Unmatched) -> usize {
    match why {
        Unmatched::NoRule => 0,
        Unmatched::Ambiguous => 1,
        Unmatched::UnknownId => 2,
        Unmatched::Undecided => 3,
    }
}

impl AddAssign<&Records> for Records {
    fn add_assign(&mut self, other: &Records) {
        self.received += other.received;
        self.counted += other.counted;
        self.duplicate += other.duplicate;
        self.rejected += other.rejected;
        self.filtered += other.filtered;
        self.unmatched += other.unmatched;
    }
}

impl AddAssign<&Ledger> for Ledger {
    fn add_assign(&mut self, other: &Ledger) {
        self.traces += &other.traces;
        self.logs += &other.logs;
        self.metrics += &other.metrics;
        let add = |mine: &mut [i64], theirs: &[i64]| mine.iter_mut().zip(theirs).for_each(|(m, t)| *m += t);
        add(&mut self.rejected, &other.rejected);
        add(&mut self.filtered, &other.filtered);
        add(&mut self.unmatched, &other.unmatched);
        add(&mut self.agreement, &other.agreement);
        self.late += other.late;
        self.late_annotation += other.late_annotation;
    }
}
