//! OTLP protobuf against prost: what prost accepts is accepted with the same observations, what is refused
//! prost refuses too. (Prost also refuses faults in what is skipped unread here.)

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::logs::v1 as logs;
use opentelemetry_proto::tonic::metrics::v1 as metrics;
use opentelemetry_proto::tonic::trace::v1 as pb;
use proptest::prelude::*;
use prost::Message;
use throughline_core::observation::Signal;
use throughline_wire::otlp::Encoding;
use throughline_wire::otlp::reader::Fault;
use throughline_wire::visit::{Refused, WalkError};

use crate::damage::{damage, damaged};
use crate::oracle;
use crate::owned::{Owned, read, spans, table};

fn check(body: &[u8]) {
    let table = table();
    let (collect, answer) = read(Signal::Traces, Encoding::Protobuf, body, &table);
    match (ExportTraceServiceRequest::decode(body), answer) {
        (Ok(request), Ok(_)) => {
            let (expected, refused) = oracle::observe(&request, &table);
            assert_eq!(collect.spans, expected);
            assert_eq!(collect.refused.len(), refused);
        }
        (Ok(_), Err(error)) => panic!("prost accepts what is refused: {error}"),
        (Err(_), _) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_bodies_are_read_as_prost_reads_them(request in oracle::request()) {
        check(&request.encode_to_vec());
    }

    #[test]
    fn damaged_bodies_are_read_as_prost_reads_them(
        request in oracle::request(),
        damages in prop::collection::vec(damage(), 1..6),
    ) {
        check(&damaged(request.encode_to_vec(), &damages));
    }

    #[test]
    fn messages_written_in_pieces_are_merged(first in oracle::request(), second in oracle::request()) {
        let merged = [first.encode_to_vec(), second.encode_to_vec()].concat();
        check(&merged);
        // The same bytes as one message of each kind: repeated singular fields, resources after their spans.
        for request in [first, second] {
            let inner: Vec<u8> = request.resource_spans.iter().rev().flat_map(Message::encode_to_vec).collect();
            check(&field(1, &inner));
            let spans = request.resource_spans.iter().flat_map(|rs| &rs.scope_spans).flat_map(|ss| &ss.spans);
            let span: Vec<u8> = spans.clone().flat_map(Message::encode_to_vec).collect();
            check(&field(1, &field(2, &field(2, &span))));
            let attributes: Vec<u8> = spans.flat_map(|s| &s.attributes).flat_map(Message::encode_to_vec).collect();
            check(&field(1, &field(2, &field(2, &field(9, &attributes)))));
        }
    }

    #[test]
    fn bytes_of_any_kind_never_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&body);
        let table = table();
        for signal in [Signal::Logs, Signal::Metrics] {
            read(signal, Encoding::Protobuf, &body, &table).1.ok();
        }
    }
}

/// A length-delimited field.
pub(crate) fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    prost::encoding::encode_varint(bytes.len() as u64, &mut out);
    out.extend_from_slice(bytes);
    out
}

pub(crate) fn in_scope(span: &[u8]) -> Vec<u8> {
    field(1, &field(2, &field(2, span)))
}

#[test]
fn every_truncation_is_refused_with_its_offset_or_is_a_shorter_body() {
    let span =
        pb::Span { name: "n".into(), trace_id: vec![1; 16], span_id: vec![2; 8], ..Default::default() };
    let body = in_scope(&span.encode_to_vec());
    let table = table();
    for cut in 1..body.len() {
        let (_, answer) = read(Signal::Traces, Encoding::Protobuf, &body[..cut], &table);
        let Err(WalkError::Protobuf { offset, fault: Fault::Truncated }) = answer else {
            panic!("cut at {cut}: {answer:?}")
        };
        assert!(offset <= cut, "{offset} {cut}");
    }
}

#[test]
fn the_empty_request_and_empty_envelopes_are_no_spans() {
    for body in [&[][..], &[0x0a, 0], &[0x0a, 2, 0x12, 0]] {
        assert_eq!(spans(Encoding::Protobuf, body).0, []);
    }
}

#[test]
fn ids_of_a_wrong_length_refuse_their_span_alone() {
    let table = table();
    let good = field(2, &[field(1, &[7; 16]), field(2, &[8; 8])].concat());
    for (number, length, why) in [
        (1, 15, Refused::TraceId),
        (2, 9, Refused::SpanId),
        (4, 16, Refused::ParentId),
        (1, 8, Refused::TraceId),
    ] {
        let bad = field(2, &[field(5, b"op"), field(number, &vec![1; length])].concat());
        let body = field(1, &field(2, &[good.clone(), bad, good.clone()].concat()));
        let (collect, answer) = read(Signal::Traces, Encoding::Protobuf, &body, &table);
        assert!(answer.is_ok());
        assert_eq!(collect.spans.len(), 2);
        let example = format!("span `op` of service ``: {} ({length} bytes)", why.as_str());
        assert_eq!(collect.refused, [(why, example)]);
    }
}

#[test]
fn links_with_bad_ids_are_skipped_and_noted() {
    let bad = field(13, &field(1, &[1; 15]));
    let good = field(13, &[field(1, &[1; 16]), field(2, &[2; 8])].concat());
    let (spans, notes) = spans(Encoding::Protobuf, &in_scope(&[bad, good.clone(), good].concat()));
    assert_eq!((spans[0].links.len(), notes.links_bad), (2, 1));
}

#[test]
fn the_values_of_one_span_do_not_reach_the_next() {
    let text =
        |key: &str, value: &str| [field(1, key.as_bytes()), field(2, &field(1, value.as_bytes()))].concat();
    let list = |key: &str| {
        let values = [field(1, &field(1, b"x")), field(1, &field(1, b"y"))].concat();
        [field(1, key.as_bytes()), field(2, &field(5, &values))].concat()
    };
    let resource = field(1, &[field(1, &text("a", "from resource")), field(1, &list("b"))].concat());
    let scope = field(
        2,
        &[field(2, &field(9, &list("a"))), field(2, &field(9, &text("b", "own"))), field(2, &[])].concat(),
    );
    let (spans, _) = spans(Encoding::Protobuf, &field(1, &[scope, resource].concat()));
    let seen: Vec<_> = spans.iter().map(|span| (span.slot("a"), span.slot("b"))).collect();
    let str = |text: &str| Owned::Str(text.to_owned());
    assert_eq!(
        seen,
        [(str("x,y"), str("x,y")), (str("from resource"), str("own")), (str("from resource"), str("x,y")),]
    );
}

#[test]
fn strings_that_are_looked_at_must_be_utf8() {
    let body = in_scope(&field(5, &[0xc3]));
    let (_, answer) = read(Signal::Traces, Encoding::Protobuf, &body, &table());
    assert_eq!(answer, Err(WalkError::Protobuf { offset: 8, fault: Fault::Utf8 }));
}

#[test]
fn log_records_and_data_points_are_counted() {
    let table = table();
    let record = logs::LogRecord::default();
    let scope = logs::ScopeLogs { log_records: vec![record; 3], ..Default::default() };
    let resource = logs::ResourceLogs { scope_logs: vec![scope; 2], ..Default::default() };
    let body = ExportLogsServiceRequest { resource_logs: vec![resource; 2] }.encode_to_vec();
    let (collect, answer) = read(Signal::Logs, Encoding::Protobuf, &body, &table);
    assert_eq!((collect.others, answer.is_ok()), (12, true));

    let body = every_kind_of_metric().encode_to_vec();
    let (collect, answer) = read(Signal::Metrics, Encoding::Protobuf, &body, &table);
    assert_eq!((collect.others, answer.is_ok()), (1 + 2 + 3 + 4 + 5, true));
}

fn every_kind_of_metric() -> ExportMetricsServiceRequest {
    use metrics::metric::Data;
    let number = metrics::NumberDataPoint::default();
    let data = [
        Data::Gauge(metrics::Gauge { data_points: vec![number.clone()] }),
        Data::Sum(metrics::Sum { data_points: vec![number; 2], ..Default::default() }),
        Data::Histogram(metrics::Histogram {
            data_points: vec![Default::default(); 3],
            aggregation_temporality: 1,
        }),
        Data::ExponentialHistogram(metrics::ExponentialHistogram {
            data_points: vec![Default::default(); 4],
            aggregation_temporality: 2,
        }),
        Data::Summary(metrics::Summary { data_points: vec![Default::default(); 5] }),
    ];
    let metrics =
        data.map(|data| metrics::Metric { name: "m".into(), data: Some(data), ..Default::default() });
    let scope = metrics::ScopeMetrics { metrics: metrics.into(), ..Default::default() };
    let resource = metrics::ResourceMetrics { scope_metrics: vec![scope], ..Default::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![resource] }
}
