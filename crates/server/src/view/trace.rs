//! `explain` for one trace: what became of each span, whose step, why good or bad, where it was counted.

use schemars::JsonSchema;
use serde::Serialize;

use crate::view::prose::{Link, Prose};
use crate::view::time::At;

/// `/traces/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Trace {
    Kept(Box<Kept>),
    NotKept(NotKept),
}

/// A trace that is kept whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Kept {
    /// 32 hex digits.
    pub id: String,
    pub at: At,
    pub took_ns: u64,
    /// Distinct services.
    pub services: u64,
    pub say: Prose,
    /// Back to the matrix cell or step it is an example of.
    pub crumbs: Vec<Link>,
    /// In the order of the picture: children after their parent.
    pub spans: Vec<SpanRow>,
    /// Spans beyond the limit of the page, filtered ones first.
    pub folded: u64,
    /// Usually one.
    pub attempts: Vec<AttemptAnswer>,
    pub came_in: CameIn,
    /// Ids of other kept traces of the same step, outcome and reason.
    pub others: Vec<String>,
}

/// A span's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SpanRow {
    /// 0 at the root.
    pub depth: u32,
    pub service: String,
    pub operation: String,
    /// `server`, `client`, `internal`, `producer`, `consumer`.
    pub kind: String,
    /// From the trace's start; negative where clocks disagree.
    pub start_ns: i64,
    pub took_ns: u64,
    pub fate: Fate,
    /// What became of it, in words.
    pub became: Prose,
    /// The rule that decided, as it is written.
    pub rule: Option<String>,
}

/// What became of a span, as the picture shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The error began here.
    Began,
    /// It passed an error on.
    PassedOn,
    Good,
    /// Bad without an error: too slow, or useless.
    Bad,
    Excluded,
    /// Not known yet, or never to be known.
    Pending,
    /// No request of its own.
    Filtered,
    /// An entry request without a step.
    Unmatched,
    Duplicate,
}

/// The answers about one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AttemptAnswer {
    /// `null`: no step was found.
    pub step: Option<Link>,
    pub outcome: Outcome,
    /// Who was asked whose step it is, in order.
    pub whose: Vec<Whose>,
    /// The conditions, in the order they were asked.
    pub conditions: Vec<Condition>,
    pub counted: Vec<Counted>,
}

/// An attempt's outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Good,
    Bad,
    Excluded,
    Pending,
    Lost,
}

impl Outcome {
    /// Returns the words that people read.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Excluded => "not counted",
            Self::Pending => "pending",
            Self::Lost => "lost",
        }
    }
}

/// One source of the annotation and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Whose {
    /// `The browser: Save draft`, `Rule of Send mail`.
    pub asked: String,
    pub answer: WhoseAnswer,
    pub because: Prose,
}

/// What a source of the annotation answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhoseAnswer {
    Taken,
    Agrees,
    Disagrees,
    /// A rule that almost matched.
    Nearly,
    /// As good as another: a tie is never guessed.
    Ties,
    Silent,
}

impl WhoseAnswer {
    /// Returns the words that people read.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Agrees => "agrees",
            Self::Disagrees => "disagrees",
            Self::Nearly => "nearly",
            Self::Ties => "ties",
            Self::Silent => "says nothing",
        }
    }
}

/// A condition and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Condition {
    /// `Bad: webmail answers 500 or above`.
    pub asked: String,
    pub rule: String,
    /// The value looked at, `not set` when absent.
    pub found: String,
    /// `no`, `yes, this decides`, `not asked`.
    pub answer: String,
    pub decides: bool,
}

/// A place where the attempt or a span was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counted {
    pub at: Link,
    /// `service, minute 14:04`; may be empty.
    pub note: String,
    /// `bad`, `not timed`, `1 good, 1 error`.
    pub counted_as: String,
    /// May be empty.
    pub counted_note: String,
}

/// What was received of the trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CameIn {
    /// received = counted + filtered + unmatched + duplicate + rejected.
    pub received: u64,
    pub counted: u64,
    pub filtered: u64,
    pub unmatched: u64,
    pub duplicate: u64,
    pub rejected: u64,
    /// `none: all here by 14:05:01`.
    pub late: String,
    /// `interactive, not sampled`.
    pub traffic: String,
    /// `one of 5 for Save draft, bad, HTTP 503`.
    pub kept: String,
}

/// A trace that is not kept, or was never seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NotKept {
    /// As asked for.
    pub id: String,
    /// Whether the id is 16 to 32 hex digits.
    pub is_id: bool,
    /// Traces kept for each step, outcome and reason.
    pub each: u64,
    /// Bytes of kept traces at most.
    pub bytes_max: u64,
    /// What is kept, by step, outcome and reason; bad ones first.
    pub kept: Vec<KeptGroup>,
}

/// Kept traces of one step, outcome and reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeptGroup {
    pub step: Link,
    pub outcome: Outcome,
    /// Empty when good.
    pub reason: String,
    /// Ids, newest first.
    pub traces: Vec<String>,
}
