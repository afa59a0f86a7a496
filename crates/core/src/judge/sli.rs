//! What an SLO counts as good and bad, from a step's counts (`slo.md` 1).

use crate::count::bucket::Counts;
use crate::judge::judgement::Tally;
use crate::model::slo::{Sli, Slo};

/// Good and bad attempts of one SLI. Sampled ones are divided as those are that they stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Decided {
    pub good: u64,
    pub bad: u64,
    /// Attempts that nobody knows the end of, yet or for ever: pending and lost ones, and for latency those that
    /// do not tell how long they took. In no ratio of an SLO.
    pub unknown: u64,
}

impl Decided {
    /// Returns an SLO's good and bad attempts; none for methods that are not fed.
    pub fn of(slo: &Slo, counts: &Counts) -> Self {
        let (good, bad) = match slo.sli {
            _ if slo.not_measured().is_some() => return Self::default(),
            Sli::Availability => (counts.decided() - counts.bad_judged(), counts.bad_judged()),
            Sli::Latency { slot, .. } => (counts.fast(slot.into()), counts.slow(slot.into())),
            Sli::EndToEnd { .. } => (0, 0),
        };
        let untimed = if matches!(slo.sli, Sli::Latency { .. }) { whole(counts.untimed) } else { 0 };
        Self { good: whole(good), bad: whole(bad), unknown: unknown(counts) + untimed }
    }

    /// Returns N = G + B.
    pub const fn n(&self) -> u64 {
        self.good + self.bad
    }

    /// Returns bad of decided.
    pub const fn tally(&self) -> Tally {
        Tally { bad: self.bad, decided: self.n(), unknown: self.unknown }
    }
}

/// Returns attempts that are pending or lost.
pub(crate) fn unknown(counts: &Counts) -> u64 {
    whole(counts.pending + counts.lost)
}

/// Returns a count that amendments in flight may have made negative for a moment.
pub(crate) fn whole(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
