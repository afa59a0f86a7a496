//! Zipkin JSON, v2 and v1: arrays of spans, or arrays of traces as the query API answers. Client and server may
//! share a span id; both are spans here. A v1 span that holds both sides becomes two.

use throughline_core::observation::{SlotTable, SpanKind, Value};

use crate::draft::Draft;
use crate::ids;
use crate::json::Json;
use crate::scratch::Scratch;
use crate::tags;
use crate::values::{Joined, Values, cut};
use crate::visit::{Notes, Refused, Visit, WalkError};

/// Hands every span of one document to `visit`.
///
/// # Errors
/// [`WalkError`] when the document is no JSON array.
pub fn walk(
    body: &[u8],
    slots: &SlotTable,
    scratch: &mut Scratch,
    visit: &mut impl Visit,
) -> Result<Notes, WalkError> {
    let mut notes = Notes::default();
    let Scratch { json, example, .. } = scratch;
    if let Some(tape) = json.parse(body, &mut notes)? {
        let root = Json::root(&tape);
        let elements =
            root.elements().ok_or(WalkError::JsonShape { field: "the document", expected: "array" })?;
        let mut walk = Walk { slots, notes: &mut notes, visit, example };
        for element in elements {
            match element.elements() {
                Some(trace) => trace.for_each(|span| walk.span(span)),
                None => walk.span(element),
            }
        }
    }
    json.trim();
    Ok(notes)
}

struct Walk<'w, V> {
    slots: &'w SlotTable,
    notes: &'w mut Notes,
    visit: &'w mut V,
    example: &'w mut String,
}

/// One side of a v1 span: who wrote its annotations, and when they begin and end.
#[derive(Default, Clone, Copy)]
struct Side<'a> {
    service: Option<&'a str>,
    start: Option<u64>,
    end: Option<u64>,
}

impl Side<'_> {
    fn is_there(&self) -> bool {
        self.start.is_some() || self.end.is_some()
    }
}

impl<V: Visit> Walk<'_, V> {
    fn span(&mut self, span: Json<'_>) {
        let mut draft = Draft::new("", Values::default());
        let is_v1 = span.get(&["binaryAnnotations"]).is_some() || has_endpoints(span);
        let read = match self.ids_and_times(span, &mut draft) {
            Some(()) if is_v1 => return self.old(span, &draft),
            Some(()) => self.tags(span, &mut draft),
            None => None,
        };
        match read {
            Some(()) => self.hand_over(&draft),
            None => draft.refuse(Refused::Record, self.example, self.visit),
        }
    }

    fn hand_over(&mut self, draft: &Draft<'_>) {
        draft.hand_over(self.slots, &[], &Joined::default(), self.example, self.visit);
    }

    fn ids_and_times<'a>(&mut self, span: Json<'a>, draft: &mut Draft<'a>) -> Option<()> {
        let mut duration = None;
        for (name, value) in span.members()?.filter(|(_, value)| !value.is_null()) {
            match name {
                "traceId" => draft.trace = ids::padded_trace(value.text()?),
                "id" => draft.span = ids::padded_span(value.text()?),
                "parentId" => draft.parent = ids::padded_span(value.text()?),
                "name" => draft.operation = cut(value.text()?, self.notes),
                "kind" => draft.kind = kind(value.text()?),
                "timestamp" => draft.start = value.unsigned(self.notes)?.saturating_mul(1_000),
                "duration" => duration = Some(value.unsigned(self.notes)?.saturating_mul(1_000)),
                "localEndpoint" => draft.service = cut(service(value).unwrap_or_default(), self.notes),
                _ => {}
            }
        }
        draft.end = duration.map_or(0, |duration| draft.start.saturating_add(duration));
        Some(())
    }

    fn tags<'a>(&mut self, span: Json<'a>, draft: &mut Draft<'a>) -> Option<()> {
        let Some(tags) = span.get(&["tags"]) else { return Some(()) };
        for (key, value) in tags.members()? {
            tags::read(key, scalar(value), draft, self.slots, self.notes);
        }
        Some(())
    }

    /// Splits a v1 span by its core annotations.
    fn old(&mut self, span: Json<'_>, draft: &Draft<'_>) {
        let client = side(span, "cs", "cr", self.notes);
        let server = side(span, "sr", "ss", self.notes);
        let sides = [
            (SpanKind::Client, client),
            (SpanKind::Server, server),
            (SpanKind::Producer, side(span, "ms", "ws", self.notes)),
            (SpanKind::Consumer, side(span, "mr", "wr", self.notes)),
        ];
        let both = client.is_there() && server.is_there();
        let mut there = sides.into_iter().filter(|(_, side)| side.is_there()).peekable();
        if there.peek().is_none() {
            let local = Side { service: local_service(span), ..Side::default() };
            self.one_side(span, draft, SpanKind::Unspecified, local, false);
        }
        for (kind, side) in there {
            self.one_side(span, draft, kind, side, both);
        }
    }

    fn one_side<'a>(&mut self, span: Json<'a>, base: &Draft<'a>, kind: SpanKind, side: Side<'a>, both: bool) {
        let mut draft = Draft::new(cut(side.service.unwrap_or_default(), self.notes), Values::default());
        (draft.trace, draft.span, draft.parent) = (base.trace, base.span, base.parent);
        (draft.operation, draft.kind) = (base.operation, kind);
        // Of a span with both sides, the times beside the annotations are the client's.
        let own_times = base.start != 0 && !(both && kind == SpanKind::Server);
        (draft.start, draft.end) = if own_times {
            (base.start, base.end)
        } else {
            let start = side.start.or(side.end).unwrap_or_default();
            (start, side.end.map_or(0, |end| end.max(start)))
        };
        for annotation in span.get(&["binaryAnnotations"]).and_then(Json::elements).into_iter().flatten() {
            let of_other_side =
                both && endpoint_service(annotation).is_some_and(|name| side.service != Some(name));
            let (key, value) = annotation.pair("key", "value");
            if let (Some(key), Some(value), false) = (key.and_then(Json::text), value, of_other_side) {
                tags::read(key, scalar(value), &mut draft, self.slots, self.notes);
            }
        }
        self.hand_over(&draft);
    }
}

fn kind(name: &str) -> SpanKind {
    match name {
        "CLIENT" => SpanKind::Client,
        "SERVER" => SpanKind::Server,
        "PRODUCER" => SpanKind::Producer,
        "CONSUMER" => SpanKind::Consumer,
        _ => SpanKind::Unspecified,
    }
}

fn scalar(value: Json<'_>) -> Value<'_> {
    match (value.text(), value.bool(), value.double()) {
        (Some(text), ..) => Value::Str(text),
        (_, Some(bool), _) => Value::Bool(bool),
        (.., Some(double)) if double.fract() == 0.0 && double.abs() < 9e15 => Value::Int(double as i64),
        (.., Some(double)) => Value::Double(double),
        _ => Value::Other,
    }
}

fn service(endpoint: Json<'_>) -> Option<&str> {
    endpoint.get(&["serviceName"])?.text()
}

fn endpoint_service(annotation: Json<'_>) -> Option<&str> {
    service(annotation.get(&["endpoint"])?)
}

fn has_endpoints(span: Json<'_>) -> bool {
    let mut annotations = span.get(&["annotations"]).and_then(Json::elements).into_iter().flatten();
    annotations.any(|annotation| annotation.get(&["endpoint"]).is_some())
}

fn side<'a>(span: Json<'a>, start: &str, end: &str, notes: &mut Notes) -> Side<'a> {
    let mut side = Side::default();
    for annotation in span.get(&["annotations"]).and_then(Json::elements).into_iter().flatten() {
        let (value, timestamp) = annotation.pair("value", "timestamp");
        let at = timestamp.and_then(|at| at.unsigned(notes)).map(|at| at.saturating_mul(1_000));
        match value.and_then(Json::text) {
            Some(value) if value == start => side.start = at,
            Some(value) if value == end => side.end = at,
            _ => continue,
        }
        side.service = endpoint_service(annotation).or(side.service);
    }
    side
}

/// A v1 span without core annotations belongs to the service of its first endpoint that has a name.
fn local_service(span: Json<'_>) -> Option<&str> {
    let annotations = |name| span.get(&[name]).and_then(Json::elements).into_iter().flatten();
    annotations("binaryAnnotations").chain(annotations("annotations")).find_map(endpoint_service)
}
