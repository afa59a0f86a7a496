//! Traces with more spans than are kept of one: whatever comes first, an inner call is no attempt, and what nobody
//! can tell is unmatched.

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::annotate::trace::TRACE_SPANS_MAX;
use throughline_core::count::frame::Frames;
use throughline_core::count::ledger::Records;
use throughline_core::observation::Signal;
use throughline_core::time::{SECOND_NS, UnixNanos};
use throughline_server::intake::{Intake, Request};
use throughline_wire::inflate::Compression;
use throughline_wire::otlp::Encoding;

use crate::playing::{fixture, registry, step};

const START: u64 = 1_795_168_800 * SECOND_NS;
/// Another process called it.
const REMOTE: u32 = 0x300;

fn span((service, name): (&str, &str), number: usize, parent: Option<usize>) -> Value {
    let lasts = if parent.is_none() { 20 * SECOND_NS } else { 1_000_000 };
    let span = json!({
        "traceId": "000000000000000000000000000000a1", "spanId": format!("{number:016x}"),
        "parentSpanId": parent.map(|parent| format!("{parent:016x}")).unwrap_or_default(),
        "flags": parent.map_or(0, |_| REMOTE), "name": name, "kind": 2,
        "startTimeUnixNano": START.to_string(), "endTimeUnixNano": (START + lasts).to_string(),
    });
    let service = json!({"key": "service.name", "value": {"stringValue": service}});
    json!({"resource": {"attributes": [service]}, "scopeSpans": [{"spans": [span]}]})
}

/// Returns the attempts at booking and at the label, and what became of the spans.
fn counted(spans: &[Value], in_a_body: usize) -> ([i64; 2], Records) {
    let registry = registry(&fixture("parcel"));
    let intake = Intake::new(Arc::clone(&registry), Frames::default(), 1, 7);
    for resources in spans.chunks(in_a_body) {
        let body = json!({"resourceSpans": resources}).to_string().into_bytes();
        let (signal, encoding, compression) = (Signal::Traces, Encoding::Json, Compression::Identity);
        let request = Request { signal, encoding, compression, body: &body };
        intake.take(&request, UnixNanos(START + 30 * SECOND_NS));
    }
    let drained = intake.drain(UnixNanos(START + 90 * SECOND_NS));
    let attempts = drained.changes.iter().flat_map(|changes| &changes.attempts);
    let of = |name: &str| {
        let id = step(&registry, name).id;
        let counts = attempts.clone().filter(|(_, amendment)| amendment.series.step == id);
        counts.map(|(_, amendment)| amendment.counts.started()).sum()
    };
    (["book-parcel", "get-label"].map(of), drained.ledger.traces)
}

const BOOK: (&str, &str) = ("counter", "POST /api/parcels");
const LABEL: (&str, &str) = ("labels", "parcel.v1.Labels/Get");
const QUERY: (&str, &str) = ("db", "query");

/// A request and `n` calls below it, the request first or last.
fn trace(call: (&str, &str), n: usize, root_first: bool) -> Vec<Value> {
    let root = span(BOOK, 1, None);
    let calls = (2..n + 2).map(|number| span(call, number, Some(1)));
    if root_first { std::iter::once(root).chain(calls).collect() } else { calls.chain([root]).collect() }
}

#[test]
fn an_inner_call_is_no_attempt_however_many_there_are() {
    for call in [LABEL, QUERY] {
        for n in [TRACE_SPANS_MAX - 1, TRACE_SPANS_MAX, 2 * TRACE_SPANS_MAX] {
            for root_first in [true, false] {
                let all = trace(call, n, root_first);
                let (attempts, records) = counted(&all, all.len());
                assert_eq!(attempts, [1, 0], "{call:?} {n} {root_first}");
                assert_eq!(
                    (records.counted, records.missing()),
                    (n as i64 + 1, 0),
                    "{call:?} {n} {root_first}"
                );
            }
        }
    }
}

#[test]
fn what_came_too_long_before_its_attempt_is_unmatched_and_no_attempt_of_its_own() {
    for in_a_body in [1, 512] {
        let n = 2 * TRACE_SPANS_MAX;
        let (attempts, records) = counted(&trace(LABEL, n, false), in_a_body);
        assert_eq!((attempts, records.missing()), ([1, 0], 0), "{in_a_body} a body");
        assert!(records.counted > n as i64 / 3, "{in_a_body} a body: {records:?}");
        let (attempts, records) = counted(&trace(LABEL, n, true), in_a_body);
        assert_eq!((attempts, records.counted), ([1, 0], n as i64 + 1), "{in_a_body} a body, root first");
    }
}
