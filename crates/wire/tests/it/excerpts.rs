//! One trace cut out of a body: the same spans as in the whole, in both encodings, and all their attributes.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use proptest::prelude::*;
use prost::Message;
use throughline_core::id::TraceId;
use throughline_core::observation::Signal;
use throughline_wire::excerpt::{FullSpan, excerpt, spans_of};
use throughline_wire::limits::VALUE_DEPTH;
use throughline_wire::otlp::Encoding;

use crate::damage::{damage, damaged};
use crate::json::written;
use crate::oracle;
use crate::owned::{Span, read, table};
use crate::protobuf::field;

fn all(encoding: Encoding, body: &[u8]) -> Vec<Span> {
    let table = table();
    read(Signal::Traces, encoding, body, &table).0.spans
}

fn full(encoding: Encoding, body: &[u8], trace: u128) -> Vec<FullSpan> {
    let mut found = Vec::new();
    spans_of(encoding, body, TraceId(trace), |span| found.push(span.clone()));
    found
}

/// Gives the spans two trace ids only.
fn two_traces(mut request: ExportTraceServiceRequest) -> ExportTraceServiceRequest {
    let scopes = request.resource_spans.iter_mut().flat_map(|rs| &mut rs.scope_spans);
    for (n, span) in scopes.flat_map(|scope| &mut scope.spans).enumerate() {
        span.trace_id = vec![1 + (n % 2) as u8; 16];
    }
    request
}

const FIRST: u128 = u128::from_be_bytes([1; 16]);

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_excerpt_has_the_trace_s_spans_and_no_other(request in oracle::request(), style in 0..8_u8) {
        let request = two_traces(request);
        let json = serde_json::to_vec(&written(&request, style)).unwrap();
        for (encoding, body) in [(Encoding::Protobuf, request.encode_to_vec()), (Encoding::Json, json)] {
            let mut expected = all(encoding, &body);
            expected.retain(|span| span.trace == FIRST);
            let cut = excerpt(encoding, &body, TraceId(FIRST));
            let found = cut.as_ref().map_or(vec![], |cut| all(encoding, cut));
            prop_assert_eq!(&found, &expected);
            prop_assert_eq!(full(encoding, &body, FIRST).len(), expected.len());
            prop_assert!(excerpt(encoding, &body, TraceId(77)).is_none());
        }
    }

    #[test]
    fn damaged_bodies_never_panic(request in oracle::request(), damages in prop::collection::vec(damage(), 1..6)) {
        let request = two_traces(request);
        let json = serde_json::to_vec(&written(&request, 0)).unwrap();
        full(Encoding::Protobuf, &damaged(request.encode_to_vec(), &damages), FIRST);
        full(Encoding::Json, &damaged(json, &damages), FIRST);
    }
}

const DOCUMENT: &str = r#"{"resourceSpans":[{"resource":{"attributes":[
    {"key":"service.name","value":{"stringValue":"shop"}},{"key":"host.name","value":{"stringValue":"h1"}}]},
  "scopeSpans":[{"spans":[{"traceId":"01010101010101010101010101010101","spanId":"0000000000000002","name":"op",
    "kind":2,"attributes":[{"key":"n","value":{"intValue":"7"}},{"key":"ok","value":{"boolValue":true}},
    {"key":"list","value":{"arrayValue":{"values":[{"stringValue":"x"},{"doubleValue":1.5}]}}},
    {"key":"map","value":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"v"}}]}}},
    {"key":"none","value":null}]}]}]}]}"#;

#[test]
fn a_full_span_has_every_attribute_as_text() {
    let spans = full(Encoding::Json, DOCUMENT.as_bytes(), FIRST);
    let pairs = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Vec<_>>()
    };
    let expected =
        [("n", "7"), ("ok", "true"), ("list", r#"["x",1.5]"#), ("map", r#"{"k":"v"}"#), ("none", "")];
    assert_eq!(spans[0].attributes, pairs(&expected));
    assert_eq!(spans[0].resource, pairs(&[("service.name", "shop"), ("host.name", "h1")]));
    assert_eq!((spans[0].service.as_str(), spans[0].operation.as_str()), ("shop", "op"));
}

#[test]
fn values_are_rendered_64_levels_deep_and_not_65() {
    for (levels, is_cut) in [(VALUE_DEPTH, false), (VALUE_DEPTH + 1, true)] {
        let mut value = field(1, b"deep");
        let mut json = r#"{"stringValue":"deep"}"#.to_owned();
        for _ in 1..levels {
            value = field(5, &field(1, &value));
            json = format!(r#"{{"arrayValue":{{"values":[{json}]}}}}"#);
        }
        let attribute = field(9, &[field(1, b"a"), field(2, &value)].concat());
        let span = [field(1, &[1; 16]), field(2, &[2; 8]), attribute].concat();
        let body = field(1, &field(2, &field(2, &span)));
        let document = format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"01010101010101010101010101010101",
            "spanId":"0202020202020202","attributes":[{{"key":"a","value":{json}}}]}}]}}]}}]}}"#
        );
        for (encoding, body) in [(Encoding::Protobuf, body), (Encoding::Json, document.into_bytes())] {
            let text = &full(encoding, &body, FIRST)[0].attributes[0].1;
            assert_eq!(
                (text.contains("deep"), text.contains('…')),
                (!is_cut, is_cut),
                "{encoding:?} {levels}"
            );
        }
    }
}
