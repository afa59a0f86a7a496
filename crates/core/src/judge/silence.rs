//! Silence: traffic that should be there and is not. One step's proofs, and the episode from the first silent
//! minute to the return of attempts (`slo.md` 6). Who is to blame is decided by the judge, who sees all steps.

use std::ops::Range;

use crate::estimate::tail::{binomial_at_most, negative_binomial_at_most, poisson_at_most};
use crate::id::StepId;
use crate::judge::expect::{K_POISSON, Rate, Rhythm, Scatter, WINDOWS};
use crate::judge::flow::Conversion;
use crate::judge::judgement::SilenceNow;
use crate::judge::minutes::MinuteSet;
use crate::judge::traffic::Traffic;
use crate::judge::unknown::Missing;
use crate::judge::word::{Notify, SilenceCause};
use crate::time::{Minute, UnixNanos};

/// Silent at this share of what is expected, or less,
const SHARE: f64 = 0.1;
/// and so unlikely by chance: with 100 steps and 3 effective windows at most 1.6 false ones a year.
const CHANCE: f64 = 1e-8;
/// Under so many expected attempts not even none proves anything.
const EXPECTED_MIN: f64 = 18.42;
/// Attempts in the longest window that end a silence while nobody is expected.
const RETURN_MIN: u64 = 5;
/// Silent buckets before somebody is told.
pub(crate) const ALERT_AFTER: u32 = 5;

/// A rate that holds while the silence lasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kept {
    Own(Rate),
    /// Attempts per attempt at an upstream step.
    Flow(f64, StepId),
}

/// A proof that a step is silent at the end of its minutes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Proof {
    pub(crate) window: u32,
    pub(crate) expected: f64,
    pub(crate) kept: Kept,
}

/// A silence that lasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Episode {
    pub(crate) cause: SilenceCause,
    pub(crate) by: Option<StepId>,
    pub(crate) from: Minute,
    pub(crate) proven: UnixNanos,
    pub(crate) kept: Kept,
    pub(crate) expected: f64,
    pub(crate) seen: u64,
    /// Silent minutes so far, without those that have no input.
    pub(crate) minutes: u32,
    pub(crate) alert: Option<Notify>,
}

impl Episode {
    /// Returns what pages say of it.
    pub(crate) fn now(&self) -> SilenceNow {
        let Self { cause, by, from, proven, expected, seen, alert, .. } = *self;
        SilenceNow { cause, by, from, proven, expected, seen, alert }
    }
}

/// One step's traffic and what is learnt of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quiet {
    pub(crate) traffic: Traffic,
    pub(crate) rhythm: Rhythm,
    pub(crate) scatter: [Scatter; WINDOWS.len()],
    pub(crate) conversion: Conversion,
    pub(crate) missing: Missing,
    /// Minutes of silences, ended and lasting.
    pub(crate) silent: MinuteSet,
    pub(crate) episode: Option<Episode>,
    /// The first minute after the last silence.
    last_end: Minute,
}

/// Returns whether so few attempts prove a silence.
pub(crate) fn proves(seen: u64, expected: f64, chance: impl FnOnce() -> f64) -> bool {
    expected >= EXPECTED_MIN && seen as f64 <= SHARE * expected && chance() < CHANCE
}

/// Returns P(X <= seen), of a Poisson distribution where `k` says that it is one.
pub(crate) fn chance(seen: u64, expected: f64, k: f64) -> f64 {
    if k >= K_POISSON {
        return poisson_at_most(seen, expected);
    }
    negative_binomial_at_most(seen, expected, k)
}

/// Returns P(X <= seen) of n upstream attempts at a given conversion.
pub(crate) fn chance_given(seen: u64, upstream: u64, conversion: f64) -> f64 {
    if conversion <= 1.0 {
        return binomial_at_most(seen, upstream, conversion);
    }
    poisson_at_most(seen, upstream as f64 * conversion)
}

impl Quiet {
    /// Returns a proof from the step's own rate.
    pub(crate) fn by_own_rate(&self, uncovered: &MinuteSet) -> Option<Proof> {
        WINDOWS.iter().zip(&self.scatter).find_map(|(&window, scatter)| {
            let range = self.last(window);
            let seen = self.traffic.sum(range.clone());
            if self.surely_enough(seen, range.clone(), uncovered) {
                return None;
            }
            let rate = self.rhythm.rate(&self.traffic, range.start)?;
            let expected = self.rhythm.expected(rate, range, uncovered);
            let silent = proves(seen, expected, || chance(seen, expected, scatter.k()));
            silent.then_some(Proof { window, expected, kept: Kept::Own(rate) })
        })
    }

    /// Returns the last minutes; what a silence that is over left empty proves no other.
    pub(crate) fn last(&self, window: u32) -> Range<Minute> {
        let as_of = self.traffic.end();
        as_of.minus(window).max(self.last_end)..as_of
    }

    /// Tells without the level, which takes time to find, that a window is not silent.
    fn surely_enough(&self, seen: u64, range: Range<Minute>, uncovered: &MinuteSet) -> bool {
        const LEVEL_MAX: f64 = 4.0;
        if !self.rhythm.by_slots(&self.traffic) {
            return false;
        }
        let most = self.rhythm.expected(Rate::Level(LEVEL_MAX), range, uncovered);
        most < EXPECTED_MIN || seen as f64 > SHARE * most
    }

    /// Returns a proof from the attempts at the step before this one.
    pub(crate) fn by_flow(&self, upstream: &Traffic) -> Option<Proof> {
        let above = self.conversion.upstream?;
        let low = self.conversion.low()?;
        WINDOWS.iter().zip(&self.conversion.scatter).find_map(|(&window, scatter)| {
            let range = self.last(window);
            let (seen, n) = (self.traffic.sum(range.clone()), upstream.sum(range));
            let expected = n as f64 * low;
            let silent = match self.conversion.given() {
                Some(given) => proves(seen, expected, || chance_given(seen, n, given)),
                None => proves(seen, expected, || chance(seen, expected, scatter.k())),
            };
            silent.then_some(Proof { window, expected, kept: Kept::Flow(low, above) })
        })
    }

    /// Returns the attempts that a kept rate leads to expect in a range.
    fn expected(&self, kept: Kept, range: Range<Minute>, others: &Others<'_>) -> f64 {
        match kept {
            Kept::Own(rate) => self.rhythm.expected(rate, range, others.uncovered),
            // The step that it was proven by is gone: nothing is expected.
            Kept::Flow(_, above) if self.conversion.upstream != Some(above) => 0.0,
            Kept::Flow(low, _) => low * others.upstream.map_or(0, |upstream| upstream.sum(range)) as f64,
        }
    }

    fn is_low(&self, kept: Kept, minute: Minute, others: &Others<'_>) -> bool {
        let expected = self.expected(kept, minute..minute.plus(1), others);
        expected > 0.0 && f64::from(self.traffic.at(minute)) <= SHARE * expected
    }

    /// Begins an episode; it reaches back over the run of minutes at a tenth of what was expected.
    pub(crate) fn begin(&mut self, mut episode: Episode, window: u32, others: &Others<'_>) {
        let as_of = self.traffic.end();
        let mut from = as_of.minus(window).max(self.last_end);
        while from < as_of.minus(1) && !self.is_low(episode.kept, from, others) {
            from = from.plus(1);
        }
        let first = self.traffic.begins().unwrap_or(from).max(self.last_end);
        while from > first && self.is_low(episode.kept, from.minus(1), others) {
            from = from.minus(1);
        }
        episode.from = from;
        self.episode = Some(episode);
        for minute in from.0..as_of.0 {
            self.count(Minute(minute), others);
        }
    }

    /// Counts one more silent minute.
    pub(crate) fn count(&mut self, minute: Minute, others: &Others<'_>) {
        let Some(mut episode) = self.episode else { return };
        if others.uncovered.contains(minute) {
            return;
        }
        let expected = self.expected(episode.kept, minute..minute.plus(1), others);
        let seen = self.traffic.at(minute);
        episode.expected += expected;
        episode.seen += u64::from(seen);
        episode.minutes += 1;
        self.episode = Some(episode);
        self.missing.push(minute, expected, seen);
        self.traffic.mark(minute..minute.plus(1), false);
        self.silent.add(minute..minute.plus(1));
    }

    /// Returns whether the silence is over: the shortest window that could prove one holds enough again. Where
    /// none could, since nobody is expected now, some attempts end it; without any it lasts.
    pub(crate) fn is_over(&self, others: &Others<'_>) -> bool {
        let Some(episode) = &self.episode else { return false };
        let as_of = self.traffic.end();
        let scatter = match episode.kept {
            Kept::Own(_) => &self.scatter,
            Kept::Flow(..) => &self.conversion.scatter,
        };
        let is_enough = |seen: u64, expected: f64| seen as f64 > SHARE * expected;
        let (mut expected, mut seen) = (0.0, 0);
        for (&window, scatter) in WINDOWS.iter().zip(scatter) {
            // What came before the silence is no return.
            let range = as_of.minus(window).max(episode.from)..as_of;
            expected = self.expected(episode.kept, range.clone(), others);
            seen = self.traffic.sum(range);
            if proves(0, expected, || chance(0, expected, scatter.k())) {
                return is_enough(seen, expected);
            }
        }
        seen >= RETURN_MIN && is_enough(seen, expected)
    }

    /// Ends the episode; returns it and the first minute that is not silent any more.
    pub(crate) fn end(&mut self, others: &Others<'_>) -> Option<(Episode, Minute)> {
        let mut episode = self.episode?;
        let as_of = self.traffic.end();
        let mut to = as_of;
        while to > episode.from.plus(1) && !self.is_low(episode.kept, to.minus(1), others) {
            to = to.minus(1);
            let silent = self.silent.contains(to);
            if silent {
                episode.expected -= self.expected(episode.kept, to..to.plus(1), others);
                episode.seen -= u64::from(self.traffic.at(to)).min(episode.seen);
            }
        }
        self.missing.cut(to);
        for minute in (to.0..as_of.0).map(Minute).filter(|minute| !others.uncovered.contains(*minute)) {
            self.traffic.mark(minute..minute.plus(1), true);
        }
        self.silent.cut(to);
        self.last_end = to;
        self.episode = None;
        Some((episode, to))
    }

    /// Ends the episode since its source says that it is behind: what is missing from then on is late, and comes.
    pub(crate) fn turn_out_late(&mut self, since: Minute) -> Option<(Episode, Minute)> {
        let episode = self.episode.take()?;
        let to = since.max(episode.from);
        self.missing.cut(to);
        self.silent.cut(to);
        self.last_end = self.traffic.end();
        Some((episode, to))
    }

    /// Learns from the windows that end now, if nothing disturbed them.
    pub(crate) fn learn(&mut self, others: &Others<'_>) {
        let as_of = self.traffic.end();
        for (place, &window) in WINDOWS.iter().enumerate().filter(|(_, w)| as_of.0.is_multiple_of(**w)) {
            let range = as_of.minus(window)..as_of;
            if self.traffic.begins().is_none_or(|first| range.start < first)
                || (range.start.0..as_of.0).any(|minute| self.traffic.trained(Minute(minute)).is_none())
            {
                continue;
            }
            let seen = self.traffic.sum(range.clone());
            if let Some(rate) = self.rhythm.rate(&self.traffic, range.start) {
                let expected = self.rhythm.expected(rate, range.clone(), others.uncovered);
                self.scatter[place].learn(seen, expected, window);
            }
            if let (Some(upstream), Some(mean)) = (others.upstream, self.conversion.mean()) {
                let expected = upstream.sum(range) as f64 * mean;
                self.conversion.scatter[place].learn(seen, expected, window);
            }
        }
        if let Some(upstream) = others.upstream {
            let last = as_of.minus(1);
            if let (Some(here), Some(n)) = (self.traffic.trained(last), upstream.trained(last)) {
                self.conversion.learn(here, n);
            }
        }
    }

    /// Forgets what no window reaches.
    pub(crate) fn forget_before(&mut self, minute: Minute) {
        self.missing.forget_before(minute);
        self.silent.forget_before(minute);
    }
}

/// What is known beside the step itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Others<'a> {
    /// The busiest upstream step's traffic.
    pub(crate) upstream: Option<&'a Traffic>,
    /// Minutes without input.
    pub(crate) uncovered: &'a MinuteSet,
}
