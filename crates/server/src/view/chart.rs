//! Series behind the charts: attempts by outcome and budget left, each with its data table. Drawing is
//! `page::part::chart`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::view::sli::{Counts, Share};
use crate::view::time::At;

/// Attempts over some hours, in equal buckets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Attempts {
    pub from: At,
    /// Exclusive.
    pub to: At,
    /// Width of a bucket; the chart shows at most 400 of them.
    pub bucket_minutes: u32,
    /// Oldest first; a gap is `counts: null`.
    pub buckets: Vec<AttemptBucket>,
    /// What attempts count as slow beyond; `null` where the bars tell good and bad alone.
    pub slow_beyond_ns: Option<u64>,
    /// The newest hour of them, which the sum line shows.
    pub last_hour: Counts,
    /// The newest five minutes, bad or slow of decided.
    pub last_5_min: Share,
}

/// One bucket of attempts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AttemptBucket {
    pub at: At,
    /// `null` where nothing is known (before the start, or the source was silent).
    pub counts: Option<Counts>,
    /// Bad ones by reason, most first, such as `HTTP 503`.
    pub reasons: Vec<ReasonCount>,
}

/// Attempts with one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReasonCount {
    pub reason: String,
    pub attempts: u64,
}

/// Budget left over the window: `left(x) = 1 - B(start..x)/E`, from 100 % to the number on the tile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Burndown {
    pub from: At,
    /// End of the newest closed minute.
    pub to: At,
    /// Oldest first, at most 400; a step function: each holds until the next.
    pub points: Vec<BurnPoint>,
    /// Where late data may still change the line.
    pub provisional_since: Option<At>,
    /// What missing data leaves open at the end; `null` where the last point is one number.
    pub left_low_ppb: Option<i64>,
    pub left_high_ppb: Option<i64>,
    pub marks: Vec<Mark>,
    /// When the present trouble began and what was left then, for the label beside the cliff.
    pub before: Option<BurnPoint>,
    /// When the budget is gone at the present rate, earliest and latest; only while it burns.
    pub gone: Option<Range>,
}

/// Budget left at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BurnPoint {
    pub at: At,
    /// `null` where nothing is known: the line has a gap.
    pub left_ppb: Option<i64>,
}

/// Two instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Range {
    pub from: At,
    pub to: At,
}

/// Something that happened, drawn as a vertical line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Mark {
    pub at: At,
    pub kind: MarkKind,
    /// Short: `major, Save draft`.
    pub text: String,
}

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// The SLO's definition changed.
    Definition,
    /// A severity was reached.
    Incident,
    Silence,
    Adjustment,
}
