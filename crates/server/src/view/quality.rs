//! Quality of the data: every record accounted for, coverage, late sources, limits, ticks.

use schemars::JsonSchema;
use serde::Serialize;

use crate::view::empty::Empty;
use crate::view::number::plural;
use crate::view::prose::Prose;
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
    /// Whether client and rule agree, over all services; `null` where they never both name a step.
    pub agreement: Option<Agreement>,
    /// Those that are late first, then the furthest behind.
    pub sources: Vec<Source>,
    /// Attempts that came 60 s or more after the end of the minute they began in; not counted by source.
    pub late_attempts: u64,
    /// Why records were rejected, most first.
    pub rejected: Vec<Rejected>,
    /// Those that were reached first, then those that are more than half used.
    pub limits: Vec<Limit>,
    /// What was accepted although it was not as it should be; empty when all was.
    pub notes: Vec<Note>,
    /// Words that senders used and the registry does not know, as `what=said`, sorted.
    pub unknown_words: Vec<String>,
    pub ticks: Ticks,
    pub empty: Option<Empty>,
}

impl Quality {
    /// Returns what is said of the signals that did not come: `No log record or metric point came in.`
    pub fn quiet(&self) -> Option<String> {
        let quiet = self.signals.iter().filter(|signal| !signal.came());
        let names: Vec<&str> = quiet.map(|signal| signal.signal.record()).collect();
        let (last, first) = names.split_last()?;
        match first {
            [] => Some(format!("No {last} came in.")),
            _ => Some(format!("No {} or {last} came in.", first.join(", "))),
        }
    }

    /// Returns the sources that are late or behind, and those that are up to date.
    pub fn sources_by_delay(&self) -> (Vec<&Source>, Vec<&Source>) {
        self.sources.iter().partition(|source| source.late || source.behind_seconds.is_some())
    }

    /// Returns the limits that were reached or are more than half used, and the others.
    pub fn limits_by_nearness(&self) -> (Vec<&Limit>, Vec<&Limit>) {
        self.limits.iter().partition(|limit| limit.nearness() <= Nearness::OverHalf)
    }

    /// Returns what is said of the others: `16 further limits, none reached; 2 not counted`.
    pub fn further_limits(&self) -> String {
        let (near, further) = self.limits_by_nearness();
        let far = further.iter().filter(|limit| limit.nearness() == Nearness::Far).count();
        let noun = if near.is_empty() { "limit" } else { "further limit" };
        let said = format!("{}, none reached", plural(far as u64, noun));
        match further.len() - far {
            0 => said,
            not_counted => format!("{said}; {not_counted} not counted"),
        }
    }
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

    /// Returns whether there is anything to account for; a sum that does not add up always is.
    pub fn came(&self) -> bool {
        self.received > 0 || !self.adds_up()
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
    /// Returns what one of its records is called.
    pub const fn record(self) -> &'static str {
        match self {
            Self::Traces => "span",
            Self::Logs => "log record",
            Self::Metrics => "metric point",
        }
    }

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
}

/// Entry requests of which both the client and a rule name a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Agreement {
    /// Where they name the same.
    pub same: u64,
    pub both: u64,
    pub share_ppb: Option<u64>,
}

/// A service that sent something, and how far behind it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Source {
    pub name: String,
    /// For a minute or more, all that it sent was late.
    pub late: bool,
    /// The minute, by event time, of its newest record.
    pub last: At,
    /// Whole minutes since that minute's end, in seconds; `null` below one: it is up to date.
    pub behind_seconds: Option<u64>,
    /// The steps that use it where it is behind, or `nothing`.
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

impl Limit {
    /// Returns how near it is.
    pub fn nearness(&self) -> Nearness {
        match (self.reached, self.used) {
            (Some(1..), _) => Nearness::Reached,
            (_, Some(used)) if used > self.max / 2 => Nearness::OverHalf,
            (Some(0), _) => Nearness::Far,
            (None, _) => Nearness::NotCounted,
        }
    }
}

/// How near a limit is, the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nearness {
    Reached,
    OverHalf,
    Far,
    /// Nobody counts how often it is reached.
    NotCounted,
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
