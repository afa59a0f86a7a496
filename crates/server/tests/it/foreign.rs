//! Recorded traces of other tools, replayed: their counts, quantiles and errors are those of the sets' own page.

use std::path::PathBuf;
use std::sync::Arc;

use throughline_core::model::registry::{IdBook, Registry};

use crate::data::shared;
use crate::playing::{Answers, answers, options};

const HOTELS: &str = "
apiVersion: throughline.dev/v1
kind: Product
metadata: {name: hotel}
spec:
  steps:
    find-hotels:
      actions: [{service: frontend, operation: \"HTTP GET /hotels\"}]
      slos: [{name: available, method: service, target: 99%}]
  objectives: {stay: {criticality: critical, flow: [find-hotels]}}
";

fn registry(text: &str) -> Arc<Registry> {
    let source = throughline_registry::Source::new("inline.yaml", text);
    let loaded = throughline_registry::load_sources(vec![source], &mut IdBook::default());
    Arc::new(loaded.registry.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics)))
}

fn replayed(files: Vec<PathBuf>) -> Answers {
    answers(&options(registry(HOTELS), files))
}

#[test]
fn a_jaeger_load_has_its_attempts_and_quantiles() {
    let Some(dir) = shared("data/jaeger-hotelreservation-load") else { return };
    let check = |file: &str, p50: f64, p95: f64, p99: f64| {
        let answers = replayed(vec![dir.join(file)]);
        let step = answers.step("find-hotels");
        assert_eq!((step.attempts, step.good, step.excluded), (1_000, 1_000, 0), "{file}");
        let got = step.latency_ms.as_ref().unwrap();
        for (got, expected) in [(got.p50, p50), (got.p95, p95), (got.p99, p99)] {
            // Within 1 %, and the page's own rounding to a tenth.
            assert!((got - expected).abs() <= 0.01 * expected + 0.05, "{file}: {got} is not {expected}");
        }
        assert!(answers.report.impact.is_empty(), "{file} has no errors");
        assert_eq!(answers.report.records["traces"]["received"], 11_000);
    };
    check("hotel_load25.ndjson.gz", 20.9, 54.8, 72.2);
    check("hotel_load100.ndjson.gz", 31.3, 91.3, 121.7);
    check("hotel_load150.ndjson.gz", 34.7, 104.5, 139.1);
}

#[test]
fn odd_zipkin_traces_lose_no_span_and_show_their_services() {
    let Some(dir) = shared("data/zipkin-traces") else { return };
    let check = |file: &str, spans: i64, services: usize| {
        let answers = replayed(vec![dir.join(file)]);
        let traces = &answers.report.records["traces"];
        assert_eq!((traces["received"], traces["rejected"], traces["duplicate"]), (spans, 0, 0), "{file}");
        let seen = answers.replayed.live.book.sources.newest().filter(|(name, _)| !name.is_empty()).count();
        assert_eq!(seen, services, "{file}");
    };
    check("messaging-kafka.json", 28, 2);
    check("messaging2.json", 11, 4);
    for (file, services) in
        [("skew", 2), ("ascend", 3), ("yelp", 6), ("messaging", 2), ("envoy", 0), ("simple-db-p6", 1)]
    {
        let path = dir.join(format!("{file}.json"));
        let text = std::fs::read_to_string(&path).unwrap();
        let spans = serde_json::from_str::<serde_json::Value>(&text).unwrap().as_array().unwrap().len();
        check(&format!("{file}.json"), spans as i64, services);
    }
}

#[test]
fn collector_written_traces_count_alike_with_defaults_spelled_out() {
    let Some(dir) = shared("data/otlp-json") else { return };
    let ledger = |file: &str| {
        replayed(vec![dir.join("rust/opentelemetry-otlp/tests/integration_test/expected").join(file)])
            .replayed
            .live
            .ledger
    };
    let traces = ledger("traces.json");
    assert!(traces.traces.received > 0);
    assert_eq!(traces, ledger("serialized_traces.json"));
    let example = replayed(vec![dir.join("proto/examples/trace.json")]);
    assert_eq!(example.report.records["traces"]["received"], 1);
}
