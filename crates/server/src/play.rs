//! Plays bodies on a virtual clock: the demo's history and replayed files take this way, through the same intake and
//! the same evaluator as live requests. Time passes only here; nothing is late that was not late in the files.

use std::sync::Arc;

use throughline_core::judge::Settings;
use throughline_core::time::{Minute, SECOND_NS, UnixNanos};

use crate::evaluate::Evaluator;
use crate::intake::{Answer, Intake, Request};
use crate::live::Live;

/// How long after the last record nothing can move any more: 10 min for annotations, and a minute's close.
pub const SETTLING_NS: u64 = 700 * SECOND_NS;

/// A virtual clock with all that follows it.
#[derive(Debug)]
pub struct Player {
    evaluator: Evaluator,
    live: Live,
    now: UnixNanos,
    next_tick: Option<UnixNanos>,
}

impl Player {
    /// Makes a player whose clock begins with the first body.
    pub fn new(intake: Arc<Intake>, settings: Settings, live: Live) -> Self {
        Self { evaluator: Evaluator::new(intake, settings), live, now: UnixNanos(0), next_tick: None }
    }

    /// Moves the clock to `at` (never back), judging at every full minute on the way, and takes the body.
    pub fn take(&mut self, request: &Request<'_>, at: UnixNanos) -> Answer {
        self.advance(at);
        self.evaluator.intake().take(request, self.now)
    }

    /// Moves the clock to `at`, judging at every full minute on the way.
    pub fn advance(&mut self, at: UnixNanos) {
        let mut tick = self.next_tick.unwrap_or(at.minute().end());
        while tick <= at {
            self.evaluator.tick(&mut self.live, tick);
            tick = tick.minute().end();
        }
        self.next_tick = Some(tick);
        self.now = self.now.max(at);
    }

    /// Jumps over a stretch without input to `at`: what waits is settled first, and the gap is nobody's silence.
    pub fn skip_to(&mut self, at: UnixNanos) {
        let settled = self.now.plus(SETTLING_NS);
        if at <= settled {
            return self.advance(at);
        }
        let (from, to) = (self.now.minute(), at.minute());
        self.evaluator.judge().no_input(from..Minute(to.0 + 1));
        self.advance(settled);
        self.next_tick = Some(at.minute().end());
        self.now = at;
    }

    /// Lets everything settle after the last body.
    pub fn settle(&mut self) {
        let last = self.now.minute();
        self.evaluator.judge().no_input(last.plus(1)..Minute(u32::MAX));
        self.advance(self.now.plus(SETTLING_NS));
    }

    /// Returns the clock.
    pub fn now(&self) -> UnixNanos {
        self.now
    }

    /// Returns what is known.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// Ends the playing; live requests may go on from here.
    pub fn finish(mut self) -> (Evaluator, Live) {
        self.evaluator.survey(&mut self.live);
        (self.evaluator, self.live)
    }
}
