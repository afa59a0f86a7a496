//! A set of minutes as disjoint ranges in order: stretches without input, silences, disturbances.
//! It knows nothing of why.

use std::ops::Range;

use crate::time::Minute;

/// Disjoint, non-touching, non-empty ranges in order.
#[derive(Debug, Clone, Default)]
pub struct MinuteSet(Vec<Range<u32>>);

impl MinuteSet {
    /// Adds the minutes of a half-open range.
    pub fn add(&mut self, range: Range<Minute>) {
        let (mut start, mut end) = (range.start.0, range.end.0);
        if start >= end {
            return;
        }
        let first = self.0.partition_point(|r| r.end < start);
        let after = self.0.partition_point(|r| r.start <= end);
        if first < after {
            start = start.min(self.0[first].start);
            end = end.max(self.0[after - 1].end);
        }
        self.0.splice(first..after, std::iter::once(start..end));
    }

    /// Returns whether a minute is in the set.
    pub fn contains(&self, minute: Minute) -> bool {
        let at = self.0.partition_point(|r| r.end <= minute.0);
        self.0.get(at).is_some_and(|r| r.start <= minute.0)
    }

    /// Returns how many of a range's minutes are in the set.
    pub fn count(&self, range: Range<Minute>) -> u32 {
        self.within(range).map(|r| r.end.0 - r.start.0).sum()
    }

    /// Returns the parts of the set within a range.
    pub fn within(&self, range: Range<Minute>) -> impl Iterator<Item = Range<Minute>> {
        let (start, end) = (range.start.0, range.end.0);
        let at = self.0.partition_point(|r| r.end <= start);
        let parts = self.0[at..].iter().take_while(move |r| r.start < end);
        parts.map(move |r| Minute(r.start.max(start))..Minute(r.end.min(end)))
    }

    /// Returns the minute after the last; `None` for the empty set.
    pub fn end(&self) -> Option<Minute> {
        self.0.last().map(|r| Minute(r.end))
    }

    /// Forgets what lies before a minute.
    pub fn forget_before(&mut self, minute: Minute) {
        let keep = self.0.partition_point(|r| r.end <= minute.0);
        self.0.drain(..keep);
    }

    /// Takes out the minutes from `minute` on.
    pub fn cut(&mut self, minute: Minute) {
        self.0.retain(|r| r.start < minute.0);
        if let Some(last) = self.0.last_mut() {
            last.end = last.end.min(minute.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_a_set(ranges in prop::collection::vec((0u32..60, 0u32..9), 0..20), from in 0u32..60, n in 0u32..30) {
            let mut set = MinuteSet::default();
            let mut naive = [false; 80];
            for (start, length) in ranges {
                set.add(Minute(start)..Minute(start + length));
                naive[start as usize..(start + length) as usize].fill(true);
            }
            let range = from as usize..(from + n).min(79) as usize;
            let expected = naive[range.start.min(range.end)..range.end].iter().filter(|b| **b).count();
            prop_assert_eq!(set.count(Minute(from)..Minute(range.end as u32)) as usize, expected);
            prop_assert!((0..79).all(|m| set.contains(Minute(m)) == naive[m as usize]));
            prop_assert!(set.0.windows(2).all(|pair| pair[0].end < pair[1].start));
        }
    }
}
