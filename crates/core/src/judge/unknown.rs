//! Attempts that should have been there and were not, by minute: what a silence or a late source adds to U.

use std::ops::Range;

use crate::time::Minute;

/// One minute, in thousandths of attempts.
#[derive(Debug, Clone, Copy)]
struct Owed {
    minute: Minute,
    expected: u64,
    /// Missing up to and with it.
    sum: u64,
}

impl Owed {
    fn missing(&self, seen: u32) -> u64 {
        self.expected.saturating_sub(1_000 * u64::from(seen))
    }
}

/// Missing attempts of a step, added up minute by minute.
#[derive(Debug, Clone, Default)]
pub(crate) struct Missing {
    /// By minute, ascending.
    sums: Vec<Owed>,
}

impl Missing {
    /// Adds a minute after all others; what was expected and did not come.
    pub(crate) fn push(&mut self, minute: Minute, expected: f64, seen: u32) {
        debug_assert!(self.sums.last().is_none_or(|last| last.minute < minute), "minutes come in order");
        let before = self.sums.last().map_or(0, |last| last.sum);
        let owed = Owed { minute, expected: (expected.max(0.0) * 1_000.0).round() as u64, sum: 0 };
        self.sums.push(Owed { sum: before + owed.missing(seen), ..owed });
    }

    /// Counts the minutes of an hour again: what has come since is not missing any more.
    pub(crate) fn recount(&mut self, hour: Minute, seen: impl Fn(Minute) -> u32) {
        let place = |minute: Minute| self.sums.partition_point(|owed| owed.minute < minute);
        let (from, to) = (place(hour), place(hour.plus(60)));
        if from == to {
            return;
        }
        let mut sum = from.checked_sub(1).map_or(0, |last| self.sums[last].sum);
        let before = self.sums[to - 1].sum;
        for owed in &mut self.sums[from..to] {
            sum += owed.missing(seen(owed.minute));
            owed.sum = sum;
        }
        for owed in &mut self.sums[to..] {
            owed.sum = owed.sum - before + sum;
        }
    }

    /// Takes back the minutes from `minute` on.
    pub(crate) fn cut(&mut self, minute: Minute) {
        let keep = self.sums.partition_point(|owed| owed.minute < minute);
        self.sums.truncate(keep);
    }

    /// Returns the missing attempts of a range, rounded.
    pub(crate) fn sum(&self, range: Range<Minute>) -> u64 {
        let upto = |minute: Minute| {
            let n = self.sums.partition_point(|owed| owed.minute < minute);
            n.checked_sub(1).map_or(0, |last| self.sums[last].sum)
        };
        (upto(range.end).saturating_sub(upto(range.start)) + 500) / 1_000
    }

    /// Forgets the minutes before `minute`.
    pub(crate) fn forget_before(&mut self, minute: Minute) {
        let gone = self.sums.partition_point(|owed| owed.minute < minute);
        // The last sum before is what later ones are measured from.
        self.sums.drain(..gone.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_later_is_not_missing_any_more() {
        let mut missing = Missing::default();
        (50..130).for_each(|minute| missing.push(Minute(minute), 10.5, 1));
        let all = Minute(0)..Minute(200);
        assert_eq!(missing.sum(all.clone()), 760);
        missing.recount(Minute(60), |minute| if minute == Minute(70) { 4 } else { 1 });
        assert_eq!((missing.sum(all.clone()), missing.sum(Minute(70)..Minute(71))), (757, 7));
        missing.recount(Minute(60), |_| 20);
        assert_eq!((missing.sum(all.clone()), missing.sum(Minute(60)..Minute(120))), (190, 0));
        missing.recount(Minute(180), |_| 20);
        assert_eq!(missing.sum(all), 190);
    }
}
