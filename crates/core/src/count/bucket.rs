//! What one minute of one series holds: attempts by outcome (`slo.md` 1). Values are signed, since later
//! knowledge is a signed amendment; their sums over all amendments never are negative.

use std::ops::{AddAssign, SubAssign};

use crate::id::{ObjectiveId, StepId};
use crate::model::step::THRESHOLDS_MAX;
use crate::observation::TrafficClass;
use crate::time::Minute;

/// A series: registry values only (invariant 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesKey {
    pub step: StepId,
    /// `None` where nothing says which of the step's objectives an attempt serves.
    pub objective: Option<ObjectiveId>,
    pub class: TrafficClass,
}

/// Attempts above one latency threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slow {
    /// Good attempts that took longer.
    pub good: i64,
    /// Bad attempts that took longer.
    pub bad: i64,
}

/// Sums of sampling weights `w`, in fixed point so that order does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Weighted {
    /// Sums of w in 2^-16.
    pub good: i64,
    pub bad: i64,
    pub lost: i64,
    /// Sum of w (w - 1) over good and bad in 2^-8: the variance of how many attempts they stand for.
    pub spread: i64,
}

/// Attempts of a series in one or more minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub good: i64,
    /// Bad: `failure` matched, `success` not met.
    pub failed: i64,
    /// Bad: the result is there, but useless (`contains` not met and proven).
    pub useless: i64,
    /// Bad: shed by us.
    pub shed: i64,
    /// `exclude` matched; not in N.
    pub excluded: i64,
    /// Not known yet; not in N.
    pub pending: i64,
    /// Never to be known; in U.
    pub lost: i64,
    /// Arrived 60 s or more after the minute's end; also in its outcome.
    pub late: i64,
    /// Good attempts whose end was never told: of these nobody knows how long they took.
    pub untimed: i64,
    /// By the step's thresholds, in their order.
    pub slow: [Slow; THRESHOLDS_MAX],
    pub weighted: Weighted,
}

impl Counts {
    /// Returns B: bad attempts of the availability SLI.
    pub const fn bad(&self) -> i64 {
        self.failed + self.useless + self.shed
    }

    /// Returns N = G + B of the availability SLI.
    pub const fn decided(&self) -> i64 {
        self.good + self.bad()
    }

    /// Returns the attempts that good and bad ones stand for, in 2^-16; N itself where nothing was sampled.
    pub const fn stand_for(&self) -> i64 {
        self.weighted.good + self.weighted.bad
    }

    /// Returns whether attempts were sampled.
    pub const fn is_sampled(&self) -> bool {
        self.stand_for() > 0 && self.stand_for() != self.decided() << 16
    }

    /// Returns B as it is judged: of N attempts as many as are bad of those that they stand for. Where nothing was
    /// sampled, or all alike, it is B itself.
    pub fn bad_judged(&self) -> i64 {
        let (n, all) = (i128::from(self.decided()), i128::from(self.stand_for()));
        if !self.is_sampled() {
            return self.bad();
        }
        let bad = (n * i128::from(self.weighted.bad) + all / 2).div_euclid(all);
        i64::try_from(bad).map_or(self.bad(), |bad| bad.clamp(0, self.decided().max(0)))
    }

    /// Returns all attempts that began: good, bad, excluded, pending, lost.
    pub const fn started(&self) -> i64 {
        self.decided() + self.excluded + self.pending + self.lost
    }

    /// Returns the latency SLI's good attempts: good and within the threshold. One without an end is in neither.
    pub const fn fast(&self, threshold: usize) -> i64 {
        self.good - self.untimed - self.slow[threshold].good
    }

    /// Returns the latency SLI's bad attempts: above the threshold, failed or not. A failed attempt that
    /// was not slow is in neither (availability pays once).
    pub const fn slow(&self, threshold: usize) -> i64 {
        self.slow[threshold].good + self.slow[threshold].bad
    }

    /// Returns whether nothing is counted.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// Combines each field with the other's; written out, since windows add millions of these.
    #[inline]
    fn each(&mut self, other: &Counts, combine: impl Fn(&mut i64, i64)) {
        combine(&mut self.good, other.good);
        combine(&mut self.failed, other.failed);
        combine(&mut self.useless, other.useless);
        combine(&mut self.shed, other.shed);
        combine(&mut self.excluded, other.excluded);
        combine(&mut self.pending, other.pending);
        combine(&mut self.lost, other.lost);
        combine(&mut self.late, other.late);
        combine(&mut self.untimed, other.untimed);
        for (slow, other) in self.slow.iter_mut().zip(&other.slow) {
            combine(&mut slow.good, other.good);
            combine(&mut slow.bad, other.bad);
        }
        combine(&mut self.weighted.good, other.weighted.good);
        combine(&mut self.weighted.bad, other.weighted.bad);
        combine(&mut self.weighted.lost, other.weighted.lost);
        combine(&mut self.weighted.spread, other.weighted.spread);
    }
}

impl AddAssign<&Counts> for Counts {
    #[inline]
    fn add_assign(&mut self, other: &Counts) {
        self.each(other, |sum, part| *sum += part);
    }
}

impl SubAssign<&Counts> for Counts {
    #[inline]
    fn sub_assign(&mut self, other: &Counts) {
        self.each(other, |sum, part| *sum -= part);
    }
}

/// One signed change of one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amendment {
    pub series: SeriesKey,
    pub minute: Minute,
    pub counts: Counts,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_added_and_taken_away() {
        let slow = [Slow { good: 9, bad: 10 }; THRESHOLDS_MAX];
        let weighted = Weighted { good: 11, bad: 12, lost: 13, spread: 15 };
        let (good, failed, useless, shed) = (1, 2, 3, 4);
        let one = Counts {
            good,
            failed,
            useless,
            shed,
            excluded: 5,
            pending: 6,
            lost: 7,
            late: 8,
            untimed: 14,
            slow,
            weighted,
        };
        let mut sum = one;
        sum += &one;
        sum -= &one;
        assert_eq!(sum, one);
        sum -= &one;
        assert!(sum.is_zero());
    }

    #[test]
    fn bad_attempts_are_judged_by_what_they_stand_for() {
        let check = |(good, bad): (i64, i64), (weight_good, weight_bad): (i64, i64), expected| {
            let (good_w, bad_w) = ((good * weight_good) << 16, (bad * weight_bad) << 16);
            let weighted = Weighted { good: good_w, bad: bad_w, ..Weighted::default() };
            let counts = Counts { good, failed: bad, weighted, ..Counts::default() };
            assert_eq!(counts.bad_judged(), expected, "{counts:?}");
        };
        check((0, 0), (1, 1), 0);
        check((90, 10), (1, 1), 10);
        check((90, 10), (7, 7), 10);
        check((900, 100), (10, 1), 11);
        check((0, 100), (1, 9), 100);
        check((100, 0), (9, 1), 0);
    }

    #[test]
    fn failed_attempts_pay_once_unless_slow_as_well() {
        let slow = [Slow { good: 1, bad: 2 }, Slow::default(), Slow::default(), Slow::default()];
        let counts = Counts { good: 10, failed: 5, untimed: 4, slow, ..Counts::default() };
        assert_eq!((counts.fast(0), counts.slow(0)), (5, 3));
        assert_eq!((counts.bad(), counts.decided()), (5, 15));
    }
}
