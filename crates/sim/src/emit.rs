//! OTLP by hand: spans encoded once with holes for ids and times, and request bodies put together of them by service.
//! It knows the wire format of `ExportTraceServiceRequest` and nothing of flows, faults or the clock.

use crate::world::{Call, Kind, Protocol, SERVICES};

mod pb;

use pb::Message;

/// W3C "sampled", and OTLP's "it is known whether the parent is remote".
const FLAGS: u32 = 0x01 | 0x100;
const FLAG_REMOTE: u32 = 0x200;
const STATUS_ERROR: u64 = 2;

/// What a span says but for ids and times.
#[derive(Debug)]
pub(crate) struct SpanText<'a> {
    pub(crate) call: &'a Call,
    pub(crate) tags: &'a [(&'a str, &'a str)],
    pub(crate) remote: bool,
    pub(crate) http: u16,
    pub(crate) grpc: u8,
    pub(crate) message: Option<&'a str>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids {
    pub(crate) trace: (u64, u64),
    pub(crate) span: u64,
    /// Not written where the span has none.
    pub(crate) parent: u64,
}

/// An encoded span, as a field of its scope, with holes.
#[derive(Debug)]
pub(crate) struct Template {
    bytes: Vec<u8>,
    trace_at: usize,
    span_at: usize,
    parent_at: Option<usize>,
    start_at: usize,
    end_at: usize,
}

/// The spans of one body, gathered by service.
#[derive(Debug)]
pub(crate) struct Batch {
    groups: Vec<Group>,
    spans: u32,
    body: Vec<u8>,
}

/// One service's part of a body, as encoded fields.
#[derive(Debug)]
struct Group {
    resource: Vec<u8>,
    scope: Vec<u8>,
    spans: Vec<u8>,
}

impl Template {
    pub(crate) fn new(text: &SpanText<'_>) -> Self {
        let mut span = Message::default();
        let trace_at = span.bytes(1, &[0; 16]);
        let span_at = span.bytes(2, &[0; 8]);
        let parent_at = text.call.parent.map(|_| span.bytes(4, &[0; 8]));
        span.bytes(5, name(text.call).as_bytes());
        span.varint(6, text.call.kind as u64);
        let start_at = span.fixed64(7, 0);
        let end_at = span.fixed64(8, 0);
        attributes(text, &mut span);
        if let Some(message) = text.message {
            let mut status = Message::default();
            status.bytes(2, message.as_bytes());
            status.varint(3, STATUS_ERROR);
            span.bytes(15, status.as_slice());
        }
        span.fixed32(16, if text.remote { FLAGS | FLAG_REMOTE } else { FLAGS });
        let span_len = span.as_slice().len();
        let bytes = span.into_field(2);
        let head = bytes.len() - span_len;
        Self {
            bytes,
            trace_at: head + trace_at,
            span_at: head + span_at,
            parent_at: parent_at.map(|at| head + at),
            start_at: head + start_at,
            end_at: head + end_at,
        }
    }

    fn write(&self, out: &mut Vec<u8>, ids: &Ids, (start_ns, end_ns): (u64, u64)) {
        let from = out.len();
        out.extend_from_slice(&self.bytes);
        let span = &mut out[from..];
        put(span, self.trace_at, ids.trace.0);
        put(span, self.trace_at + 8, ids.trace.1);
        put(span, self.span_at, ids.span);
        if let Some(at) = self.parent_at {
            put(span, at, ids.parent);
        }
        put(span, self.start_at, start_ns);
        put(span, self.end_at, end_ns);
    }
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self {
            groups: SERVICES.iter().map(|service| Group::new(service.name())).collect(),
            spans: 0,
            body: Vec::new(),
        }
    }

    pub(crate) fn spans(&self) -> u32 {
        self.spans
    }

    /// Adds a span with its start and end.
    #[inline]
    pub(crate) fn push(&mut self, service: usize, template: &Template, ids: &Ids, times: (u64, u64)) {
        template.write(&mut self.groups[service].spans, ids, times);
        self.spans += 1;
    }

    /// Returns the body of all spans since the last, one group a service, and begins anew.
    pub(crate) fn take(&mut self) -> &[u8] {
        self.spans = 0;
        self.body.clear();
        for group in self.groups.iter_mut().filter(|group| !group.spans.is_empty()) {
            group.write(&mut self.body);
            group.spans.clear();
        }
        &self.body
    }
}

impl Group {
    fn new(service: &str) -> Self {
        let mut resource = Message::default();
        resource.bytes(1, pb::text_attribute("service.name", service).as_slice());
        let mut scope = Message::default();
        scope.bytes(1, service.as_bytes());
        Self { resource: resource.into_field(1), scope: scope.into_field(1), spans: Vec::new() }
    }

    /// Appends `ResourceSpans` with one `ScopeSpans`.
    fn write(&self, body: &mut Vec<u8>) {
        let scope_len = self.scope.len() + self.spans.len();
        let scope_field_len = 1 + pb::varint_len(scope_len as u64) + scope_len;
        pb::put_len(body, 1, self.resource.len() + scope_field_len);
        body.extend_from_slice(&self.resource);
        pb::put_len(body, 2, scope_len);
        body.extend_from_slice(&self.scope);
        body.extend_from_slice(&self.spans);
    }
}

#[inline]
fn put(span: &mut [u8], at: usize, value: u64) {
    span[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

fn name(call: &Call) -> String {
    match call.protocol {
        // A client does not know the route.
        Protocol::Http { method, .. } if call.kind == Kind::Client => method.into(),
        Protocol::Http { method, route } => format!("{method} {route}"),
        Protocol::Rpc { service, method } => format!("{service}/{method}"),
        Protocol::Queue { operation, .. } => operation.into(),
    }
}

fn attributes(text: &SpanText<'_>, span: &mut Message) {
    let mut put = |attribute: Message| {
        span.bytes(9, attribute.as_slice());
    };
    match text.call.protocol {
        Protocol::Http { method, route } => {
            put(pb::text_attribute("http.request.method", method));
            if text.call.kind == Kind::Server {
                put(pb::text_attribute("http.route", route));
            }
            put(pb::number_attribute("http.response.status_code", text.http.into()));
        }
        Protocol::Rpc { service, method } => {
            put(pb::text_attribute("rpc.system", "grpc"));
            put(pb::text_attribute("rpc.service", service));
            put(pb::text_attribute("rpc.method", method));
            put(pb::number_attribute("rpc.grpc.status_code", text.grpc.into()));
        }
        Protocol::Queue { operation, destination } => {
            put(pb::text_attribute("messaging.operation.name", operation));
            put(pb::text_attribute("messaging.destination.name", destination));
        }
    }
    if text.message.is_some() {
        put(pb::text_attribute("error.type", &error_type(text)));
    }
    for (key, value) in text.tags {
        put(pb::text_attribute(key, value));
    }
}

fn error_type(text: &SpanText<'_>) -> String {
    match (text.call.protocol, text.grpc) {
        (Protocol::Http { .. }, _) => text.http.to_string(),
        (_, 14) => "UNAVAILABLE".into(),
        _ => "INTERNAL".into(),
    }
}
