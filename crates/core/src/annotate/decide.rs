//! Decides what each span of one trace is: a pure function of the spans that are there and the time.
//!
//! It is asked again whenever the trace changes; what differs from the answer before becomes a signed change of
//! counts. So order, batching and repetition of arrivals cannot matter. It counts nothing.

mod container;
pub mod ground;
mod known;
mod outcome;
mod step;
mod trace;
mod tree;

use crate::annotate::decide::ground::Ground;
use crate::annotate::decision::{Counted, Decision};
use crate::annotate::entry::{ClientSays, Entry};
use crate::annotate::rules::Rules;
use crate::id::{ServiceId, SpanId, StepId, TraceId};
use crate::observation::TrafficClass;
use crate::time::{SECOND_NS, UnixNanos};

/// How long an entry span without a step, or an attempt without its `contains`, waits for its trace.
pub const WAIT_NS: u64 = 30 * SECOND_NS;

/// The longest gap between a parent's end and its child's start inside one segment.
pub const THINK_TIME_NS: u64 = SECOND_NS;

/// A service is flowing if it recorded a span that started at most this long before the attempt, or later.
pub const FLOWING_NS: u64 = 300 * SECOND_NS;

/// When each service last started a span, as far as anything was received.
pub trait Flow {
    /// Returns the newest start seen of the service.
    fn newest_start(&self, service: ServiceId) -> Option<UnixNanos>;
}

/// What a decision depends on besides the trace.
#[derive(Debug)]
pub struct Context<'a, F> {
    pub rules: &'a Rules,
    pub flow: &'a F,
    pub now: UnixNanos,
    /// Spans could come up to here: before `now` where a trace is decided for good before its time.
    pub heard_until: UnixNanos,
    /// Spans see only those that arrived within 10 min of them. `false` asks what they would be otherwise.
    pub within_ten_minutes: bool,
}

/// The spans of one trace, in order of arrival.
#[derive(Debug, Clone, Copy)]
pub struct Spans<'a> {
    entries: &'a [Entry],
    ids: &'a [u32],
}

impl<'a> Spans<'a> {
    /// Wraps the trace's places in a table of entries.
    pub fn new(entries: &'a [Entry], ids: &'a [u32]) -> Self {
        Self { entries, ids }
    }

    /// Returns how many spans the trace has.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Returns whether the trace has no span.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Returns a span by its place in the trace.
    pub fn get(&self, index: usize) -> &'a Entry {
        &self.entries[self.ids[index] as usize]
    }

    fn iter(&self) -> impl Iterator<Item = (usize, &'a Entry)> + '_ {
        (0..self.len()).map(|index| (index, self.get(index)))
    }
}

/// The answers for one trace, and the tables that are reused from trace to trace.
#[derive(Debug, Default)]
pub struct Decisions {
    tree: tree::Tree,
    known: Vec<known::Known>,
    holders: Vec<u32>,
    answers: Vec<Option<Decision>>,
    next: Option<UnixNanos>,
}

impl Decisions {
    /// Decides every span of a trace: parents first, and in a second pass those that look for a step that
    /// merely overlaps them, or for the step of their messages.
    pub fn decide<F: Flow>(&mut self, spans: Spans<'_>, context: &Context<'_, F>) {
        self.tree.build(spans, context.within_ten_minutes);
        known::know(spans, &self.tree, &mut self.known, context.now);
        container::find(spans, &self.tree, &mut self.known);
        known::hold(&self.known, &mut self.holders);
        self.answers.clear();
        self.answers.resize(spans.len(), None);
        self.next = None;
        for by_overlap in [false, true] {
            for place in 0..spans.len() {
                let index = self.tree.order[place] as usize;
                if self.answers[index].is_none() {
                    self.decide_one(spans, index, by_overlap, context);
                }
            }
        }
        debug_assert!(self.answers.iter().all(Option::is_some), "the second pass leaves nothing open");
    }

    fn decide_one<F: Flow>(
        &mut self,
        spans: Spans<'_>,
        index: usize,
        by_overlap: bool,
        context: &Context<'_, F>,
    ) {
        let Some((answer, wake)) = self.trace(spans, by_overlap).decide(index, context) else { return };
        self.known[index].attempt = matches!(&answer, Decision::Counted(Counted { attempt: Some(_), .. }));
        self.answers[index] = Some(answer);
        self.next = [self.next, wake].into_iter().flatten().min();
    }

    fn trace<'a>(&'a self, spans: Spans<'a>, by_overlap: bool) -> trace::Trace<'a> {
        let Self { tree, known, holders, answers, .. } = self;
        trace::Trace { spans, tree, known, holders, answers, by_overlap }
    }

    /// Returns the answers, in the order of the trace's spans.
    pub fn answers(&self) -> impl Iterator<Item = &Decision> {
        self.answers.iter().flatten()
    }

    /// Returns what the answer of a span rests on, by its place in the trace.
    pub fn ground(&self, spans: Spans<'_>, index: usize) -> Ground {
        self.trace(spans, true).ground(index)
    }

    /// Returns when an answer may change without a further span.
    pub fn next(&self) -> Option<UnixNanos> {
        self.next
    }

    /// Returns the step that a message carries, for a CONSUMER of another trace that links to it: that of
    /// the linked span, or of the nearest annotated one above it. The outer `None`: the message is not here.
    pub fn step_of_message(
        &self,
        spans: Spans<'_>,
        message: SpanId,
    ) -> Option<Option<(StepId, TrafficClass)>> {
        let trace = self.trace(spans, true);
        let carried = trace.step_carried(trace.place_of(message)?);
        Some(carried.map(|carried| (carried.step, carried.class)))
    }

    /// Returns how much the others need each span, in the order of the trace's spans.
    pub fn needs(&self, spans: Spans<'_>) -> Vec<Need> {
        let mut leads = vec![false; spans.len()];
        let parents = self.tree.parent.iter().filter(|parent| **parent != tree::NONE);
        parents.for_each(|parent| leads[*parent as usize] = true);
        let need = |((index, entry), leads): ((usize, &Entry), bool)| {
            let speaks = self.known[index].attempt || entry.client != ClientSays::Nothing;
            let is_evidence = entry.markers != 0 || entry.codes.error;
            let is_top = self.tree.parent[index] == tree::NONE;
            match leads {
                true if is_top || speaks => Need::Above,
                true => Need::Between,
                false if is_evidence => Need::Evidence,
                false if is_top && entry.parent_id.is_some() => Need::WithoutParent,
                false if is_top || speaks => Need::Beside,
                false => Need::Leaf,
            }
        };
        spans.iter().zip(leads).map(need).collect()
    }
}

/// How much the other spans of a trace need one of them, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Its parent is there, and nothing looks to it.
    Leaf,
    /// An attempt or annotation that what overlaps it may look to.
    Beside,
    /// Its parent was not seen: what it is may still change.
    WithoutParent,
    /// An error to blame, or what a `contains` looks for.
    Evidence,
    /// It leads to what is above it.
    Between,
    /// What lies below it looks to it.
    Above,
}

/// A link from a CONSUMER to a message of another trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    /// The CONSUMER's trace.
    pub by: TraceId,
    pub consumer: SpanId,
    /// The linked span.
    pub message: SpanId,
}
