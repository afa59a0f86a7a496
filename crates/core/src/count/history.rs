//! The merged counts of all shards, by series and minute, with sums over any range of minutes.
//! It takes amendments in any order and forgets whole hours; it judges nothing.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use crate::count::brought::{Brought, BroughtSeries};
use crate::count::bucket::{Amendment, Counts, SeriesKey};
use crate::id::{ObjectiveId, StepId};
use crate::observation::TrafficClass;
use crate::time::Minute;

const HOUR: u32 = 60;
const DAY: u32 = 24;

#[derive(Debug, Clone)]
struct Hour {
    minutes: [Counts; HOUR as usize],
    sum: Counts,
    revision: u64,
}

#[derive(Debug, Clone, Default)]
struct Day {
    sum: Counts,
    revision: u64,
}

/// The counts of one series. A range's sum costs its days, and the hours and minutes at its edges.
#[derive(Debug, Clone, Default)]
pub struct Series {
    first_hour: u32,
    hours: VecDeque<Option<Box<Hour>>>,
    days: BTreeMap<u32, Day>,
    /// Changes so far; each hour and day remembers its last.
    revision: u64,
}

impl Series {
    /// Adds a signed change to a minute.
    pub fn amend(&mut self, minute: Minute, counts: &Counts) {
        let hour = minute.0 / HOUR;
        self.revision += 1;
        let revision = self.revision;
        let bucket = self.hour_mut(hour);
        bucket.minutes[(minute.0 % HOUR) as usize] += counts;
        bucket.sum += counts;
        bucket.revision = revision;
        let day = self.days.entry(hour / DAY).or_default();
        day.sum += counts;
        day.revision = revision;
    }

    /// Returns the number of changes so far.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Returns the first minutes of the hours that changed after a revision, in order. It costs the days
    /// held, and the hours of those that changed.
    pub fn changed_hours(&self, since: u64) -> impl Iterator<Item = Minute> {
        let days = self.days.iter().filter(move |(_, day)| day.revision > since);
        let hours = days.flat_map(|(day, _)| day * DAY..(day + 1) * DAY);
        let changed = hours.filter(move |hour| self.hour(*hour).is_some_and(|h| h.revision > since));
        changed.map(|hour| Minute(hour * HOUR))
    }

    /// Returns the first minute that is not forgotten.
    pub fn held_from(&self) -> Minute {
        Minute(self.first_hour * HOUR)
    }

    /// Returns a minute's counts; zero where nothing was counted.
    pub fn minute(&self, minute: Minute) -> Counts {
        self.hour(minute.0 / HOUR).map_or_else(Counts::default, |h| h.minutes[(minute.0 % HOUR) as usize])
    }

    /// Returns the counts of the minutes in `[range.start, range.end)`.
    pub fn sum(&self, range: Range<Minute>) -> Counts {
        let mut sum = Counts::default();
        let end = range.end.0.min(self.end().0);
        let mut at = range.start.0.max(self.first_hour * HOUR);
        while at < end {
            at += self.add_largest(at, end, &mut sum);
        }
        sum
    }

    /// Returns all counts held.
    pub fn total(&self) -> Counts {
        self.sum(Minute(0)..self.end())
    }

    /// Returns the first minute with anything in it, and the minute after the last hour held; `None` when
    /// nothing was ever counted.
    pub fn first(&self) -> Option<Minute> {
        let (index, hour) = self.hours.iter().enumerate().find_map(|(n, h)| Some((n as u32, h.as_ref()?)))?;
        let minute = hour.minutes.iter().position(|counts| !counts.is_zero()).unwrap_or(0);
        Some(Minute((self.first_hour + index) * HOUR + minute as u32))
    }

    /// Forgets the hours that end at or before `minute`.
    pub fn forget_before(&mut self, minute: Minute) {
        while self.first_hour < minute.0 / HOUR && self.hours.pop_front().is_some() {
            self.first_hour += 1;
            if self.first_hour.is_multiple_of(DAY) {
                self.days.remove(&(self.first_hour / DAY - 1));
            }
        }
    }

    fn end(&self) -> Minute {
        Minute((self.first_hour + self.hours.len() as u32) * HOUR)
    }

    fn hour(&self, hour: u32) -> Option<&Hour> {
        self.hours.get(hour.checked_sub(self.first_hour)? as usize)?.as_deref()
    }

    fn hour_mut(&mut self, hour: u32) -> &mut Hour {
        if self.hours.is_empty() {
            self.first_hour = hour;
        }
        while hour < self.first_hour {
            self.hours.push_front(None);
            self.first_hour -= 1;
        }
        let index = (hour - self.first_hour) as usize;
        if index >= self.hours.len() {
            self.hours.resize_with(index + 1, || None);
        }
        let minutes = [Counts::default(); HOUR as usize];
        let empty = || Box::new(Hour { minutes, sum: Counts::default(), revision: 0 });
        self.hours[index].get_or_insert_with(empty)
    }

    /// Adds the largest whole unit that begins at `at` and ends by `end`; returns its minutes. A day whose
    /// first hours were forgotten is never whole here, since sums begin at the first hour held.
    fn add_largest(&self, at: u32, end: u32, sum: &mut Counts) -> u32 {
        let hour = at / HOUR;
        if at.is_multiple_of(HOUR * DAY) && at + HOUR * DAY <= end {
            if let Some(day) = self.days.get(&(hour / DAY)) {
                *sum += &day.sum;
            }
            return HOUR * DAY;
        }
        if at.is_multiple_of(HOUR) && at + HOUR <= end {
            if let Some(hour) = self.hour(hour) {
                *sum += &hour.sum;
            }
            return HOUR;
        }
        if let Some(hour) = self.hour(hour) {
            *sum += &hour.minutes[(at % HOUR) as usize];
        }
        1
    }
}

/// The counts of all series.
#[derive(Debug, Clone, Default)]
pub struct History {
    steps: BTreeMap<(StepId, TrafficClass), Series>,
    objectives: BTreeMap<(StepId, Option<ObjectiveId>), Series>,
    brought: BTreeMap<StepId, BroughtSeries>,
}

/// What a step without any attempt reads.
static NOTHING: Series = Series { first_hour: 0, hours: VecDeque::new(), days: BTreeMap::new(), revision: 0 };

impl History {
    /// Adds a signed change.
    pub fn amend(&mut self, amendment: &Amendment) {
        let SeriesKey { step, objective, class } = amendment.series;
        let Amendment { minute, counts, .. } = amendment;
        self.steps.entry((step, class)).or_default().amend(*minute, counts);
        if class == TrafficClass::Interactive {
            self.objectives.entry((step, objective)).or_default().amend(*minute, counts);
        }
    }

    /// Adds what interactive attempts of a step brought about.
    pub fn amend_brought(&mut self, step: StepId, minute: Minute, brought: Brought) {
        self.brought.entry(step).or_default().amend(minute, brought);
    }

    /// Returns what attempts of a step brought about; `None` where nothing was looked at.
    pub fn brought(&self, step: StepId) -> Option<&BroughtSeries> {
        self.brought.get(&step)
    }

    /// Returns the step's interactive attempts, whatever their objective.
    pub fn step(&self, step: StepId) -> &Series {
        self.class(step, TrafficClass::Interactive)
    }

    /// Returns the step's attempts of one traffic class.
    pub fn class(&self, step: StepId, class: TrafficClass) -> &Series {
        self.steps.get(&(step, class)).unwrap_or(&NOTHING)
    }

    /// Returns the step's interactive attempts that serve one objective; `None` for those that do not say.
    pub fn objective(&self, step: StepId, objective: Option<ObjectiveId>) -> &Series {
        self.objectives.get(&(step, objective)).unwrap_or(&NOTHING)
    }

    /// Forgets the hours that end at or before `minute`.
    pub fn forget_before(&mut self, minute: Minute) {
        self.steps.values_mut().for_each(|series| series.forget_before(minute));
        self.objectives.values_mut().for_each(|series| series.forget_before(minute));
        self.brought.values_mut().for_each(|series| series.forget_before(minute));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn good(good: i64) -> Counts {
        Counts { good, ..Counts::default() }
    }

    proptest! {
        #[test]
        fn a_sum_is_the_sum_of_its_minutes(
            changes in prop::collection::vec((0u32..6_000, 1i64..9), 1..60),
            from in 0u32..6_000, length in 0u32..6_000, forget in 0u32..3_000,
        ) {
            let mut series = Series::default();
            changes.iter().for_each(|(minute, n)| series.amend(Minute(*minute), &good(*n)));
            series.forget_before(Minute(forget));
            let kept = |minute: u32| minute >= forget / HOUR * HOUR && (from..from + length).contains(&minute);
            let expected: i64 = changes.iter().filter(|(minute, _)| kept(*minute)).map(|(_, n)| n).sum();
            prop_assert_eq!(series.sum(Minute(from)..Minute(from + length)).good, expected);
        }

        #[test]
        fn changes_are_known_by_their_hours(
            before in prop::collection::vec(0u32..6_000, 0..20), after in prop::collection::vec(0u32..6_000, 0..20),
        ) {
            let mut series = Series::default();
            before.iter().for_each(|minute| series.amend(Minute(*minute), &good(1)));
            let seen = series.revision();
            after.iter().for_each(|minute| series.amend(Minute(*minute), &good(1)));
            let mut expected: Vec<_> = after.iter().map(|minute| Minute(minute / HOUR * HOUR)).collect();
            expected.sort();
            expected.dedup();
            prop_assert_eq!(series.changed_hours(seen).collect::<Vec<_>>(), expected);
        }
    }
}
