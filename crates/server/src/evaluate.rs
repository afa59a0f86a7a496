//! The tick: what became due is decided, the shards are drained into the book, and the book is judged. It holds no
//! arithmetic; it only says when.

use std::sync::Arc;

use throughline_core::count::shard::SharedLimits;
use throughline_core::judge::{Judge, Settings};
use throughline_core::time::{SECOND_NS, UnixNanos};

use crate::clock::Stopwatch;
use crate::intake::{Intake, lock};
use crate::live::{Live, Ticks};

/// How often is looked, on the server's clock.
pub const TICK_NS: u64 = 10 * SECOND_NS;

/// How many ticks are remembered for their durations.
const TOOK_MAX: usize = 100;

/// Judges what an intake counts.
#[derive(Debug)]
pub struct Evaluator {
    intake: Arc<Intake>,
    judge: Judge,
}

impl Evaluator {
    /// Makes an evaluator without history.
    pub fn new(intake: Arc<Intake>, settings: Settings) -> Self {
        Self { intake, judge: Judge::new(settings) }
    }

    /// Looks once, at `now`.
    pub fn tick(&mut self, live: &mut Live, now: UnixNanos) {
        let watch = Stopwatch::start();
        let (ledger, drained) = self.intake.drain(&mut live.book, now);
        live.ledger = ledger;
        live.unknown = drained.unknown;
        live.examples.add(drained.examples);
        live.judgement = self.judge.tick(&live.registry, &live.book.judged.history, &live.book.sources, now);
        live.book.forget_before(now.minute());
        note(&mut live.ticks, now, watch.elapsed().as_nanos() as u64);
    }

    /// Reads what only pages need: limits and notes. Costs a look into every stripe.
    pub fn survey(&self, live: &mut Live) {
        live.limits = self.intake.shared.limits();
        live.notes = *lock(&self.intake.tallies.notes);
        let tallies = &self.intake.tallies;
        live.receiving.bodies = tallies.bodies.load(std::sync::atomic::Ordering::Relaxed);
        live.receiving.bodies_refused = tallies.refused.load(std::sync::atomic::Ordering::Relaxed);
    }

    /// Returns the judge, for what a replay tells it besides.
    pub fn judge(&mut self) -> &mut Judge {
        &mut self.judge
    }

    /// Returns what is counted with.
    pub fn intake(&self) -> &Arc<Intake> {
        &self.intake
    }
}

fn note(ticks: &mut Ticks, now: UnixNanos, took_ns: u64) {
    ticks.done += 1;
    ticks.late += u64::from(ticks.last.is_some_and(|last| now.since(last) > 3 * TICK_NS / 2));
    ticks.last = Some(now);
    if ticks.took_ns.len() == TOOK_MAX {
        ticks.took_ns.remove(0);
    }
    ticks.took_ns.push(took_ns);
}

/// Returns how often any limit was reached.
pub fn limits_reached(limits: &SharedLimits) -> u64 {
    let traces = limits.traces;
    traces.evicted + traces.spans + traces.watches + limits.fingerprints_forgotten + limits.bodies_forgotten
}
