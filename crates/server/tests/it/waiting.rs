//! Attempts that wait for the rest of their trace: what a reload, a full table or a span alone makes of them. What
//! is not known is neither good nor bad (invariant 1).

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::count::book::Book;
use throughline_core::count::bucket::Counts;
use throughline_core::count::frame::Frames;
use throughline_core::observation::Signal;
use throughline_core::time::{SECOND_NS, UnixNanos};
use throughline_server::evaluate::TICK_NS;
use throughline_server::intake::{Intake, Request};
use throughline_wire::inflate::Compression;
use throughline_wire::otlp::Encoding;

use crate::playing::{fixture, registry, step};

const START: u64 = 1_795_168_800 * SECOND_NS;

fn span(service: &str, name: &str, (trace, span, parent): (&str, u64, Option<u64>)) -> Value {
    let text = |key: &str, text: &str| json!({"key": key, "value": {"stringValue": text}});
    let span = json!({
        "traceId": trace, "spanId": format!("{span:016x}"),
        "parentSpanId": parent.map(|parent| format!("{parent:016x}")).unwrap_or_default(),
        "name": name, "kind": 2,
        "startTimeUnixNano": START.to_string(), "endTimeUnixNano": (START + 5_000_000).to_string(),
    });
    json!({"resource": {"attributes": [text("service.name", service)]}, "scopeSpans": [{"spans": [span]}]})
}

const TRACE: &str = "000000000000000000000000000000a1";

fn send(trace: &str) -> Value {
    span("webmail", "POST /api/messages", (trace, 1, None))
}

fn queue(trace: &str) -> Value {
    span("mail-queue", "enqueue", (trace, 2, Some(1)))
}

/// What happens, at a second after the attempt's start.
enum Event {
    Body(Vec<Value>),
    Reload,
}

/// Takes the events, looking every 10 s, and returns the attempts of send-mail, which asks for an enqueue below it.
fn attempts(events: Vec<(u64, Event)>) -> Counts {
    let registry = registry(&fixture("mail"));
    let intake = Intake::new(Arc::clone(&registry), Frames::default(), 1, 7);
    let mut book = Book::new(u32::MAX);
    let mut looked = UnixNanos(START);
    let mut look_until = |now: UnixNanos| {
        while looked.plus(TICK_NS) <= now {
            looked = looked.plus(TICK_NS);
            let changes = intake.drain(looked).changes;
            changes.into_iter().for_each(|changes| book.add(changes, &intake.shared.interned));
        }
    };
    for (second, event) in events {
        let now = UnixNanos(START + second * SECOND_NS);
        look_until(now);
        match event {
            Event::Reload => intake.set_registry(Arc::clone(&registry), now),
            Event::Body(resources) => {
                let body = json!({"resourceSpans": resources}).to_string().into_bytes();
                let (signal, encoding, compression) = (Signal::Traces, Encoding::Json, Compression::Identity);
                intake.take(&Request { signal, encoding, compression, body: &body }, now);
            }
        }
    }
    look_until(UnixNanos(START + 7_200 * SECOND_NS));
    book.judged.history.step(step(&registry, "send-mail").id).total()
}

fn check(events: Vec<(u64, Event)>, expected: Counts) {
    assert_eq!(Counts { weighted: expected.weighted, ..attempts(events) }, expected);
}

/// Another request's enqueue: its service is flowing.
fn flowing() -> Value {
    queue("000000000000000000000000000000b2")
}

#[test]
fn what_waited_out_is_useless() {
    check(vec![(1, Event::Body(vec![send(TRACE), flowing()]))], Counts { useless: 1, ..Counts::default() });
    let events = vec![(1, Event::Body(vec![send(TRACE), flowing()])), (32, Event::Reload)];
    check(events, Counts { useless: 1, ..Counts::default() });
}

#[test]
fn what_a_reload_cuts_short_is_lost() {
    let events = vec![
        (1, Event::Body(vec![send(TRACE), flowing()])),
        (10, Event::Reload),
        (12, Event::Body(vec![queue(TRACE)])),
    ];
    check(events, Counts { lost: 1, ..Counts::default() });
}

#[test]
fn what_is_known_before_a_reload_stays() {
    let events = vec![(1, Event::Body(vec![send(TRACE), queue(TRACE)])), (10, Event::Reload)];
    check(events, Counts { good: 1, ..Counts::default() });
}

#[test]
fn below_a_span_without_a_trace_nothing_could_lie() {
    let nowhere = "00000000000000000000000000000000";
    let event = Event::Body(vec![send(nowhere), flowing()]);
    check(vec![(1, event)], Counts { lost: 1, ..Counts::default() });
}
