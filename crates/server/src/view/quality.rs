//! Quality of the data: every record accounted for, coverage, late sources, limits, ticks.

use schemars::JsonSchema;
use serde::Serialize;

use crate::view::empty::Empty;
use crate::view::prose::Prose;
use crate::view::sli::Share;
use crate::view::time::At;

/// `/quality`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Quality {
    pub from: At,
    pub to: At,
    pub say: Prose,
    /// Traces, logs, metrics.
    pub signals: Vec<Conservation>,
    /// By entry requests, most first.
    pub coverage: Vec<Coverage>,
    /// All services together.
    pub all: Option<Coverage>,
    pub sources: Vec<Source>,
    /// Why records were rejected, most first.
    pub rejected: Vec<Rejected>,
    pub limits: Vec<Limit>,
    /// What was accepted although it was not as it should be; empty when all was.
    pub notes: Vec<Note>,
    /// Words that senders used and the registry does not know, as `what=said`, sorted.
    pub unknown_words: Vec<String>,
    pub ticks: Ticks,
    pub empty: Option<Empty>,
}

/// What became of a signal's records: received = counted + filtered + unmatched + duplicate + rejected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Conservation {
    pub signal: Signal,
    pub received: u64,
    pub counted: Became,
    pub filtered: Became,
    pub unmatched: Became,
    pub duplicate: Became,
    pub rejected: Became,
}

impl Conservation {
    /// Returns whether the parts add up to what was received (invariant 2).
    pub fn adds_up(&self) -> bool {
        let parts = [&self.counted, &self.filtered, &self.unmatched, &self.duplicate, &self.rejected];
        self.received == parts.iter().map(|part| part.records).sum::<u64>()
    }
}

/// One fate of records.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Became {
    pub records: u64,
    /// Of those received; `null` when none were.
    pub share_ppb: Option<u64>,
    /// What most of them are, may be empty.
    pub most: Prose,
}

/// A signal of OTLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    Traces,
    Logs,
    Metrics,
}

impl Signal {
    /// Returns what its records are called.
    pub const fn records(self) -> &'static str {
        match self {
            Self::Traces => "spans",
            Self::Logs => "log records",
            Self::Metrics => "metric points",
        }
    }
}

/// Entry requests of a service that name their step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Coverage {
    pub service: String,
    pub entries: u64,
    /// Of these, with a step; `null` without entries.
    pub with_step_ppb: Option<u64>,
    pub by_client: u64,
    pub by_rule: u64,
    pub by_trace: u64,
    pub without: u64,
    /// Client and rule say the same, of those where both speak; `null` where they never both do.
    pub agree: Option<Share>,
}

/// A source and how far behind it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Source {
    pub name: String,
    pub late: bool,
    /// Event time of the newest record, `null` when none came.
    pub last: Option<At>,
    pub behind_seconds: Option<u64>,
    /// Records that came 60 s or more after their minute's end; `null` where they are not counted by source.
    pub late_records: Option<u64>,
    /// What waits for it, or `nothing`.
    pub waits: Prose,
}

/// Records that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Rejected {
    pub signal: Signal,
    /// `trace id of 15 bytes`.
    pub reason: String,
    pub records: u64,
    /// The service or sender of the last one, may be empty.
    pub from: String,
}

/// A limit and how near it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Limit {
    /// `bytes of a body`, `names`, `open traces`.
    pub name: String,
    pub unit: Unit,
    pub max: u64,
    /// The highest so far, or what is used now; `null` where nobody counts it.
    pub used: Option<u64>,
    /// How often it was reached; `null` where nobody counts it.
    pub reached: Option<u64>,
    /// Where, may be empty.
    pub note: String,
}

/// Something odd that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Note {
    /// What and what became of it, in the plural.
    pub what: String,
    pub records: u64,
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Bytes,
    Count,
}

/// The evaluator's own rhythm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Ticks {
    /// `null` before the first.
    pub last: Option<At>,
    pub done: u64,
    /// How long the last one took, and 95 of 100.
    pub took_ns: Option<u64>,
    pub took_p95_ns: Option<u64>,
    /// Ticks that began late.
    pub late: u64,
}
