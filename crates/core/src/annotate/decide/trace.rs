//! A trace while it is being decided, and what it says of a span: the attempt or the annotated span above it, and those
//! whose time holds its start (`telemetry.md` 4). It decides nothing.

use crate::annotate::decide::known::Known;
use crate::annotate::decide::tree::{HOPS_MAX, NONE, Tree};
use crate::annotate::decide::{Spans, THINK_TIME_NS};
use crate::annotate::decision::Decision;
use crate::annotate::entry::Entry;
use crate::id::StepId;
use crate::observation::{ParentIs, SpanKind, TrafficClass};
use crate::time::UnixNanos;

/// Returns where a span starts as its caller sees it: a SERVER span whose CLIENT parent was seen is where that
/// CLIENT span is, whatever its own clock says.
pub(super) fn start_of(spans: Spans<'_>, tree: &Tree, index: usize) -> UnixNanos {
    client_above(spans, tree, index).unwrap_or(spans.get(index)).start
}

/// Returns the CLIENT span that called this one, if it was seen.
pub(super) fn client_above<'a>(spans: Spans<'a>, tree: &Tree, index: usize) -> Option<&'a Entry> {
    let parent = tree.parent[index];
    let called = spans.get(index).kind == SpanKind::Server && parent != NONE;
    called.then(|| spans.get(parent as usize)).filter(|parent| parent.kind == SpanKind::Client)
}

/// A step that is inherited, with the class that comes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Carried {
    pub(super) step: StepId,
    pub(super) class: TrafficClass,
}

/// What the rest of the trace says of a span's step.
pub(super) enum Elsewhere {
    Nothing,
    Carried(Carried),
    /// Two steps hold the span's start.
    Ambiguous,
}

/// A trace while it is being decided.
#[derive(Clone, Copy)]
pub(super) struct Trace<'a> {
    pub(super) spans: Spans<'a>,
    pub(super) tree: &'a Tree,
    pub(super) known: &'a [Known],
    /// The annotated entry spans that are no containers: what overlaps them may look to them.
    pub(super) holders: &'a [u32],
    /// `None` where the span is not decided yet.
    pub(super) answers: &'a [Option<Decision>],
    /// The second pass: all that needs no overlap in time is decided.
    pub(super) by_overlap: bool,
}

impl Trace<'_> {
    /// Returns the nearest attempt that this span's request belongs to: in its segment, and not into a
    /// CONSUMER.
    pub(super) fn attempt_above(&self, index: usize) -> Option<usize> {
        let (mut at, mut child) = (index, index);
        for _ in 0..HOPS_MAX {
            let parent = match self.tree.parent[at] {
                NONE => return self.host_of(at),
                parent => parent as usize,
            };
            let into_consumer =
                self.spans.get(at).kind == SpanKind::Consumer && !self.is_local_hop(at, parent);
            if into_consumer || self.known[parent].container {
                return None;
            }
            if self.known[parent].may_enter() {
                if !self.is_connected(child, parent) {
                    return None;
                }
                if self.known[parent].attempt {
                    return Some(parent);
                }
                child = parent;
            }
            at = parent;
        }
        None
    }

    fn host_of(&self, index: usize) -> Option<usize> {
        let host = self.tree.host[index];
        (host != NONE && self.known[host as usize].attempt).then_some(host as usize)
    }

    fn is_local_hop(&self, index: usize, parent: usize) -> bool {
        let (entry, above) = (self.spans.get(index), self.spans.get(parent));
        above.service == entry.service
            && match entry.parent_is {
                ParentIs::Local => true,
                ParentIs::Remote => false,
                ParentIs::Unknown => above.is_incoming() && above.holds(entry.start),
            }
    }

    /// Returns whether a child starts at most 1 s after its parent's end; without an end nothing connects.
    fn is_connected(&self, child: usize, parent: usize) -> bool {
        let start = start_of(self.spans, self.tree, child);
        self.spans.get(parent).end().is_some_and(|end| start.since(end) <= THINK_TIME_NS)
    }

    /// Returns the step of the nearest annotated span above in the segment, else that of the one step whose
    /// annotated entry spans hold this span's start.
    pub(super) fn elsewhere(&self, index: usize) -> Elsewhere {
        if let Some(carried) = self.carried_from_above(index) {
            return Elsewhere::Carried(carried);
        }
        if !self.by_overlap {
            return Elsewhere::Nothing;
        }
        let start = self.spans.get(index).start;
        let mut found: Option<Carried> = None;
        for other in self.holders.iter().map(|other| *other as usize) {
            let holder = self.spans.get(other);
            if other == index || !holder.holds(start) || self.tree.is_below(other, index) {
                continue;
            }
            let seen = self.spans.get(index).sees(holder);
            let Some(carried) = self.carried_by(other).filter(|_| seen) else { continue };
            match found {
                Some(known) if known.step != carried.step => return Elsewhere::Ambiguous,
                _ => found = Some(carried),
            }
        }
        found.map_or(Elsewhere::Nothing, Elsewhere::Carried)
    }

    fn carried_from_above(&self, index: usize) -> Option<Carried> {
        let (mut at, mut child) = (index, index);
        for _ in 0..HOPS_MAX {
            let parent = match self.tree.parent[at] {
                NONE => return None,
                parent => parent as usize,
            };
            if self.known[parent].container {
                return None;
            }
            let enters = self.known[parent].may_enter();
            let into_consumer = self.spans.get(child).kind == SpanKind::Consumer;
            if enters && !into_consumer && !self.is_connected(child, parent) {
                return None;
            }
            if let Some(carried) = self.carried_by(parent) {
                return Some(carried);
            }
            child = if enters { parent } else { child };
            at = parent;
        }
        None
    }

    /// Returns the step that a message carries: its own, else that of the nearest annotated span above it.
    pub(super) fn step_carried(&self, index: usize) -> Option<Carried> {
        self.carried_by(index).or_else(|| self.carried_from_above(index))
    }

    /// Returns a span's step: as its client says (any kind of span), else as it is counted.
    pub(super) fn carried_by(&self, index: usize) -> Option<Carried> {
        if let Some(Decision::Counted(counted)) = &self.answers[index] {
            return Some(Carried { step: counted.step, class: counted.class });
        }
        let class = self.spans.get(index).class;
        self.known[index].client.map(|step| Carried { step, class })
    }

    /// Returns the place of a span by its id.
    pub(super) fn place_of(&self, span: crate::id::SpanId) -> Option<usize> {
        let rank = |(_, entry): &(usize, &Entry)| entry.is_outgoing();
        self.spans.iter().filter(|(_, entry)| entry.span == span).max_by_key(rank).map(|(place, _)| place)
    }
}
