//! What began and what ended: alerts, silences and severities, newest last, each log bounded.
//! It delivers nothing.

use crate::id::{ProductId, SloId, StepId};
use crate::judge::word::{Notify, SilenceCause, TierName};
use crate::model::objective::Criticality;
use crate::model::severity::Severity;
use crate::time::{Minute, UnixNanos};

/// Entries kept in each log; the oldest tenth goes when it is full.
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

impl Logs {
    pub(crate) fn push_alert(&mut self, alert: AlertEpisode) {
        push(&mut self.alerts, alert);
    }

    pub(crate) fn push_silence(&mut self, silence: SilenceEpisode) {
        push(&mut self.silences, silence);
    }

    pub(crate) fn push_severity(&mut self, severity: SeverityEpisode) {
        push(&mut self.severities, severity);
    }

    /// Ends the newest open alert that is meant.
    pub(crate) fn end_alert(&mut self, meant: impl Fn(&AlertEpisode) -> bool, at: UnixNanos) {
        let newest = self.alerts.iter_mut().rev();
        if let Some(alert) = newest.filter(|alert| alert.ended.is_none()).find(|alert| meant(alert)) {
            alert.ended = Some(at);
        }
    }

    /// Opens the newest alert that is meant again.
    pub(crate) fn reopen_alert(&mut self, meant: impl Fn(&AlertEpisode) -> bool) {
        if let Some(alert) = self.alerts.iter_mut().rev().find(|alert| meant(alert)) {
            alert.ended = None;
        }
    }

    /// Ends all open alerts that are meant.
    pub(crate) fn end_alerts(&mut self, meant: impl Fn(&AlertEpisode) -> bool, at: UnixNanos) {
        let open = self.alerts.iter_mut().filter(|alert| alert.ended.is_none());
        open.filter(|alert| meant(alert)).for_each(|alert| alert.ended = Some(at));
    }

    /// Ends all that is open of steps and SLOs that the registry no longer defines.
    pub(crate) fn end_all_of(
        &mut self,
        step: impl Fn(StepId) -> bool,
        slo: impl Fn(SloId) -> bool,
        at: UnixNanos,
    ) {
        self.end_alerts(|alert| step(alert.step) || alert.slo.is_some_and(&slo), at);
        for silence in self.silences.iter_mut().filter(|s| s.to.is_none() && step(s.step)) {
            silence.to = Some(at.minute());
        }
        for severity in self.severities.iter_mut().filter(|s| s.to.is_none() && step(s.step)) {
            severity.to = Some(at);
        }
    }

    /// Ends a step's newest open severity.
    pub(crate) fn end_severity(&mut self, step: StepId, at: UnixNanos) {
        let newest = self.severities.iter_mut().rev();
        if let Some(entry) = newest.filter(|entry| entry.to.is_none()).find(|entry| entry.step == step) {
            entry.to = Some(at);
        }
    }
}

fn push<T>(log: &mut Vec<T>, entry: T) {
    if log.len() >= ENTRIES_MAX {
        // A tenth at once, so that a full log does not move with every entry.
        log.drain(..ENTRIES_MAX / 10);
    }
    log.push(entry);
}
