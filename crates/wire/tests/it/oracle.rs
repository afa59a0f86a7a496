//! What `opentelemetry-proto` (prost) says of a body, as the same owned values, and random requests of it.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Pb;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1 as pb;
use proptest::collection::vec;
use proptest::prelude::*;
use throughline_core::id::{SpanId, TraceId};
use throughline_core::observation::{Link, ParentIs, SlotTable, SpanKind, SpanStatus};

use crate::owned::{Owned, Span};

/// The spans of a request and how many are refused by themselves.
pub(crate) fn observe(request: &ExportTraceServiceRequest, table: &SlotTable) -> (Vec<Span>, usize) {
    let (mut spans, mut refused) = (Vec::new(), 0);
    for resource_spans in &request.resource_spans {
        let resource = resource_spans.resource.as_ref().map_or(&[][..], |resource| &resource.attributes);
        for span in resource_spans.scope_spans.iter().flat_map(|scope| &scope.spans) {
            match observe_span(span, resource, table) {
                Some(span) => spans.push(span),
                None => refused += 1,
            }
        }
    }
    (spans, refused)
}

fn observe_span(span: &pb::Span, resource: &[KeyValue], table: &SlotTable) -> Option<Span> {
    let parent = span_id(&span.parent_span_id)?;
    let status = span.status.clone().unwrap_or_default();
    let service = resource.iter().rfind(|attribute| attribute.key == "service.name").map(value);
    Some(Span {
        service: if let Some(Owned::Str(name)) = service.filter(|_| !is_array(resource)) {
            name
        } else {
            String::new()
        },
        operation: span.name.clone(),
        kind: kind(span.kind),
        trace: trace_id(&span.trace_id)?,
        span: span_id(&span.span_id)?,
        parent: (parent != 0).then_some(parent),
        parent_is: match span.flags >> 8 & 3 {
            1 => ParentIs::Local,
            3 => ParentIs::Remote,
            _ => ParentIs::Unknown,
        },
        start: span.start_time_unix_nano,
        end: (span.end_time_unix_nano != 0).then_some(span.end_time_unix_nano),
        status: match status.code {
            1 => SpanStatus::Ok,
            2 => SpanStatus::Error,
            _ => SpanStatus::Unset,
        },
        message: status.message,
        trace_state: span.trace_state.clone(),
        links: span.links.iter().filter_map(link).collect(),
        slots: slots(&span.attributes, resource, table),
    })
}

/// A service name that is an array is no service name, although an array as such is read as joined text.
fn is_array(resource: &[KeyValue]) -> bool {
    let name = resource.iter().rfind(|attribute| attribute.key == "service.name");
    let value = name.and_then(|name| name.value.as_ref()).and_then(|value| value.value.as_ref());
    matches!(value, Some(Pb::ArrayValue(_)))
}

fn slots(span: &[KeyValue], resource: &[KeyValue], table: &SlotTable) -> Vec<(String, Owned)> {
    let mut slots = vec![Owned::Absent; table.len()];
    for attribute in resource.iter().chain(span) {
        let slot = table.find(attribute.key.as_bytes());
        if let (Some(slot), value) = (slot, value(attribute))
            && value != Owned::Absent
        {
            slots[slot.index()] = value;
        }
    }
    let keys = (0..table.len()).map(|n| table.key(throughline_core::id::SlotId::new(n as u8)).to_owned());
    keys.zip(slots).filter(|(_, value)| *value != Owned::Absent).collect()
}

fn value(attribute: &KeyValue) -> Owned {
    match attribute.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Pb::StringValue(text)) => Owned::Str(text.clone()),
        Some(Pb::IntValue(int)) => Owned::Int(*int),
        Some(Pb::DoubleValue(double)) => Owned::Double(double.to_bits()),
        Some(Pb::BoolValue(bool)) => Owned::Bool(*bool),
        Some(Pb::ArrayValue(array)) => array
            .values
            .iter()
            .map(text)
            .collect::<Option<Vec<_>>>()
            .map_or(Owned::Other, |texts| Owned::Str(texts.join(","))),
        Some(Pb::StringValueStrindex(_)) => Owned::Absent,
        Some(Pb::KvlistValue(_) | Pb::BytesValue(_)) | None => Owned::Other,
    }
}

fn text(value: &AnyValue) -> Option<&str> {
    match &value.value {
        Some(Pb::StringValue(text)) => Some(text),
        _ => None,
    }
}

fn link(link: &pb::span::Link) -> Option<Link> {
    Some(Link { trace: TraceId(trace_id(&link.trace_id)?), span: SpanId(span_id(&link.span_id)?) })
}

fn kind(number: i32) -> SpanKind {
    use pb::span::SpanKind as Kind;
    match Kind::try_from(number) {
        Ok(Kind::Internal) => SpanKind::Internal,
        Ok(Kind::Server) => SpanKind::Server,
        Ok(Kind::Client) => SpanKind::Client,
        Ok(Kind::Producer) => SpanKind::Producer,
        Ok(Kind::Consumer) => SpanKind::Consumer,
        Ok(Kind::Unspecified) | Err(_) => SpanKind::Unspecified,
    }
}

fn trace_id(bytes: &[u8]) -> Option<u128> {
    if bytes.is_empty() { Some(0) } else { Some(u128::from_be_bytes(bytes.try_into().ok()?)) }
}

fn span_id(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() { Some(0) } else { Some(u64::from_be_bytes(bytes.try_into().ok()?)) }
}

fn id(length: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![12 => vec(any::<u8>(), length), 2 => Just(Vec::new()), 1 => Just(vec![0; length]), 1 => vec(any::<u8>(), 0..20)]
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(vec!["", "GET", "/a/{id}", "200", "é", "x,y"]).prop_map(str::to_owned),
        1 => "[ -~]{0,200}",
    ]
}

fn any_value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        4 => word().prop_map(|text| Some(Pb::StringValue(text))),
        1 => any::<i64>().prop_map(|int| Some(Pb::IntValue(int))),
        1 => any::<f64>().prop_map(|double| Some(Pb::DoubleValue(double))),
        1 => any::<bool>().prop_map(|bool| Some(Pb::BoolValue(bool))),
        1 => vec(any::<u8>(), 0..5).prop_map(|bytes| Some(Pb::BytesValue(bytes))),
        1 => Just(Some(Pb::StringValueStrindex(3))),
        1 => Just(None),
    ]
    .prop_map(|value| AnyValue { value });
    leaf.prop_recursive(2, 8, 4, |inner| {
        let texts = word().prop_map(|text| AnyValue { value: Some(Pb::StringValue(text)) });
        prop_oneof![
            vec(texts, 0..4).prop_map(|values| Pb::ArrayValue(ArrayValue { values })),
            vec(inner.clone(), 0..4).prop_map(|values| Pb::ArrayValue(ArrayValue { values })),
            vec(inner, 0..3).prop_map(|values| Pb::KvlistValue(KeyValueList {
                values: values.into_iter().map(|value| key_value("k", value)).collect()
            })),
        ]
        .prop_map(|value| AnyValue { value: Some(value) })
    })
}

pub(crate) fn key_value(key: &str, value: AnyValue) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(value), key_strindex: 0 }
}

fn attributes(n: std::ops::Range<usize>) -> impl Strategy<Value = Vec<KeyValue>> {
    let keys =
        vec!["a", "b", "c", "service.name", "http.route", "http.request.header.baggage", "other.key", ""];
    vec((proptest::sample::select(keys), any_value()).prop_map(|(key, value)| key_value(key, value)), n)
}

prop_compose! {
    fn links()(links in vec((id(16), id(8)), 0..3)) -> Vec<pb::span::Link> {
        links.into_iter().map(|(trace_id, span_id)| pb::span::Link { trace_id, span_id, flags: 3, ..Default::default() }).collect()
    }
}

prop_compose! {
    fn span()(
        (trace_id, span_id, parent_span_id) in (id(16), id(8), id(8)),
        (name, trace_state, message) in (word(), word(), word()),
        (kind, code, flags) in (-1..8_i32, -1..4_i32, 0..0x400_u32),
        (start, end) in (any::<u64>(), prop_oneof![any::<u64>(), Just(0)]),
        (attributes, links, with_status) in (attributes(0..6), links(), any::<bool>()),
    ) -> pb::Span {
        pb::Span {
            trace_id, span_id, parent_span_id, name, trace_state, kind, flags, attributes, links,
            start_time_unix_nano: start,
            end_time_unix_nano: end,
            status: with_status.then_some(pb::Status { message, code }),
            events: vec![pb::span::Event { name: "event".into(), ..Default::default() }],
            ..Default::default()
        }
    }
}

prop_compose! {
    pub(crate) fn request()(
        resources in vec((proptest::option::of(attributes(0..4)), vec(vec(span(), 0..3), 0..3)), 0..3)
    ) -> ExportTraceServiceRequest {
        let resource_spans = resources.into_iter().map(|(attributes, scopes)| pb::ResourceSpans {
            resource: attributes.map(|attributes| Resource { attributes, ..Default::default() }),
            scope_spans: scopes.into_iter().map(|spans| pb::ScopeSpans {
                scope: Some(InstrumentationScope { name: "scope".into(), ..Default::default() }),
                spans,
                schema_url: "schema".into(),
            }).collect(),
            schema_url: String::new(),
        });
        ExportTraceServiceRequest { resource_spans: resource_spans.collect() }
    }
}
