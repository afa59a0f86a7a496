//! What began and what ended: alerts, silences and severities, newest last, each log bounded.
//! It delivers nothing.

use crate::id::{ProductId, SloId, StepId};
use crate::judge::judgement::{Notify, SilenceCause, TierName};
use crate::model::objective::Criticality;
use crate::model::severity::Severity;
use crate::time::{Minute, UnixNanos};

/// Entries kept in each log.
pub const ENTRIES_MAX: usize = 10_000;

/// All logs.
#[derive(Debug, Clone, Default)]
pub struct Logs {
    pub alerts: Vec<AlertEpisode>,
    pub silences: Vec<SilenceEpisode>,
    pub severities: Vec<SeverityEpisode>,
}

/// The label `alertname`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AlertName {
    BudgetBurn,
    Outage,
    Silence,
    Useless,
    Measurement,
}

impl AlertName {
    /// Returns the label's value.
    pub const fn label(self) -> &'static str {
        match self {
            AlertName::BudgetBurn => "ThroughlineBudgetBurn",
            AlertName::Outage => "ThroughlineOutage",
            AlertName::Silence => "ThroughlineSilence",
            AlertName::Useless => "ThroughlineUseless",
            AlertName::Measurement => "ThroughlineMeasurement",
        }
    }
}

/// An alert from its first firing to its end; reopening it clears `ended`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertEpisode {
    pub name: AlertName,
    /// `None` for an alert of a step.
    pub slo: Option<SloId>,
    pub step: StepId,
    pub tier: Option<TierName>,
    pub notify: Notify,
    pub started: UnixNanos,
    pub ended: Option<UnixNanos>,
    pub labels: Labels,
    /// The sentence at the start.
    pub summary: String,
}

/// The labels of `slo.md` 5 that are not fields of the alert; `severity` is none of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels {
    pub slo_id: String,
    pub product: String,
    /// The most critical that uses the step.
    pub objective: String,
    pub step: String,
    pub method: &'static str,
    pub criticality: Criticality,
    pub owner: String,
}

/// A silence.
#[derive(Debug, Clone, PartialEq)]
pub struct SilenceEpisode {
    pub step: StepId,
    pub cause: SilenceCause,
    pub by: Option<StepId>,
    /// The first silent minute.
    pub from: Minute,
    /// The first minute that is not silent any more.
    pub to: Option<Minute>,
    pub proven: UnixNanos,
    pub expected: f64,
    pub seen: u64,
}

/// A severity of one step at one level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeverityEpisode {
    pub product: ProductId,
    pub step: StepId,
    pub level: Severity,
    pub rule: usize,
    pub text: String,
    pub from: UnixNanos,
    pub to: Option<UnixNanos>,
}
