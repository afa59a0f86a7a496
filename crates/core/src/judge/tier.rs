//! Alert tiers in the count form (`slo.md` 5): which there are for a window, and when one fires. No state.

use crate::estimate::limit::wilson_lower;
use crate::judge::judgement::Tally;
use crate::judge::word::{Notify, TierName};
use crate::model::objective::Criticality;
use crate::model::slo::{Ratio, Window};

const WHOLE: u128 = Ratio::WHOLE as u128;
const DAY: u32 = 1_440;
const WEEK: u32 = 7 * DAY;

/// A tier of an SLO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tier {
    pub name: TierName,
    pub notify: Notify,
    /// Share of the budget; 0 for the outage tier.
    pub pct_ppb: u64,
    /// In minutes.
    pub long: u32,
    pub short: u32,
    pub min_bad: u64,
}

/// Windows of the four burn tiers, then for each P their shares in thousandths.
const BURN: [(TierName, u32, u32, u64); 4] = [
    (TierName::Fast, 60, 5, 5),
    (TierName::Steady, 360, 30, 5),
    (TierName::Slow, DAY, 120, 3),
    (TierName::Creep, 3 * DAY, 360, 3),
];
const ROWS: [(u32, [u64; 4]); 4] = [
    (WEEK, [80, 125, 200, 450]),
    (28 * DAY, [20, 50, 100, 110]),
    (30 * DAY, [20, 50, 100, 100]),
    (90 * DAY, [10, 25, 50, 100]),
];

/// Returns an SLO's tiers, the outage tier first.
pub fn tiers(window: Window, criticality: Criticality) -> Vec<Tier> {
    let period = window.buckets();
    let (row, shares) = ROWS.into_iter().min_by_key(|(row, _)| row.abs_diff(period)).unwrap_or(ROWS[1]);
    let outage = Tier {
        name: TierName::Outage,
        notify: notify(TierName::Outage, criticality),
        pct_ppb: 0,
        long: 15,
        short: 5,
        min_bad: 10,
    };
    let burn = BURN.into_iter().zip(shares).map(|((name, long, short, min_bad), share)| {
        let (long, short) = scaled(name, (long, short), row, period);
        // No factor below 1: such a tier fires while the budget lasts.
        let least = u64::from(long) * Ratio::WHOLE / u64::from(period);
        let pct_ppb = (share * 1_000_000).max(least);
        Tier { name, notify: notify(name, criticality), pct_ppb, long, short, min_bad }
    });
    std::iter::once(outage).chain(burn).collect()
}

fn scaled(name: TierName, (long, short): (u32, u32), row: u32, period: u32) -> (u32, u32) {
    if name == TierName::Creep && row == 90 * DAY {
        return (WEEK, 14 * 60);
    }
    let part = |minutes: u32| {
        let scaled = u64::from(minutes) * u64::from(period) / u64::from(WEEK);
        if period < WEEK { (scaled as u32).max(1) } else { minutes }
    };
    (part(long), part(short))
}

/// Important steps page on the fast and outage tiers only, others never.
fn notify(name: TierName, criticality: Criticality) -> Notify {
    match (criticality, name) {
        (Criticality::Critical, TierName::Outage | TierName::Fast | TierName::Steady) => Notify::Page,
        (Criticality::Important, TierName::Outage | TierName::Fast) => Notify::Page,
        _ => Notify::Ticket,
    }
}

/// E^ as an exact quotient: `(1-t) * N_obs * P / span`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Projection {
    pub target: Ratio,
    /// Decided attempts in the minutes of `span`.
    pub observed: u64,
    /// Minutes observed, without silent ones and those without input; at least 60.
    pub span: u32,
    /// P in minutes.
    pub period: u32,
}

impl Projection {
    /// Returns `None` while fewer than 60 minutes were observed.
    pub fn new(target: Ratio, observed: u64, span: u32, window: Window) -> Option<Self> {
        (span >= 60).then(|| Self { target, observed, span, period: window.buckets() })
    }

    /// Returns N^, rounded down.
    pub const fn attempts(&self) -> u64 {
        (self.observed as u128 * self.period as u128 / self.span as u128) as u64
    }

    /// Returns E^ in 10^-9 attempts, rounded down.
    pub const fn budget_nano(&self) -> u128 {
        self.target.complement().ppb() as u128 * self.observed as u128 * self.period as u128
            / self.span as u128
    }

    /// Returns pct * E^ in whole attempts, rounded down.
    pub const fn share(&self, pct_ppb: u64) -> u64 {
        (self.budget_nano() * pct_ppb as u128 / WHOLE / WHOLE) as u64
    }

    /// Returns whether `bad > pct * E^ * short / long`, without rounding.
    fn exceeded(&self, bad: u64, tier: &Tier, part: (u32, u32)) -> bool {
        let left = bad as u128 * WHOLE * self.span as u128 * part.1 as u128;
        let budget = self.target.complement().ppb() as u128 * self.observed as u128 * self.period as u128;
        // Both sides in units of 10^-9 attempts; the share is divided last, rounding up the comparison.
        let right = budget * part.0 as u128;
        left > right / WHOLE * tier.pct_ppb as u128 + right % WHOLE * tier.pct_ppb as u128 / WHOLE
    }
}

/// Whether both conditions of a tier hold, and whether the second does (an alert ends without it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fires {
    pub both: bool,
    pub second: bool,
}

/// Judges a tier on the counts of its two windows.
pub fn fires(tier: &Tier, projection: Option<&Projection>, long: Tally, short: Tally) -> Fires {
    if tier.name == TierName::Outage {
        let second = mostly_bad(short);
        return Fires { both: long.bad >= tier.min_bad && mostly_bad(long) && second, second };
    }
    let Some(projection) = projection else { return Fires { both: false, second: false } };
    let first = long.bad >= tier.min_bad && projection.exceeded(long.bad, tier, (1, 1));
    let by_count = projection.exceeded(short.bad, tier, (tier.short, tier.long));
    let second = short.bad >= 1 && (by_count || burns(tier, projection, short));
    Fires { both: first && second, second }
}

/// Returns whether `B/N > f * (1-t)` with `f = pct * P / long`.
fn burns(tier: &Tier, projection: &Projection, short: Tally) -> bool {
    let left = short.bad as u128 * WHOLE * WHOLE * tier.long as u128;
    let factor = tier.pct_ppb as u128 * projection.period as u128;
    left > factor * projection.target.complement().ppb() as u128 * short.decided as u128
}

/// Returns whether the Wilson 95 % lower limit of the bad share of all that began is at least one half.
pub fn mostly_bad(tally: Tally) -> bool {
    2 * tally.bad > tally.attempts() && wilson_lower(tally.bad, tally.attempts()) >= 0.5
}

#[cfg(test)]
mod tests;
