//! What `replay --output json` prints: steps, SLOs, alerts, silences, severities, impact, records. One value for
//! table and JSON; the names are an interface (see `docs/replay.md`).

use std::collections::BTreeMap;

use serde::Serialize;
use throughline_core::count::bucket::Counts;
use throughline_core::id::{ServiceId, StepId};
use throughline_core::judge::judgement::SilenceLook;
use throughline_core::judge::log::{AlertEpisode, SeverityEpisode, SilenceEpisode};
use throughline_core::judge::status::{Cause, DataState, Verdict};
use throughline_core::judge::word::SilenceCause;
use throughline_core::model::severity::Severity;
use throughline_core::model::slo::{Ratio, Slo};
use throughline_core::model::step::Step;
use throughline_core::observation::TrafficClass;
use throughline_core::time::UnixNanos;

use crate::live::Live;
use crate::page::part::sli as text;
use crate::replay::{Look, Replayed};
use crate::show::sli::sli;
use crate::view::time::At;

/// All answers of a replay.
#[derive(Debug, Serialize)]
pub struct Report {
    pub steps: Vec<StepReport>,
    pub slos: Vec<SloReport>,
    pub alerts: Vec<AlertReport>,
    pub silences: Vec<SilenceReport>,
    pub severity: Vec<SeverityReport>,
    pub impact: Vec<ImpactReport>,
    pub records: BTreeMap<&'static str, BTreeMap<&'static str, i64>>,
}

/// A step's interactive attempts.
#[derive(Debug, Serialize)]
pub struct StepReport {
    pub product: String,
    pub step: String,
    /// Good, bad, pending and lost; excluded ones are none.
    pub attempts: i64,
    pub good: i64,
    pub bad: BTreeMap<&'static str, i64>,
    pub excluded: i64,
    pub pending: i64,
    pub lost: i64,
    pub latency_ms: Option<Quantiles>,
}

/// Quantiles by nearest rank, within 1 %.
#[derive(Debug, Serialize)]
pub struct Quantiles {
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
}

/// An SLO's answer at the end.
#[derive(Debug, Serialize)]
pub struct SloReport {
    pub id: String,
    /// G/N; `null` without attempts.
    pub sli: Option<f64>,
    pub verdict: &'static str,
    pub cause: Option<&'static str>,
    /// Share of the budget; `null` while the budget is under one attempt.
    pub budget_left: Option<f64>,
    pub data_state: &'static str,
    /// SLI and budget as people read them, on pages too.
    #[serde(skip)]
    pub sli_text: String,
    #[serde(skip)]
    pub left_text: String,
}

/// An alert.
#[derive(Debug, Serialize)]
pub struct AlertReport {
    pub alertname: &'static str,
    /// `product/step`.
    pub step: String,
    /// Empty for an alert of a step.
    pub slo_id: String,
    pub tier: Option<&'static str>,
    pub started: String,
    pub ended: Option<String>,
}

/// A silence.
#[derive(Debug, Serialize)]
pub struct SilenceReport {
    pub step: String,
    pub cause: &'static str,
    pub by: Option<String>,
    pub from: String,
    pub to: Option<String>,
    pub expected: f64,
    pub seen: u64,
}

/// A severity of a step.
#[derive(Debug, Serialize)]
pub struct SeverityReport {
    pub step: String,
    pub level: &'static str,
    pub from: String,
    pub to: Option<String>,
    pub rule: String,
}

/// A service's errors for a step.
#[derive(Debug, Serialize)]
pub struct ImpactReport {
    pub service: String,
    pub step: Option<String>,
    pub errors: i64,
    pub share_of_service: f64,
    /// Failing attempts of the step that began to fail at this service; `null` without a step.
    pub share_of_step: Option<f64>,
}

impl Report {
    /// Collects the answers.
    pub fn of(replayed: &Replayed) -> Self {
        let live = &replayed.live;
        let (silences, severity) = match &replayed.look {
            Some(look) => (looked_silences(live, look), looked_severities(live, look)),
            None => (silences(live), severities(live)),
        };
        let records =
            [("traces", live.ledger.traces), ("logs", live.ledger.logs), ("metrics", live.ledger.metrics)];
        Self {
            steps: live.registry.steps().map(|step| step_report(live, step)).collect(),
            slos: slos(live),
            alerts: alerts(live),
            silences,
            severity,
            impact: impact(live),
            records: records.into_iter().map(|(s, r)| (s, r.named().into_iter().collect())).collect(),
        }
    }
}

fn rfc3339(at: UnixNanos) -> String {
    At::from(at).rfc3339()
}

fn step_name(live: &Live, id: StepId) -> String {
    live.registry.step(id).map(|step| step.name.clone()).unwrap_or_default()
}

fn step_report(live: &Live, step: &Step) -> StepReport {
    let counts: Counts = live.book.judged.history.step(step.id).total();
    let bad = [("failed", counts.failed), ("useless", counts.useless), ("shed", counts.shed)];
    let product = live.registry.product(step.product).map(|product| product.name.clone());
    StepReport {
        product: product.unwrap_or_default(),
        step: step.name.clone(),
        attempts: counts.decided() + counts.pending + counts.lost,
        good: counts.good,
        bad: bad.into_iter().filter(|(_, n)| *n != 0).collect(),
        excluded: counts.excluded,
        pending: counts.pending,
        lost: counts.lost,
        latency_ms: quantiles(live, step.id),
    }
}

fn quantiles(live: &Live, step: StepId) -> Option<Quantiles> {
    let histogram = live.book.judged.latencies.get(&step)?;
    let ms = |q: f64| histogram.quantile(q).map(|ns| (ns / 1e3).round() / 1e3);
    Some(Quantiles { p50: ms(0.5)?, p95: ms(0.95)?, p99: ms(0.99)? })
}

fn slos(live: &Live) -> Vec<SloReport> {
    live.registry.slos().map(|slo| slo_report(live, slo)).collect()
}

/// Returns an SLO's answer; where nothing moved the clock, so that nothing was judged, nobody can tell.
fn slo_report(live: &Live, slo: &Slo) -> SloReport {
    let judged = live.judgement.slo(slo.id);
    let unjudged = match slo.not_measured() {
        Some(missing) => Cause::NotMeasured(missing),
        None => Cause::NoData,
    };
    let verdict = judged.map_or(Verdict::CannotTell(unjudged), |judged| judged.verdict);
    let view = sli(live, slo);
    SloReport {
        id: slo.slo_id.clone(),
        sli: judged.and_then(|judged| judged.sli).map(Ratio::as_f64),
        verdict: verdict.word(),
        cause: match verdict {
            Verdict::CannotTell(cause) => Some(cause.kind().word()),
            _ => None,
        },
        budget_left: view.left_ppb.map(|ppb| ppb as f64 / Ratio::WHOLE as f64),
        data_state: judged.map_or(DataState::None, |judged| judged.data).word(),
        sli_text: text::value(&view),
        left_text: text::left_fine(&view),
    }
}

fn alerts(live: &Live) -> Vec<AlertReport> {
    let report = |alert: &AlertEpisode| AlertReport {
        alertname: alert.name.label(),
        step: format!("{}/{}", alert.labels.product, alert.labels.step),
        slo_id: alert.labels.slo_id.clone(),
        tier: alert.tier.map(|tier| tier.word()),
        started: rfc3339(alert.started),
        ended: alert.ended.map(rfc3339),
    };
    live.judgement.logs.alerts.iter().map(report).collect()
}

/// Returns the cause as it stands in JSON.
const fn cause_word(cause: SilenceCause) -> &'static str {
    match cause {
        SilenceCause::LostAfterUpstream => "lost-after-upstream",
        SilenceCause::Starved => "starved",
        SilenceCause::CannotStart => "cannot-start",
        SilenceCause::CannotSee => "cannot-see",
    }
}

fn silences(live: &Live) -> Vec<SilenceReport> {
    let report = |silence: &SilenceEpisode| SilenceReport {
        step: step_name(live, silence.step),
        cause: cause_word(silence.cause),
        by: silence.by.map(|step| step_name(live, step)),
        from: rfc3339(silence.from.start()),
        to: silence.to.map(|minute| rfc3339(minute.start())),
        expected: round(silence.expected),
        seen: silence.seen,
    };
    live.judgement.logs.silences.iter().map(report).collect()
}

fn round(expected: f64) -> f64 {
    (expected * 100.0).round() / 100.0
}

fn looked_silences(live: &Live, look: &Look) -> Vec<SilenceReport> {
    let silent = look.judgement.steps.iter().filter_map(|step| Some((step.step, step.silence?)));
    let report = |(step, silence): (StepId, SilenceLook)| SilenceReport {
        step: step_name(live, step),
        cause: cause_word(silence.cause),
        by: silence.by.map(|step| step_name(live, step)),
        from: rfc3339(look.window.start),
        to: Some(rfc3339(look.window.end)),
        expected: round(silence.expected),
        seen: silence.seen,
    };
    silent.map(report).collect()
}

fn severities(live: &Live) -> Vec<SeverityReport> {
    let report = |severity: &SeverityEpisode| SeverityReport {
        step: step_name(live, severity.step),
        level: severity.level.word(),
        from: rfc3339(severity.from),
        to: severity.to.map(rfc3339),
        rule: severity.text.clone(),
    };
    live.judgement.logs.severities.iter().map(report).collect()
}

fn looked_severities(live: &Live, look: &Look) -> Vec<SeverityReport> {
    let hurt = look.judgement.steps.iter().filter_map(|step| Some((step.step, step.severity.as_ref()?)));
    let report = |(step, (level, _, text)): (StepId, &(Severity, usize, String))| SeverityReport {
        step: step_name(live, step),
        level: level.word(),
        from: rfc3339(look.window.start),
        to: Some(rfc3339(look.window.end)),
        rule: text.clone(),
    };
    hurt.map(report).collect()
}

fn impact(live: &Live) -> Vec<ImpactReport> {
    let frame = &live.book.judged;
    let mut cells: BTreeMap<(ServiceId, Option<StepId>), i64> = BTreeMap::new();
    let mut services: BTreeMap<ServiceId, i64> = BTreeMap::new();
    for (_, (service, step, class), requests) in frame.cells.range(0..u32::MAX) {
        if *class == TrafficClass::Interactive && requests.errors != 0 {
            *cells.entry((*service, *step)).or_default() += requests.errors;
            *services.entry(*service).or_default() += requests.errors;
        }
    }
    let mut began: BTreeMap<(ServiceId, StepId), i64> = BTreeMap::new();
    let mut failing: BTreeMap<StepId, i64> = BTreeMap::new();
    for (_, (step, _, service, _), n) in frame.failures.range(0..u32::MAX) {
        *began.entry((*service, *step)).or_default() += n;
        *failing.entry(*step).or_default() += n;
    }
    let share = |part: i64, of: i64| if of == 0 { 0.0 } else { part as f64 / of as f64 };
    let of_step = |service, step| {
        let failing = failing.get(&step).copied().filter(|failing| *failing > 0)?;
        Some(share(began.get(&(service, step)).copied().unwrap_or(0), failing))
    };
    let report = |((service, step), errors): ((ServiceId, Option<StepId>), i64)| ImpactReport {
        service: live.interned.service_name(service).to_string(),
        step: step.map(|step| step_name(live, step)),
        errors,
        share_of_service: share(errors, services.get(&service).copied().unwrap_or(0)),
        share_of_step: step.and_then(|step| of_step(service, step)),
    };
    cells.into_iter().filter(|(_, errors)| *errors > 0).map(report).collect()
}
