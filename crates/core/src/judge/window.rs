//! Sums over rolling windows that end at the last closed bucket, kept up as minutes close: what changed in old
//! hours is noticed and summed anew, all else costs the minutes of the last hour.

use crate::count::bucket::Counts;
use crate::count::history::Series;
use crate::time::Minute;

const HOUR: u32 = 60;
/// Minutes before the end that may still be amended without a new sum of everything.
const UNSETTLED: u32 = 15;

/// Sums of one series over windows of several lengths.
#[derive(Debug, Clone, Default)]
pub struct Sliding {
    /// In minutes, ascending.
    lengths: Vec<u32>,
    /// Sums from a window's start to `settled`.
    old: Vec<Counts>,
    /// Sums from a window's start to `as_of`.
    whole: Vec<Counts>,
    /// An hour's start, at least [`UNSETTLED`] before `as_of`.
    settled: Minute,
    as_of: Minute,
    revision: u64,
    held_from: Minute,
}

impl Sliding {
    /// Sets the window lengths, in minutes.
    pub fn set_lengths(&mut self, lengths: impl IntoIterator<Item = u32>) {
        let mut lengths: Vec<u32> = lengths.into_iter().collect();
        lengths.sort_unstable();
        lengths.dedup();
        if lengths != self.lengths {
            *self = Self { lengths, ..Self::default() };
        }
    }

    /// Moves all windows to end at `as_of`.
    pub fn advance(&mut self, series: &Series, as_of: Minute) {
        let settled = Minute(as_of.minus(UNSETTLED).0 / HOUR * HOUR);
        let fresh =
            self.as_of.plus(1) == as_of && self.settled == settled && self.held_from == series.held_from();
        let touched = || series.changed_hours(self.revision).any(|hour| hour < settled);
        if self.whole.len() == self.lengths.len() && fresh && !touched() {
            self.drop_oldest(series);
        } else {
            let start = |length: &u32| as_of.minus(*length);
            self.old = self.lengths.iter().map(|l| series.sum(start(l)..settled)).collect();
        }
        self.settled = settled;
        self.as_of = as_of;
        self.revision = series.revision();
        self.held_from = series.held_from();
        self.add_newest(series);
    }

    /// Returns the counts of the last `length` closed minutes; the length must be one of those set.
    pub fn last(&self, length: u32) -> Counts {
        self.lengths.binary_search(&length).map_or_else(|_| Counts::default(), |at| self.whole[at])
    }

    fn drop_oldest(&mut self, series: &Series) {
        for (length, sum) in self.lengths.iter().zip(&mut self.old) {
            let leaving = self.as_of.minus(*length);
            if leaving < self.settled {
                *sum -= &series.minute(leaving);
            }
        }
    }

    /// Adds the minutes from `settled` on, walking back from the end once for all lengths.
    fn add_newest(&mut self, series: &Series) {
        let newest = self.as_of.0 - self.settled.0;
        let (mut sum, mut walked) = (Counts::default(), 0);
        self.whole.clear();
        for (length, old) in self.lengths.iter().zip(&self.old) {
            while walked < newest.min(*length) {
                walked += 1;
                sum += &series.minute(self.as_of.minus(walked));
            }
            let mut whole = *old;
            whole += &sum;
            self.whole.push(whole);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn windows_are_sums_whatever_is_amended(
            changes in prop::collection::vec((0u32..200, 0u32..400), 1..120), steps in prop::collection::vec(0u32..3, 120),
        ) {
            let mut series = Series::default();
            let mut sliding = Sliding::default();
            sliding.set_lengths([5, 60, 130, 360]);
            let mut now = 1_000;
            for ((back, n), step) in changes.iter().zip(steps) {
                now += step;
                let counts = Counts { good: i64::from(*n), ..Counts::default() };
                series.amend(Minute(now - back * u32::from(n % 5 == 0)), &counts);
                if n % 7 == 0 {
                    series.forget_before(Minute(now - 360));
                }
                sliding.advance(&series, Minute(now));
                for length in [5, 60, 130, 360] {
                    let expected = series.sum(Minute(now - length)..Minute(now));
                    prop_assert_eq!(sliding.last(length), expected, "{} at {}", length, now);
                }
            }
        }
    }
}
