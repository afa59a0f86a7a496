//! A span being put together by the formats that are not on the hot path. It has no rules of its own.

use std::fmt::Write as _;

use throughline_core::id::{SpanId, TraceId};
use throughline_core::observation::{
    Link, Observation, ParentIs, Signal, SlotTable, Slots, SpanKind, SpanStatus,
};
use throughline_core::time::UnixNanos;

use crate::limits;
use crate::values::{Joined, Values, cut};
use crate::visit::{Notes, Refused, Visit};

/// What is known of a span so far; an id of a wrong length or with a foreign digit is `None`.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) service: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) kind: SpanKind,
    pub(crate) trace: Option<TraceId>,
    pub(crate) span: Option<SpanId>,
    pub(crate) parent: Option<SpanId>,
    pub(crate) parent_is: ParentIs,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) status: SpanStatus,
    pub(crate) message: &'a str,
    pub(crate) trace_state: &'a str,
    pub(crate) attributes: usize,
    pub(crate) values: Values<'a>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(service: &'a str, values: Values<'a>) -> Self {
        Self {
            service,
            operation: "",
            kind: SpanKind::Unspecified,
            trace: Some(TraceId(0)),
            span: Some(SpanId(0)),
            parent: Some(SpanId(0)),
            parent_is: ParentIs::Unknown,
            start: 0,
            end: 0,
            status: SpanStatus::Unset,
            message: "",
            trace_state: "",
            attributes: 0,
            values,
        }
    }

    /// Returns which 10 s it starts in.
    pub(crate) fn chunk(&self) -> u64 {
        self.start / limits::CHUNK_NS
    }

    /// Hands the span on, or its refusal when an id is none.
    pub(crate) fn hand_over(
        &self,
        slots: &SlotTable,
        links: &[Link],
        joined: &Joined,
        example: &mut String,
        visit: &mut impl Visit,
    ) {
        let (trace, span, parent) = match (self.trace, self.span, self.parent) {
            (Some(trace), Some(span), Some(parent)) => (trace, span, parent),
            (None, ..) => return self.refuse(Refused::TraceId, example, visit),
            (_, None, _) => return self.refuse(Refused::SpanId, example, visit),
            (.., None) => return self.refuse(Refused::ParentId, example, visit),
        };
        let values = self.values.with(joined);
        visit.span(&Observation {
            service: self.service,
            operation: self.operation,
            kind: self.kind,
            trace,
            span,
            parent: (parent.0 != 0).then_some(parent),
            parent_is: self.parent_is,
            start: UnixNanos(self.start),
            end: (self.end != 0).then_some(UnixNanos(self.end)),
            status: self.status,
            status_message: self.message,
            trace_state: self.trace_state,
            links,
            slots: Slots::new(values.first(slots.len())),
        });
    }

    pub(crate) fn refuse(&self, why: Refused, example: &mut String, visit: &mut impl Visit) {
        self.say(format_args!("{}", why.as_str()), example);
        visit.refused(Signal::Traces, why, example);
    }

    /// Refuses the span for a field whose value cannot be meant.
    pub(crate) fn refuse_field(&self, field: &str, example: &mut String, visit: &mut impl Visit) {
        self.say(format_args!("`{}` cannot be read", cut(field, &mut Notes::default())), example);
        visit.refused(Signal::Traces, Refused::Record, example);
    }

    fn say(&self, why: std::fmt::Arguments<'_>, example: &mut String) {
        example.clear();
        let (operation, service) = (self.operation, self.service);
        // Writing to a `String` cannot fail.
        write!(example, "span `{operation}` of service `{service}`: {why}").ok();
    }
}
