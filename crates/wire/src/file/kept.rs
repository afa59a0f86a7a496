//! Spans kept as owned values between the reading of a document and the chunk that hands them on.

use std::collections::VecDeque;

use throughline_core::id::{SlotId, SpanId, TraceId};
use throughline_core::observation::{
    Link, Observation, ParentIs, Signal, SlotTable, Slots, SpanKind, SpanStatus, Value,
};
use throughline_core::time::UnixNanos;

use crate::limits;
use crate::values::Values;
use crate::visit::{Refused, Visit};

/// One span, owned.
pub(super) struct Kept {
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

impl Kept {
    fn of(span: &Observation<'_>, table: &SlotTable) -> Self {
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
    pub(super) fn start(&self) -> UnixNanos {
        self.start
    }

    /// Returns which 10 s it starts in.
    pub(super) fn chunk(&self) -> u64 {
        self.start.0 / limits::CHUNK_NS
    }

    pub(super) fn hand_over(&self, table: &SlotTable, visit: &mut impl Visit) {
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
}

/// Keeps spans, hands everything else on with its place.
pub(super) struct Keep<'k, V> {
    pub(super) waiting: &'k mut VecDeque<Kept>,
    pub(super) slots: &'k SlotTable,
    pub(super) place: &'k str,
    pub(super) inner: &'k mut V,
}

impl<V: Visit> Visit for Keep<'_, V> {
    fn span(&mut self, span: &Observation<'_>) {
        self.waiting.push_back(Kept::of(span, self.slots));
    }

    fn refused(&mut self, signal: Signal, why: Refused, example: &str) {
        self.inner.refused(signal, why, &format!("{}: {example}", self.place));
    }

    fn other(&mut self, signal: Signal) {
        self.inner.other(signal);
    }
}

/// Puts the file's name before each refusal's example.
pub(super) struct Named<'k, V> {
    pub(super) name: &'k str,
    pub(super) inner: &'k mut V,
}

impl<V: Visit> Visit for Named<'_, V> {
    fn span(&mut self, span: &Observation<'_>) {
        self.inner.span(span);
    }

    fn refused(&mut self, signal: Signal, why: Refused, example: &str) {
        self.inner.refused(signal, why, &format!("{}: {example}", self.name));
    }

    fn other(&mut self, signal: Signal) {
        self.inner.other(signal);
    }
}
