//! Attempts that should have been there and were not, by minute: what a silence or a late source adds to U.

use std::ops::Range;

use crate::time::Minute;

/// Missing attempts of a step, in thousandths, added up minute by minute.
#[derive(Debug, Clone, Default)]
pub(crate) struct Missing {
    /// A minute and the sum up to and with it, ascending.
    sums: Vec<(Minute, u64)>,
}

impl Missing {
    /// Adds a minute after all others; what was expected and did not come.
    pub(crate) fn push(&mut self, minute: Minute, expected: f64, seen: u32) {
        debug_assert!(self.sums.last().is_none_or(|(last, _)| *last < minute), "minutes come in order");
        let missing = ((expected - f64::from(seen)).max(0.0) * 1_000.0).round() as u64;
        let before = self.sums.last().map_or(0, |(_, sum)| *sum);
        self.sums.push((minute, before + missing));
    }

    /// Takes back the minutes from `minute` on.
    pub(crate) fn cut(&mut self, minute: Minute) {
        let keep = self.sums.partition_point(|(at, _)| *at < minute);
        self.sums.truncate(keep);
    }

    /// Returns the missing attempts of a range, rounded.
    pub(crate) fn sum(&self, range: Range<Minute>) -> u64 {
        let upto = |minute: Minute| {
            let n = self.sums.partition_point(|(at, _)| *at < minute);
            n.checked_sub(1).map_or(0, |last| self.sums[last].1)
        };
        (upto(range.end).saturating_sub(upto(range.start)) + 500) / 1_000
    }

    /// Forgets the minutes before `minute`.
    pub(crate) fn forget_before(&mut self, minute: Minute) {
        let gone = self.sums.partition_point(|(at, _)| *at < minute);
        // The last sum before is what later ones are measured from.
        self.sums.drain(..gone.saturating_sub(1));
    }
}
