//! Plays bodies on a virtual clock: the demo's history and replayed files take this way, through the same intake and
//! the same evaluator as live requests. Time passes only here; nothing is late that was not late in the files.
//!
//! Counting runs on the caller's thread, judging on one of its own, a few minutes behind: two stages, two cores.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use throughline_core::judge::Settings;
use throughline_core::time::{Minute, SECOND_NS, UnixNanos};

use crate::evaluate::{Evaluator, TICK_NS, pin_all, survey};
use crate::intake::{Answer, Drained, Intake, Request};
use crate::live::Live;

/// How long after the last record nothing can move any more: 10 min for annotations, and a minute's close.
pub const SETTLING_NS: u64 = 700 * SECOND_NS;

/// Looks that judging may be behind counting.
const BEHIND_MAX: usize = 128;

enum Stage {
    Tick { now: UnixNanos, drained: Box<Drained> },
    NoInput(Range<Minute>),
}

/// A virtual clock with all that follows it.
#[derive(Debug)]
pub struct Player {
    intake: Arc<Intake>,
    judging: SyncSender<Stage>,
    judge: JoinHandle<(Evaluator, Live)>,
    now: UnixNanos,
    next_tick: Option<UnixNanos>,
}

impl Player {
    /// Makes a player whose clock begins with the first body.
    pub fn new(intake: Arc<Intake>, settings: Settings, live: Live) -> Self {
        let (judging, stages) = sync_channel(BEHIND_MAX);
        let judge = std::thread::spawn(move || judge(Evaluator::new(settings), live, &stages));
        Self { intake, judging, judge, now: UnixNanos(0), next_tick: None }
    }

    /// Moves the clock to `at` (never back), judging every 10 s on the way as a live server does, and takes the body.
    pub fn take(&mut self, request: &Request<'_>, at: UnixNanos) -> Answer {
        self.advance(at);
        self.intake.take(request, self.now)
    }

    /// Moves the clock to `at`, judging every 10 s on the way.
    pub fn advance(&mut self, at: UnixNanos) {
        let mut tick = self.next_tick.unwrap_or(after(at));
        while tick <= at {
            let drained = Box::new(self.intake.drain(tick));
            self.send(Stage::Tick { now: tick, drained });
            tick = after(tick);
        }
        self.next_tick = Some(tick);
        self.now = self.now.max(at);
    }

    /// Says that minutes have no input: they are nobody's silence.
    pub fn no_input(&mut self, minutes: Range<Minute>) {
        self.send(Stage::NoInput(minutes));
    }

    /// Jumps over a stretch without input to `at`, from the first instant on where nothing came before; what waits is
    /// settled first.
    pub fn skip_to(&mut self, at: UnixNanos) {
        let from = if self.next_tick.is_some() { self.now } else { UnixNanos(0) };
        self.no_input(from.minute()..at.minute().plus(1));
        let settled = self.now.plus(SETTLING_NS);
        if self.next_tick.is_some() {
            self.advance(settled.min(at));
        }
        if at > settled || self.next_tick.is_none() {
            self.next_tick = Some(after(at));
            self.now = at;
        }
    }

    /// Lets everything settle after the last body.
    pub fn settle(&mut self) {
        let settled = self.now.plus(SETTLING_NS);
        self.no_input(self.now.minute()..settled.minute().plus(2));
        self.advance(settled);
    }

    /// Returns the clock.
    pub fn now(&self) -> UnixNanos {
        self.now
    }

    /// Ends the playing when judging has caught up; live requests may go on from here.
    ///
    /// # Panics
    /// When judging panicked: the panic goes on here.
    pub fn finish(self) -> (Evaluator, Live) {
        drop(self.judging);
        let (evaluator, mut live) =
            self.judge.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        // Records that are no spans move no clock, so no look may have seen them.
        live.ledger = self.intake.ledger();
        survey(&self.intake, &mut live);
        pin_all(&self.intake, &mut live, self.now);
        (evaluator, live)
    }

    /// Hands a stage over. Judging ends early only by a panic, which `finish` carries on.
    fn send(&self, stage: Stage) {
        if self.judging.send(stage).is_err() {
            debug_assert!(self.judge.is_finished(), "judging goes on as long as stages come");
        }
    }
}

/// Returns the next full 10 s.
fn after(at: UnixNanos) -> UnixNanos {
    UnixNanos((at.0 / TICK_NS + 1).saturating_mul(TICK_NS))
}

fn judge(mut evaluator: Evaluator, mut live: Live, stages: &Receiver<Stage>) -> (Evaluator, Live) {
    while let Ok(stage) = stages.recv() {
        match stage {
            Stage::Tick { now, drained } => evaluator.tick(&mut live, *drained, now),
            Stage::NoInput(minutes) => evaluator.no_input(minutes),
        }
    }
    (evaluator, live)
}
