//! The OTLP contract on real sockets: media types, encodings, limits, answers; and that one trace counts alike
//! however it comes.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use throughline_core::count::frame::Frames;
use throughline_core::count::ledger::Ledger;
use throughline_core::model::registry::{IdBook, Registry};
use throughline_server::clock::Clock;
use throughline_server::intake::Intake;
use throughline_server::receive::Limits;

use crate::client::{Answer, Port, call, framed, get, post};

pub(crate) const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
pub(crate) const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");
pub(crate) const TRACES: &str = "trace.v1.TraceService";

fn registry() -> Arc<Registry> {
    let text = include_str!("../fixtures/mail/mail.yaml");
    let source = throughline_registry::Source::new("mail.yaml", text);
    Arc::new(throughline_registry::load_sources(vec![source], &mut IdBook::default()).registry.unwrap())
}

pub(crate) async fn open(limits: Limits) -> Port {
    Port::open(Intake::new(registry(), Frames::default(), 2, 7), Clock::wall(), limits).await
}

/// A trace of two services: an attempt, what it calls, and a span that is no entry.
pub(crate) fn trace(id: u8) -> serde_json::Value {
    let now = Clock::wall().now().0;
    let id = format!("{id:02x}").repeat(16);
    let span = |span: &str, parent: &str, kind: u8, name: &str, status: u16| {
        serde_json::json!({"traceId": id, "spanId": span.repeat(8), "parentSpanId": parent.repeat(8), "kind": kind,
            "name": name, "startTimeUnixNano": now.to_string(), "endTimeUnixNano": (now + 1_000_000).to_string(),
            "flags": if parent.is_empty() { 257 } else { 769 },
            "attributes": [{"key": "http.response.status_code", "value": {"intValue": status.to_string()}}]})
    };
    let of = |service: &str, spans: Vec<serde_json::Value>| {
        serde_json::json!({"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
            "scopeSpans": [{"spans": spans}]})
    };
    let web = vec![span("01", "", 2, "PUT /api/drafts/{id}", 503), span("02", "01", 3, "PUT", 503)];
    let storage = vec![span("03", "02", 2, "storage.v1.Blobs/Put", 500)];
    serde_json::json!({"resourceSpans": [of("webmail", web), of("storage", storage)]})
}

pub(crate) fn json(body: &serde_json::Value) -> Vec<u8> {
    serde_json::to_vec(body).unwrap()
}

pub(crate) fn protobuf(body: &serde_json::Value) -> Vec<u8> {
    let mut body = body.clone();
    // The oracle's JSON wants these as text and leaves empty ids out.
    for resource in body["resourceSpans"].as_array_mut().unwrap() {
        for span in resource["scopeSpans"][0]["spans"].as_array_mut().unwrap() {
            let span = span.as_object_mut().unwrap();
            span.retain(|key, value| key != "parentSpanId" || value != "");
        }
    }
    let request: ExportTraceServiceRequest = serde_json::from_value(with_defaults(body)).unwrap();
    request.encode_to_vec()
}

/// Fills the fields that the oracle's JSON asks for.
fn with_defaults(mut body: serde_json::Value) -> serde_json::Value {
    for resource in body["resourceSpans"].as_array_mut().unwrap() {
        for span in resource["scopeSpans"][0]["spans"].as_array_mut().unwrap() {
            for (key, value) in [("parentSpanId", ""), ("traceState", "")] {
                if span[key].is_null() {
                    span[key] = value.into();
                }
            }
        }
    }
    body
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn ledger(port: &Port) -> Ledger {
    port.intake.ledger()
}

fn says(answer: &Answer, status: u16, text: &str) {
    let body = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, status, "{body}");
    assert!(body.contains(text), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_counts_alike_however_it_comes() {
    let body = trace(1);
    let (json, protobuf) = (json(&body), protobuf(&body));
    let (front, back) = protobuf.split_at(protobuf.len() / 2);
    let members = [gzip(front), gzip(back)].concat();
    let zstd = zstd::encode_all(&protobuf[..], 1).unwrap();
    let mut counted = Vec::new();
    for (headers, bytes) in [
        (vec![JSON], json.clone()),
        (vec![PROTOBUF], protobuf.clone()),
        (vec![PROTOBUF, ("content-encoding", "gzip")], members),
        (vec![PROTOBUF, ("content-encoding", "zstd")], zstd),
        (vec![("content-type", "text/plain")], json),
    ] {
        let port = open(Limits::default()).await;
        let answer = post(port.at, "/v1/traces", &headers, &bytes).await;
        assert_eq!(answer.status, 200, "{headers:?}");
        assert!(answer.body.is_empty() || &answer.body[..] == b"{}", "{:?}", answer.body);
        counted.push(ledger(&port));
    }
    let port = open(Limits::default()).await;
    let answer = call(port.at, TRACES, &[], framed(false, &protobuf)).await;
    assert_eq!((answer.status, answer.trailer("grpc-status")), (200, "0"));
    counted.push(ledger(&port));
    let port = open(Limits::default()).await;
    let answer = call(port.at, TRACES, &[("grpc-encoding", "gzip")], framed(true, &gzip(&protobuf))).await;
    assert_eq!(answer.trailer("grpc-status"), "0");
    counted.push(ledger(&port));
    let traces = counted[0].traces;
    assert_eq!((traces.received, traces.counted, traces.filtered), (3, 2, 1));
    assert!(counted.iter().all(|ledger| *ledger == counted[0]), "{counted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_empty_requests_and_other_signals_are_acknowledged() {
    let port = open(Limits::default()).await;
    let body = json(&trace(2));
    for _ in 0..2 {
        assert_eq!(post(port.at, "/v1/traces", &[JSON], &body).await.status, 200);
    }
    assert_eq!(ledger(&port).traces.duplicate, 3);
    for (headers, body) in [([JSON], &b"{}"[..]), ([PROTOBUF], b"")] {
        assert_eq!(post(port.at, "/v1/traces", &headers, body).await.status, 200);
    }
    let logs = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{}]}]}]}"#;
    assert_eq!(post(port.at, "/v1/logs", &[JSON], logs).await.status, 200);
    let metrics = br#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[{},{},{}]}}]}]}]}"#;
    assert_eq!(post(port.at, "/v1/metrics", &[JSON], metrics).await.status, 200);
    let Ledger { logs, metrics, .. } = ledger(&port);
    assert_eq!((logs.received, logs.filtered, metrics.received, metrics.filtered), (2, 2, 3, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_success_counts_exactly_what_was_rejected() {
    let port = open(Limits::default()).await;
    let mut body = trace(3);
    body["resourceSpans"][0]["scopeSpans"][0]["spans"][1]["traceId"] = "abcd".into();
    let answer = post(port.at, "/v1/traces", &[JSON], &json(&body)).await;
    assert_eq!(answer.json()["partialSuccess"]["rejectedSpans"], "1");
    says(&answer, 200, "trace id");
    let traces = ledger(&port).traces;
    assert_eq!((traces.received, traces.rejected, traces.missing()), (3, 1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_why_in_the_encoding_of_the_request_and_count_nothing() {
    let port = open(Limits { body_bytes: 1_000, ..Limits::default() }).await;
    let headers = [JSON];
    says(
        &post(port.at, "/v1/traces", &headers, b"{\"resourceSpans\":[{]}").await,
        400,
        "malformed JSON at byte",
    );
    says(&post(port.at, "/v1/traces", &[("content-type", "text/html")], b"x").await, 415, "text/html");
    let encoded = [JSON, ("content-encoding", "br")];
    says(&post(port.at, "/v1/traces", &encoded, b"x").await, 415, "br");
    says(&get(port.at, "/v1/traces").await, 405, "POST");
    says(&post(port.at, "/v1/wrong", &headers, b"{}").await, 404, "message");
    let fits = format!("{{{}}}", " ".repeat(998));
    assert_eq!(post(port.at, "/v1/traces", &headers, fits.as_bytes()).await.status, 200, "n");
    let large = format!("{{{}}}", " ".repeat(999));
    says(&post(port.at, "/v1/traces", &headers, large.as_bytes()).await, 413, "1000");
    let answer = post(port.at, "/v1/traces", &[PROTOBUF], &[0x0a, 0xff]).await;
    assert_eq!((answer.status, answer.header("content-type")), (400, "application/x-protobuf"));
    assert_eq!(answer.body[0], 0x08, "a google.rpc.Status begins with its code");
    assert_eq!(ledger(&port), Ledger::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn grpc_refusals_have_their_codes() {
    let port = open(Limits { body_bytes: 100, ..Limits::default() }).await;
    let check = async |headers: &[(&str, &str)], bytes: Vec<u8>, code: &str| {
        let answer = call(port.at, TRACES, headers, bytes).await;
        assert_eq!((answer.status, answer.trailer("grpc-status")), (200, code), "{answer:?}");
        answer
    };
    let large = check(&[], framed(false, &[0; 101]), "8").await;
    assert!(large.trailer("google.rpc.retryinfo-bin").is_empty(), "too large is for good");
    check(&[], framed(false, &[0x0a, 0xff]), "3").await;
    check(&[], vec![0, 0, 0], "3").await;
    check(&[], vec![7, 0, 0, 0, 0], "3").await;
    let unknown = check(&[("grpc-encoding", "snappy")], framed(true, b"x"), "12").await;
    assert!(unknown.trailer("grpc-accept-encoding").contains("gzip"));
    assert_eq!(ledger(&port), Ledger::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn overload_asks_to_come_again() {
    let port = open(Limits { in_flight_bytes: 10, ..Limits::default() }).await;
    let answer = post(port.at, "/v1/traces", &[JSON], &[b' '; 11]).await;
    assert_eq!(answer.status, 503);
    assert!((1..=3).contains(&answer.header("retry-after").parse::<u64>().unwrap()));
    let answer = call(port.at, TRACES, &[], framed(false, &[0; 20])).await;
    assert_eq!(answer.trailer("grpc-status"), "14");
    for trailer in ["grpc-status-details-bin", "google.rpc.retryinfo-bin"] {
        assert!(!answer.trailer(trailer).is_empty(), "{trailer}");
    }
    assert_eq!(post(port.at, "/v1/traces", &[JSON], b"{}").await.status, 200, "what fits is taken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_law_holds_at_every_instant_under_load() {
    let port = Arc::new(open(Limits::default()).await);
    let senders: Vec<_> = (0..4_u8)
        .map(|sender| {
            let port = Arc::clone(&port);
            tokio::spawn(async move {
                for n in 0..25 {
                    let body = json(&trace(sender * 25 + n + 1));
                    assert_eq!(post(port.at, "/v1/traces", &[JSON], &body).await.status, 200);
                }
            })
        })
        .collect();
    while !senders.iter().all(tokio::task::JoinHandle::is_finished) {
        assert_eq!(ledger(&port).missing(), 0);
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
    let traces = ledger(&port).traces;
    assert_eq!((traces.received, traces.counted, traces.missing()), (300, 200, 0));
}
