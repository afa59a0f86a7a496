//! Attempts that began at one step, by minute, over the four weeks that expectations are learnt from; each
//! minute knows whether it may be learnt from.

use std::collections::VecDeque;
use std::ops::Range;

use crate::count::history::Series;
use crate::judge::beginning::Beginning;
use crate::judge::minutes::MinuteSet;
use crate::judge::sli::whole;
use crate::time::Minute;

const WEEK: u32 = 10_080;
/// Four weeks, the widest slot, the longest window and the level before it.
const KEPT: u32 = 4 * WEEK + 15 + 240 + 180;
const UNTRAINED: u32 = 1 << 31;

/// Attempts begun by minute; minutes are half open as everywhere.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traffic {
    first: Minute,
    begun: VecDeque<u32>,
    revision: u64,
    beginning: Beginning,
}

impl Traffic {
    /// Takes over what changed in the minutes before `end`; returns the hours in which anything did.
    pub(crate) fn advance(&mut self, series: &Series, end: Minute, untrained: &MinuteSet) -> Vec<Minute> {
        let oldest = end.minus(KEPT);
        let known = self.end();
        let mut moved = false;
        if self.begun.is_empty() || known < oldest {
            *self = Self { first: series.first().unwrap_or(end).max(oldest).min(end), ..Self::default() };
            moved = true;
        }
        let changed: Vec<Minute> = series.changed_hours(self.revision).collect();
        self.revision = series.revision();
        for minute in self.end().0..end.0 {
            let flag = if untrained.contains(Minute(minute)) { UNTRAINED } else { 0 };
            let n = begun(series, Minute(minute));
            self.begun.push_back(n | flag);
            if !moved {
                self.beginning.add(Minute(minute), u64::from(n), untrained);
            }
        }
        for minute in changed.iter().flat_map(|hour| (hour.0..hour.0 + 60).map(Minute)) {
            moved |= self.amend(series, minute, untrained) && self.beginning.depends_on(minute);
        }
        while self.first < oldest && self.begun.pop_front().is_some() {
            self.first = self.first.plus(1);
        }
        if moved {
            self.begin_anew(series, end, untrained);
        }
        changed
    }

    /// Looks for the beginning again, unless the counts that told it are forgotten.
    fn begin_anew(&mut self, series: &Series, end: Minute, uncovered: &MinuteSet) {
        let found = Beginning::find(series, end, uncovered);
        let known = self.beginning.first_seen();
        if known.is_none() || found.first_seen().is_some_and(|first| Some(first) <= known) {
            self.beginning = found;
        }
    }

    /// Attempts may turn up in minutes before the first: a file that is read late. Returns whether the minute
    /// holds another number now.
    fn amend(&mut self, series: &Series, minute: Minute, untrained: &MinuteSet) -> bool {
        let n = begun(series, minute);
        while n > 0 && minute < self.first && self.begun.len() < KEPT as usize {
            self.first = self.first.minus(1);
            let flag = if untrained.contains(self.first) { UNTRAINED } else { 0 };
            self.begun.push_front(flag);
        }
        let Some(value) = self.value_mut(minute) else { return n > 0 && minute < self.first };
        let before = std::mem::replace(value, n | (*value & UNTRAINED));
        before & !UNTRAINED != n
    }

    /// Returns the minute after the last.
    pub(crate) fn end(&self) -> Minute {
        self.first.plus(self.begun.len() as u32)
    }

    /// Returns the first minute in which anything was ever counted.
    pub(crate) const fn first_seen(&self) -> Option<Minute> {
        self.beginning.first_seen()
    }

    /// Returns the first minute that anything may be learnt from.
    pub(crate) const fn begins(&self) -> Option<Minute> {
        self.beginning.begins()
    }

    /// Returns a minute's attempts.
    pub(crate) fn at(&self, minute: Minute) -> u32 {
        self.value(minute).map_or(0, |value| value & !UNTRAINED)
    }

    /// Returns a minute's attempts if it may be learnt from.
    pub(crate) fn trained(&self, minute: Minute) -> Option<u32> {
        self.value(minute).filter(|value| value & UNTRAINED == 0)
    }

    /// Returns the attempts of a range.
    pub(crate) fn sum(&self, range: Range<Minute>) -> u64 {
        let part = |at: Minute| (at.0.saturating_sub(self.first.0) as usize).min(self.begun.len());
        let part = part(range.start)..part(range.end).max(part(range.start));
        self.begun.range(part).map(|value| u64::from(value & !UNTRAINED)).sum()
    }

    /// Says whether a range's minutes may be learnt from.
    pub(crate) fn mark(&mut self, range: Range<Minute>, trained: bool) {
        for minute in range.start.max(self.first).0..range.end.min(self.end()).0 {
            if let Some(value) = self.value_mut(Minute(minute)) {
                *value = *value & !UNTRAINED | if trained { 0 } else { UNTRAINED };
            }
        }
    }

    fn value(&self, minute: Minute) -> Option<u32> {
        self.begun.get(minute.0.checked_sub(self.first.0)? as usize).copied()
    }

    fn value_mut(&mut self, minute: Minute) -> Option<&mut u32> {
        self.begun.get_mut(minute.0.checked_sub(self.first.0)? as usize)
    }
}

fn begun(series: &Series, minute: Minute) -> u32 {
    u32::try_from(whole(series.minute(minute).started())).unwrap_or(u32::MAX).min(UNTRAINED - 1)
}
