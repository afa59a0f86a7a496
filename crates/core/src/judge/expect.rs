//! How many attempts a step should have had: from the same minutes of four weeks, from the last trained
//! minutes while history is short, or from a baseline that the user named (`slo.md` 6).

use std::collections::VecDeque;
use std::ops::Range;

use crate::judge::judgement::{Basis, Expectation};
use crate::judge::minutes::MinuteSet;
use crate::judge::traffic::Traffic;
use crate::time::Minute;

/// Windows of closed buckets that silence is looked for in, in minutes.
pub(crate) const WINDOWS: [u32; 5] = [2, 5, 15, 60, 240];

const DAY: u32 = 1_440;
const WEEK: u32 = 7 * DAY;
/// From so much history on the slots of earlier weeks are looked at.
const MATURE: u32 = 14 * DAY;
const SLOT_HALF: u32 = 15;
const RECENT: u32 = 180;
const RECENT_MIN: u32 = 60;
const LEVEL: (f64, f64) = (0.25, 4.0);
/// Attempts that the three hours should have had before their level means anything.
const LEVEL_MIN: f64 = 10.0;
/// Slots kept: the longest window, and the level before it.
const SLOTS_KEPT: usize = 240 + RECENT as usize;

/// A rate that holds while a silence lasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Rate {
    /// Attempts a minute.
    Fixed(f64),
    /// Times what the minute's slot has.
    Level(f64),
}

/// What is learnt of one step's own rhythm.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rhythm {
    /// What each of the last minutes' slots has.
    slots: VecDeque<Option<f64>>,
    end: Minute,
    /// Attempts a minute by the user's baseline.
    pub(crate) given: Option<f64>,
}

impl Rhythm {
    /// Moves on to minutes before `end`.
    pub(crate) fn advance(&mut self, traffic: &Traffic, end: Minute) {
        let mature = mature(traffic, end);
        if self.end < end.minus(SLOTS_KEPT as u32) {
            self.slots.clear();
            self.end = end.minus(SLOTS_KEPT as u32);
        }
        for minute in self.end.0..end.0 {
            let slot = if mature { slot(traffic, Minute(minute)) } else { None };
            self.slots.push_back(slot);
        }
        self.end = end;
        let excess = self.slots.len().saturating_sub(SLOTS_KEPT);
        self.slots.drain(..excess);
    }

    /// Returns the rate at the end of the minutes known, learnt from those before `before`.
    pub(crate) fn rate(&self, traffic: &Traffic, before: Minute) -> Option<Rate> {
        if let Some(given) = self.given {
            return Some(Rate::Fixed(given));
        }
        if mature(traffic, self.end) {
            return Some(Rate::Level(self.level(traffic, before)));
        }
        recent(traffic, before).map(|(mean, _)| Rate::Fixed(mean))
    }

    /// Returns the attempts that a rate leads to expect in a range, less the minutes without input.
    pub(crate) fn expected(&self, rate: Rate, range: Range<Minute>, uncovered: &MinuteSet) -> f64 {
        match rate {
            Rate::Fixed(rate) => {
                let minutes = range.end.0 - range.start.0 - uncovered.count(range);
                rate * f64::from(minutes)
            }
            Rate::Level(level) => {
                let covered = (range.start.0..range.end.0).map(Minute).filter(|m| !uncovered.contains(*m));
                level * covered.filter_map(|minute| self.slot(minute)).sum::<f64>()
            }
        }
    }

    /// Returns whether the rate comes from the slots of earlier weeks.
    pub(crate) fn by_slots(&self, traffic: &Traffic) -> bool {
        self.given.is_none() && mature(traffic, self.end)
    }

    /// Returns what pages say of the expectation.
    pub(crate) fn expectation(&self, traffic: &Traffic) -> Option<Expectation> {
        if let Some(per_minute) = self.given {
            return Some(Expectation { per_minute, basis: Basis::Given });
        }
        if mature(traffic, self.end) {
            let per_minute = self.slot(self.end.minus(1))? * self.level(traffic, self.end);
            return Some(Expectation { per_minute, basis: Basis::FourWeeks });
        }
        let (per_minute, minutes) = recent(traffic, self.end)?;
        Some(Expectation { per_minute, basis: Basis::Recent { minutes } })
    }

    fn slot(&self, minute: Minute) -> Option<f64> {
        let back = self.end.0.checked_sub(minute.0)? as usize;
        *self.slots.get(self.slots.len().checked_sub(back)?)?
    }

    /// Returns the trained attempts of the three hours before, over what their slots have, within bounds.
    fn level(&self, traffic: &Traffic, before: Minute) -> f64 {
        let (mut seen, mut usual) = (0.0, 0.0);
        for minute in (before.minus(RECENT).0..before.0).map(Minute) {
            if let (Some(n), Some(slot)) = (traffic.trained(minute), self.slot(minute)) {
                seen += f64::from(n);
                usual += slot;
            }
        }
        if usual < LEVEL_MIN { 1.0 } else { (seen / usual).clamp(LEVEL.0, LEVEL.1) }
    }
}

fn mature(traffic: &Traffic, end: Minute) -> bool {
    traffic.begins().is_some_and(|first| end.0.saturating_sub(first.0) >= MATURE)
}

/// Returns the mean of the last trained minutes before, and how many they are; none under an hour of them.
fn recent(traffic: &Traffic, before: Minute) -> Option<(f64, u32)> {
    let first = traffic.begins()?.max(before.minus(WEEK));
    let minutes = (first.0..before.0).rev().map(Minute);
    let (mut sum, mut n) = (0u64, 0);
    for begun in minutes.filter_map(|minute| traffic.trained(minute)).take(RECENT as usize) {
        sum += u64::from(begun);
        n += 1;
    }
    (n >= RECENT_MIN).then(|| (sum as f64 / f64::from(n), n))
}

/// Returns the median of the minute's slot over those of four weeks in which at least half of it may be learnt
/// from: the few minutes beside a silence do not speak for the slot. `None` without such a week.
fn slot(traffic: &Traffic, minute: Minute) -> Option<f64> {
    let mut values = [0u32; 4 * (2 * SLOT_HALF as usize + 1)];
    let mut known = 0;
    let first = traffic.begins()?;
    for week in 1..=4 {
        let middle = minute.minus(week * WEEK);
        let slot = middle.minus(SLOT_HALF).0.max(first.0)..middle.0 + SLOT_HALF + 1;
        let mut trained = 0;
        for value in slot.filter_map(|at| traffic.trained(Minute(at))) {
            values[known + trained] = value;
            trained += 1;
        }
        if trained > SLOT_HALF as usize {
            known += trained;
        }
    }
    if known == 0 {
        return None;
    }
    let values = &mut values[..known];
    let (below, upper, _) = values.select_nth_unstable(known / 2);
    let upper = f64::from(*upper);
    if !known.is_multiple_of(2) {
        return Some(upper);
    }
    below.iter().max().map(|lower| 0.5 * (f64::from(*lower) + upper))
}

/// How far windows of one length scatter about what is expected: the `k` of a negative binomial distribution
/// with variance mu + mu^2/k, by the method of moments, older windows weighing less.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Scatter {
    excess: f64,
    squares: f64,
    windows: u32,
}

/// The least `k`, also before four windows are known.
pub(crate) const K_MIN: f64 = 5.0;
const WINDOWS_MIN: u32 = 4;
/// A distribution is a Poisson distribution from here on.
pub(crate) const K_POISSON: f64 = 1e7;

impl Scatter {
    /// Learns from one window of `length` minutes.
    pub(crate) fn learn(&mut self, seen: u64, expected: f64, length: u32) {
        let keep = 1.0 - f64::from(length) / f64::from(WEEK);
        let gap = seen as f64 - expected;
        self.excess = self.excess * keep + gap * gap - expected;
        self.squares = self.squares * keep + expected * expected;
        self.windows = self.windows.saturating_add(1);
    }

    /// Returns k.
    pub(crate) fn k(&self) -> f64 {
        if self.windows < WINDOWS_MIN {
            return K_MIN;
        }
        if self.excess <= 0.0 { K_POISSON } else { (self.squares / self.excess).clamp(K_MIN, K_POISSON) }
    }
}
