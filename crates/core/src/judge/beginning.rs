//! Where a step's history begins: with the first attempt, or later when that one was alone. A span with an old
//! time stamp, a try-out weeks before the launch are counted, but the quiet time after them is no rhythm.

use crate::count::history::Series;
use crate::judge::minutes::MinuteSet;
use crate::judge::sli::whole;
use crate::time::Minute;

const HOUR: u32 = 60;
const DAY: u32 = 1_440;

/// Attempts, and the minutes that hold any.
#[derive(Debug, Clone, Copy, Default)]
struct Amount {
    minutes: u32,
    attempts: u64,
}

/// The beginning of a step's history. A stretch ends where more than a day holds nothing although there was
/// input. A stretch that is as much as all before it begins the history anew, until a day's minutes hold
/// attempts: from then on a pause is part of the rhythm.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Beginning {
    first_seen: Option<Minute>,
    begins: Option<Minute>,
    before: Amount,
    stretch: Amount,
    stretch_from: Minute,
    last: Minute,
}

impl Beginning {
    /// Looks through a series up to `end`.
    pub(crate) fn find(series: &Series, end: Minute, uncovered: &MinuteSet) -> Self {
        let mut found = Self::default();
        let Some(mut at) = series.first() else { return found };
        let nothing = |at: Minute, part: u32| series.sum(at..at.plus(part)).started() == 0;
        while at < end && !found.is_settled() {
            let skipped =
                [DAY, HOUR].into_iter().find(|part| at.0.is_multiple_of(*part) && nothing(at, *part));
            if skipped.is_none() {
                found.add(at, whole(series.minute(at).started()), uncovered);
            }
            at = at.plus(skipped.unwrap_or(1));
        }
        found
    }

    /// Goes on with a later minute.
    pub(crate) fn add(&mut self, minute: Minute, begun: u64, uncovered: &MinuteSet) {
        if begun == 0 || self.is_settled() {
            return;
        }
        if self.first_seen.is_none() {
            (self.first_seen, self.begins, self.stretch_from) = (Some(minute), Some(minute), minute);
        } else if is_pause(self.last.plus(1), minute, uncovered) {
            self.before.minutes += self.stretch.minutes;
            self.before.attempts += self.stretch.attempts;
            (self.stretch, self.stretch_from) = (Amount::default(), minute);
        }
        self.last = minute;
        self.stretch.minutes += 1;
        self.stretch.attempts += begun;
        let is_as_much =
            self.stretch.minutes >= self.before.minutes || self.stretch.attempts >= self.before.attempts;
        if self.before.minutes < DAY && is_as_much {
            self.begins = Some(self.stretch_from);
        }
    }

    /// Returns whether a change in a minute may move the beginning.
    pub(crate) fn depends_on(&self, minute: Minute) -> bool {
        !self.is_settled() || self.begins.is_none_or(|begins| minute < begins)
    }

    /// Returns the first minute in which anything was ever counted.
    pub(crate) const fn first_seen(&self) -> Option<Minute> {
        self.first_seen
    }

    /// Returns the first minute of the history.
    pub(crate) const fn begins(&self) -> Option<Minute> {
        self.begins
    }

    const fn is_settled(&self) -> bool {
        self.before.minutes >= DAY || self.stretch.minutes >= DAY
    }
}

/// Returns whether nothing came for more than a day with input.
fn is_pause(from: Minute, to: Minute, uncovered: &MinuteSet) -> bool {
    let minutes = to.0.saturating_sub(from.0);
    minutes > DAY && minutes - uncovered.count(from..to) > DAY
}
