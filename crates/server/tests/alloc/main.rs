//! What counting a span allocates: a second body of the same shape must cost nothing per span. It is a binary of its
//! own, since the counter is the process's allocator.

use std::collections::HashSet;
use std::sync::Arc;

use throughline_core::count::frame::Frames;
use throughline_core::model::registry::IdBook;
use throughline_core::observation::{Observation, Signal, SlotTable};
use throughline_core::time::{SECOND_NS, UnixNanos};
use throughline_server::intake::{Answer, Intake, Request};
use throughline_sim::{Config, Scenario, Simulator};
use throughline_wire::inflate::Compression;
use throughline_wire::otlp::{Encoding, walk};
use throughline_wire::scratch::Scratch;
use throughline_wire::visit::{Refused, Visit};

const START: u64 = 1_795_442_700 * SECOND_NS;

fn intake() -> Intake {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/mail");
    let loaded = throughline_registry::load_dir(&root, &mut IdBook::default());
    let registry = Arc::new(loaded.registry.expect("the example is valid"));
    Intake::new(registry, Frames::default(), 1, 7)
}

/// A body, its spans and when it was sent.
type Body = (Vec<u8>, u32, u64);

/// What the simulated product sends in some seconds.
fn bodies(seconds: u64, scale: f64) -> Vec<Body> {
    let config = Config { seed: 3, scenario: Scenario::None, fault_at: None, scale };
    let mut bodies = Vec::new();
    Simulator::new(config, START).play_until(START + seconds * SECOND_NS, |body| {
        bodies.push((body.bytes.to_vec(), body.spans, body.sent_at_ns));
    });
    bodies
}

fn take(intake: &Intake, (body, _, at): &Body) {
    let (signal, encoding, compression) = (Signal::Traces, Encoding::Protobuf, Compression::Identity);
    let answer = intake.take(&Request { signal, encoding, compression, body }, UnixNanos(*at));
    assert!(matches!(answer, Answer::Accepted(_)));
}

/// Collects the trace ids of a body.
#[derive(Default)]
struct Traces(HashSet<[u8; 16]>);

impl Visit for Traces {
    fn span(&mut self, span: &Observation<'_>) {
        self.0.insert(span.trace.0.to_be_bytes());
    }

    fn refused(&mut self, _: Signal, _: Refused, _: &str) {}

    fn other(&mut self, _: Signal) {}
}

/// Returns the body as other users would have sent it: the same shapes in other traces.
fn of_others((body, spans, at): &Body) -> Body {
    let mut traces = Traces::default();
    let (slots, mut scratch) = (SlotTable::default(), Scratch::default());
    walk(Signal::Traces, Encoding::Protobuf, body, &slots, &mut scratch, &mut traces).expect("OTLP");
    let mut others = body.clone();
    for (at, _) in body.windows(16).enumerate().filter(|(_, bytes)| traces.0.contains(*bytes)) {
        others[at] ^= 0x80;
    }
    (others, *spans, *at)
}

#[test]
fn a_second_body_of_the_same_shapes_allocates_nothing() {
    let intake = intake();
    let full = bodies(30, 200.0).into_iter().filter(|(_, spans, _)| *spans > 500);
    let pairs: Vec<(Body, Body)> = full.take(40).map(|first| (of_others(&first), first)).collect();
    assert_eq!(pairs.len(), 40);
    for (second, first) in pairs {
        take(&intake, &first);
        let counted = allocation_counter::measure(|| take(&intake, &second));
        assert_eq!(counted.count_total, 0, "for {} spans", second.1);
    }
    assert_eq!(intake.ledger().traces.duplicate, 0);
}

#[test]
fn a_stream_of_known_shapes_allocates_for_its_tables_alone() {
    let intake = intake();
    let bodies = bodies(600, 20.0);
    let (warm, measured) = bodies.split_at(bodies.len() * 9 / 10);
    warm.iter().for_each(|body| take(&intake, body));
    let spans: u64 = measured.iter().map(|(_, spans, _)| u64::from(*spans)).sum();
    let counted = allocation_counter::measure(|| measured.iter().for_each(|body| take(&intake, body)));
    println!("{} allocations for {spans} spans in {} bodies", counted.count_total, measured.len());
    assert!(counted.count_total * 1_000 < spans, "{} allocations for {spans} spans", counted.count_total);
}
