//! What is kept of a span while its trace may still change its meaning: a few numbers, no text.

use std::num::NonZeroU64;

use smallvec::SmallVec;

use crate::annotate::decision::Decision;
use crate::annotate::names::{OperationId, ReasonId};
use crate::condition::Codes;
use crate::id::{ObjectiveId, ServiceId, SpanId, StepId, TraceId};
use crate::observation::{Link, ParentIs, SpanKind, TrafficClass};
use crate::time::UnixNanos;

/// What the client says of its step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientSays {
    #[default]
    Nothing,
    /// A step of the registry, and its objective where one was named and is known.
    Step { step: StepId, objective: Named },
    /// An id that the registry does not know: listed, and else treated as absent.
    Unknown,
}

/// The objective that a client named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    Not,
    Objective(ObjectiveId),
    Unknown,
}

/// A step that the span may belong to by its actions, with the truth of that step's conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    pub step: StepId,
    /// How specific the action is; higher wins: kind of operation, filters, priority.
    pub rank: u32,
    /// Only a part of the step, never an attempt.
    pub part: bool,
    /// The step has no actions: any of its entry spans is an attempt.
    pub free: bool,
    /// Markers that must lie below the span.
    pub needs: u64,
    /// Markers that must be among its direct children.
    pub needs_children: u64,
    /// Truth of the step's atoms as far as the span itself tells.
    pub truth: u64,
}

impl Candidate {
    /// Returns whether the markers below the span and among its children are those that the action asks for.
    pub const fn is_satisfied(&self, below: u64, children: u64) -> bool {
        self.needs & !below == 0 && self.needs_children & !children == 0
    }
}

/// Links of a CONSUMER span to its messages, with the step of those in other traces once it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Distinct, sorted.
    pub links: Vec<Link>,
    /// The step of each linked message of another trace.
    pub foreign: Vec<Option<(StepId, TrafficClass)>>,
}

/// A span as its trace remembers it.
#[derive(Debug, Clone)]
pub struct Entry {
    pub trace: TraceId,
    pub span: SpanId,
    /// [`Entry::parent`], in half the room.
    pub parent_id: Option<NonZeroU64>,
    pub parent_is: ParentIs,
    pub kind: SpanKind,
    pub service: ServiceId,
    pub operation: OperationId,
    pub start: UnixNanos,
    /// [`Entry::end`] in ns, in half the room.
    pub end_ns: Option<NonZeroU64>,
    pub arrived: UnixNanos,
    pub client: ClientSays,
    pub class: TrafficClass,
    pub codes: Codes,
    pub reason: Option<ReasonId>,
    /// Sampling weight in fixed point 2^-16.
    pub weight: i64,
    /// The trace was sampled (`th` other than 0): a missing span proves nothing.
    pub sampled: bool,
    pub markers: u64,
    pub candidates: SmallVec<[Candidate; 1]>,
    pub links: Option<Box<Links>>,
    /// What is counted for it now, `None` before the first answer.
    pub decision: Option<Decision>,
    /// An annotation came too late for it, and that is counted already.
    pub late_annotation: bool,
}

/// How long after a span another may arrive and still change what it counts as.
pub const MOVES_NS: u64 = 600 * crate::time::SECOND_NS;

impl Entry {
    /// Returns the span that it says is above it.
    pub fn parent(&self) -> Option<SpanId> {
        self.parent_id.map(|id| SpanId(id.get()))
    }

    /// Returns when it ended, `None` when the sender did not say.
    pub fn end(&self) -> Option<UnixNanos> {
        self.end_ns.map(|ns| UnixNanos(ns.get()))
    }

    /// Returns end - start in ns.
    pub fn duration(&self) -> u64 {
        self.end().map_or(0, |end| end.since(self.start))
    }

    /// Returns whether the span's own start and end hold an instant; without an end it holds nothing.
    pub fn holds(&self, instant: UnixNanos) -> bool {
        self.end().is_some_and(|end| self.start <= instant && instant <= end)
    }

    /// Returns whether `other` arrived within 10 min of this span, before or after.
    pub fn sees(&self, other: &Entry) -> bool {
        self.arrived.since(other.arrived).max(other.arrived.since(self.arrived)) <= MOVES_NS
    }

    /// Returns whether the call goes out from here: CLIENT and PRODUCER spans are never entries.
    pub const fn is_outgoing(&self) -> bool {
        matches!(self.kind, SpanKind::Client | SpanKind::Producer)
    }

    /// Returns whether the kind says that a request came in.
    pub const fn is_incoming(&self) -> bool {
        matches!(self.kind, SpanKind::Server | SpanKind::Consumer)
    }

    /// Returns whether the span's own fields already say that it is no entry span (`telemetry.md` 3, table
    /// of entry spans).
    pub fn filters_itself(&self) -> bool {
        let named = !self.candidates.is_empty();
        let attempt = self.candidates.iter().any(|candidate| !candidate.part && !candidate.free);
        match (self.kind, self.parent_id.is_some(), self.parent_is) {
            (SpanKind::Client | SpanKind::Producer, ..) => true,
            (SpanKind::Internal, false, _) => !named,
            (SpanKind::Internal, true, parent_is) => parent_is != ParentIs::Remote,
            (SpanKind::Server | SpanKind::Consumer, true, ParentIs::Local) => !attempt,
            (SpanKind::Unspecified, true, ParentIs::Local) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_stays_small() {
        assert!(size_of::<Entry>() <= 192, "{}", size_of::<Entry>());
    }
}
