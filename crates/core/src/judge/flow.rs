//! How many attempts at one step lead to an attempt at the next: the conversion that tells a step's own
//! trouble from users who never came (`slo.md` 6).

use std::collections::{BTreeMap, VecDeque};

use crate::estimate::limit::Z_ONE_SIDED;
use crate::id::StepId;
use crate::judge::expect::{Scatter, WINDOWS};

/// Hours that the conversion is learnt from.
const HOURS: usize = 7 * 24;
/// Upstream attempts from which a conversion means anything, in all or in one hour.
const UPSTREAM_MIN: u64 = 30;
/// Hours with so many that a quantile needs.
const QUANTILE_HOURS_MIN: usize = 20;

/// Attempts here and upstream.
#[derive(Debug, Clone, Copy, Default)]
struct Pair {
    here: u64,
    upstream: u64,
}

/// The conversion from one upstream step.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conversion {
    pub(crate) upstream: Option<StepId>,
    hours: VecDeque<Pair>,
    hour: Pair,
    minutes: u32,
    total: Pair,
    /// The 5 % quantile over the hours, once they are a week.
    quantile: Option<f64>,
    pub(crate) scatter: [Scatter; WINDOWS.len()],
    /// By the user's baseline, from each step that may be the upstream one.
    pub(crate) given_from: BTreeMap<StepId, f64>,
}

impl Conversion {
    /// Begins anew when another upstream step is the busiest.
    pub(crate) fn follow(&mut self, upstream: StepId) {
        if self.upstream != Some(upstream) {
            let given_from = std::mem::take(&mut self.given_from);
            *self = Self { upstream: Some(upstream), given_from, ..Self::default() };
        }
    }

    /// Returns the conversion from this upstream step in the user's baseline.
    pub(crate) fn given(&self) -> Option<f64> {
        self.given_from.get(&self.upstream?).copied()
    }

    /// Learns from one minute.
    pub(crate) fn learn(&mut self, here: u32, upstream: u32) {
        for pair in [&mut self.hour, &mut self.total] {
            pair.here += u64::from(here);
            pair.upstream += u64::from(upstream);
        }
        self.minutes += 1;
        if self.minutes.is_multiple_of(60) {
            self.end_hour();
        }
    }

    fn end_hour(&mut self) {
        self.hours.push_back(std::mem::take(&mut self.hour));
        if self.hours.len() > HOURS
            && let Some(old) = self.hours.pop_front()
        {
            self.total.here -= old.here;
            self.total.upstream -= old.upstream;
        }
        if self.hours.len() == HOURS {
            self.quantile = quantile(&self.hours);
        }
    }

    /// Returns attempts here per upstream attempt, on the low side.
    pub(crate) fn low(&self) -> Option<f64> {
        let learnt = || conversion_lower(self.total.here, self.total.upstream);
        self.given().or(self.quantile).or_else(learnt)
    }

    /// Returns attempts here per upstream attempt, on average.
    pub(crate) fn mean(&self) -> Option<f64> {
        let Pair { here, upstream } = self.total;
        (upstream >= UPSTREAM_MIN).then(|| here as f64 / upstream as f64)
    }
}

/// Returns the 95 % lower limit of attempts here per upstream attempt; `None` under 30 of them.
pub(crate) fn conversion_lower(here: u64, upstream: u64) -> Option<f64> {
    if upstream < UPSTREAM_MIN {
        return None;
    }
    let (x, n) = (here as f64, upstream as f64);
    if here > upstream {
        return Some(((x - Z_ONE_SIDED * x.sqrt()) / n).max(0.0));
    }
    Some(crate::estimate::limit::wilson_lower_at(Z_ONE_SIDED, here, upstream))
}

fn quantile(hours: &VecDeque<Pair>) -> Option<f64> {
    let busy = hours.iter().filter(|pair| pair.upstream >= UPSTREAM_MIN);
    let mut ratios: Vec<f64> = busy.map(|pair| pair.here as f64 / pair.upstream as f64).collect();
    if ratios.len() < QUANTILE_HOURS_MIN {
        return None;
    }
    ratios.sort_unstable_by(f64::total_cmp);
    Some(ratios[ratios.len() / 20])
}
