//! Counts four weeks of the simulated product without judging them: where the time goes. Not a test.
use std::sync::Arc;
use throughline_core::count::book::Book;
use throughline_core::count::frame::Frames;
use throughline_core::judge::Settings;
use throughline_core::model::registry::IdBook;
use throughline_core::observation::Signal;
use throughline_core::time::{SECOND_NS, UnixNanos};
use throughline_server::clock::Stopwatch;
use throughline_server::intake::{Intake, Request};
use throughline_server::live::{Live, RegistrySource};
use throughline_server::play::Player;
use throughline_wire::inflate::Compression;
use throughline_wire::otlp::Encoding;

fn main() {
    let days: u64 = std::env::args().nth(1).and_then(|d| d.parse().ok()).unwrap_or(2);
    let registry = throughline_registry::load_dir("examples/mail".as_ref(), &mut IdBook::default()).registry;
    let registry = Arc::new(registry.expect("the example is valid"));
    let intake = Arc::new(Intake::new(Arc::clone(&registry), Frames::default(), 1, 7));
    let book = Book::new(29 * 1_440);
    let live = Live::new(registry, RegistrySource::default(), Arc::clone(&intake.shared.interned), book);
    let mut player = Player::new(Arc::clone(&intake), Settings::default(), live);
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
    let mut taking = 0;
    sim.play_until(end, |body| {
        player.advance(UnixNanos(body.sent_at_ns));
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
    });
    player.advance(UnixNanos(end));
    let (_, live) = player.finish();
    let n = live.ledger.traces.received as u128;
    println!("{:?}", live.ledger);
    println!(
        "{n} spans, {} s, {} ns/span, taking {}",
        watch.elapsed().as_secs_f64(),
        watch.elapsed().as_nanos() / n,
        taking / n
    );
    let j = &live.judgement;
    for slo in &j.slos {
        println!(
            "{:?} {:?} {:?} {:?} {:?} {:?}",
            slo.id, slo.status, slo.verdict, slo.window, slo.sli, slo.budget.remaining_ppb
        );
    }
    println!("{} alerts", j.logs.alerts.len());
}
