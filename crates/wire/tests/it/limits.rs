//! Every limit at n and at n + 1.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Pb;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1 as pb;
use prost::Message;
use throughline_wire::limits::{ATTRIBUTES, LINKS, TEXT_BYTES};
use throughline_wire::otlp::Encoding;
use throughline_wire::visit::Notes;

use crate::json::written;
use crate::oracle::key_value;
use crate::owned::{Owned, Span, spans};
use crate::protobuf::{field, in_scope};

fn text(value: &str) -> AnyValue {
    AnyValue { value: Some(Pb::StringValue(value.to_owned())) }
}

fn check(resource: Vec<KeyValue>, span: pb::Span) -> (Span, Notes) {
    let resource = Resource { attributes: resource, ..Default::default() };
    let scope = pb::ScopeSpans { spans: vec![span], ..Default::default() };
    let resource_spans =
        pb::ResourceSpans { resource: Some(resource), scope_spans: vec![scope], ..Default::default() };
    let request = ExportTraceServiceRequest { resource_spans: vec![resource_spans] };
    let (mut read, notes) = spans(Encoding::Protobuf, &request.encode_to_vec());
    let as_json = serde_json::to_vec(&written(&request, 0)).unwrap();
    assert_eq!(spans(Encoding::Json, &as_json), (read.clone(), notes), "JSON has the same limits");
    (read.remove(0), notes)
}

fn attributes_then_a(before: usize) -> Vec<KeyValue> {
    let mut attributes = vec![key_value("other", text("x")); before];
    attributes.push(key_value("a", text("last")));
    attributes
}

#[test]
fn the_257th_attribute_is_noted_and_looked_at_all_the_same() {
    let last = Owned::Str("last".to_owned());
    for (before, beyond) in [(ATTRIBUTES - 1, 0), (ATTRIBUTES, 1)] {
        let span = pb::Span { attributes: attributes_then_a(before), ..Default::default() };
        let (read, notes) = check(vec![], span);
        assert_eq!((read.slot("a"), notes.attributes_beyond), (last.clone(), beyond));
        let (read, notes) = check(attributes_then_a(before), pb::Span::default());
        assert_eq!((read.slot("a"), notes.attributes_beyond), (last.clone(), beyond));
    }
}

#[test]
fn the_256th_link_is_handed_on_and_the_257th_is_not() {
    for (n, handed, skipped) in [(LINKS, LINKS, 0), (LINKS + 1, LINKS, 1)] {
        let links = vec![pb::span::Link::default(); n];
        let (read, notes) = check(vec![], pb::Span { links, ..Default::default() });
        assert_eq!((read.links.len(), notes.links_skipped), (handed, skipped));
    }
}

#[test]
fn texts_of_8_kib_are_whole_and_longer_ones_are_cut_between_characters() {
    let exact = "x".repeat(TEXT_BYTES);
    let span = pb::Span {
        name: exact.clone(),
        attributes: vec![key_value("a", text(&exact))],
        ..Default::default()
    };
    let (read, notes) = check(vec![], span);
    assert_eq!((read.operation.len(), read.slot("a"), notes.texts_cut), (TEXT_BYTES, Owned::Str(exact), 0));

    let longer = "é".repeat(TEXT_BYTES / 2) + "x";
    let odd = "x".to_owned() + &"é".repeat(TEXT_BYTES / 2);
    let span =
        pb::Span { name: longer.clone(), attributes: vec![key_value("a", text(&odd))], ..Default::default() };
    let (read, notes) = check(vec![], span);
    assert_eq!(read.operation, longer[..TEXT_BYTES]);
    assert_eq!(read.slot("a"), Owned::Str(odd[..TEXT_BYTES - 1].to_owned()));
    assert_eq!(notes.texts_cut, 2);
}

#[test]
fn joined_texts_have_the_same_limit() {
    let half = "x".repeat(TEXT_BYTES / 2);
    for (second, length, cut) in [(TEXT_BYTES / 2 - 1, TEXT_BYTES, 0), (TEXT_BYTES / 2, TEXT_BYTES, 1)] {
        let values = vec![text(&half), text(&"y".repeat(second))];
        let array = AnyValue { value: Some(Pb::ArrayValue(ArrayValue { values })) };
        let (read, notes) =
            check(vec![], pb::Span { attributes: vec![key_value("a", array)], ..Default::default() });
        let Owned::Str(joined) = read.slot("a") else { panic!("no text") };
        assert_eq!((joined.len(), notes.texts_cut), (length, cut));
    }
}

#[test]
fn values_may_be_nested_deeper_than_anything_looks() {
    let mut value = field(1, b"deep");
    for _ in 0..2_000 {
        value = field(5, &field(1, &value));
    }
    let attribute = field(9, &[field(1, b"a"), field(2, &value)].concat());
    let (read, _) = spans(Encoding::Protobuf, &in_scope(&attribute));
    assert_eq!(read[0].slot("a"), Owned::Other);
}
