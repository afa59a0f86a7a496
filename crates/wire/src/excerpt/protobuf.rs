//! The excerpt in protobuf: raw slices are copied, so unknown fields stay. It changes no byte of a span.

use serde_json::{Map, Value as Tree, json};
use throughline_core::id::TraceId;

use super::{One, TOO_DEEP, text};
use crate::limits;
use crate::otlp::reader::{FIXED64, Fields, LEN, Read, VARINT, key};

const RESOURCE_SPANS: u32 = key(1, LEN);
const RESOURCE: u32 = key(1, LEN);
const SCOPE_SPANS: u32 = key(2, LEN);
const SPAN: u32 = key(2, LEN);
const TRACE_ID: u32 = key(1, LEN);
const SPAN_ATTRIBUTE: u32 = key(9, LEN);
const RESOURCE_ATTRIBUTE: u32 = key(1, LEN);

const STRING: u32 = key(1, LEN);
const BOOL: u32 = key(2, VARINT);
const INT: u32 = key(3, VARINT);
const DOUBLE: u32 = key(4, FIXED64);
const ARRAY: u32 = key(5, LEN);
const KVLIST: u32 = key(6, LEN);
const BYTES: u32 = key(7, LEN);

pub(super) fn excerpt(body: &[u8], trace: TraceId) -> Read<Option<Vec<u8>>> {
    let mut out = Vec::new();
    each(body, |key, _, content| {
        if key == RESOURCE_SPANS
            && let Some(kept) = filtered(content, SCOPE_SPANS, |scope| {
                filtered(scope, SPAN, |span| Ok(of_trace(span, trace)?.then(|| span.to_vec())))
            })?
        {
            append(&mut out, RESOURCE_SPANS, &kept);
        }
        Ok(())
    })?;
    Ok((!out.is_empty()).then_some(out))
}

/// Copies a message, its fields of one key replaced by what `keep` makes of them; `None` when none is kept.
fn filtered(
    message: &[u8],
    field: u32,
    mut keep: impl FnMut(&[u8]) -> Read<Option<Vec<u8>>>,
) -> Read<Option<Vec<u8>>> {
    let (mut out, mut any) = (Vec::new(), false);
    each(message, |key, raw, content| {
        if key != field {
            out.extend_from_slice(raw);
        } else if let Some(kept) = keep(content)? {
            any = true;
            append(&mut out, field, &kept);
        }
        Ok(())
    })?;
    Ok(any.then_some(out))
}

fn of_trace(span: &[u8], trace: TraceId) -> Read<bool> {
    let mut id: &[u8] = &[];
    each(span, |key, _, content| {
        if key == TRACE_ID {
            id = content;
        }
        Ok(())
    })?;
    Ok(*id == trace.0.to_be_bytes())
}

pub(super) fn each_span(body: &[u8], mut found: impl FnMut(One)) {
    // The body is an excerpt and therefore well formed.
    each(body, |_, _, resource_spans| spans_of_resource(resource_spans, &mut found)).ok();
}

fn spans_of_resource<'a>(message: &'a [u8], found: &mut impl FnMut(One)) -> Read<()> {
    let (mut resource_fields, mut resource) = (Vec::new(), Vec::new());
    each(message, |key, raw, content| {
        if key == RESOURCE {
            resource_fields.extend_from_slice(raw);
            resource.extend(attributes(content, RESOURCE_ATTRIBUTE)?);
        }
        Ok(())
    })?;
    let mut one = |span: &'a [u8]| {
        let mut scope = Vec::new();
        append(&mut scope, SPAN, span);
        let mut inner = resource_fields.clone();
        append(&mut inner, SCOPE_SPANS, &scope);
        let mut body = Vec::new();
        append(&mut body, RESOURCE_SPANS, &inner);
        found(One { body, attributes: attributes(span, SPAN_ATTRIBUTE)?, resource: resource.clone() });
        Ok(())
    };
    each(message, |key, _, scope| {
        if key != SCOPE_SPANS {
            return Ok(());
        }
        each(scope, |key, _, span| if key == SPAN { one(span) } else { Ok(()) })
    })
}

fn attributes(message: &[u8], field: u32) -> Read<Vec<(String, String)>> {
    let mut all = Vec::new();
    each(message, |key, _, content| {
        if key == field {
            let (name, value) = key_value(content, 0)?;
            all.push((name, text(value)));
        }
        Ok(())
    })?;
    Ok(all)
}

/// The depth is that of the value; recursion ends at [`limits::VALUE_DEPTH`].
fn key_value(message: &[u8], depth: usize) -> Read<(String, Tree)> {
    let (mut name, mut found) = (String::new(), Tree::Null);
    each(message, |field, _, content| {
        match field {
            STRING => name = String::from_utf8_lossy(content).into_owned(),
            _ if field == key(2, LEN) => found = value(content, depth)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok((name, found))
}

fn value(message: &[u8], depth: usize) -> Read<Tree> {
    if depth >= limits::VALUE_DEPTH {
        return Ok(json!(TOO_DEEP));
    }
    let mut found = Tree::Null;
    let mut fields = Fields::new(message);
    while let Some(key) = fields.next_key()? {
        found = match key {
            STRING => json!(String::from_utf8_lossy(fields.bytes()?)),
            BOOL => json!(fields.varint()? != 0),
            INT => json!(fields.varint()? as i64),
            DOUBLE => double(f64::from_bits(fields.fixed64()?)),
            BYTES => json!(hex(fields.bytes()?)),
            ARRAY => array(fields.bytes()?, depth + 1)?,
            KVLIST => map(fields.bytes()?, depth + 1)?,
            _ => {
                fields.skip(key, &[])?;
                continue;
            }
        };
    }
    Ok(found)
}

fn array(message: &[u8], depth: usize) -> Read<Tree> {
    let mut values = Vec::new();
    each(message, |_, _, content| {
        values.push(value(content, depth)?);
        Ok(())
    })?;
    Ok(Tree::Array(values))
}

fn map(message: &[u8], depth: usize) -> Read<Tree> {
    let mut members = Map::new();
    each(message, |_, _, content| {
        let (name, value) = key_value(content, depth)?;
        members.insert(name, value);
        Ok(())
    })?;
    Ok(Tree::Object(members))
}

/// JSON has no NaN and no infinity; their names are shown.
fn double(value: f64) -> Tree {
    if value.is_finite() { json!(value) } else { json!(value.to_string()) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// Visits a message's fields: key, the field's bytes with its key, and its content where it has a length.
fn each<'a>(message: &'a [u8], mut found: impl FnMut(u32, &'a [u8], &'a [u8]) -> Read<()>) -> Read<()> {
    let mut fields = Fields::new(message);
    loop {
        let before = fields.rest();
        let Some(key) = fields.next_key()? else { return Ok(()) };
        let mut content: &[u8] = &[];
        if key & 7 == LEN {
            content = fields.bytes()?;
        } else {
            fields.skip(key, &[])?;
        }
        found(key, &before[..before.len() - fields.rest().len()], content)?;
    }
}

fn append(out: &mut Vec<u8>, key: u32, bytes: &[u8]) {
    varint(out, u64::from(key));
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
