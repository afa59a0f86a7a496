//! Plays 28 days that end on a weekday at 14:05 UTC and prints how many spans and bytes that was; time it from outside:
//! `time cargo run --release -p throughline-sim --example speed`. Estimate: 20 million spans in 2 s.

use std::io::Write;

use throughline_sim::{Config, Scenario, Simulator};

/// Wednesday 2026-09-09 14:05 UTC.
const END_NS: u64 = 1_788_962_700_000_000_000;
const HISTORY_NS: u64 = 28 * 86_400_000_000_000;

fn main() -> std::io::Result<()> {
    let config = Config { seed: 1, scenario: Scenario::None, fault_at: None, scale: 1.0 };
    let mut simulator = Simulator::new(config, END_NS - HISTORY_NS);
    let (mut bodies, mut bytes) = (0u64, 0u64);
    simulator.play_until(END_NS, |body| {
        bodies += 1;
        bytes += body.bytes.len() as u64;
    });
    let spans = simulator.spans_total();
    writeln!(std::io::stdout(), "{spans} spans, {bodies} bodies, {} bytes a span", bytes / spans)
}
