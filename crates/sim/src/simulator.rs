//! Plays the mail product: attempts arrive, run and end, and what has ended is handed over as request bodies.
//! It sends nothing and reads no clock; the caller says up to when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::emit::Batch;
use crate::fault::Scenario;
use crate::script::Scripts;
use crate::users::{Attempt, Users};

/// A body is finished once it has as many spans.
const BODY_SPANS: u32 = 512;
/// A body is finished once its first attempt ended this long ago, so that nothing in it arrives late.
const BODY_NS_MAX: u64 = 20_000_000_000;

#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub seed: u64,
    pub scenario: Scenario,
    /// Nanoseconds since the epoch at which the fault begins; none: never.
    pub fault_at: Option<u64>,
    /// Multiplies the users; 1.0 is the demo's rhythm.
    pub scale: f64,
}

/// One `ExportTraceServiceRequest`.
#[derive(Debug, Clone, Copy)]
pub struct Body<'a> {
    pub bytes: &'a [u8],
    pub spans: u32,
    /// When it would be sent: after the end of its newest span.
    pub sent_at_ns: u64,
}

/// The mail product between two moments of its clock.
///
/// The same seed, start and steps of the clock give the same bytes (on one platform: the last bit of a logarithm is the
/// platform's). The spans of a seed are the same however the playing is divided up; which of them share a body is not, because a call
/// to [`Simulator::play_until`] keeps nothing back that has ended.
#[derive(Debug)]
pub struct Simulator {
    users: Users,
    scripts: Scripts,
    /// Attempts under way, the next to end on top.
    running: BinaryHeap<Reverse<Attempt>>,
    batch: Batch,
    /// Ends of the first and the last attempt in the batch.
    ended_ns: (u64, u64),
    spans_total: u64,
}

impl Simulator {
    /// Starts the product at `start_ns`; nobody came before.
    ///
    /// # Panics
    ///
    /// If `config.scale` is negative or not a number.
    pub fn new(config: Config, start_ns: u64) -> Self {
        assert!(config.scale >= 0.0, "`scale` must be 0 or more, not {}", config.scale);
        Self {
            users: Users::new(&config, start_ns),
            scripts: Scripts::new(),
            running: BinaryHeap::new(),
            batch: Batch::new(),
            ended_ns: (0, 0),
            spans_total: 0,
        }
    }

    /// Plays up to `until_ns` (exclusive) and calls `body` with each finished request, in order of `sent_at_ns`.
    /// All attempts that ended before `until_ns` are in these bodies; those still running come with a later call.
    pub fn play_until(&mut self, until_ns: u64, mut body: impl FnMut(Body<'_>)) {
        loop {
            let (flow, next_ns) = self.users.next();
            self.end_before(next_ns.min(until_ns), &mut body);
            if next_ns >= until_ns {
                break;
            }
            self.running.extend(self.users.arrive(flow).map(Reverse));
        }
        self.flush(&mut body);
    }

    /// Returns the number of spans in all bodies so far.
    pub fn spans_total(&self) -> u64 {
        self.spans_total
    }

    fn end_before(&mut self, until_ns: u64, body: &mut impl FnMut(Body<'_>)) {
        while self.running.peek().is_some_and(|Reverse(attempt)| attempt.end_ns < until_ns) {
            let Some(Reverse(attempt)) = self.running.pop() else { return };
            if self.batch.spans() > 0 && attempt.end_ns - self.ended_ns.0 >= BODY_NS_MAX {
                self.flush(body);
            }
            if self.batch.spans() == 0 {
                self.ended_ns.0 = attempt.end_ns;
            }
            self.ended_ns.1 = attempt.end_ns;
            self.scripts.perform(&attempt, &mut self.batch);
            if self.batch.spans() >= BODY_SPANS {
                self.flush(body);
            }
        }
    }

    fn flush(&mut self, body: &mut impl FnMut(Body<'_>)) {
        let spans = self.batch.spans();
        if spans > 0 {
            self.spans_total += u64::from(spans);
            body(Body { bytes: self.batch.take(), spans, sent_at_ns: self.ended_ns.1 + 1 });
        }
    }
}
