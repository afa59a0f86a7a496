//! Cutting one trace out of a kept body, and its spans with every attribute, for the page that explains a
//! count. A cold path: it allocates freely.

mod json;
mod protobuf;

use serde_json::Value as Tree;
use throughline_core::id::{SpanId, TraceId};
use throughline_core::observation::{Observation, Signal, SlotTable, SpanKind, SpanStatus};
use throughline_core::time::UnixNanos;

use crate::otlp::{Encoding, walk};
use crate::scratch::Scratch;
use crate::visit::{Refused, Visit};

/// A span with everything its body says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct FullSpan {
    pub service: String,
    pub operation: String,
    pub kind: SpanKind,
    pub trace: TraceId,
    pub span: SpanId,
    pub parent: Option<SpanId>,
    pub start: UnixNanos,
    pub end: Option<UnixNanos>,
    pub status: SpanStatus,
    pub status_message: String,
    /// The span's own attributes in wire order, values as text.
    pub attributes: Vec<(String, String)>,
    /// Its resource's attributes.
    pub resource: Vec<(String, String)>,
}

/// Returns a body of the same encoding that holds only the trace's spans, with their resources and scopes;
/// `None` when the body is malformed or has no span of the trace.
pub fn excerpt(encoding: Encoding, body: &[u8], trace: TraceId) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Protobuf => protobuf::excerpt(body, trace).ok().flatten(),
        Encoding::Json => json::excerpt(body, trace),
    }
}

/// Hands every span of the trace to `found`, in wire order; spans with malformed ids are left out.
pub fn spans_of(encoding: Encoding, body: &[u8], trace: TraceId, mut found: impl FnMut(&FullSpan)) {
    let Some(body) = excerpt(encoding, body, trace) else { return };
    let each = |one: One| {
        if let Some(span) = full_span(encoding, one) {
            found(&span);
        }
    };
    match encoding {
        Encoding::Protobuf => protobuf::each_span(&body, each),
        Encoding::Json => json::each_span(&body, each),
    }
}

/// One span as a body of its own, with its attributes.
struct One {
    body: Vec<u8>,
    attributes: Vec<(String, String)>,
    resource: Vec<(String, String)>,
}

/// Reads the span as every span is read, so that the page shows what was counted.
fn full_span(encoding: Encoding, one: One) -> Option<FullSpan> {
    let mut take = Take(None);
    walk(Signal::Traces, encoding, &one.body, &SlotTable::default(), &mut Scratch::default(), &mut take)
        .ok()?;
    take.0.map(|span| FullSpan { attributes: one.attributes, resource: one.resource, ..span })
}

struct Take(Option<FullSpan>);

impl Visit for Take {
    fn span(&mut self, span: &Observation<'_>) {
        self.0 = Some(FullSpan {
            service: span.service.to_owned(),
            operation: span.operation.to_owned(),
            kind: span.kind,
            trace: span.trace,
            span: span.span,
            parent: span.parent,
            start: span.start,
            end: span.end,
            status: span.status,
            status_message: span.status_message.to_owned(),
            attributes: Vec::new(),
            resource: Vec::new(),
        });
    }
    fn refused(&mut self, _: Signal, _: Refused, _: &str) {}
    fn other(&mut self, _: Signal) {}
}

/// What stands for a value deeper than is rendered.
const TOO_DEEP: &str = "…";

/// Texts stand as they are, everything else as JSON.
fn text(value: Tree) -> String {
    match value {
        Tree::String(text) => text,
        Tree::Null => String::new(),
        other => other.to_string(),
    }
}
