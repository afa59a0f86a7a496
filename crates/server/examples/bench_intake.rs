//! What counting a span costs: pre-encoded bodies of 512 spans through [`Intake::take`] and the drain of every ten
//! seconds, on one thread and on two, in CPU time. The answer is JSON. Estimated before: 500 ns a span, and
//! two threads at 0.9 of twice one.
//!
//! `cargo xtask bench intake`, or `cargo run --release -p throughline-server --example bench_intake`.
#![expect(clippy::print_stdout, reason = "the answer")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use throughline_core::count::frame::Frames;
use throughline_core::model::registry::{IdBook, Registry};
use throughline_core::observation::Signal;
use throughline_core::time::{SECOND_NS, UnixNanos};
use throughline_server::clock::Stopwatch;
use throughline_server::evaluate::TICK_NS;
use throughline_server::intake::{Answer, Intake, Request};
use throughline_sim::{Config, Scenario, Simulator};
use throughline_wire::inflate::Compression;
use throughline_wire::otlp::Encoding;

/// A weekday's afternoon.
const START: UnixNanos = UnixNanos(1_795_442_700 * SECOND_NS);
/// Users, as a multiple of the demo's: bodies are full within a second.
const SCALE: f64 = 200.0;
/// Spans of a round.
const SPANS: u64 = 1_000_000;
/// Each round has an intake of its own; the median counts.
const ROUNDS: usize = 5;

struct Bodies {
    bodies: Vec<(Vec<u8>, UnixNanos)>,
    spans: u64,
}

fn main() {
    let bodies = encode();
    let loaded = throughline_registry::load_dir("examples/mail".as_ref(), &mut IdBook::default());
    let registry =
        Arc::new(loaded.registry.expect("the example is valid; run this at the root of the project"));
    let one = measure(&bodies, &registry, 1);
    let two = measure(&bodies, &registry, 2);
    let ratio = two.spans_per_second / (2.0 * one.spans_per_second);
    let bytes: usize = bodies.bodies.iter().map(|(bytes, _)| bytes.len()).sum();
    let answer = json!({
        "bench": "intake",
        "spans": bodies.spans,
        "spans_per_body": bodies.spans / bodies.bodies.len() as u64,
        "bytes_per_span": bytes as u64 / bodies.spans,
        "rounds": ROUNDS,
        "cores": std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        "threads": {"1": one.json(), "2": two.json()},
        "two_threads_against_twice_one": (ratio * 1_000.0).round() / 1_000.0,
    });
    println!("{answer:#}");
}

fn encode() -> Bodies {
    let config = Config { seed: 1, scenario: Scenario::None, fault_at: None, scale: SCALE };
    let mut simulator = Simulator::new(config, START.0);
    let mut found = Bodies { bodies: Vec::new(), spans: 0 };
    let mut until = START;
    while found.spans < SPANS {
        until = until.plus(60 * SECOND_NS);
        simulator.play_until(until.0, |body| {
            found.spans += u64::from(body.spans);
            found.bodies.push((body.bytes.to_vec(), UnixNanos(body.sent_at_ns)));
        });
    }
    found
}

#[derive(Debug, Clone, Copy)]
struct Measured {
    cpu_ns_per_span: f64,
    spans_per_second: f64,
}

impl Measured {
    fn json(self) -> serde_json::Value {
        json!({"cpu_ns_per_span": self.cpu_ns_per_span.round(), "spans_per_second": self.spans_per_second.round()})
    }
}

fn measure(bodies: &Bodies, registry: &Arc<Registry>, threads: usize) -> Measured {
    let mut rounds: Vec<Measured> = (0..ROUNDS).map(|_| round(bodies, registry, threads)).collect();
    rounds.sort_by(|a, b| a.cpu_ns_per_span.total_cmp(&b.cpu_ns_per_span));
    rounds[ROUNDS / 2]
}

fn round(bodies: &Bodies, registry: &Arc<Registry>, threads: usize) -> Measured {
    let intake = Intake::new(Arc::clone(registry), Frames::default(), threads, 7);
    let next = AtomicUsize::new(0);
    let watch = Stopwatch::start();
    let cpu_ns: u64 = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| work(bodies, &intake, &next))).collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker does not panic")).sum()
    });
    let took = watch.elapsed();
    let counted = intake.ledger().traces.received;
    assert_eq!(counted, bodies.spans as i64, "every span is received");
    Measured {
        cpu_ns_per_span: cpu_ns as f64 / bodies.spans as f64,
        spans_per_second: bodies.spans as f64 / took.as_secs_f64(),
    }
}

/// Takes bodies until there are none left, drains at every tick of their clock, and returns its own CPU time.
fn work(bodies: &Bodies, intake: &Intake, next: &AtomicUsize) -> u64 {
    let before = cpu_ns();
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        let Some((body, at)) = bodies.bodies.get(n) else { break };
        let (signal, encoding, compression) = (Signal::Traces, Encoding::Protobuf, Compression::Identity);
        let answer = intake.take(&Request { signal, encoding, compression, body }, *at);
        assert!(matches!(answer, Answer::Accepted(_)), "{answer:?}");
        let last = n.checked_sub(1).map_or(START, |n| bodies.bodies[n].1);
        if at.0 / TICK_NS > last.0 / TICK_NS {
            drop(intake.drain(*at));
        }
    }
    cpu_ns() - before
}

/// Returns the CPU time of this thread, as the kernel counts it.
fn cpu_ns() -> u64 {
    let text =
        std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells a thread's CPU time");
    text.split(' ')
        .next()
        .and_then(|first| first.parse().ok())
        .expect("the first number is nanoseconds on the CPU")
}
