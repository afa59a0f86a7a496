//! Sampled traces: what `tracestate` says of them weighs in every verdict, and what a sample leaves open is told.

use serde_json::{Value, json};
use throughline_core::time::{MINUTE_NS, SECOND_NS};

use crate::playing::{answers, fixture, options, registry};

const START: u64 = 1_795_168_800 * SECOND_NS;
/// Two days: no window is too young.
const MINUTES: u64 = 2_880;

/// Every 15 s a request that was kept by a sampler of this threshold.
fn span(number: u64, status: u64, threshold: &str) -> Value {
    let start = START + number * MINUTE_NS / 4;
    let text = |key: &str, text: &str| json!({"key": key, "value": {"stringValue": text}});
    let state = if threshold.is_empty() { String::new() } else { format!("ot=th:{threshold}") };
    json!({
        "traceId": format!("{:032x}", number + 1), "spanId": format!("{:016x}", number + 1),
        "name": "POST /api/parcels", "kind": 2, "traceState": state,
        "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 50_000_000).to_string(),
        "attributes": [
            text("http.request.method", "POST"), text("http.route", "/api/parcels"),
            {"key": "http.response.status_code", "value": {"intValue": status.to_string()}}],
    })
}

/// Replays requests of which one of `every` is bad; returns verdict and cause of the step's availability and latency.
fn verdicts(name: &str, every: u64, (good, bad): (&str, &str)) -> [(String, Option<&'static str>); 2] {
    let spans: Vec<Value> = (0..4 * MINUTES)
        .map(|number| if number % every == 0 { span(number, 503, bad) } else { span(number, 200, good) })
        .collect();
    let service = json!({"key": "service.name", "value": {"stringValue": "counter"}});
    let line = |spans: &[Value]| {
        let resource = json!({"attributes": [service]});
        json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}).to_string()
    };
    let lines: Vec<String> = spans.chunks(40).map(line).collect();
    let path = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, lines.join("\n")).unwrap();
    let found = answers(&options(registry(&fixture("parcel")), vec![path]));
    ["available", "fast"].map(|slo| {
        let slo = found.slo(&format!("parcel/book-parcel/{slo}"));
        (slo.verdict.to_owned(), slo.cause)
    })
}

#[test]
fn a_verdict_rests_on_what_a_sample_stands_for() {
    let check = |name: &str, every, thresholds, expected: [(&str, Option<&str>); 2]| {
        let found = verdicts(name, every, thresholds);
        assert_eq!(found.each_ref().map(|(verdict, cause)| (verdict.as_str(), *cause)), expected, "{name}");
    };
    let (tenth, met, missed) = ("e6666666666666", ("met", None), ("missed", None));
    let sampled = ("cannot tell", Some("sampled"));
    // The target is 99.9 %. Two of 1,000 are bad, whoever counts.
    check("all.json", 500, ("", ""), [missed, met]);
    // Nine of ten good ones were left out, and no bad one: two of 10,000 are bad. How long those took nobody knows.
    check("tail.json", 500, (tenth, "0"), [met, sampled]);
    // Each stands for ten, and chance may have made one of 1,000 of less, or of more.
    check("head.json", 1_000, (tenth, tenth), [sampled, met]);
    check("head-bad.json", 100, (tenth, tenth), [missed, met]);
}
