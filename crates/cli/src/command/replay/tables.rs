//! The answer of a replay as tables. It computes nothing.

use throughline_server::report::{AlertReport, Report, SeverityReport, SilenceReport, SloReport, StepReport};

use crate::output::{line, table};

/// Prints the answer for people.
pub(super) fn tables(report: &Report) {
    let steps: Vec<Vec<String>> = report.steps.iter().map(step_row).collect();
    table(
        &["STEP", "ATTEMPTS", "GOOD", "BAD", "NOT COUNTED", "PENDING", "LOST", "P50", "P95", "P99"],
        &steps,
    );
    section("SLOs");
    table(&["SLO", "VERDICT", "SLI", "BUDGET LEFT", "DATA"], &slo_rows(report));
    if !report.severity.is_empty() {
        section("Severity");
        let row = |s: &SeverityReport| {
            vec![s.step.clone(), s.level.to_owned(), s.from.clone(), or_dash(s.to.as_ref()), s.rule.clone()]
        };
        table(&["STEP", "LEVEL", "FROM", "TO", "RULE"], &report.severity.iter().map(row).collect::<Vec<_>>());
    }
    if !report.silences.is_empty() {
        section("Silences");
        table(&["STEP", "CAUSE", "BY", "FROM", "TO", "EXPECTED", "SEEN"], &silence_rows(report));
    }
    if !report.alerts.is_empty() {
        section("Alerts");
        table(&["ALERT", "SLO OR STEP", "TIER", "STARTED", "ENDED"], &alert_rows(report));
    }
    section("Records");
    table(
        &["SIGNAL", "RECEIVED", "COUNTED", "DUPLICATE", "REJECTED", "FILTERED", "UNMATCHED"],
        &record_rows(report),
    );
}

fn section(name: &str) {
    line(&format!("\n{name}"));
}

fn or_dash(text: Option<&String>) -> String {
    text.cloned().unwrap_or_else(|| "–".to_owned())
}

fn step_row(step: &StepReport) -> Vec<String> {
    let ms = |value: Option<f64>| value.map_or("–".to_owned(), |ms| format!("{ms:.1} ms"));
    let latency = step.latency_ms.as_ref();
    let bad: i64 = step.bad.values().sum();
    vec![
        format!("{}/{}", step.product, step.step),
        step.attempts.to_string(),
        step.good.to_string(),
        bad.to_string(),
        step.excluded.to_string(),
        step.pending.to_string(),
        step.lost.to_string(),
        ms(latency.map(|q| q.p50)),
        ms(latency.map(|q| q.p95)),
        ms(latency.map(|q| q.p99)),
    ]
}

fn slo_rows(report: &Report) -> Vec<Vec<String>> {
    let row = |slo: &SloReport| {
        let cause = slo.cause.map(|cause| format!(": {cause}")).unwrap_or_default();
        vec![
            slo.id.clone(),
            format!("{}{cause}", slo.verdict),
            slo.sli_text.clone(),
            slo.left_text.clone(),
            slo.data_state.to_owned(),
        ]
    };
    report.slos.iter().map(row).collect()
}

fn silence_rows(report: &Report) -> Vec<Vec<String>> {
    let row = |s: &SilenceReport| {
        vec![
            s.step.clone(),
            s.cause.to_owned(),
            or_dash(s.by.as_ref()),
            s.from.clone(),
            or_dash(s.to.as_ref()),
            format!("{:.1}", s.expected),
            s.seen.to_string(),
        ]
    };
    report.silences.iter().map(row).collect()
}

fn alert_rows(report: &Report) -> Vec<Vec<String>> {
    let row = |a: &AlertReport| {
        let tier = a.tier.unwrap_or("–").to_owned();
        let of = if a.slo_id.is_empty() { a.step.clone() } else { a.slo_id.clone() };
        vec![a.alertname.to_owned(), of, tier, a.started.clone(), or_dash(a.ended.as_ref())]
    };
    report.alerts.iter().map(row).collect()
}

fn record_rows(report: &Report) -> Vec<Vec<String>> {
    let states = ["received", "counted", "duplicate", "rejected", "filtered", "unmatched"];
    let signals = ["traces", "logs", "metrics"].into_iter();
    let row = |signal: &str| {
        let records = report.records.get(signal);
        let of = |state: &str| records.and_then(|r| r.get(state)).copied().unwrap_or(0).to_string();
        std::iter::once(signal.to_owned()).chain(states.iter().map(|state| of(state))).collect()
    };
    signals.map(row).collect()
}
