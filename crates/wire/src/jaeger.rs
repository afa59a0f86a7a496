//! Jaeger's JSON as its UI and query API write it: `{"data": [trace, ...]}`, one trace, or an array of traces.
//! The first `CHILD_OF` of the same trace is the parent; every other reference is a link.

use throughline_core::id::TraceId;
use throughline_core::observation::{Link, SlotTable, SpanKind, Value};

use crate::draft::Draft;
use crate::ids;
use crate::json::Json;
use crate::limits;
use crate::scratch::Scratch;
use crate::tags;
use crate::values::{Joined, Values, cut};
use crate::visit::{Notes, Refused, Visit, WalkError};

/// Hands every span of one document to `visit`.
///
/// # Errors
/// [`WalkError`] when the document is no JSON or holds no traces where they belong.
pub fn walk(
    body: &[u8],
    slots: &SlotTable,
    scratch: &mut Scratch,
    visit: &mut impl Visit,
) -> Result<Notes, WalkError> {
    let mut notes = Notes::default();
    let Scratch { json, example, links, .. } = scratch;
    if let Some(tape) = json.parse(body, &mut notes)? {
        let root = Json::root(&tape);
        let mut walk = Walk { slots, notes: &mut notes, visit, example, links };
        match root.get(&["data"]).unwrap_or(root).elements() {
            Some(traces) => {
                for trace in traces {
                    walk.trace(trace)?;
                }
            }
            None => walk.trace(root)?,
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
    links: &'w mut Vec<Link>,
}

/// Who recorded a span, with its process's tags.
#[derive(Clone, Copy)]
struct Process<'a> {
    id: &'a str,
    service: &'a str,
    values: Values<'a>,
}

impl<V: Visit> Walk<'_, V> {
    fn trace(&mut self, trace: Json<'_>) -> Result<(), WalkError> {
        let shape = WalkError::JsonShape { field: "data", expected: "list of traces" };
        let members = trace.members().ok_or(shape)?;
        let processes = trace.get(&["processes"]).and_then(Json::members).into_iter().flatten();
        let processes: Vec<_> = processes.map(|(id, process)| self.process(id, process)).collect();
        for (_, spans) in members.filter(|(name, value)| *name == "spans" && !value.is_null()) {
            let spans = spans.elements().ok_or(WalkError::JsonShape { field: "spans", expected: "array" })?;
            spans.for_each(|span| self.span(span, &processes));
        }
        Ok(())
    }

    fn process<'a>(&mut self, id: &'a str, process: Json<'a>) -> Process<'a> {
        let mut draft = Draft::new("", Values::default());
        if let Some(tags) = process.get(&["tags"]) {
            self.tags(tags, &mut draft);
        }
        let service = process.get(&["serviceName"]).and_then(Json::text).unwrap_or_default();
        Process { id, service: cut(service, self.notes), values: draft.values }
    }

    fn span(&mut self, span: Json<'_>, processes: &[Process<'_>]) {
        let own = span.get(&["process"]).map(|process| self.process("", process));
        let id = span.get(&["processID"]).and_then(Json::text);
        let process = own.or_else(|| processes.iter().find(|process| Some(process.id) == id).copied());
        let mut draft = match &process {
            Some(process) => Draft::new(process.service, process.values),
            None => Draft::new("", Values::default()),
        };
        self.links.clear();
        match self.fields(span, &mut draft) {
            Some(()) => draft.hand_over(self.slots, self.links, &Joined::default(), self.example, self.visit),
            None => draft.refuse(Refused::Record, self.example, self.visit),
        }
    }

    fn fields<'a>(&mut self, span: Json<'a>, draft: &mut Draft<'a>) -> Option<()> {
        let (mut duration, mut references) = (0_u64, None);
        for (name, value) in span.members()?.filter(|(_, value)| !value.is_null()) {
            match name {
                "traceID" => draft.trace = ids::padded_trace(value.text()?),
                "spanID" => draft.span = ids::padded_span(value.text()?),
                "parentSpanID" => draft.parent = ids::padded_span(value.text()?),
                "operationName" => draft.operation = cut(value.text()?, self.notes),
                "startTime" => draft.start = value.unsigned(self.notes)?.saturating_mul(1_000),
                "duration" => duration = value.unsigned(self.notes)?.saturating_mul(1_000),
                "tags" => self.tags(value, draft),
                "references" => references = Some(value),
                _ => {}
            }
        }
        draft.end = draft.start.saturating_add(duration);
        if let Some(references) = references {
            self.references(references, draft)?;
        }
        Some(())
    }

    fn references(&mut self, references: Json<'_>, draft: &mut Draft<'_>) -> Option<()> {
        let parent = parent_index(references, draft.trace)?;
        for (n, reference) in references.elements()?.enumerate() {
            let (trace, span) = reference.pair("traceID", "spanID");
            let span = span.and_then(Json::text).and_then(ids::padded_span);
            match (trace_of(trace, draft.trace), span) {
                _ if parent == Some(n) => draft.parent = span,
                _ if self.links.len() == limits::LINKS => self.notes.links_skipped += 1,
                (Some(trace), Some(span)) => self.links.push(Link { trace, span }),
                _ => self.notes.links_bad += 1,
            }
        }
        Some(())
    }

    fn tags<'a>(&mut self, tags: Json<'a>, draft: &mut Draft<'a>) {
        for tag in tags.elements().into_iter().flatten() {
            let (key, value) = tag.pair("key", "value");
            let Some(key) = key.and_then(Json::text) else { continue };
            let kind = tag.get(&["type"]).and_then(Json::text).unwrap_or_default();
            let value = value.map_or(Value::Other, |value| self.value(kind, value));
            if let ("span.kind", Value::Str(name)) = (key, value) {
                draft.kind = kind_named(name);
            }
            tags::read(key, value, draft, self.slots, self.notes);
        }
    }

    fn value<'a>(&mut self, kind: &str, value: Json<'a>) -> Value<'a> {
        let typed = match kind {
            "bool" => value.bool().map(Value::Bool),
            "int64" => value.signed(self.notes).map(Value::Int),
            "float64" => value.double().map(Value::Double),
            "binary" => None,
            _ => value.text().map(Value::Str).or_else(|| value.bool().map(Value::Bool)),
        };
        typed.unwrap_or(Value::Other)
    }
}

/// Returns which reference is the parent: the first `CHILD_OF` of the same trace, else the first
/// `FOLLOWS_FROM` of it.
fn parent_index(references: Json<'_>, own: Option<TraceId>) -> Option<Option<usize>> {
    let mut follows = None;
    for (n, reference) in references.elements()?.enumerate() {
        let (kind, trace) = reference.pair("refType", "traceID");
        let same = trace_of(trace, own).is_some_and(|trace| Some(trace) == own);
        match kind.and_then(Json::text) {
            Some("CHILD_OF") if same => return Some(Some(n)),
            Some("FOLLOWS_FROM") if same && follows.is_none() => follows = Some(n),
            _ => {}
        }
    }
    Some(follows)
}

/// A reference without a trace id is of the span's own trace.
fn trace_of(trace: Option<Json<'_>>, own: Option<TraceId>) -> Option<TraceId> {
    match trace {
        Some(trace) => ids::padded_trace(trace.text()?),
        None => own,
    }
}

fn kind_named(name: &str) -> SpanKind {
    match name {
        "server" => SpanKind::Server,
        "client" => SpanKind::Client,
        "producer" => SpanKind::Producer,
        "consumer" => SpanKind::Consumer,
        "internal" => SpanKind::Internal,
        _ => SpanKind::Unspecified,
    }
}
