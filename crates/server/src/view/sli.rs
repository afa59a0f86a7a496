//! What every SLO shows: its SLI, target and budget, with what is not known kept apart; and plain counts of
//! attempts. Ratios arrive computed (by core), this only carries them.

use schemars::JsonSchema;
use serde::Serialize;

/// `part` of `of`: failed of started, errors of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Share {
    pub part: u64,
    pub of: u64,
}

impl Share {
    /// Pairs a part with its whole.
    pub const fn new(part: u64, of: u64) -> Self {
        Self { part, of }
    }
}

/// Attempts by outcome; `started = good + slow + bad + excluded + pending + lost`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Counts {
    pub started: u64,
    pub good: u64,
    /// Good by their result, but slower than the latency SLO that is looked at beside them allows; 0 without one.
    pub slow: u64,
    pub bad: u64,
    /// Not counted by an `exclude` rule.
    pub excluded: u64,
    /// Not known yet.
    pub pending: u64,
    /// Never to be known.
    pub lost: u64,
}

impl Counts {
    /// Returns good + slow + bad.
    pub const fn decided(&self) -> u64 {
        self.good + self.slow + self.bad
    }

    /// Returns whether the parts add up to `started`.
    pub const fn adds_up(&self) -> bool {
        self.started == self.decided() + self.excluded + self.pending + self.lost
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.started += other.started;
        self.good += other.good;
        self.slow += other.slow;
        self.bad += other.bad;
        self.excluded += other.excluded;
        self.pending += other.pending;
        self.lost += other.lost;
    }
}

/// An SLO's number over its window.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Sli {
    pub good: u64,
    pub bad: u64,
    /// Attempts that are not known to be either (late, silent, lost).
    pub unknown: u64,
    /// How many attempts the good and bad ones stand for, by their sampling weights; `null` where all were seen. Good
    /// and bad are then divided as those are that they stand for.
    pub stands_for: Option<u64>,
    /// G/(G+B) rounded down, `null` without attempts.
    pub sli_ppb: Option<u64>,
    /// The interval's ends where they differ from the SLI: what unknown attempts, or those that a sample left out, could
    /// make of it.
    pub low_ppb: Option<u64>,
    pub high_ppb: Option<u64>,
    /// Half width of a confidence interval, client SLOs only.
    pub plus_minus_ppb: Option<u64>,
    pub target_ppb: u64,
    /// `28d`, `6h`.
    pub window: String,
    /// The budget E rounded down: attempts that may fail in the window.
    pub allowed: u64,
    /// 1 - B/E rounded down, negative when overspent; `null` while E is below one attempt.
    pub left_ppb: Option<i64>,
    /// The budget's range where attempts are unknown or sampled.
    pub left_low_ppb: Option<i64>,
    pub left_high_ppb: Option<i64>,
    /// For latency and end-to-end SLOs: good within this time.
    pub within_ns: Option<u64>,
}

impl Sli {
    /// Returns whether the SLI is a range rather than a number.
    pub const fn is_range(&self) -> bool {
        self.low_ppb.is_some() && self.high_ppb.is_some()
    }
}
