//! Impact: what users lost at a step beyond its own tolerance, over the open minute and those before it, and
//! the severity that the product's guidelines give it (`slo.md` 10). No state.

use crate::count::bucket::Counts;
use crate::estimate::limit::wilson_lower;
use crate::estimate::tail::binomial_at_least;
use crate::judge::judgement::{Impact, Tally};
use crate::judge::sli::{unknown, whole};
use crate::judge::verdict::parts;
use crate::model::severity::{Severity, SeverityRule};
use crate::model::slo::{Ratio, Sli, Slo};
use crate::time::Minute;

/// Minutes of the live windows, the open one with them.
pub(crate) const LIVE: [u32; 4] = [1, 2, 5, 15];
/// So unlikely by chance that thousands of looks a day find it once a month in 100 steps.
const CHANCE_LIVE: f64 = 1e-8;
/// So unlikely for a step that joins another of its product,
const CHANCE_JOIN: f64 = 1e-3;
/// for one look at a chosen window, and for a fault to count as still going on.
const CHANCE_ONCE: f64 = 0.01;

/// How hard a window is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Thousands of times a day.
    Live,
    /// Beside a step of the product that is beyond its tolerance.
    Join,
    /// One look at a chosen window.
    Once,
    /// Whether what a longer window holds is still going on.
    StillGoing,
}

/// Returns whether so many bad attempts, of all that began, are beyond what the target tolerates.
pub(crate) fn beyond(look: Look, decided: Tally, target: Ratio, phi: f64) -> bool {
    let Tally { bad, .. } = decided;
    let n = decided.attempts();
    let least = match look {
        Look::Live if phi > 1.0 => (2.0 * phi).ceil().max(5.0) as u64,
        Look::Live => 5,
        Look::Join => 3,
        Look::StillGoing => 2,
        Look::Once => 1,
    };
    let allowed = target.complement();
    if bad < least || bad as u128 * Ratio::WHOLE as u128 <= allowed.ppb() as u128 * n as u128 {
        return false;
    }
    let chance = |bad: u64, n: u64| binomial_at_least(bad, n, allowed.as_f64());
    match look {
        Look::Live => {
            let (x, n) = ((bad as f64 / phi).floor() as u64, (n as f64 / phi).ceil() as u64);
            chance(x, n) < CHANCE_LIVE
        }
        Look::Join => chance(bad, n) < CHANCE_JOIN,
        Look::Once | Look::StillGoing => chance(bad, n) < CHANCE_ONCE,
    }
}

/// Which SLIs of a step are beyond their tolerance: their bad attempts are lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Beyond {
    pub(crate) availability: bool,
    /// The slot and threshold of the shortest latency threshold beyond: what is slower than a longer one is
    /// slower than this too.
    pub(crate) latency: Option<(u64, u8)>,
}

impl Beyond {
    /// Adds an SLO's SLI.
    pub(crate) fn add(&mut self, slo: &Slo) {
        match slo.sli {
            Sli::Availability => self.availability = true,
            Sli::Latency { threshold_ns, slot } => {
                let this = (threshold_ns, slot);
                self.latency = Some(self.latency.map_or(this, |other| other.min(this)));
            }
            Sli::EndToEnd { .. } => {}
        }
    }

    /// Adds what another set holds.
    pub(crate) fn join(&mut self, other: Beyond) {
        self.availability |= other.availability;
        self.latency = match (self.latency, other.latency) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }

    /// Returns whether any is.
    pub(crate) const fn any(self) -> bool {
        self.availability || self.latency.is_some()
    }

    /// Returns the attempts lost to any of them, each once.
    pub(crate) fn lost(self, counts: &Counts) -> u64 {
        let slot = self.latency.map(|(_, slot)| usize::from(slot));
        whole(match (self.availability, slot) {
            (true, Some(slot)) => counts.bad_judged() + counts.slow[slot].good,
            (true, None) => counts.bad_judged(),
            (false, Some(slot)) => counts.slow(slot),
            (false, None) => 0,
        })
    }
}

/// Returns the impact over a window, from what is beyond tolerance in it.
pub(crate) fn impact(
    (from, minutes): (Minute, u32),
    counts: &Counts,
    beyond: Beyond,
    never_started: u64,
    silent: bool,
) -> Impact {
    let beyond_tolerance = beyond.any() || silent;
    let never_started = if beyond_tolerance { never_started } else { 0 };
    let lost = beyond.lost(counts) + never_started;
    let unknown = unknown(counts);
    let attempts = whole(counts.decided()) + unknown + never_started;
    let lost = lost.min(attempts);
    Impact {
        from,
        minutes,
        lost,
        never_started,
        attempts,
        unknown,
        failed: beyond.availability,
        slower_than_ns: beyond.latency.map(|(threshold_ns, _)| threshold_ns),
        share: Ratio::from_ppb(if attempts == 0 { 0 } else { parts(lost, attempts) }),
        at_least: Ratio::from_ppb((wilson_lower(lost, attempts) * Ratio::WHOLE as f64) as u64),
        beyond_tolerance,
    }
}

/// Returns the highest level that the impacts give, and the first rule in file order at that level.
pub(crate) fn severity<'a>(
    rules: &'a [SeverityRule],
    looking: &[usize],
    impacts: impl Iterator<Item = &'a Impact> + Clone,
) -> Option<(Severity, usize)> {
    let fires = |rule: &SeverityRule| {
        impacts.clone().filter(|impact| impact.beyond_tolerance).any(|impact| match rule.above_ppb {
            0 => true,
            above => impact.at_least.ppb() > above,
        })
    };
    let firing = looking.iter().filter_map(|at| Some((*at, rules.get(*at)?))).filter(|(_, rule)| fires(rule));
    firing.map(|(at, rule)| (rule.level, at)).min()
}

#[cfg(test)]
mod tests;
