//! An `ExportTraceServiceRequest` in protobuf, read in place: one observation a span, no allocation per span,
//! no recursion, no panic on any bytes. Events, scopes and attributes without a slot are skipped unread.

use std::fmt::Write as _;

use throughline_core::id::{SlotId, SpanId, TraceId};
use throughline_core::observation::{Link, Observation, Signal, SlotTable, Slots, Value};
use throughline_core::time::UnixNanos;

use super::attributes::{Any, key_of, plain_pair, plain_string, plain_value, text, value_of};
use super::reader::{ANY, FIXED32, FIXED64, Fields, LEN, Read, VARINT, key};
use crate::limits;
use crate::scratch::Scratch;
use crate::values::{Joined, Values};
use crate::visit::{Notes, Refused, Visit, WalkError};

const RESOURCE_SPANS: u32 = key(1, LEN);
const REQUEST: [u32; 2] = [ANY, LEN];

const RESOURCE: u32 = key(1, LEN);
const SCOPE_SPANS: u32 = key(2, LEN);
const OF_RESOURCE: [u32; 4] = [ANY, LEN, LEN, LEN];

const RESOURCE_ATTRIBUTE: u32 = key(1, LEN);
const OF_RESOURCE_ITSELF: [u32; 4] = [ANY, LEN, VARINT, LEN];

const SPAN: u32 = key(2, LEN);
const OF_SCOPE: [u32; 4] = [ANY, LEN, LEN, LEN];

const TRACE_ID: u32 = key(1, LEN);
const SPAN_ID: u32 = key(2, LEN);
const TRACE_STATE: u32 = key(3, LEN);
const PARENT_ID: u32 = key(4, LEN);
const NAME: u32 = key(5, LEN);
const KIND: u32 = key(6, VARINT);
const START: u32 = key(7, FIXED64);
const END: u32 = key(8, FIXED64);
const ATTRIBUTE: u32 = key(9, LEN);
const LINK: u32 = key(13, LEN);
const STATUS: u32 = key(15, LEN);
const FLAGS: u32 = key(16, FIXED32);
const OF_SPAN: [u32; 17] = [
    ANY, LEN, LEN, LEN, LEN, LEN, VARINT, FIXED64, FIXED64, LEN, VARINT, LEN, VARINT, LEN, VARINT, LEN,
    FIXED32,
];

const LINK_TRACE: u32 = key(1, LEN);
const LINK_SPAN: u32 = key(2, LEN);
const OF_LINK: [u32; 7] = [ANY, LEN, LEN, LEN, LEN, VARINT, FIXED32];

const MESSAGE: u32 = key(2, LEN);
const CODE: u32 = key(3, VARINT);
const OF_STATUS: [u32; 4] = [ANY, ANY, LEN, VARINT];

pub(super) fn traces(
    body: &[u8],
    slots: &SlotTable,
    scratch: &mut Scratch,
    notes: &mut Notes,
    visit: &mut impl Visit,
) -> Result<(), WalkError> {
    let Scratch { links, resource, span, example, .. } = scratch;
    let mut walk = Walk { slots, notes, visit, links, joined: span, example };
    walk.request(body, resource)
        .map_err(|place| WalkError::Protobuf { offset: place.offset(body), fault: place.fault })
}

/// What is the same for the whole body.
struct Walk<'w, V> {
    slots: &'w SlotTable,
    notes: &'w mut Notes,
    visit: &'w mut V,
    links: &'w mut Vec<Link>,
    joined: &'w mut Joined,
    example: &'w mut String,
}

#[derive(Default)]
struct Resource<'a> {
    service: &'a str,
    values: Values<'a>,
    attributes: usize,
}

/// A span's own fields as they stand on the wire; of a repeated one the last.
#[derive(Default)]
struct Wire<'a> {
    trace: &'a [u8],
    span: &'a [u8],
    parent: &'a [u8],
    name: &'a str,
    trace_state: &'a str,
    kind: i32,
    start: u64,
    end: u64,
    flags: u32,
    status: i32,
    message: &'a str,
    attributes: usize,
}

impl<V: Visit> Walk<'_, V> {
    fn request(&mut self, body: &[u8], joined: &mut Joined) -> Read<()> {
        let mut fields = Fields::new(body);
        while let Some(key) = fields.next_key()? {
            match key {
                RESOURCE_SPANS => self.resource_spans(fields.bytes()?, joined)?,
                _ => fields.skip(key, &REQUEST)?,
            }
        }
        Ok(())
    }

    /// Two passes, because the resource may follow the spans it belongs to.
    fn resource_spans(&mut self, message: &[u8], joined: &mut Joined) -> Read<()> {
        joined.clear();
        let mut resource = Resource::default();
        let mut fields = Fields::new(message);
        while let Some(key) = fields.next_key()? {
            match key {
                RESOURCE => self.resource(fields.bytes()?, &mut resource, joined)?,
                _ => fields.skip(key, &OF_RESOURCE)?,
            }
        }
        self.scopes(message, resource.service, &resource.values.with(joined))
    }

    fn resource<'a>(
        &mut self,
        message: &'a [u8],
        resource: &mut Resource<'a>,
        joined: &mut Joined,
    ) -> Read<()> {
        let mut fields = Fields::new(message);
        while let Some(key) = fields.next_key()? {
            if key != RESOURCE_ATTRIBUTE {
                fields.skip(key, &OF_RESOURCE_ITSELF)?;
                continue;
            }
            let attribute = fields.bytes()?;
            resource.attributes += 1;
            self.notes.attributes_beyond += u64::from(resource.attributes > limits::ATTRIBUTES);
            if key_of(attribute)? == b"service.name" {
                resource.service = match value_of(attribute, joined, self.notes)? {
                    Any::Plain(Value::Str(name)) => name,
                    _ => "",
                };
            }
            attribute_into(attribute, self.slots, &mut resource.values, joined, self.notes)?;
        }
        Ok(())
    }

    fn scopes<'a>(&mut self, message: &'a [u8], service: &'a str, resource: &Values<'a>) -> Read<()> {
        let mut values = resource.untouched();
        let mut fields = Fields::new(message);
        while let Some(key) = fields.next_key()? {
            if key != SCOPE_SPANS {
                fields.skip(key, &OF_RESOURCE)?;
                continue;
            }
            let mut fields = Fields::new(fields.bytes()?);
            while let Some(key) = fields.next_key()? {
                match key {
                    SPAN => {
                        self.span(fields.bytes()?, service, &mut values)?;
                        values.reset(resource);
                    }
                    _ => fields.skip(key, &OF_SCOPE)?,
                }
            }
        }
        Ok(())
    }

    fn span<'a>(&mut self, message: &'a [u8], service: &'a str, values: &mut Values<'a>) -> Read<()> {
        self.links.clear();
        self.joined.clear();
        let mut wire = Wire::default();
        let mut fields = Fields::new(message);
        while let Some(key) = fields.next_key()? {
            match key {
                TRACE_ID => wire.trace = fields.bytes()?,
                SPAN_ID => wire.span = fields.bytes()?,
                TRACE_STATE => wire.trace_state = text(fields.bytes()?, self.notes)?,
                PARENT_ID => wire.parent = fields.bytes()?,
                NAME => wire.name = text(fields.bytes()?, self.notes)?,
                KIND => wire.kind = fields.varint()? as i32,
                START => wire.start = fields.fixed64()?,
                END => wire.end = fields.fixed64()?,
                FLAGS => wire.flags = fields.fixed32()?,
                ATTRIBUTE => self.attribute(fields.bytes()?, &mut wire, values)?,
                LINK => self.link(fields.bytes()?)?,
                STATUS => self.status(fields.bytes()?, &mut wire)?,
                _ => fields.skip(key, &OF_SPAN)?,
            }
        }
        self.hand_over(&wire, service, values);
        Ok(())
    }

    #[inline(always)]
    fn attribute<'a>(&mut self, message: &'a [u8], wire: &mut Wire<'a>, values: &mut Values<'a>) -> Read<()> {
        wire.attributes += 1;
        self.notes.attributes_beyond += u64::from(wire.attributes > limits::ATTRIBUTES);
        let Some((key, value)) = plain_pair(message) else {
            return attribute_into(message, self.slots, values, self.joined, self.notes);
        };
        let Some(slot) = self.slots.find(key) else { return Ok(()) };
        match plain_string(value) {
            Some(string) => {
                self.joined.replace(slot);
                values.set(slot, Value::Str(text(string, self.notes)?));
                Ok(())
            }
            None => {
                let any = plain_value(value, self.joined, self.notes)?;
                fill(slot, any, values, self.joined, self.notes);
                Ok(())
            }
        }
    }

    fn link(&mut self, message: &[u8]) -> Read<()> {
        let (mut trace, mut span): (&[u8], &[u8]) = (&[], &[]);
        let mut fields = Fields::new(message);
        while let Some(key) = fields.next_key()? {
            match key {
                LINK_TRACE => trace = fields.bytes()?,
                LINK_SPAN => span = fields.bytes()?,
                _ => fields.skip(key, &OF_LINK)?,
            }
        }
        match (trace_id(trace), span_id(span)) {
            _ if self.links.len() == limits::LINKS => self.notes.links_skipped += 1,
            (Some(trace), Some(span)) => self.links.push(Link { trace, span }),
            _ => self.notes.links_bad += 1,
        }
        Ok(())
    }

    fn status<'a>(&mut self, message: &'a [u8], wire: &mut Wire<'a>) -> Read<()> {
        let mut fields = Fields::new(message);
        while let Some(key) = fields.next_key()? {
            match key {
                MESSAGE => wire.message = text(fields.bytes()?, self.notes)?,
                CODE => wire.status = fields.varint()? as i32,
                _ => fields.skip(key, &OF_STATUS)?,
            }
        }
        Ok(())
    }

    #[inline]
    fn hand_over<'a>(&mut self, wire: &Wire<'a>, service: &'a str, values: &Values<'a>) {
        let (trace, span, parent) = match (trace_id(wire.trace), span_id(wire.span), span_id(wire.parent)) {
            (Some(trace), Some(span), Some(parent)) => (trace, span, parent),
            (None, ..) => return self.refuse(Refused::TraceId, wire.trace, wire.name, service),
            (_, None, _) => return self.refuse(Refused::SpanId, wire.span, wire.name, service),
            (.., None) => return self.refuse(Refused::ParentId, wire.parent, wire.name, service),
        };
        let joined: Values<'_>;
        let slots = if self.joined.at.is_empty() {
            values.first(self.slots.len())
        } else {
            joined = values.with(self.joined);
            joined.first(self.slots.len())
        };
        self.visit.span(&Observation {
            service,
            operation: wire.name,
            kind: super::kind(wire.kind),
            trace,
            span,
            parent: (parent.0 != 0).then_some(parent),
            parent_is: super::parent_is(wire.flags),
            start: UnixNanos(wire.start),
            end: (wire.end != 0).then_some(UnixNanos(wire.end)),
            status: super::status(wire.status),
            status_message: wire.message,
            trace_state: wire.trace_state,
            links: self.links,
            slots: Slots::new(slots),
        });
    }

    #[cold]
    fn refuse(&mut self, why: Refused, id: &[u8], operation: &str, service: &str) {
        self.example.clear();
        // Writing to a `String` cannot fail.
        write!(
            self.example,
            "span `{operation}` of service `{service}`: {} ({} bytes)",
            why.as_str(),
            id.len()
        )
        .ok();
        self.visit.refused(Signal::Traces, why, self.example);
    }
}

/// Reads one attribute if its key has a slot, however it is written; `values` and `joined` belong to the same
/// span or resource.
fn attribute_into<'a>(
    message: &'a [u8],
    slots: &SlotTable,
    values: &mut Values<'a>,
    joined: &mut Joined,
    notes: &mut Notes,
) -> Read<()> {
    let Some(slot) = slots.find(key_of(message)?) else { return Ok(()) };
    let any = value_of(message, joined, notes)?;
    fill(slot, any, values, joined, notes);
    Ok(())
}

fn fill<'a>(slot: SlotId, any: Any<'a>, values: &mut Values<'a>, joined: &mut Joined, notes: &mut Notes) {
    match any {
        Any::Index => notes.string_indexes += 1,
        Any::Plain(value) => {
            joined.replace(slot);
            values.set(slot, value);
        }
        Any::MixedArray => {
            joined.replace(slot);
            values.set(slot, Value::Other);
        }
        Any::Texts { start, .. } => {
            joined.replace(slot);
            joined.fill(slot, start);
        }
    }
}

/// Returns the trace id, all zero for none, `None` for a wrong length.
#[inline]
fn trace_id(bytes: &[u8]) -> Option<TraceId> {
    match bytes.try_into() {
        Ok(bytes) => Some(TraceId(u128::from_be_bytes(bytes))),
        Err(_) if bytes.is_empty() => Some(TraceId(0)),
        Err(_) => None,
    }
}

/// Returns the span id, all zero for none, `None` for a wrong length.
#[inline]
fn span_id(bytes: &[u8]) -> Option<SpanId> {
    match bytes.try_into() {
        Ok(bytes) => Some(SpanId(u64::from_be_bytes(bytes))),
        Err(_) if bytes.is_empty() => Some(SpanId(0)),
        Err(_) => None,
    }
}
