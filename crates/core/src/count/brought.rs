//! How many good attempts of a step brought about what it usually does, by minute: kept for steps that say what that
//! is, and beside their counts, which it does not touch.

use std::collections::BTreeMap;
use std::ops::{AddAssign, Range};

use crate::time::Minute;

/// Good attempts of which it is known, and those that brought it about. Signed, as amendments are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Brought {
    pub looked: i64,
    pub found: i64,
}

impl AddAssign for Brought {
    fn add_assign(&mut self, other: Self) {
        self.looked += other.looked;
        self.found += other.found;
    }
}

/// One step's minutes.
#[derive(Debug, Clone, Default)]
pub struct BroughtSeries {
    minutes: BTreeMap<Minute, Brought>,
}

impl BroughtSeries {
    /// Adds a signed change to a minute.
    pub fn amend(&mut self, minute: Minute, brought: Brought) {
        *self.minutes.entry(minute).or_default() += brought;
    }

    /// Returns the sum over `[range.start, range.end)`.
    pub fn sum(&self, range: Range<Minute>) -> Brought {
        let mut sum = Brought::default();
        let minutes = (range.start < range.end).then(|| self.minutes.range(range)).into_iter().flatten();
        minutes.for_each(|(_, brought)| sum += *brought);
        sum
    }

    /// Forgets the minutes before `minute`.
    pub fn forget_before(&mut self, minute: Minute) {
        while self.minutes.first_key_value().is_some_and(|(first, _)| *first < minute) {
            self.minutes.pop_first();
        }
    }
}
