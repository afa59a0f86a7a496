//! Plays bodies on a virtual clock: the demo's history and replayed files take this way, through the same intake and
//! the same evaluator as live requests. Time passes only here; nothing is late that was not late in the files.
//!
//! Reading runs on the caller's thread, counting on a second, judging on a third: each stage hands on in order and is
//! a little behind the one before. What comes out is what one thread would make.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use throughline_core::count::batch::Batch;
use throughline_core::judge::Settings;
use throughline_core::time::{Minute, SECOND_NS, UnixNanos};

use crate::evaluate::{Evaluator, Survey, TICK_NS, pin_all, pin_at_risk};
use crate::intake::{Drained, Intake, ReadBody, Refusal, Request};
use crate::live::Live;

/// How long after the last record nothing can move any more: 10 min for annotations, and a minute's close.
pub const SETTLING_NS: u64 = 700 * SECOND_NS;

/// How often traces are pinned whose bodies make room next. Looked for at every tick they would cost more than
/// judging: most examples give way to newer ones long before their bodies do.
const SAVING_NS: u64 = 600 * SECOND_NS;

/// Looks that judging may be behind counting.
const BEHIND_MAX: usize = 128;

/// Spans that are handed to counting at once: a thread is woken for many, not for each body.
const TOGETHER: usize = 2_048;
/// Such portions that counting may be behind reading.
const PORTIONS_MAX: usize = 4;

/// What counting does next.
#[derive(Debug)]
enum Count {
    /// A body, or chunks of files where nothing more is known.
    Batch {
        batch: Box<Batch>,
        body: Option<ReadBody>,
        now: UnixNanos,
    },
    Tick(UnixNanos),
    NoInput(Range<Minute>),
}

/// What judging does next.
#[derive(Debug)]
enum Judge {
    Tick { now: UnixNanos, drained: Box<Drained> },
    NoInput(Range<Minute>),
}

/// A virtual clock with all that follows it.
#[derive(Debug)]
pub struct Player {
    intake: Arc<Intake>,
    counting: SyncSender<Vec<Count>>,
    counter: JoinHandle<()>,
    judge: JoinHandle<(Evaluator, Live)>,
    portion: Vec<Count>,
    /// Spans of the portion.
    spans: usize,
    /// Batches that were counted, to be filled again.
    spare: Receiver<Box<Batch>>,
    now: UnixNanos,
    next_tick: Option<UnixNanos>,
}

impl Player {
    /// Makes a player whose clock begins with the first body.
    pub fn new(intake: Arc<Intake>, settings: Settings, live: Live) -> Self {
        let (judging, looks) = sync_channel(BEHIND_MAX);
        let judge = {
            let intake = Arc::clone(&intake);
            std::thread::spawn(move || judge(Evaluator::new(settings), (live, &intake), &looks))
        };
        let (counting, portions) = sync_channel(PORTIONS_MAX);
        let (counted, spare) = channel();
        let counter = {
            let intake = Arc::clone(&intake);
            std::thread::spawn(move || count(&intake, &portions, &judging, &counted))
        };
        let (portion, spans) = (Vec::new(), 0);
        let (now, next_tick) = (UnixNanos(0), None);
        Self { intake, counting, counter, judge, portion, spans, spare, now, next_tick }
    }

    /// Moves the clock to `at` (never back), judging every 10 s on the way as a live server does, and takes the body.
    ///
    /// # Errors
    /// [`Refusal`] when the whole body is refused.
    pub fn take(&mut self, request: &Request<'_>, at: UnixNanos) -> Result<(), Refusal> {
        self.advance(at);
        let mut batch: Box<Batch> = self.spare.try_recv().unwrap_or_default();
        let body = Some(self.intake.read(request, &mut batch, self.now)?);
        self.count(batch, body, self.now);
        Ok(())
    }

    /// Takes the chunks that the intake read since the last call, as of `now`; returns their records, of all signals,
    /// refused ones with them.
    pub fn take_chunks(&mut self, now: UnixNanos) -> u64 {
        let mut batch: Box<Batch> = self.spare.try_recv().unwrap_or_default();
        self.intake.hand_out(&mut batch);
        let records = batch.records();
        self.count(batch, None, now);
        records
    }

    /// Moves the clock to `at`, judging every 10 s on the way.
    pub fn advance(&mut self, at: UnixNanos) {
        let mut tick = self.next_tick.unwrap_or(after(at));
        while tick <= at {
            self.hand(Count::Tick(tick));
            tick = after(tick);
        }
        self.next_tick = Some(tick);
        self.now = self.now.max(at);
    }

    /// Says that minutes have no input: they are nobody's silence.
    pub fn no_input(&mut self, minutes: Range<Minute>) {
        self.hand(Count::NoInput(minutes));
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
    /// When counting or judging panicked: the panic goes on here.
    pub fn finish(mut self) -> (Evaluator, Live) {
        self.send();
        drop(self.counting);
        self.counter.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let (evaluator, mut live) =
            self.judge.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        // Records that are no spans move no clock, so no look may have seen them.
        live.ledger = self.intake.ledger();
        Survey::of(&self.intake).tell(&mut live);
        pin_all(&self.intake, &mut live, self.now);
        (evaluator, live)
    }

    fn count(&mut self, batch: Box<Batch>, body: Option<ReadBody>, now: UnixNanos) {
        self.spans += batch.spans();
        self.hand(Count::Batch { batch, body, now });
    }

    fn hand(&mut self, next: Count) {
        self.portion.push(next);
        if self.spans.max(self.portion.len()) >= TOGETHER {
            self.send();
        }
    }

    /// Hands a portion over. Counting ends early only by a panic, which `finish` carries on.
    fn send(&mut self) {
        self.spans = 0;
        let portion = std::mem::take(&mut self.portion);
        if self.counting.send(portion).is_err() {
            debug_assert!(self.counter.is_finished(), "counting goes on as long as portions come");
        }
    }
}

/// Returns the next full 10 s.
fn after(at: UnixNanos) -> UnixNanos {
    UnixNanos((at.0 / TICK_NS + 1).saturating_mul(TICK_NS))
}

fn count(
    intake: &Intake,
    portions: &Receiver<Vec<Count>>,
    judging: &SyncSender<Judge>,
    counted: &Sender<Box<Batch>>,
) {
    for next in portions.iter().flatten() {
        let look = match next {
            Count::Batch { mut batch, body, now } => {
                match body {
                    Some(body) => drop(intake.count(&body, &mut batch, now)),
                    None => intake.count_chunk(&mut batch, now),
                }
                // Nobody waits for it where reading has ended.
                counted.send(batch).ok();
                continue;
            }
            Count::Tick(now) => Judge::Tick { now, drained: Box::new(intake.drain(now)) },
            Count::NoInput(minutes) => Judge::NoInput(minutes),
        };
        if judging.send(look).is_err() {
            // Judging panicked, and `finish` carries that on.
            return;
        }
    }
}

fn judge(
    mut evaluator: Evaluator,
    (mut live, intake): (Live, &Intake),
    looks: &Receiver<Judge>,
) -> (Evaluator, Live) {
    while let Ok(look) = looks.recv() {
        match look {
            Judge::Tick { now, drained } => {
                evaluator.tick(&mut live, *drained, now);
                if now.0.is_multiple_of(SAVING_NS) {
                    pin_at_risk(intake, &mut live, now);
                }
            }
            Judge::NoInput(minutes) => evaluator.no_input(minutes),
        }
    }
    (evaluator, live)
}
