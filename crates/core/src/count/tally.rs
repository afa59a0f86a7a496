//! What one shard counted since it was last drained: signed changes by small keys. Applying a decision and taking
//! it back are the same code with the other sign, so that a change of mind cannot leave a trace in the counts.

use crate::annotate::decision::{Attempt, Brings, Counted, Decision, Outcome, Source, Unmatched};
use crate::annotate::entry::Entry;
use crate::annotate::names::{OperationId, ReasonId};
use crate::annotate::reader::WEIGHT_ONE;
use crate::count::brought::Brought;
use crate::count::bucket::{Amendment, Counts, SeriesKey, Slow, Weighted};
use crate::count::frame::{Frame, Frames};
use crate::count::latency::bucket_of;
use crate::hash::FastMap;
use crate::id::{ServiceId, StepId, TraceId};
use crate::model::registry::Registry;
use crate::model::step::THRESHOLDS_MAX;
use crate::observation::TrafficClass;
use crate::time::{Minute, SECOND_NS, UnixNanos};

/// The largest spread of one attempt, that of about 1 kept of 260,000: half a million of these can be added.
const SPREAD_MAX: i64 = 1 << 44;

/// An attempt that arrives this long after its minute's end is late.
pub const LATE_NS: u64 = 60 * SECOND_NS;

/// A service x step cell in a minute; without a step: requests that no step is known for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellKey {
    pub frame: Frame,
    pub service: ServiceId,
    pub step: Option<StepId>,
    pub class: TrafficClass,
    pub minute: Minute,
}

/// Requests of a cell and how many were errors (`status: error`, or shed).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Requests {
    pub requests: i64,
    pub errors: i64,
}

/// Bad attempts of one reason: where they began to fail and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FailureKey {
    pub frame: Frame,
    pub step: StepId,
    pub minute: Minute,
    pub outcome: Outcome,
    pub service: ServiceId,
    pub reason: Option<ReasonId>,
}

/// Requests without a step, by what they called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StrayKey {
    pub service: ServiceId,
    pub operation: OperationId,
    pub why: Unmatched,
    /// Hours since the epoch.
    pub hour: u32,
}

/// What an example trace shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ExampleOf {
    Attempt {
        step: StepId,
        outcome: Outcome,
        reason: Option<ReasonId>,
    },
    /// A good attempt above a latency threshold, by its place among the step's.
    Slow {
        step: StepId,
        threshold: u8,
    },
    Cell {
        service: ServiceId,
        step: StepId,
        error: bool,
    },
    /// A request that no step is known for.
    Stray {
        service: ServiceId,
        operation: OperationId,
        error: bool,
    },
}

/// A trace that shows something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    pub of: ExampleOf,
    pub trace: TraceId,
    pub at: UnixNanos,
}

/// How long a shard waits before it names a further example of the same thing.
const EXAMPLE_EVERY_NS: u64 = 10 * SECOND_NS;

/// Signed changes since the last drain.
#[derive(Debug, Default)]
pub struct Changes {
    pub attempts: Vec<(Frame, Amendment)>,
    pub cells: Vec<(CellKey, Requests)>,
    pub failures: Vec<(FailureKey, i64)>,
    /// By frame, step and minute; of interactive attempts at steps that say what they usually bring about.
    pub brought: Vec<((Frame, StepId, Minute), Brought)>,
    pub strays: Vec<(StrayKey, Requests)>,
    /// By frame, step and bucket of [`crate::count::latency`]; good and bad interactive attempts.
    pub latencies: Vec<((Frame, StepId, u16), i64)>,
    /// Entry spans by service and source, `None` for those without a step.
    pub coverage: Vec<((ServiceId, Option<Source>), i64)>,
    /// Records by service and minute, of any kind.
    pub sources: Vec<((ServiceId, Minute), u32)>,
    pub examples: Vec<Example>,
}

/// The tables of a shard that are drained.
#[derive(Debug, Default)]
pub struct Tally {
    attempts: FastMap<(Frame, SeriesKey, Minute), Counts>,
    cells: FastMap<CellKey, Requests>,
    failures: FastMap<FailureKey, i64>,
    brought: FastMap<(Frame, StepId, Minute), Brought>,
    strays: FastMap<StrayKey, Requests>,
    latencies: FastMap<(Frame, StepId, u16), i64>,
    coverage: FastMap<(ServiceId, Option<Source>), i64>,
    sources: FastMap<(ServiceId, Minute), u32>,
    examples: Vec<Example>,
    named: FastMap<ExampleOf, UnixNanos>,
    /// When the body arrived whose good requests may be examples.
    examples_at: UnixNanos,
}

/// What-if examples that a shard remembers to have named.
const NAMED_MAX: usize = 4_096;

impl Tally {
    /// Counts that a service recorded `n` spans that started in a minute.
    pub fn source(&mut self, service: ServiceId, minute: Minute, n: u32) {
        *self.sources.entry((service, minute)).or_default() += n;
    }

    /// Adds a decision (`sign` 1) or takes it back (-1).
    pub fn apply(
        &mut self,
        (registry, frames): (&Registry, &Frames),
        entry: &Entry,
        decision: &Decision,
        sign: i64,
    ) {
        match decision {
            Decision::Filtered(_) => {}
            Decision::Unmatched(why) => self.stray(frames, entry, *why, sign),
            Decision::Counted(counted) => self.counted(registry, frames, entry, counted, sign),
        }
    }

    /// Takes all changes out; what cancelled out is left out.
    pub fn drain(&mut self) -> Changes {
        let attempts = self.attempts.drain().filter(|(_, counts)| !counts.is_zero());
        let attempts = attempts
            .map(|((frame, series, minute), counts)| (frame, Amendment { series, minute, counts }))
            .collect();
        let some = |requests: &Requests| *requests != Requests::default();
        Changes {
            attempts,
            cells: self.cells.drain().filter(|(_, requests)| some(requests)).collect(),
            failures: self.failures.drain().filter(|(_, n)| *n != 0).collect(),
            brought: self.brought.drain().filter(|(_, brought)| *brought != Brought::default()).collect(),
            strays: self.strays.drain().filter(|(_, requests)| some(requests)).collect(),
            latencies: self.latencies.drain().filter(|(_, n)| *n != 0).collect(),
            coverage: self.coverage.drain().filter(|(_, n)| *n != 0).collect(),
            sources: self.sources.drain().collect(),
            examples: std::mem::take(&mut self.examples),
        }
    }

    fn stray(&mut self, frames: &Frames, entry: &Entry, why: Unmatched, sign: i64) {
        let Some(frame) = frames.of(entry.start) else { return };
        self.cell(frame, entry, None, (entry.class, 1), sign);
        *self.coverage.entry((entry.service, None)).or_default() += sign;
        let hour = entry.start.minute().0 / 60;
        let key = StrayKey { service: entry.service, operation: entry.operation, why, hour };
        let error = is_error(entry);
        add(self.strays.entry(key).or_default(), 1, error, sign);
        if sign > 0 && why != Unmatched::Undecided && self.is_shown(entry, error) {
            let Entry { service, operation, .. } = *entry;
            self.name_example(entry, ExampleOf::Stray { service, operation, error });
        }
    }

    fn counted(&mut self, registry: &Registry, frames: &Frames, entry: &Entry, counted: &Counted, sign: i64) {
        let Some(frame) = frames.of(entry.start) else { return };
        *self.coverage.entry((entry.service, Some(counted.source))).or_default() += sign;
        self.cell(frame, entry, Some(counted.step), (counted.class, counted.times), sign);
        for (step, times) in counted.others() {
            self.cell(frame, entry, Some(*step), (counted.class, *times), sign);
        }
        if let Some(attempt) = &counted.attempt {
            self.attempt(registry, frame, entry, (counted, attempt), sign);
        }
        if sign > 0 {
            let thresholds = registry.step(counted.step).map_or(&[][..], |step| &step.thresholds);
            self.example(entry, counted, thresholds);
        }
    }

    fn cell(
        &mut self,
        frame: Frame,
        entry: &Entry,
        step: Option<StepId>,
        (class, times): (TrafficClass, u16),
        sign: i64,
    ) {
        let key = CellKey { frame, service: entry.service, step, class, minute: entry.start.minute() };
        add(self.cells.entry(key).or_default(), times, is_error(entry), sign);
    }

    fn attempt(
        &mut self,
        registry: &Registry,
        frame: Frame,
        entry: &Entry,
        (counted, attempt): (&Counted, &Attempt),
        sign: i64,
    ) {
        let Counted { step, class, times, .. } = *counted;
        let minute = entry.start.minute();
        let n = sign * i64::from(times);
        let thresholds = registry.step(step).map_or(&[][..], |step| &step.thresholds);
        let series = SeriesKey { step, objective: attempt.objective, class };
        let counts = counts_of(entry, attempt.outcome, thresholds, n);
        *self.attempts.entry((frame, series, minute)).or_default() += &counts;
        if class != TrafficClass::Interactive {
            return;
        }
        let found = match attempt.brings {
            Brings::NotAsked | Brings::Unknown => None,
            Brings::Something => Some(n),
            Brings::Nothing => Some(0),
        };
        if let Some(found) = found {
            *self.brought.entry((frame, step, minute)).or_default() += Brought { looked: n, found };
        }
        if let Some((service, reason)) = attempt.blame {
            let key = FailureKey { frame, step, minute, outcome: attempt.outcome, service, reason };
            *self.failures.entry(key).or_default() += n;
        }
        if entry.end_ns.is_some() && (attempt.outcome == Outcome::Good || attempt.outcome.is_bad()) {
            *self.latencies.entry((frame, step, bucket_of(entry.duration()))).or_default() += n;
        }
    }

    /// Returns whether a request may be an example: what is wrong always, what went well in one body every 10 s.
    fn is_shown(&mut self, entry: &Entry, is_wrong: bool) -> bool {
        if is_wrong || entry.arrived == self.examples_at {
            return true;
        }
        let is_due = entry.arrived.since(self.examples_at) >= EXAMPLE_EVERY_NS;
        if is_due {
            self.examples_at = entry.arrived;
        }
        is_due
    }

    /// Names traces for people to look at: of each kind of attempt and each cell, one every 10 s.
    fn example(&mut self, entry: &Entry, counted: &Counted, thresholds: &[u64]) {
        let (step, error) = (counted.step, is_error(entry));
        let bad = counted.attempt.is_some_and(|attempt| attempt.outcome != Outcome::Good);
        let is_good_attempt = counted.attempt.is_some() && !bad;
        let above = |(_, threshold): &(u8, &u64)| is_good_attempt && entry.duration() > **threshold;
        let mut slow = (0..).zip(thresholds).take(THRESHOLDS_MAX).filter(above).peekable();
        if !self.is_shown(entry, error || bad || slow.peek().is_some()) {
            return;
        }
        self.name_example(entry, ExampleOf::Cell { service: entry.service, step, error });
        if let Some(Attempt { outcome, blame, .. }) = counted.attempt {
            let reason = blame.and_then(|(_, reason)| reason);
            self.name_example(entry, ExampleOf::Attempt { step, outcome, reason });
        }
        slow.for_each(|(threshold, _)| self.name_example(entry, ExampleOf::Slow { step, threshold }));
    }

    fn name_example(&mut self, entry: &Entry, of: ExampleOf) {
        let (trace, at) = (entry.trace, entry.arrived);
        match self.named.get(&of) {
            Some(last) if at.since(*last) < EXAMPLE_EVERY_NS => return,
            None if self.named.len() >= NAMED_MAX => self.named.clear(),
            _ => {}
        }
        self.named.insert(of, at);
        self.examples.push(Example { of, trace, at });
    }
}

fn add(requests: &mut Requests, times: u16, error: bool, sign: i64) {
    requests.requests += sign * i64::from(times);
    requests.errors += if error { sign * i64::from(times) } else { 0 };
}

fn is_error(entry: &Entry) -> bool {
    entry.codes.error || entry.codes.shed
}

/// Returns whether an attempt arrived 60 s or more after its minute's end.
pub fn is_late(entry: &Entry) -> bool {
    entry.arrived >= entry.start.minute().end().plus(LATE_NS)
}

/// Returns what `n` attempts of a sampling weight in 2^-16 stand for.
fn weighted(weight: i64, outcome: Outcome, n: i64) -> Weighted {
    let all = weight.saturating_mul(n);
    let spread = (i128::from(weight) * i128::from(weight - WEIGHT_ONE)) >> 24;
    let spread = i64::try_from(spread).unwrap_or(i64::MAX).min(SPREAD_MAX).saturating_mul(n);
    match outcome {
        Outcome::Good => Weighted { good: all, spread, ..Weighted::default() },
        Outcome::Lost => Weighted { lost: all, ..Weighted::default() },
        _ if outcome.is_bad() => Weighted { bad: all, spread, ..Weighted::default() },
        _ => Weighted::default(),
    }
}

/// Returns what `n` attempts of this outcome add to their bucket.
fn counts_of(entry: &Entry, outcome: Outcome, thresholds: &[u64], n: i64) -> Counts {
    let mut counts = Counts { late: if is_late(entry) { n } else { 0 }, ..Counts::default() };
    let place = match outcome {
        Outcome::Good => &mut counts.good,
        Outcome::Failed => &mut counts.failed,
        Outcome::Useless => &mut counts.useless,
        Outcome::Shed => &mut counts.shed,
        Outcome::Excluded => &mut counts.excluded,
        Outcome::Pending => &mut counts.pending,
        Outcome::Lost => &mut counts.lost,
    };
    *place = n;
    if outcome == Outcome::Good && entry.end_ns.is_none() {
        counts.untimed = n;
    }
    counts.weighted = weighted(entry.weight, outcome, n);
    let duration = entry.duration();
    for (slow, threshold) in counts.slow.iter_mut().zip(thresholds).take(THRESHOLDS_MAX) {
        if duration > *threshold {
            *slow = match outcome {
                Outcome::Good => Slow { good: n, bad: 0 },
                _ if outcome.is_bad() => Slow { good: 0, bad: n },
                _ => Slow::default(),
            };
        }
    }
    counts
}
