//! Requests that belong to no step, by operation, with a draft rule to copy and what it would count.

use schemars::JsonSchema;
use serde::Serialize;

use crate::view::empty::Empty;
use crate::view::prose::Prose;
use crate::view::sli::Share;
use crate::view::time::At;

/// `/operations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Operations {
    pub from: At,
    pub to: At,
    pub say: Prose,
    /// Entry requests without a step, of all.
    pub without: Share,
    /// Most requests first; a bounded list.
    pub rows: Vec<Operation>,
    /// Requests of operations beyond the list.
    pub beyond: u64,
    /// Of the operation that was asked for, else of the first that people use; `null` when there is none.
    pub draft: Option<Draft>,
    pub ties: Vec<Tie>,
    pub empty: Option<Empty>,
}

/// An operation without a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Operation {
    pub service: String,
    pub operation: String,
    /// Errors of requests.
    pub errors: Share,
    pub errors_ppb: Option<u64>,
    /// Further requests whose traces may still tell, or never will; not in `errors`.
    pub undecided: u64,
    pub reason: NoStep,
    /// `draft`, `machines call it: leave it`, `give one rule priority: 1`; the page adds the link to the draft.
    pub next: Prose,
    /// Whether a draft can be written for it.
    pub has_draft: bool,
    /// Id of a kept trace.
    pub example: Option<String>,
}

/// Why a request has no step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoStep {
    NoRule,
    /// Two rules fit equally well.
    Ambiguous,
    /// The annotation names a step that the registry does not have.
    UnknownId,
    /// Not decided yet, or never to be.
    Undecided,
}

impl NoStep {
    /// Returns the words that people read.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoRule => "no rule",
            Self::Ambiguous => "two rules tie",
            Self::UnknownId => "unknown id",
            Self::Undecided => "undecided",
        }
    }
}

/// A draft rule and what it would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Draft {
    pub service: String,
    pub operation: String,
    /// To copy into a product's `steps`.
    pub yaml: String,
    /// Requests that it would match, those of operations that differ in their ids alone with them.
    pub matches: Share,
    /// Rules that it would take requests from; empty: none overlaps.
    pub takes_from: Vec<String>,
    pub good: u64,
    pub bad: u64,
    /// `null` without attempts.
    pub sli_ppb: Option<u64>,
    pub target_ppb: u64,
    /// Requests that would still have no step, of all.
    pub then_without: Share,
}

/// Two rules that fit equally well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tie {
    pub operation: String,
    /// Which rules of which steps, in words.
    pub says: Prose,
}
