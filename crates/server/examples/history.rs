//! Counts four weeks of the simulated product without judging them: where the time goes. Not a test.
use std::sync::Arc;
use throughline_core::count::book::Book;
use throughline_core::count::frame::Frames;
use throughline_core::model::registry::IdBook;
use throughline_core::observation::Signal;
use throughline_core::time::{SECOND_NS, UnixNanos};
use throughline_server::clock::Stopwatch;
use throughline_server::intake::{Intake, Request};
use throughline_wire::inflate::Compression;
use throughline_wire::otlp::Encoding;

fn main() {
    let days: u64 = std::env::args().nth(1).and_then(|d| d.parse().ok()).unwrap_or(2);
    let registry = throughline_registry::load_dir("examples/mail".as_ref(), &mut IdBook::default()).registry;
    let intake = Intake::new(Arc::new(registry.expect("the example is valid")), Frames::default(), 1, 7);
    let mut book = Book::new(u32::MAX);
    let end = 1_795_442_700 * SECOND_NS;
    let start = end - days * 86_400 * SECOND_NS;
    let config = throughline_sim::Config {
        seed: 1,
        scenario: throughline_sim::Scenario::None,
        fault_at: None,
        scale: 1.0,
    };
    let mut sim = throughline_sim::Simulator::new(config, start);
    let watch = Stopwatch::start();
    let mut drained = start;
    let (mut taking, mut draining) = (0, 0);
    sim.play_until(end, |body| {
        let w = Stopwatch::start();
        let request = Request {
            signal: Signal::Traces,
            encoding: Encoding::Protobuf,
            compression: Compression::Identity,
            body: body.bytes,
        };
        let answer = intake.take(&request, UnixNanos(body.sent_at_ns));
        taking += w.elapsed().as_nanos();
        drop(answer);
        if body.sent_at_ns > drained + 60 * SECOND_NS {
            let w = Stopwatch::start();
            intake.drain(&mut book, UnixNanos(body.sent_at_ns));
            draining += w.elapsed().as_nanos();
            drained = body.sent_at_ns;
        }
    });
    let (ledger, drained) = intake.drain(&mut book, UnixNanos(end + 700 * SECOND_NS));
    let n = ledger.traces.received as u128;
    println!("{:?}\n{:?}", ledger, drained.unknown);
    println!(
        "{n} spans, {} s, {} ns/span, taking {}, draining {}",
        watch.elapsed().as_secs_f64(),
        watch.elapsed().as_nanos() / n,
        taking / n,
        draining / n
    );
}
