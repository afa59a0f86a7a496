//! The excerpt in JSON: the document written again with the trace's spans alone. Unknown members stay; blanks
//! and the spelling of numbers may change.

use serde_json::{Map, Value as Tree, json};
use throughline_core::id::TraceId;

use super::{One, TOO_DEEP, text};
use crate::ids;
use crate::json::{Buffer, Json};
use crate::limits;
use crate::visit::Notes;

const RESOURCE_SPANS: &[&str] = &["resourceSpans", "resource_spans"];
const SCOPE_SPANS: &[&str] = &["scopeSpans", "scope_spans", "instrumentationLibrarySpans"];
const SPANS: &[&str] = &["spans"];
/// The arrays from the document down to its spans.
const PATH: &[&[&str]] = &[RESOURCE_SPANS, SCOPE_SPANS, SPANS];

pub(super) fn excerpt(body: &[u8], trace: TraceId) -> Option<Vec<u8>> {
    let mut buffer = Buffer::default();
    let tape = buffer.parse(body, &mut Notes::default()).ok()??;
    let mut out = Vec::new();
    filtered(Json::root(&tape), PATH, trace, &mut out)?;
    Some(out)
}

/// Writes an object, the arrays on the path cut down to what holds the trace's spans; `None` when none is left.
fn filtered(object: Json<'_>, path: &[&[&str]], trace: TraceId, out: &mut Vec<u8>) -> Option<()> {
    let [names, below @ ..] = path else {
        let id = object.get(&["traceId", "trace_id"]).and_then(Json::text)?;
        return (ids::exact_trace(id)? == trace).then(|| write(object, out));
    };
    let (mut any, mut first) = (false, true);
    out.push(b'{');
    for (name, value) in object.members()? {
        comma(&mut first, out);
        write_text(name, out);
        out.push(b':');
        let Some(elements) = value.elements().filter(|_| names.contains(&name)) else {
            write(value, out);
            continue;
        };
        out.push(b'[');
        let mut first = true;
        for element in elements {
            let mut kept = Vec::new();
            if filtered(element, below, trace, &mut kept).is_some() {
                any = true;
                comma(&mut first, out);
                out.append(&mut kept);
            }
        }
        out.push(b']');
    }
    out.push(b'}');
    any.then_some(())
}

pub(super) fn each_span(body: &[u8], mut found: impl FnMut(One)) {
    let mut buffer = Buffer::default();
    let Ok(Some(tape)) = buffer.parse(body, &mut Notes::default()) else { return };
    for resource_spans in elements_of(Json::root(&tape), RESOURCE_SPANS) {
        let resource = resource_spans.get(&["resource"]);
        let of_resource = resource.map(attributes).unwrap_or_default();
        for span in elements_of(resource_spans, SCOPE_SPANS).flat_map(|scope| elements_of(scope, SPANS)) {
            let body = alone(resource, span);
            found(One { body, attributes: attributes(span), resource: of_resource.clone() });
        }
    }
}

fn elements_of<'t>(value: Json<'t>, names: &[&str]) -> impl Iterator<Item = Json<'t>> + use<'t> {
    value.get(names).and_then(Json::elements).into_iter().flatten()
}

/// Writes a document with one span.
fn alone(resource: Option<Json<'_>>, span: Json<'_>) -> Vec<u8> {
    let mut out = br#"{"resourceSpans":[{"resource":"#.to_vec();
    match resource {
        Some(resource) => write(resource, &mut out),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(br#","scopeSpans":[{"spans":["#);
    write(span, &mut out);
    out.extend_from_slice(b"]}]}]}");
    out
}

fn attributes(of: Json<'_>) -> Vec<(String, String)> {
    elements_of(of, &["attributes"])
        .map(|attribute| key_value(attribute, 0))
        .map(|(key, v)| (key, text(v)))
        .collect()
}

fn key_value(attribute: Json<'_>, depth: usize) -> (String, Tree) {
    let (key, found) = attribute.pair("key", "value");
    let key = key.and_then(Json::text).unwrap_or_default();
    (key.to_owned(), found.map_or(Tree::Null, |found| value(found, depth)))
}

/// Recursion ends at [`limits::VALUE_DEPTH`].
fn value(any: Json<'_>, depth: usize) -> Tree {
    if depth >= limits::VALUE_DEPTH {
        return json!(TOO_DEEP);
    }
    let mut found = Tree::Null;
    for (name, value) in any.members().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        found = match name {
            "intValue" | "int_value" => {
                value.signed(&mut Default::default()).map_or(plain(value), |int| json!(int))
            }
            "arrayValue" | "array_value" => {
                elements_of(value, &["values"]).map(|element| self::value(element, depth + 1)).collect()
            }
            "kvlistValue" | "kvlist_value" => {
                let members = elements_of(value, &["values"]).map(|member| key_value(member, depth + 1));
                Tree::Object(members.collect::<Map<_, _>>())
            }
            _ => plain(value),
        };
    }
    found
}

fn plain(value: Json<'_>) -> Tree {
    match (value.text(), value.bool(), value.double()) {
        (Some(text), ..) => json!(text),
        (_, Some(bool), _) => json!(bool),
        (.., Some(double)) => json!(double),
        _ => Tree::Null,
    }
}

fn comma(first: &mut bool, out: &mut Vec<u8>) {
    if !std::mem::take(first) {
        out.push(b',');
    }
}

/// Writes a value as it is; recursion ends with the parser's depth limit.
fn write(value: Json<'_>, out: &mut Vec<u8>) {
    let mut first = true;
    if let Some(members) = value.members() {
        out.push(b'{');
        for (name, value) in members {
            comma(&mut first, out);
            write_text(name, out);
            out.push(b':');
            write(value, out);
        }
        out.push(b'}');
    } else if let Some(elements) = value.elements() {
        out.push(b'[');
        for element in elements {
            comma(&mut first, out);
            write(element, out);
        }
        out.push(b']');
    } else {
        write_scalar(value, out);
    }
}

fn write_scalar(value: Json<'_>, out: &mut Vec<u8>) {
    match value.text() {
        Some(text) => write_text(text, out),
        None => out.extend_from_slice(value.number_or_word().as_bytes()),
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(json!(text).to_string().as_bytes());
}
