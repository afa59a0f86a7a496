//! Spans as owned values: what a file read ahead, and what is kept of a trace. They keep what their slot table names,
//! and nothing else.

use throughline_core::id::{SlotId, SpanId, TraceId};
use throughline_core::observation::{
    Link, Observation, ParentIs, SlotTable, Slots, SpanKind, SpanStatus, Value,
};
use throughline_core::time::UnixNanos;

use crate::limits;
use crate::values::Values;
use crate::visit::Visit;

/// One span, owned.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnedSpan {
    service: Box<str>,
    operation: Box<str>,
    kind: SpanKind,
    trace: TraceId,
    span: SpanId,
    parent: Option<SpanId>,
    parent_is: ParentIs,
    start: UnixNanos,
    end: Option<UnixNanos>,
    status: SpanStatus,
    message: Box<str>,
    trace_state: Box<str>,
    links: Box<[Link]>,
    slots: Box<[(SlotId, Owned)]>,
}

#[derive(Debug, Clone, PartialEq)]
enum Owned {
    Str(Box<str>),
    Int(i64),
    Double(f64),
    Bool(bool),
    Other,
}

impl Owned {
    fn of(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Absent => None,
            Value::Str(text) => Some(Owned::Str(text.into())),
            Value::Int(int) => Some(Owned::Int(int)),
            Value::Double(double) => Some(Owned::Double(double)),
            Value::Bool(bool) => Some(Owned::Bool(bool)),
            Value::Other => Some(Owned::Other),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Owned::Str(text) => text.len(),
            Owned::Int(_) | Owned::Double(_) | Owned::Bool(_) | Owned::Other => 0,
        }
    }

    fn value(&self) -> Value<'_> {
        match self {
            Owned::Str(text) => Value::Str(text),
            Owned::Int(int) => Value::Int(*int),
            Owned::Double(double) => Value::Double(*double),
            Owned::Bool(bool) => Value::Bool(*bool),
            Owned::Other => Value::Other,
        }
    }
}

impl OwnedSpan {
    /// Copies a span.
    pub fn of(span: &Observation<'_>, table: &SlotTable) -> Self {
        let slots = (0..table.len()).map(|n| SlotId::new(n as u8));
        Self {
            service: span.service.into(),
            operation: span.operation.into(),
            kind: span.kind,
            trace: span.trace,
            span: span.span,
            parent: span.parent,
            parent_is: span.parent_is,
            start: span.start,
            end: span.end,
            status: span.status,
            message: span.status_message.into(),
            trace_state: span.trace_state.into(),
            links: span.links.into(),
            slots: slots.filter_map(|slot| Some((slot, Owned::of(span.slots.get(slot))?))).collect(),
        }
    }

    /// Returns when it starts.
    pub(crate) fn start(&self) -> UnixNanos {
        self.start
    }

    /// Returns which 10 s it starts in.
    pub(crate) fn chunk(&self) -> u64 {
        self.start.0 / limits::CHUNK_NS
    }

    /// Hands the span to a visitor; `table` must be the one it was copied with.
    pub fn hand_over(&self, table: &SlotTable, visit: &mut impl Visit) {
        let mut values = Values::default();
        for (slot, value) in &self.slots {
            values.set(*slot, value.value());
        }
        visit.span(&Observation {
            service: &self.service,
            operation: &self.operation,
            kind: self.kind,
            trace: self.trace,
            span: self.span,
            parent: self.parent,
            parent_is: self.parent_is,
            start: self.start,
            end: self.end,
            status: self.status,
            status_message: &self.message,
            trace_state: &self.trace_state,
            links: &self.links,
            slots: Slots::new(values.first(table.len())),
        });
    }

    /// Returns about how many bytes it takes.
    pub fn bytes(&self) -> usize {
        let texts = [&self.service, &self.operation, &self.message, &self.trace_state];
        let slot = |(_, value): &(SlotId, Owned)| size_of::<(SlotId, Owned)>() + value.bytes();
        size_of::<Self>()
            + texts.iter().map(|text| text.len()).sum::<usize>()
            + size_of_val(&*self.links)
            + self.slots.iter().map(slot).sum::<usize>()
    }
}
