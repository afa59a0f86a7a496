//! OTLP/JSON: the same observations as the same request in protobuf, and the leniencies one by one.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Pb;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1 as pb;
use proptest::prelude::*;
use prost::Message;
use serde_json::{Value as Json, json};
use throughline_core::observation::{ParentIs, Signal, SpanKind, SpanStatus};
use throughline_wire::limits::JSON_DEPTH;
use throughline_wire::otlp::Encoding;
use throughline_wire::visit::{Notes, Refused, WalkError};

use crate::damage::{damage, damaged};
use crate::oracle;
use crate::owned::{Owned, Span, read, spans, table};

/// Writes a request as JSON; `style` picks among the ways in which each thing may be written.
pub(crate) fn written(request: &ExportTraceServiceRequest, style: u8) -> Json {
    let name = |camel: &'static str, snake: &'static str| if style & 1 == 0 { camel } else { snake };
    let resource_spans = request.resource_spans.iter().map(|rs| {
        let scopes = rs.scope_spans.iter().map(|scope| {
            json!({ "scope": { "name": "s" }, "spans": scope.spans.iter().map(|s| span(s, style)).collect::<Json>() })
        });
        let attributes = rs.resource.as_ref().map(|resource| attributes(&resource.attributes, style));
        json!({ name("scopeSpans", "scope_spans"): scopes.collect::<Json>(), "resource": { "attributes": attributes } })
    });
    json!({ name("resourceSpans", "resource_spans"): resource_spans.collect::<Json>() })
}

fn span(span: &pb::Span, style: u8) -> Json {
    let name = |camel: &'static str, snake: &'static str| if style & 1 == 0 { camel } else { snake };
    let links = span.links.iter().map(|link| {
        json!({ name("traceId", "trace_id"): hex(&link.trace_id, style), name("spanId", "span_id"): hex(&link.span_id, style) })
    });
    let status = span.status.as_ref().map(|status| json!({ "message": status.message, "code": status.code }));
    json!({
        name("traceId", "trace_id"): hex(&span.trace_id, style),
        name("spanId", "span_id"): hex(&span.span_id, style),
        name("parentSpanId", "parent_span_id"): hex(&span.parent_span_id, style),
        name("traceState", "trace_state"): span.trace_state,
        "name": span.name,
        "kind": kind(span.kind, style),
        name("startTimeUnixNano", "start_time_unix_nano"): integer(span.start_time_unix_nano, style),
        name("endTimeUnixNano", "end_time_unix_nano"): integer(span.end_time_unix_nano, style),
        "flags": span.flags,
        "attributes": attributes(&span.attributes, style),
        "links": links.collect::<Json>(),
        "status": status,
        "someFutureField": { "deep": [1, 2, { "x": null }] },
        "events": [],
    })
}

fn kind(number: i32, style: u8) -> Json {
    match pb::span::SpanKind::try_from(number) {
        Ok(kind) if style & 2 != 0 => json!(kind.as_str_name()),
        _ => json!(number),
    }
}

fn integer(value: u64, style: u8) -> Json {
    if style & 2 == 0 { json!(value.to_string()) } else { json!(value) }
}

fn hex(bytes: &[u8], style: u8) -> Json {
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match style & 4 {
        0 => json!(text),
        _ if text.is_empty() => Json::Null,
        _ => json!(text.to_uppercase()),
    }
}

fn attributes(attributes: &[KeyValue], style: u8) -> Json {
    attributes
        .iter()
        .map(|a| json!({ "key": a.key, "value": a.value.as_ref().map(|v| value(v, style)) }))
        .collect()
}

fn value(value: &AnyValue, style: u8) -> Json {
    let name = |camel: &'static str, snake: &'static str| if style & 1 == 0 { camel } else { snake };
    let nested = |values: &[AnyValue]| values.iter().map(|v| self::value(v, style)).collect::<Json>();
    match &value.value {
        Some(Pb::StringValue(text)) => json!({ name("stringValue", "string_value"): text }),
        Some(Pb::IntValue(int)) if style & 2 == 0 => {
            json!({ name("intValue", "int_value"): int.to_string() })
        }
        Some(Pb::IntValue(int)) => json!({ name("intValue", "int_value"): int }),
        Some(Pb::DoubleValue(f)) if f.is_infinite() => {
            json!({ name("doubleValue", "double_value"): if *f > 0.0 { "Infinity" } else { "-Infinity" } })
        }
        Some(Pb::DoubleValue(double)) => json!({ name("doubleValue", "double_value"): double }),
        Some(Pb::BoolValue(bool)) => json!({ name("boolValue", "bool_value"): bool }),
        Some(Pb::BytesValue(_)) => json!({ name("bytesValue", "bytes_value"): "AAEC" }),
        Some(Pb::ArrayValue(array)) => {
            json!({ name("arrayValue", "array_value"): { "values": nested(&array.values) } })
        }
        Some(Pb::KvlistValue(list)) => {
            json!({ name("kvlistValue", "kvlist_value"): { "values": attributes(&list.values, style) } })
        }
        Some(Pb::StringValueStrindex(n)) => {
            json!({ name("stringValueStrindex", "string_value_strindex"): n })
        }
        None => Json::Null,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_and_protobuf_give_the_same_observations(request in oracle::request(), style in 0..8_u8) {
        let table = table();
        let (from_protobuf, _) = read(Signal::Traces, Encoding::Protobuf, &request.encode_to_vec(), &table);
        let body = serde_json::to_vec(&written(&request, style)).unwrap();
        let (from_json, answer) = read(Signal::Traces, Encoding::Json, &body, &table);
        prop_assert!(answer.is_ok(), "{:?}", answer);
        prop_assert_eq!(from_json.spans, from_protobuf.spans);
        prop_assert_eq!(from_json.refused.len(), from_protobuf.refused.len());
    }

    #[test]
    fn damaged_json_never_panics(
        request in oracle::request(),
        style in 0..8_u8,
        damages in prop::collection::vec(damage(), 1..6),
    ) {
        let body = damaged(serde_json::to_vec(&written(&request, style)).unwrap(), &damages);
        let table = table();
        for signal in [Signal::Traces, Signal::Logs, Signal::Metrics] {
            read(signal, Encoding::Json, &body, &table).1.ok();
        }
    }
}

fn check(span: &str) -> (Span, Notes) {
    let body = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#);
    let (mut read, notes) = spans(Encoding::Json, body.as_bytes());
    (read.remove(0), notes)
}

fn refused(span: &str) -> Vec<Refused> {
    let body = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span},{{}}]}}]}}]}}"#);
    let table = table();
    let (collect, answer) = read(Signal::Traces, Encoding::Json, body.as_bytes(), &table);
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(collect.spans.len(), 1, "the neighbour is read");
    collect.refused.iter().map(|(why, _)| *why).collect()
}

#[test]
fn an_empty_request_is_no_spans() {
    for body in ["", " \n", "{}", "null", r#"{"resourceSpans":null}"#, r#"{"resourceSpans":[{}]}"#] {
        assert_eq!(spans(Encoding::Json, body.as_bytes()).0, [], "{body}");
    }
}

#[test]
fn integers_come_as_text_or_number_and_saturate() {
    for (written, value, saturated) in [
        ("1544712660000000001", 1_544_712_660_000_000_001, 0),
        (r#""1544712660000000001""#, 1_544_712_660_000_000_001, 0),
        ("1e21", u64::MAX, 1),
        ("1000000000000000000000", u64::MAX, 1),
        ("18446744073709552000", u64::MAX, 1),
        (r#""1e3""#, 1_000, 0),
        ("1.5447126600000000e18", 1_544_712_660_000_000_000, 0),
        ("-5", 0, 1),
        ("null", 0, 0),
    ] {
        let (span, notes) = check(&format!(r#"{{"startTimeUnixNano":{written}}}"#));
        assert_eq!((span.start, notes.integers_saturated), (value, saturated), "{written}");
    }
}

#[test]
fn doubles_enums_and_flags_come_in_several_forms() {
    for (written, value) in
        [(r#""NaN""#, f64::NAN), (r#""-Infinity""#, f64::NEG_INFINITY), (r#""1.5""#, 1.5), ("2", 2.0)]
    {
        let (span, _) =
            check(&format!(r#"{{"attributes":[{{"key":"a","value":{{"doubleValue":{written}}}}}]}}"#));
        assert_eq!(span.slot("a"), Owned::Double(value.to_bits()), "{written}");
    }
    for kind in ["2", r#""SPAN_KIND_SERVER""#, r#""SERVER""#, r#""2""#] {
        assert_eq!(check(&format!(r#"{{"kind":{kind}}}"#)).0.kind, SpanKind::Server);
    }
    assert_eq!(check(r#"{"kind":"SPAN_KIND_LATER"}"#).0.kind, SpanKind::Unspecified);
    assert_eq!(check(r#"{"kind":77}"#).0.kind, SpanKind::Unspecified);
    assert_eq!(check(r#"{"status":{"code":"STATUS_CODE_ERROR"}}"#).0.status, SpanStatus::Error);
    assert_eq!(check(r#"{"flags":769}"#).0.parent_is, ParentIs::Remote);
}

#[test]
fn of_a_repeated_attribute_key_the_last_wins() {
    let (span, _) = check(
        r#"{"attributes":[{"key":"a","value":{"arrayValue":{"values":[{"stringValue":"x"}]}}},
            {"key":"a","value":{"intValue":7}}]}"#,
    );
    assert_eq!(span.slot("a"), Owned::Int(7));
}

#[test]
fn an_index_into_a_string_table_is_absent_and_noted() {
    let (span, notes) = check(
        r#"{"attributes":[{"key":"a","value":{"arrayValue":{"values":[{"stringValue":"x"}]}}},
            {"key":"a","value":{"stringValueStrindex":7}},{"key":"b","value":{"stringValueStrindex":8}}]}"#,
    );
    assert_eq!((span.slot("a"), span.slot("b")), (Owned::Str("x".into()), Owned::Absent));
    assert_eq!(notes.string_indexes, 2);
}

#[test]
fn the_shape_before_2022_is_read() {
    let body = br#"{"resourceSpans":[{"instrumentationLibrarySpans":[{"spans":[{"name":"old"}]}]}]}"#;
    assert_eq!(spans(Encoding::Json, body).0[0].operation, "old");
}

#[test]
fn what_is_no_record_is_refused_alone() {
    assert_eq!(refused(r#"{"traceId":"abcd"}"#), [Refused::TraceId]);
    assert_eq!(refused(r#"{"traceId":"zz8EFFF798038103D269B633813FC60C"}"#), [Refused::TraceId]);
    assert_eq!(refused(r#"{"spanId":"abcd"}"#), [Refused::SpanId]);
    assert_eq!(refused(r#"{"parentSpanId":"W47/95gDgQPSabYzgT/GDA=="}"#), [Refused::ParentId]);
    assert_eq!(refused("5"), [Refused::Record]);
    assert_eq!(refused(r#"{"name":{}}"#), [Refused::Record]);
    assert_eq!(refused(r#"{"startTimeUnixNano":"soon"}"#), [Refused::Record]);
}

#[test]
fn what_is_no_request_is_refused_whole() {
    let table = table();
    for body in [
        "[]",
        "5",
        r#"{"resourceSpans":{}}"#,
        r#"{"resourceSpans":[5]}"#,
        r#"{"resourceSpans":[{"scopeSpans":5}]}"#,
        r#"{"resourceSpans":[{"resource":5}]}"#,
        r#"{"resourceSpans":[{"resource":{"attributes":{}}}]}"#,
    ] {
        let (_, answer) = read(Signal::Traces, Encoding::Json, body.as_bytes(), &table);
        assert!(matches!(answer, Err(WalkError::JsonShape { .. })), "{body}: {answer:?}");
    }
    let (_, answer) = read(Signal::Traces, Encoding::Json, br#"{"resourceSpans":[}"#, &table);
    assert!(matches!(answer, Err(WalkError::Json { offset: 18, .. })), "{answer:?}");
}

#[test]
fn a_fault_is_told_by_its_place_and_cause() {
    let told = |body: &str| {
        read(Signal::Traces, Encoding::Json, body.as_bytes(), &table()).1.unwrap_err().to_string()
    };
    assert_eq!(told("{\"resourceSpans\":\n [}"), "malformed JSON at byte 20: expected value");
    assert_eq!(told("{'a':1}"), "malformed JSON at byte 1: key must be a string");
    assert_eq!(told(r#"{"a":"\x"}"#), "malformed JSON at byte 7: invalid escape");
    assert_eq!(told(r#"{"a":"b"#), "malformed JSON at byte 6: EOF while parsing a string");
    assert_eq!(told("hello"), "malformed JSON at byte 0: expected value");
}

#[test]
fn a_text_that_is_none_loses_no_batch() {
    let ids = r#""traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"010203040506070"#;
    let spans = format!(r#"{{{ids}8","name":"GET \ud800/a"}},{{{ids}9","name":"b!"}}"#);
    let body = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#);
    let body: Vec<u8> = body.bytes().map(|byte| if byte == b'!' { 0xff } else { byte }).collect();
    let table = table();
    let (collect, answer) = read(Signal::Traces, Encoding::Json, &body, &table);
    let names: Vec<_> = collect.spans.iter().map(|span| span.operation.as_str()).collect();
    assert_eq!(names, ["GET \u{fffd}/a", "b\u{fffd}"]);
    assert_eq!(answer.unwrap().texts_mended, 2);
}

#[test]
fn an_attribute_that_cannot_be_read_refuses_its_span_and_never_passes_for_absent() {
    let read_one = |attributes: &str, status: &str| {
        let body = format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"attributes":{attributes},"status":{status}}},{{}}]}}]}}]}}"#
        );
        let table = table();
        let (collect, answer) = read(Signal::Traces, Encoding::Json, body.as_bytes(), &table);
        answer.unwrap();
        let reasons: Vec<String> = collect.refused.iter().map(|(_, example)| example.clone()).collect();
        (collect.spans.len(), reasons)
    };
    for attributes in [
        r#"{"a":503}"#,
        r#"[5]"#,
        r#"[{"key":5,"value":{"intValue":1}}]"#,
        r#"[{"key":"a","value":503}]"#,
        r#"[{"key":"a","value":{"Value":{"IntValue":"503"}}}]"#,
        r#"[{"key":"a","value":{"intValue":"five"}}]"#,
    ] {
        let (spans, reasons) = read_one(attributes, "{}");
        assert_eq!(spans, 1, "{attributes}");
        assert_eq!(reasons, ["span `` of service ``: `attributes` cannot be read"], "{attributes}");
    }
    for attributes in
        [r#"[{"key":"other","value":503}]"#, r#"[null,{"key":"a"}]"#, r#"[{"key":"a","value":{}}]"#]
    {
        assert_eq!(read_one(attributes, "{}").0, 2, "{attributes}");
    }
    assert_eq!(read_one("[]", "2").1, ["span `` of service ``: `status` cannot be read"]);
    for code in ["2", r#""STATUS_CODE_error""#, r#""Error""#] {
        let body = format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"status":{{"code":{code}}}}}]}}]}}]}}"#
        );
        let table = table();
        let (collect, _) = read(Signal::Traces, Encoding::Json, body.as_bytes(), &table);
        assert_eq!(collect.spans[0].status, SpanStatus::Error, "{code}");
    }
}

#[test]
fn a_body_that_says_nothing_of_what_is_asked_for_is_noted() {
    let noted = |signal, body: &str| {
        read(signal, Encoding::Json, body.as_bytes(), &table()).1.unwrap().bodies_unknown
    };
    assert_eq!(noted(Signal::Traces, r#"{"resource-spans":[]}"#), 1);
    assert_eq!(noted(Signal::Logs, r#"{"resourceSpans":[]}"#), 1);
    for (signal, body) in
        [(Signal::Traces, "{}"), (Signal::Traces, r#"{"x":1,"resourceSpans":null}"#), (Signal::Logs, "null")]
    {
        assert_eq!(noted(signal, body), 0, "{body}");
    }
}

#[test]
fn brackets_nest_256_levels_and_not_257() {
    let table = table();
    let nested = |n: usize| format!(r#"{{"x":{}{}}}"#, "[".repeat(n - 1), "]".repeat(n - 1));
    assert!(read(Signal::Traces, Encoding::Json, nested(JSON_DEPTH).as_bytes(), &table).1.is_ok());
    let (_, answer) = read(Signal::Traces, Encoding::Json, nested(JSON_DEPTH + 1).as_bytes(), &table);
    assert!(matches!(answer, Err(WalkError::Json { .. })), "{answer:?}");
    let endless = "[".repeat(1_000_000);
    assert!(read(Signal::Traces, Encoding::Json, endless.as_bytes(), &table).1.is_err());
}

#[test]
fn log_records_and_data_points_are_counted() {
    let table = table();
    let logs = br#"{"resourceLogs":[{"scopeLogs":[{"log_records":[{"body":{"kvlistValue":{}}},{},7]}]}]}"#;
    let (collect, answer) = read(Signal::Logs, Encoding::Json, logs, &table);
    assert_eq!((collect.others, collect.refused.len(), answer.is_ok()), (2, 1, true));
    let metrics = br#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
        {"name":"a","sum":{"dataPoints":[{},{}]}},{"exponentialHistogram":{"data_points":[{}]}},{"gauge":null}]}]}]}"#;
    let (collect, answer) = read(Signal::Metrics, Encoding::Json, metrics, &table);
    assert_eq!((collect.others, answer.is_ok()), (3, true));
}
