//! The tick: what became due is decided, the shards are drained into the book, and the book is judged. It holds no
//! arithmetic; it only says when.

use std::ops::Range;
use std::sync::atomic::Ordering;

use throughline_core::count::shard::SharedLimits;
use throughline_core::count::tally::Example;
use throughline_core::id::TraceId;
use throughline_core::judge::{Judge, Settings};
use throughline_core::time::{Minute, SECOND_NS, UnixNanos};
use throughline_wire::visit::Notes;

use crate::clock::Stopwatch;
use crate::intake::{Drained, Heard, Intake, lock};
use crate::kept::Piece;
use crate::live::{Live, Ticks};

/// How often is looked, on the server's clock.
pub const TICK_NS: u64 = 10 * SECOND_NS;

/// How many ticks are remembered for their durations.
const TOOK_MAX: usize = 100;

/// Judges what was counted.
#[derive(Debug, Default)]
pub struct Evaluator {
    judge: Judge,
}

impl Evaluator {
    /// Makes an evaluator without history.
    pub fn new(settings: Settings) -> Self {
        Self { judge: Judge::new(settings) }
    }

    /// Looks once, at `now`, at all that was counted up to then.
    pub fn tick(&mut self, live: &mut Live, drained: Drained, now: UnixNanos) {
        let watch = Stopwatch::start();
        live.ledger = drained.ledger;
        for mut changes in drained.changes {
            live.examples.add(std::mem::take(&mut changes.examples));
            live.book.add(changes, &live.interned);
        }
        live.book.sources.look(now);
        self.tell_late(live);
        live.judgement = self.judge.tick(&live.registry, &live.book.judged.history, &live.book.sources, now);
        live.book.forget_before(now.minute());
        note(&mut live.ticks, now, watch.elapsed().as_nanos() as u64);
    }

    /// Tells the judge of steps whose services are behind.
    fn tell_late(&mut self, live: &Live) {
        for step in live.registry.steps() {
            let services = step.actions.iter().filter(|action| !action.part).map(|action| &action.service);
            let since = services.filter_map(|service| live.book.sources.behind(service)).min();
            self.judge.late(step.id, since);
        }
    }

    /// Says that a stretch has no input, in a replay.
    pub fn no_input(&mut self, minutes: Range<Minute>) {
        self.judge.no_input(minutes);
    }
}

/// What only pages need: limits, notes and unknown words. It costs a look into every stripe and lane, so it is taken
/// before pages are kept waiting.
#[derive(Debug)]
pub struct Survey {
    heard: Heard,
    limits: SharedLimits,
    notes: Notes,
    bodies: u64,
    refused: u64,
}

impl Survey {
    /// Looks at everything.
    pub fn of(intake: &Intake) -> Self {
        Self {
            heard: intake.heard(),
            limits: intake.shared.limits(),
            notes: *lock(&intake.tallies.notes),
            bodies: intake.tallies.bodies.load(Ordering::Relaxed),
            refused: intake.tallies.refused.load(Ordering::Relaxed),
        }
    }

    /// Lays what was seen down for the pages.
    pub fn tell(self, live: &mut Live) {
        let Heard { unknown, unknown_more, memo_resets } = self.heard;
        live.unknown = unknown;
        (live.unknown_more, live.memo_resets) = (unknown_more, memo_resets);
        (live.limits, live.notes) = (self.limits, self.notes);
        (live.receiving.bodies, live.receiving.bodies_refused) = (self.bodies, self.refused);
    }
}

/// Cuts the traces that examples show and that are old enough out of the newest bodies.
pub fn cut(intake: &Intake, traces: Vec<TraceId>) -> Vec<(TraceId, Vec<Piece>)> {
    let pieces = |trace: TraceId| {
        let bodies = lock(&intake.ring).bodies_of(trace);
        (trace, bodies.iter().filter_map(|body| body.of_trace(trace)).collect())
    };
    traces.into_iter().map(pieces).collect()
}

/// Pins everything that is due, tick by tick, after a past was played.
pub fn pin_all(intake: &Intake, live: &mut Live, now: UnixNanos) {
    loop {
        let due = live.examples.to_pin(now);
        if due.is_empty() {
            return;
        }
        for (trace, pieces) in cut(intake, due) {
            live.examples.pin(trace, pieces, now);
        }
    }
}

/// How long before and after an example the other bodies of its trace are looked for.
const AROUND_NS: u64 = 120 * SECOND_NS;

/// Pins the traces whose bodies make room next, as long as they are there, while a past is played.
pub fn pin_at_risk(intake: &Intake, live: &mut Live, now: UnixNanos) {
    let Some(at_risk) = lock(&intake.ring).at_risk() else { return };
    for Example { trace, at, .. } in live.examples.not_cut_before(at_risk) {
        let (from, to) = (at.minus(AROUND_NS), at.plus(AROUND_NS));
        let bodies = lock(&intake.ring).bodies_between(trace, from, to);
        live.examples.pin(trace, bodies.iter().filter_map(|body| body.of_trace(trace)).collect(), now);
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
    let SharedLimits { traces, fingerprints_forgotten, bodies_forgotten, news_dropped, .. } = limits;
    let of_traces = traces.evicted + traces.spans + traces.watches;
    of_traces + fingerprints_forgotten + bodies_forgotten + news_dropped
}
