//! The data sets nobody here wrote, read in place: what their page says of reading them. Absent sets are skipped
//! with one line.
#![expect(clippy::print_stdout, reason = "a skipped data set must be seen")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use throughline_core::observation::{Signal, SlotTable, SpanKind, SpanStatus};
use throughline_wire::csv::Mapping;
use throughline_wire::file::{Format, SpanFile};
use throughline_wire::otlp::Encoding;
use throughline_wire::scratch::Scratch;

use crate::owned::{Collect, Owned, Span, read, table};

/// Returns the set's folder beside the project, or says that it is skipped.
pub(crate) fn set(name: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: data set {name} not found at ../shared/data");
    None
}

fn file_spans(path: &std::path::Path, format: Option<Format>) -> Vec<Span> {
    let table = table();
    let mut collect = Collect::new(&table);
    let mut scratch = Scratch::default();
    let name = path.file_name().unwrap().to_str().unwrap();
    let mut file = SpanFile::new(name, BufReader::new(File::open(path).unwrap()), format).unwrap();
    loop {
        let before = collect.spans.len();
        let next = file.next_chunk(&table, &mut scratch, &mut collect);
        assert!(collect.spans.len() - before <= 512);
        if next.is_none() {
            break;
        }
    }
    assert_eq!(collect.refused, []);
    assert!(file.take_fault().is_none());
    collect.spans
}

fn services(spans: &[Span]) -> BTreeSet<&str> {
    spans.iter().map(|span| span.service.as_str()).filter(|service| !service.is_empty()).collect()
}

/// Span ids that a CLIENT and a SERVER span share.
fn shared_pairs(spans: &[Span]) -> usize {
    let mut kinds: BTreeMap<u64, BTreeSet<SpanKind>> = BTreeMap::new();
    for span in spans {
        kinds.entry(span.span).or_default().insert(span.kind);
    }
    kinds
        .values()
        .filter(|kinds| kinds.contains(&SpanKind::Client) && kinds.contains(&SpanKind::Server))
        .count()
}

#[test]
fn zipkin_traces_have_their_services_pairs_and_errors() {
    let Some(folder) = set("zipkin-traces") else { return };
    for (name, n_services, pairs) in [
        ("skew", 2, Some(1)),
        ("ascend", 3, Some(2)),
        ("yelp", 6, Some(3)),
        ("messaging-kafka", 2, None),
        ("messaging", 2, None),
        ("messaging2", 4, None),
        ("envoy", 0, None),
        ("simple-db-p6", 1, None),
    ] {
        let spans = file_spans(&folder.join(format!("{name}.json")), None);
        assert_eq!(services(&spans).len(), n_services, "{name}");
        assert_eq!(pairs.unwrap_or_else(|| shared_pairs(&spans)), shared_pairs(&spans), "{name}");
        assert!(spans.iter().all(|span| span.end.is_none_or(|end| end >= span.start)), "{name}");
    }
}

#[test]
fn zipkin_messaging_kafka_has_its_producers_consumers_and_empty_error() {
    let Some(folder) = set("zipkin-traces") else { return };
    let spans = file_spans(&folder.join("messaging-kafka.json"), None);
    let of = |kind| spans.iter().filter(|span| span.kind == kind).count();
    assert_eq!((spans.len(), of(SpanKind::Producer), of(SpanKind::Consumer)), (28, 9, 7));
    let errors: Vec<_> = spans.iter().filter(|span| span.status == SpanStatus::Error).collect();
    assert_eq!(errors.len(), 3);
    assert_eq!(errors.iter().filter(|span| span.message.is_empty()).count(), 1);
}

#[test]
fn zipkin_skew_and_missing_parents_are_read_as_they_are() {
    let Some(folder) = set("zipkin-traces") else { return };
    let spans = file_spans(&folder.join("skew.json"), None);
    let start = |kind, id| spans.iter().find(|s| s.kind == kind && s.span == id).map(|span| span.start);
    let pair = spans
        .iter()
        .find_map(|span| Some((start(SpanKind::Client, span.span)?, start(SpanKind::Server, span.span)?)));
    let (client, server) = pair.unwrap();
    assert_eq!((client - server) / 1_000_000, 65, "the server's clock is behind");

    let spans = file_spans(&folder.join("messaging2.json"), None);
    let ids: BTreeSet<_> = spans.iter().map(|span| span.span).collect();
    let orphans = spans.iter().filter(|span| span.parent.is_some_and(|parent| !ids.contains(&parent)));
    assert_eq!((spans.len(), orphans.count()), (11, 6));
}

#[test]
fn jaeger_hotelreservation_load_has_its_quantiles() {
    let Some(folder) = set("jaeger-hotelreservation-load") else { return };
    // One load of the three: the others are as large and read the same way.
    let spans = file_spans(&folder.join("hotel_load25.ndjson.gz"), None);
    assert_eq!(spans.len(), 11_000);
    assert_eq!(services(&spans).len(), 6);
    assert!(spans.iter().all(|span| span.trace >> 64 == 0 && span.status != SpanStatus::Error));
    let roots = spans.iter().filter(|span| span.parent.is_none());
    let mut durations: Vec<_> = roots.clone().map(|span| span.end.unwrap() - span.start).collect();
    durations.sort_unstable();
    assert!(roots.clone().all(|span| span.operation == "HTTP GET /hotels"));
    assert!(roots.clone().all(|span| span.slot("http.status_code") == Owned::Int(200)));
    let by_id: BTreeMap<_, _> = spans.iter().map(|span| ((span.trace, span.span), span)).collect();
    let edges: Vec<_> =
        spans.iter().filter_map(|span| Some((span, *by_id.get(&(span.trace, span.parent?))?))).collect();
    let late = edges.iter().filter(|(child, parent)| child.end > parent.end).count();
    let early = edges.iter().filter(|(child, parent)| child.start < parent.start).count();
    assert_eq!((edges.len(), late, early), (10_000, 1_335, 0));
    let nearest_rank = |percent: usize| durations[(durations.len() * percent).div_ceil(100) - 1] as f64 / 1e6;
    let rounded = |percent| (nearest_rank(percent) * 10.0).round() / 10.0;
    assert_eq!((rounded(50), rounded(95), rounded(99)), (20.9, 54.8, 72.2));
}

#[test]
fn onlineboutique_nezha_has_its_services_and_roots() {
    let Some(folder) = set("onlineboutique-nezha") else { return };
    let mapping = Mapping::parse(
        "trace=TraceID,span=SpanID,parent=ParentID,service=PodName,name=OperationName,\
         start=StartTimeUnixNano:ns,end=EndTimeUnixNano:ns",
    );
    let mapping = mapping.unwrap().with_service_pattern("^(.*)-[^-]+-[^-]+$").unwrap();
    let spans = file_spans(&folder.join("2022-08-23/14_49_trace.csv.gz"), Some(Format::Csv(mapping)));
    assert!(services(&spans).iter().all(|service| !service.contains("-5")), "{:?}", services(&spans));
    assert!((1..=10).contains(&services(&spans).len()));
    let ids: BTreeSet<_> = spans.iter().map(|span| (span.trace, span.span)).collect();
    let roots: Vec<_> = spans.iter().filter(|span| span.parent.is_none()).collect();
    assert!(roots.iter().all(|span| span.operation == "hipstershop.Frontend/Recv."));
    let orphans =
        spans.iter().filter(|span| span.parent.is_some_and(|parent| !ids.contains(&(span.trace, parent))));
    assert_eq!((orphans.count(), ids.len()), (0, spans.len()));
}

#[test]
fn otlp_json_examples_are_read() {
    let Some(folder) = set("otlp-json") else { return };
    let table = SlotTable::default();
    let rust = "rust/opentelemetry-otlp/tests/integration_test/expected";
    let read_file = |path: &str, signal| {
        let body = std::fs::read(folder.join(path)).unwrap();
        let (collect, answer) = read(signal, Encoding::Json, &body, &table);
        assert!(answer.is_ok(), "{path}: {answer:?}");
        assert_eq!(collect.refused, [], "{path}");
        collect
    };
    let example = read_file("proto/examples/trace.json", Signal::Traces);
    assert_eq!(example.spans[0].service, "my.service");
    let traces = read_file(&format!("{rust}/traces.json"), Signal::Traces).spans;
    assert!(traces.iter().any(|span| span.parent.is_none()), "an empty parentSpanId is none");
    assert_eq!(traces, read_file(&format!("{rust}/serialized_traces.json"), Signal::Traces).spans);
    assert_ne!(traces, read_file(&format!("{rust}/failed_traces.json"), Signal::Traces).spans);
    for path in ["proto/examples/logs.json", "proto/examples/events.json"] {
        assert!(read_file(path, Signal::Logs).others > 0, "{path}");
    }
    let metrics = read_file(&format!("{rust}/metrics.json"), Signal::Metrics).others;
    let lost = read_file(&format!("{rust}/serialized_metrics.json"), Signal::Metrics).others;
    assert!(lost < metrics, "points that were lost are not counted: {lost} of {metrics}");
    assert_eq!(read_file("proto/examples/metrics.json", Signal::Metrics).others, 4);
}
