//! What counting a span allocates: a second body of the same shape must cost nothing per span. It is a binary of its
//! own, since the counter is the process's allocator.

use std::sync::Arc;

use throughline_core::count::frame::Frames;
use throughline_core::model::registry::IdBook;
use throughline_core::observation::Signal;
use throughline_core::time::{SECOND_NS, UnixNanos};
use throughline_server::intake::{Answer, Intake, Request};
use throughline_sim::{Config, Scenario, Simulator};
use throughline_wire::inflate::Compression;
use throughline_wire::otlp::Encoding;

const START: u64 = 1_795_442_700 * SECOND_NS;

#[test]
fn a_body_of_known_shapes_allocates_nothing_per_span() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/mail");
    let loaded = throughline_registry::load_dir(&root, &mut IdBook::default());
    let registry = Arc::new(loaded.registry.expect("the example is valid"));
    let intake = Intake::new(registry, Frames::default(), 1, 7);
    let config = Config { seed: 3, scenario: Scenario::None, fault_at: None, scale: 20.0 };
    let mut bodies = Vec::new();
    Simulator::new(config, START).play_until(START + 600 * SECOND_NS, |body| {
        bodies.push((body.bytes.to_vec(), body.spans, body.sent_at_ns));
    });
    let (warm, measured) = bodies.split_at(bodies.len() * 9 / 10);
    let take = |bodies: &[(Vec<u8>, u32, u64)]| {
        for (body, _, at) in bodies {
            let (signal, encoding, compression) = (Signal::Traces, Encoding::Protobuf, Compression::Identity);
            let answer = intake.take(&Request { signal, encoding, compression, body }, UnixNanos(*at));
            assert!(matches!(answer, Answer::Accepted(_)));
        }
    };
    take(warm);
    let spans: u64 = measured.iter().map(|(_, spans, _)| u64::from(*spans)).sum();
    let counted = allocation_counter::measure(|| take(measured));
    println!("{} allocations for {spans} spans in {} bodies", counted.count_total, measured.len());
    assert!(counted.count_total * 100 < spans, "{} allocations for {spans} spans", counted.count_total);
}
