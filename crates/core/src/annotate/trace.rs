//! The traces that may still change: one table per stripe of trace ids. It keeps what waits, asks for
//! decisions when a trace changes or its time has come, and tells what moved. It counts nothing.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use crate::annotate::decide::{Context, Decisions, Flow, Need, Spans, Watch};
use crate::annotate::decision::{Decision, Source, Unmatched};
use crate::annotate::entry::{Entry, MOVES_NS};
use crate::annotate::rules::Rules;
use crate::id::{StepId, TraceId};
use crate::observation::TrafficClass;
use crate::time::{SECOND_NS, UnixNanos};

/// Spans of one trace that are kept from one decision to the next. Of more, those that the others need least are
/// decided for good.
pub const TRACE_SPANS_MAX: usize = 4_096;
/// Spans of a trace from which on it is not decided again with each body, but when it is due.
pub const LONG_TRACE_SPANS: usize = 256;
/// Spans of one trace that wait together for a decision.
const UNDECIDED_SPANS_MAX: usize = TRACE_SPANS_MAX / 4 * 5;
/// Spans that stay of a trace that had too many: the next ones find room.
const TRIMMED_SPANS: usize = TRACE_SPANS_MAX / 4 * 3;

/// CONSUMER spans of other traces that may wait for one trace.
pub const WATCHES_MAX: usize = 1_024;

/// How long a trace is kept after its last span arrived.
pub const KEPT_NS: u64 = 900 * SECOND_NS;

const END: u32 = u32::MAX;

/// Is told what became of spans.
pub trait Tell {
    /// A span's answer changed; `before` is `None` for its first.
    fn moved(&mut self, entry: &Entry, before: Option<&Decision>, after: &Decision);
    /// An annotation came more than 10 min after a span that it would have given a step.
    fn late_annotation(&mut self);
    /// The step of a message of `trace` that a CONSUMER of another trace links to is another one than before.
    fn message(&mut self, watch: Watch, trace: TraceId, step: MessageStep);
}

/// The step that a message carries, if any.
pub type MessageStep = Option<(StepId, TrafficClass)>;

/// The tables that deciding uses, from trace to trace; they mean nothing between two.
#[derive(Debug, Default)]
pub struct Work {
    decisions: Decisions,
    places: Vec<u32>,
}

/// What to decide with.
#[derive(Debug)]
pub struct Settling<'a, F> {
    pub rules: &'a Rules,
    pub flow: &'a F,
    pub now: UnixNanos,
    /// Spans could come up to here: before `now` where a trace is decided for good before its time.
    pub heard_until: UnixNanos,
    pub work: &'a mut Work,
}

impl<'a, F> Settling<'a, F> {
    /// Decides as of `now`, with all that has come.
    pub fn new((rules, flow): (&'a Rules, &'a F), work: &'a mut Work, now: UnixNanos) -> Self {
        Self { rules, flow, now, heard_until: now, work }
    }

    fn context(&self, within_ten_minutes: bool) -> Context<'a, F> {
        let Self { rules, flow, now, heard_until, .. } = *self;
        Context { rules, flow, now, heard_until, within_ten_minutes }
    }
}

/// How often a limit of the table was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TraceLimits {
    /// Traces that were decided for good before their time, because the table was full.
    pub evicted: u64,
    /// Spans that were decided for good before their time, because their trace had more than [`TRACE_SPANS_MAX`].
    pub spans: u64,
    /// Links beyond [`WATCHES_MAX`] to one trace, or to a new one while the table was full.
    pub watches: u64,
}

#[derive(Debug)]
struct State {
    head: u32,
    tail: u32,
    n: u32,
    first_arrived: UnixNanos,
    last_arrived: UnixNanos,
    deadline: Option<UnixNanos>,
    watches: Vec<Watching>,
}

impl State {
    /// Appends a place to the trace's list.
    fn link(&mut self, next: &mut [u32], place: u32) {
        next[place as usize] = END;
        match std::mem::replace(&mut self.tail, place) {
            END => self.head = place,
            tail => next[tail as usize] = place,
        }
    }
}

/// A CONSUMER of another trace, and what it was told last.
#[derive(Debug)]
struct Watching {
    watch: Watch,
    told: MessageStep,
}

/// Trace ids are random already; they are folded, with a seed against chosen ids.
#[derive(Debug, Default)]
struct FoldHasher(u64);

impl Hasher for FoldHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxhash_rust::xxh3::xxh3_64_with_seed(bytes, self.0);
    }

    fn write_u128(&mut self, id: u128) {
        let mixed = (id as u64 ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xff51_afd7_ed55_8ccd);
        self.0 = (mixed ^ (id >> 64) as u64).wrapping_mul(0xc4ce_b9fe_1a85_ec53).rotate_left(29) ^ mixed;
    }
}

type Traces = HashMap<TraceId, State, BuildHasherDefault<FoldHasher>>;

/// Returns a trace's state, a new one from now on.
fn state<'a>(
    traces: &'a mut Traces,
    expiries: &mut VecDeque<(UnixNanos, TraceId)>,
    trace: TraceId,
    now: UnixNanos,
) -> &'a mut State {
    traces.entry(trace).or_insert_with(|| {
        expiries.push_back((now.plus(KEPT_NS), trace));
        State {
            head: END,
            tail: END,
            n: 0,
            first_arrived: now,
            last_arrived: now,
            deadline: None,
            watches: Vec::new(),
        }
    })
}

/// The traces of one stripe.
#[derive(Debug)]
pub struct TraceTable {
    entries: Vec<Entry>,
    next: Vec<u32>,
    free: Vec<u32>,
    traces: Traces,
    deadlines: BinaryHeap<Reverse<(UnixNanos, TraceId)>>,
    expiries: VecDeque<(UnixNanos, TraceId)>,
    entries_max: usize,
    limits: TraceLimits,
}

impl TraceTable {
    /// Makes an empty table for at most `entries_max` spans.
    pub fn new(entries_max: usize) -> Self {
        let first = entries_max.min(1_024);
        Self {
            entries: Vec::with_capacity(first),
            next: Vec::with_capacity(first),
            free: Vec::with_capacity(first),
            traces: HashMap::with_capacity_and_hasher(first, BuildHasherDefault::default()),
            deadlines: BinaryHeap::with_capacity(first),
            expiries: VecDeque::with_capacity(first),
            entries_max,
            limits: TraceLimits::default(),
        }
    }

    /// Adds a span, taking it out of `entry`; what stays there is no span any more. Returns whether the caller settles
    /// its trace before anybody reads counts. One of a long trace is undecided until that is due: at once, but not
    /// with each body, or a span more would cost as much as all before.
    pub fn insert<F: Flow>(
        &mut self,
        entry: &mut Entry,
        settling: &mut Settling<'_, F>,
        tell: &mut impl Tell,
    ) -> bool {
        while self.is_full() && self.evict_oldest(settling, tell) {
            self.limits.evicted += 1;
        }
        if self.traces.get(&entry.trace).is_some_and(|state| state.n as usize >= UNDECIDED_SPANS_MAX) {
            self.settle(entry.trace, settling, tell);
        }
        let state = state(&mut self.traces, &mut self.expiries, entry.trace, entry.arrived);
        state.n += 1;
        state.last_arrived = state.last_arrived.max(entry.arrived);
        state.first_arrived = state.first_arrived.min(entry.arrived);
        let is_long = state.n as usize > LONG_TRACE_SPANS;
        if is_long {
            let undecided = Decision::Unmatched(Unmatched::Undecided);
            tell.moved(entry, None, &undecided);
            entry.decision = Some(undecided);
            if state.deadline.is_none_or(|deadline| deadline > settling.now) {
                state.deadline = Some(settling.now);
                self.deadlines.push(Reverse((settling.now, entry.trace)));
            }
        }
        let place = match self.free.pop() {
            Some(place) => {
                std::mem::swap(&mut self.entries[place as usize], entry);
                place
            }
            None => {
                self.entries.push(entry.clone());
                self.next.push(END);
                (self.entries.len() - 1) as u32
            }
        };
        state.link(&mut self.next, place);
        !is_long
    }

    /// Whether there is no room for another span, or for another trace: links may name traces that never come.
    fn is_full(&self) -> bool {
        self.len().max(self.traces.len()) >= self.entries_max
    }

    /// Remembers that a CONSUMER of another trace links to a message of `trace`; returns whether it does. It is
    /// told at the next settling, also when it asks again.
    pub fn watch(&mut self, trace: TraceId, watch: Watch, now: UnixNanos) -> bool {
        if self.is_full() && !self.traces.contains_key(&trace) {
            self.limits.watches += 1;
            return false;
        }
        let watches = &mut state(&mut self.traces, &mut self.expiries, trace, now).watches;
        let has_room = watches.len() < WATCHES_MAX;
        match watches.iter_mut().find(|known| known.watch == watch) {
            Some(known) => known.told = None,
            None if has_room => watches.push(Watching { watch, told: None }),
            None => {
                self.limits.watches += 1;
                return false;
            }
        }
        true
    }

    /// Notes the step of a message for the CONSUMER that links to it; returns whether that is news.
    pub fn note_message(&mut self, watch: &Watch, trace: TraceId, step: MessageStep) -> bool {
        let mut at = self.traces.get(&watch.by).map_or(END, |state| state.head);
        while at != END {
            let entry = &mut self.entries[at as usize];
            at = self.next[at as usize];
            let Some(links) = entry.links.as_deref_mut().filter(|_| entry.span == watch.consumer) else {
                continue;
            };
            let of_message =
                |link: &crate::observation::Link| (link.trace, link.span) == (trace, watch.message);
            let Some(at) = links.links.iter().position(of_message) else { continue };
            return std::mem::replace(&mut links.foreign[at], step) != step;
        }
        false
    }

    /// Decides a trace again and tells what moved.
    pub fn settle<F: Flow>(&mut self, trace: TraceId, settling: &mut Settling<'_, F>, tell: &mut impl Tell) {
        self.gather(trace, &mut settling.work.places);
        let Some(state) = self.traces.get(&trace) else { return };
        if state.last_arrived.since(state.first_arrived) > MOVES_NS {
            self.count_late_annotations(settling, tell);
        }
        self.decide(settling, true);
        let Work { decisions, places } = &mut *settling.work;
        for (place, answer) in places.iter().zip(decisions.answers()) {
            let entry = &mut self.entries[*place as usize];
            if entry.decision.as_ref() != Some(answer) {
                tell.moved(entry, entry.decision.as_ref(), answer);
                entry.decision = Some(answer.clone());
            }
        }
        let deadline = decisions.next();
        let Some(state) = self.traces.get_mut(&trace) else { return };
        for Watching { watch, told } in &mut state.watches {
            let spans = Spans::new(&self.entries, places);
            let Some(step) = decisions.step_of_message(spans, watch.message) else { continue };
            if std::mem::replace(told, step) != step {
                tell.message(*watch, trace, step);
            }
        }
        if state.deadline != deadline {
            state.deadline = deadline;
            self.deadlines.extend(deadline.map(|at| Reverse((at, trace))));
        }
        if places.len() > TRACE_SPANS_MAX {
            self.trim(trace, settling.work, tell);
        }
    }

    /// Decides those spans of a trace for good that the others need least, and forgets them. One that may lie below
    /// an attempt that was not seen is none by itself: nobody can tell any more.
    fn trim(&mut self, trace: TraceId, Work { decisions, places }: &Work, tell: &mut impl Tell) {
        let spans = Spans::new(&self.entries, places);
        let mut needed: Vec<(Need, u32)> = decisions.needs(spans).into_iter().zip(0..).collect();
        needed.sort_unstable();
        needed.truncate(places.len().saturating_sub(TRIMMED_SPANS));
        self.limits.spans += needed.len() as u64;
        let mut forgotten = vec![false; places.len()];
        for (need, index) in needed {
            forgotten[index as usize] = true;
            let entry = &mut self.entries[places[index as usize] as usize];
            let by_rule = matches!(&entry.decision, Some(Decision::Counted(c)) if c.source == Source::Rule);
            if need == Need::WithoutParent && by_rule {
                let answer = Decision::Unmatched(Unmatched::Undecided);
                tell.moved(entry, entry.decision.as_ref(), &answer);
                entry.decision = Some(answer);
            }
        }
        let Some(state) = self.traces.get_mut(&trace) else { return };
        (state.head, state.tail, state.n) = (END, END, 0);
        for (place, forgotten) in places.iter().zip(forgotten) {
            if forgotten {
                self.free.push(*place);
            } else {
                state.n += 1;
                state.link(&mut self.next, *place);
            }
        }
    }

    /// Decides what has become due by `now`, and forgets the traces whose time is over.
    pub fn advance<F: Flow>(&mut self, settling: &mut Settling<'_, F>, tell: &mut impl Tell) {
        while let Some(Reverse((at, trace))) = self.deadlines.peek().copied() {
            if at > settling.now {
                break;
            }
            self.deadlines.pop();
            let Some(state) = self.traces.get_mut(&trace) else { continue };
            if state.deadline == Some(at) {
                state.deadline = None;
                self.settle(trace, settling, tell);
            }
        }
        while self.expiries.front().is_some_and(|(at, _)| *at <= settling.now) {
            let Some((_, trace)) = self.expiries.pop_front() else { break };
            let Some(state) = self.traces.get(&trace) else { continue };
            let expires = state.last_arrived.plus(KEPT_NS);
            match expires > settling.now {
                true => self.expiries.push_back((expires, trace)),
                false => self.forget(trace, settling.work),
            }
        }
    }

    /// Decides every trace for good and forgets it.
    pub fn finish<F: Flow>(&mut self, settling: &mut Settling<'_, F>, tell: &mut impl Tell) {
        while self.evict_oldest(settling, tell) {}
    }

    /// Returns how many spans are kept.
    pub fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    /// Returns whether no span is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how often each limit was reached.
    pub fn limits(&self) -> TraceLimits {
        self.limits
    }

    fn gather(&self, trace: TraceId, places: &mut Vec<u32>) {
        places.clear();
        let mut at = self.traces.get(&trace).map_or(END, |state| state.head);
        while at != END {
            places.push(at);
            at = self.next[at as usize];
        }
    }

    fn decide<F: Flow>(&self, settling: &mut Settling<'_, F>, within_ten_minutes: bool) {
        let context = settling.context(within_ten_minutes);
        let Work { decisions, places } = &mut *settling.work;
        decisions.decide(Spans::new(&self.entries, places), &context);
    }

    /// Counts the spans whose 10 min are over and that would have a step had the newest spans come in time.
    fn count_late_annotations<F: Flow>(&mut self, settling: &mut Settling<'_, F>, tell: &mut impl Tell) {
        self.decide(settling, false);
        let Work { decisions, places } = &*settling.work;
        for (place, answer) in places.iter().zip(decisions.answers()) {
            let entry = &mut self.entries[*place as usize];
            let over = settling.now.since(entry.arrived) > MOVES_NS && !entry.late_annotation;
            let without = matches!(entry.decision, Some(Decision::Unmatched(_)));
            if over && without && matches!(answer, Decision::Counted(_)) {
                entry.late_annotation = true;
                tell.late_annotation();
            }
        }
    }

    /// Decides a span by itself, for good: it has no trace.
    pub fn decide_alone<F: Flow>(
        &mut self,
        entry: &Entry,
        settling: &mut Settling<'_, F>,
        tell: &mut impl Tell,
    ) {
        let (now, heard_until) = (entry.arrived.plus(MOVES_NS), entry.arrived);
        let context = Context { now, heard_until, ..settling.context(true) };
        let decisions = &mut settling.work.decisions;
        decisions.decide(Spans::new(std::slice::from_ref(entry), &[0]), &context);
        decisions.answers().for_each(|answer| tell.moved(entry, None, answer));
    }

    /// Decides the oldest trace for good and forgets it; returns whether there was one.
    fn evict_oldest<F: Flow>(&mut self, settling: &mut Settling<'_, F>, tell: &mut impl Tell) -> bool {
        let Some((_, trace)) = self.expiries.pop_front() else { return false };
        let Some(state) = self.traces.get(&trace) else { return true };
        let now = state.last_arrived.plus(MOVES_NS).max(settling.now);
        let Settling { rules, flow, heard_until, .. } = *settling;
        self.settle(trace, &mut Settling { rules, flow, now, heard_until, work: settling.work }, tell);
        self.forget(trace, settling.work);
        true
    }

    fn forget(&mut self, trace: TraceId, Work { places, .. }: &mut Work) {
        self.gather(trace, places);
        self.traces.remove(&trace);
        self.free.extend_from_slice(places);
    }
}

#[cfg(test)]
mod tests;
