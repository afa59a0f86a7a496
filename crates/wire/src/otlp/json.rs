//! OTLP/JSON, read liberally: camelCase or snake_case, ids in hex of any case, integers as text or number,
//! null as the default, enums by number or name. A record that is none is refused by itself.

use throughline_core::id::SlotId;
use throughline_core::observation::{Link, Signal, SlotTable, Value};

use crate::draft::Draft;
use crate::ids;
use crate::json::Json;
use crate::limits;
use crate::scratch::Scratch;
use crate::values::{Joined, Values, cut};
use crate::visit::{Notes, Refused, Visit, WalkError};

/// The names of one field: camelCase, snake_case, and for scopes what they were called before 2022.
type Names = &'static [&'static str];

const RESOURCE_SPANS: Names = &["resourceSpans", "resource_spans"];
const SCOPE_SPANS: Names = &["scopeSpans", "scope_spans", "instrumentationLibrarySpans"];
const STRING: Names = &["stringValue", "string_value"];

const LOG_RECORDS: &[Names] = &[
    &["resourceLogs", "resource_logs"],
    &["scopeLogs", "scope_logs", "instrumentationLibraryLogs"],
    &["logRecords", "log_records"],
];
const DATA_POINTS: &[Names] = &[
    &["resourceMetrics", "resource_metrics"],
    &["scopeMetrics", "scope_metrics", "instrumentationLibraryMetrics"],
    &["metrics"],
    &["gauge", "sum", "histogram", "exponentialHistogram", "exponential_histogram", "summary"],
    &["dataPoints", "data_points"],
];

/// Counts log records or data points.
pub(super) fn records(
    signal: Signal,
    body: &[u8],
    scratch: &mut Scratch,
    notes: &mut Notes,
    visit: &mut impl Visit,
) -> Result<(), WalkError> {
    let path = if signal == Signal::Metrics { DATA_POINTS } else { LOG_RECORDS };
    if let Some(tape) = scratch.json.parse(body, notes)? {
        let root = Json::root(&tape);
        note_unknown(root, path[0], notes);
        count(path, root, signal, visit)?;
    }
    scratch.json.trim();
    Ok(())
}

/// Notes a body that says something, but nothing of what is asked for.
fn note_unknown(root: Json<'_>, names: Names, notes: &mut Notes) {
    let members = || root.members().into_iter().flatten();
    let is_unknown = members().next().is_some() && !members().any(|(name, _)| names.contains(&name));
    notes.bodies_unknown += u64::from(is_unknown);
}

/// The depth of recursion is the path's length, whatever the body says.
fn count(path: &[Names], value: Json<'_>, signal: Signal, visit: &mut impl Visit) -> Result<(), WalkError> {
    if value.is_null() {
        return Ok(());
    }
    let [names, below @ ..] = path else {
        match value.members() {
            Some(_) => visit.other(signal),
            None => visit.refused(signal, Refused::Record, "a record that is no JSON object"),
        }
        return Ok(());
    };
    let members =
        value.members().ok_or(WalkError::JsonShape { field: names[0], expected: "member of an object" })?;
    for (_, value) in members.filter(|(name, value)| names.contains(name) && !value.is_null()) {
        match value.elements() {
            Some(elements) => {
                elements.into_iter().try_for_each(|element| count(below, element, signal, visit))?
            }
            // A metric's one kind of data is an object; everything else on the way is an array.
            None if value.members().is_some() => count(below, value, signal, visit)?,
            None => return Err(WalkError::JsonShape { field: names[0], expected: "array" }),
        }
    }
    Ok(())
}

pub(super) fn traces(
    body: &[u8],
    slots: &SlotTable,
    scratch: &mut Scratch,
    notes: &mut Notes,
    visit: &mut impl Visit,
) -> Result<(), WalkError> {
    let Scratch { links, resource, span, example, json } = scratch;
    if let Some(tape) = json.parse(body, notes)? {
        let root = Json::root(&tape);
        note_unknown(root, RESOURCE_SPANS, notes);
        let mut walk = Walk { slots, notes, visit, links, joined: span, example };
        walk.request(root, resource)?;
    }
    json.trim();
    Ok(())
}

struct Walk<'w, V> {
    slots: &'w SlotTable,
    notes: &'w mut Notes,
    visit: &'w mut V,
    links: &'w mut Vec<Link>,
    joined: &'w mut Joined,
    example: &'w mut String,
}

impl<V: Visit> Walk<'_, V> {
    fn request(&mut self, root: Json<'_>, joined: &mut Joined) -> Result<(), WalkError> {
        for resource_spans in array(root, RESOURCE_SPANS)? {
            self.resource_spans(resource_spans, joined)?;
        }
        Ok(())
    }

    fn resource_spans(&mut self, value: Json<'_>, joined: &mut Joined) -> Result<(), WalkError> {
        joined.clear();
        let mut resource = Draft::new("", Values::default());
        let of_resource = value.get(&["resource"]).map(|resource| resource.object("resource")).transpose()?;
        if let Some(attributes) = of_resource.and_then(|resource| resource.get(&["attributes"])) {
            let unread =
                WalkError::JsonShape { field: "resource.attributes", expected: "list of keys and values" };
            resource.service = self.attributes(attributes, &mut resource, joined).ok_or(unread)?;
        }
        let values = resource.values.with(joined);
        for scope in array(value, SCOPE_SPANS)? {
            for span in array(scope, &["spans"])? {
                self.span(span, resource.service, values);
            }
        }
        Ok(())
    }

    fn span<'a>(&mut self, span: Json<'a>, service: &'a str, resource: Values<'a>) {
        self.links.clear();
        let mut draft = Draft::new(service, resource);
        // Taken out for as long as `self` is needed beside it.
        let mut joined = std::mem::take(self.joined);
        joined.clear();
        let unread = match span.members() {
            Some(mut members) => members
                .find(|(name, value)| {
                    !value.is_null() && self.field(name, *value, &mut draft, &mut joined).is_none()
                })
                .map(|(name, _)| name),
            None => Some("the span itself"),
        };
        match unread {
            None => draft.hand_over(self.slots, self.links, &joined, self.example, self.visit),
            Some(field) => draft.refuse_field(field, self.example, self.visit),
        }
        *self.joined = joined;
    }

    /// Reads one field of a span; `None` when its value is of a kind that cannot be meant.
    fn field<'a>(
        &mut self,
        name: &str,
        value: Json<'a>,
        draft: &mut Draft<'a>,
        joined: &mut Joined,
    ) -> Option<()> {
        self.notes.leniencies += u64::from(name.contains('_'));
        match name {
            "traceId" | "trace_id" => draft.trace = ids::exact_trace(value.text()?),
            "spanId" | "span_id" => draft.span = ids::exact_span(value.text()?),
            "parentSpanId" | "parent_span_id" => draft.parent = ids::exact_span(value.text()?),
            "traceState" | "trace_state" => draft.trace_state = cut(value.text()?, self.notes),
            "name" => draft.operation = cut(value.text()?, self.notes),
            "kind" => draft.kind = super::kind(self.enumeration(value, kind_number)?),
            "startTimeUnixNano" | "start_time_unix_nano" => draft.start = value.unsigned(self.notes)?,
            "endTimeUnixNano" | "end_time_unix_nano" => draft.end = value.unsigned(self.notes)?,
            "flags" => draft.parent_is = super::parent_is(value.unsigned(self.notes)? as u32),
            "attributes" => {
                self.attributes(value, draft, joined)?;
            }
            "links" => value.elements()?.for_each(|link| self.link(link)),
            "status" => self.status(value, draft)?,
            _ => {}
        }
        Some(())
    }

    fn status<'a>(&mut self, status: Json<'a>, draft: &mut Draft<'a>) -> Option<()> {
        for (name, value) in status.members()?.filter(|(_, value)| !value.is_null()) {
            match name {
                "message" => draft.message = cut(value.text()?, self.notes),
                "code" => draft.status = super::status(self.enumeration(value, status_number)?),
                _ => {}
            }
        }
        Some(())
    }

    fn enumeration(&mut self, value: Json<'_>, number: fn(&str) -> Option<i32>) -> Option<i32> {
        self.notes.leniencies += u64::from(value.text().is_some());
        value.enumeration(number)
    }

    fn link(&mut self, link: Json<'_>) {
        let id = |names| link.get(names).map_or(Some(""), Json::text);
        let trace = id(&["traceId", "trace_id"]).and_then(ids::exact_trace);
        let span = id(&["spanId", "span_id"]).and_then(ids::exact_span);
        match (trace, span) {
            _ if self.links.len() == limits::LINKS => self.notes.links_skipped += 1,
            (Some(trace), Some(span)) => self.links.push(Link { trace, span }),
            _ => self.notes.links_bad += 1,
        }
    }

    /// Reads attributes into the slots; returns `service.name` if it is among them. `None` where what a rule asks
    /// for stands in a form that OTLP does not have: read as absent, a failure would pass for a success.
    fn attributes<'a>(
        &mut self,
        list: Json<'a>,
        draft: &mut Draft<'a>,
        joined: &mut Joined,
    ) -> Option<&'a str> {
        let mut service = "";
        for attribute in list.elements()? {
            draft.attributes += 1;
            self.notes.attributes_beyond += u64::from(draft.attributes > limits::ATTRIBUTES);
            if attribute.members().is_none() && !attribute.is_null() {
                return None;
            }
            let (key, value) = attribute.pair("key", "value");
            let Some(key) = key else { continue };
            let key = key.text()?;
            if key == "service.name" {
                service = value.and_then(|value| value.get(STRING)).and_then(Json::text).unwrap_or_default();
                service = cut(service, self.notes);
            }
            if let Some(slot) = self.slots.find(key.as_bytes()) {
                let read =
                    value.map_or(Some(Read::Plain(Value::Other)), |value| self.value(value, joined))?;
                self.fill(slot, read, draft, joined);
            }
        }
        Some(service)
    }

    fn fill<'a>(&mut self, slot: SlotId, read: Read<'a>, draft: &mut Draft<'a>, joined: &mut Joined) {
        match read {
            Read::Plain(value) => {
                joined.replace(slot);
                draft.values.set(slot, value);
            }
            Read::Joined { start } => {
                joined.replace(slot);
                joined.fill(slot, start);
            }
            Read::Absent => self.notes.string_indexes += 1,
        }
    }

    /// Reads an `AnyValue`; of several kinds the last counts. `None` when it is none: no object, of no kind that
    /// OTLP has, or of one kind and written as another.
    fn value<'a>(&mut self, value: Json<'a>, joined: &mut Joined) -> Option<Read<'a>> {
        let (mut read, mut unknown) = (None, false);
        for (name, value) in value.members()?.filter(|(_, value)| !value.is_null()) {
            self.notes.leniencies += u64::from(name.contains('_'));
            read = Some(match name {
                "stringValue" | "string_value" => Read::Plain(Value::Str(cut(value.text()?, self.notes))),
                "intValue" | "int_value" => Read::Plain(Value::Int(value.signed(self.notes)?)),
                "doubleValue" | "double_value" => Read::Plain(Value::Double(value.double()?)),
                "boolValue" | "bool_value" => Read::Plain(Value::Bool(value.bool()?)),
                "stringValueStrindex" | "string_value_strindex" => Read::Absent,
                "arrayValue" | "array_value" => self.texts(value, joined),
                "kvlistValue" | "kvlist_value" | "bytesValue" | "bytes_value" => Read::Plain(Value::Other),
                _ => {
                    unknown = true;
                    continue;
                }
            });
        }
        read.or((!unknown).then_some(Read::Plain(Value::Other)))
    }

    fn texts<'a>(&mut self, array: Json<'a>, joined: &mut Joined) -> Read<'a> {
        let start = joined.text.len();
        let elements = array.get(&["values"]).and_then(Json::elements).into_iter().flatten();
        for (n, element) in elements.enumerate() {
            match element.get(STRING).and_then(Json::text) {
                Some(text) => joined.append(start, n, text, self.notes),
                None => return Read::Plain(Value::Other),
            }
        }
        Read::Joined { start }
    }
}

/// An attribute's value as it is read.
enum Read<'a> {
    Plain(Value<'a>),
    /// The joined text from this byte on.
    Joined {
        start: usize,
    },
    Absent,
}

/// Returns the elements of an array field, none when it is missing or null or its message is null.
fn array<'a>(value: Json<'a>, names: Names) -> Result<impl Iterator<Item = Json<'a>>, WalkError> {
    if value.members().is_none() && !value.is_null() {
        return Err(WalkError::JsonShape { field: names[0], expected: "member of an object" });
    }
    let elements = match value.get(names) {
        None => None,
        Some(array) => {
            Some(array.elements().ok_or(WalkError::JsonShape { field: names[0], expected: "array" })?)
        }
    };
    Ok(elements.into_iter().flatten())
}

fn kind_number(name: &str) -> Option<i32> {
    let name = name.to_ascii_uppercase();
    match name.strip_prefix("SPAN_KIND_").unwrap_or(&name) {
        "UNSPECIFIED" => Some(0),
        "INTERNAL" => Some(1),
        "SERVER" => Some(2),
        "CLIENT" => Some(3),
        "PRODUCER" => Some(4),
        "CONSUMER" => Some(5),
        // A name of a later version is an unknown number.
        _ => name.starts_with("SPAN_KIND_").then_some(-1),
    }
}

fn status_number(name: &str) -> Option<i32> {
    let name = name.to_ascii_uppercase();
    match name.strip_prefix("STATUS_CODE_").unwrap_or(&name) {
        "UNSET" => Some(0),
        "OK" => Some(1),
        "ERROR" => Some(2),
        _ => name.starts_with("STATUS_CODE_").then_some(-1),
    }
}
