//! What is known of each span before any step is decided: whether a request came in with it (`telemetry.md` 3), what
//! its rules say, and what its client says. It looks at no other answer.

use crate::annotate::decide::ground::Best;
use crate::annotate::decide::tree::{NONE, Tree};
use crate::annotate::decide::{Spans, WAIT_NS};
use crate::annotate::entry::{Candidate, ClientSays, Entry};
use crate::id::StepId;
use crate::observation::{ParentIs, SpanKind};
use crate::time::UnixNanos;

/// Whether a request came in with this span, by the table of entry spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryIs {
    Yes,
    No,
    /// Its parent may still come.
    Undecided,
}

/// What the rules of one kind (whole or part) say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RuleSays {
    Nothing,
    /// The candidate's place in the entry.
    Candidate(u8),
    Tie,
}

impl From<RuleSays> for Best {
    fn from(says: RuleSays) -> Self {
        match says {
            RuleSays::Nothing => Best::Nothing,
            RuleSays::Candidate(place) => Best::Candidate(place.into()),
            RuleSays::Tie => Best::Tie,
        }
    }
}

/// What is known of a span before any step is decided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) entry: EntryIs,
    pub(super) rule: RuleSays,
    pub(super) part: RuleSays,
    pub(super) client: Option<StepId>,
    /// An action names it, whole or part.
    pub(super) named: bool,
    /// An entry span that client or rule annotates.
    pub(super) has_step: bool,
    pub(super) container: bool,
    /// Set when it is decided.
    pub(super) attempt: bool,
    nameable: bool,
}

impl Known {
    /// Returns whether the span may stand as an entry span.
    pub(super) fn may_enter(&self) -> bool {
        self.entry == EntryIs::Yes || self.nameable
    }
}

/// Fills what is known of every span.
pub(super) fn know(spans: Spans<'_>, tree: &Tree, known: &mut Vec<Known>, now: UnixNanos) {
    known.clear();
    for index in 0..spans.len() {
        let entry = spans.get(index);
        let (below, children) = (tree.below[index], tree.children[index]);
        let rule = best(entry, |action| !action.part && !action.free && action.is_satisfied(below, children));
        let part = best(entry, |action| action.part && action.is_satisfied(below, children));
        let named = rule != RuleSays::Nothing || part != RuleSays::Nothing;
        let client = match entry.client {
            ClientSays::Step { step, .. } => Some(step),
            _ => None,
        };
        let entry_is = entry_is(spans, tree, index, named, now);
        let nameable = entry.is_incoming() && rule != RuleSays::Nothing;
        let annotated = client.is_some() || matches!(rule, RuleSays::Candidate(_));
        let has_step = annotated && (entry_is == EntryIs::Yes || nameable);
        let (container, attempt) = (false, false);
        known.push(Known {
            entry: entry_is,
            rule,
            part,
            client,
            named,
            has_step,
            container,
            attempt,
            nameable,
        });
    }
}

/// Fills the annotated entry spans that are no containers.
pub(super) fn hold(known: &[Known], holders: &mut Vec<u32>) {
    holders.clear();
    let holds = known.iter().zip(0..).filter(|(known, _)| known.has_step && !known.container);
    holders.extend(holds.map(|(_, index)| index));
}

/// Returns the most specific candidate; two of different steps are a tie.
fn best(entry: &Entry, fits: impl Fn(&Candidate) -> bool) -> RuleSays {
    let mut says = RuleSays::Nothing;
    let mut top = (0, None);
    for (place, candidate) in entry.candidates.iter().enumerate().filter(|(_, candidate)| fits(candidate)) {
        if top.1.is_none() || candidate.rank > top.0 {
            top = (candidate.rank, Some(candidate.step));
            says = RuleSays::Candidate(place as u8);
        } else if candidate.rank == top.0 && Some(candidate.step) != top.1 {
            says = RuleSays::Tie;
        }
    }
    says
}

fn entry_is(spans: Spans<'_>, tree: &Tree, index: usize, named: bool, now: UnixNanos) -> EntryIs {
    let entry = spans.get(index);
    let yes_if = |yes: bool| if yes { EntryIs::Yes } else { EntryIs::No };
    let parent = tree.parent[index];
    let has_parent = entry.parent_id.is_some() || parent != NONE;
    match (entry.kind, entry.parent_is) {
        (SpanKind::Client | SpanKind::Producer, _) => EntryIs::No,
        (SpanKind::Internal, _) if !has_parent => yes_if(named),
        _ if !has_parent => EntryIs::Yes,
        (_, ParentIs::Remote) => EntryIs::Yes,
        (_, ParentIs::Local) | (SpanKind::Internal, _) => EntryIs::No,
        (SpanKind::Server | SpanKind::Consumer, _) => yes_if(!is_nested(spans, parent, entry)),
        (SpanKind::Unspecified, _) if parent != NONE => {
            yes_if(spans.get(parent as usize).service != entry.service)
        }
        (SpanKind::Unspecified, _) if now < entry.arrived.plus(WAIT_NS) => EntryIs::Undecided,
        (SpanKind::Unspecified, _) => EntryIs::No,
    }
}

fn is_nested(spans: Spans<'_>, parent: u32, entry: &Entry) -> bool {
    if parent == NONE {
        return false;
    }
    let parent = spans.get(parent as usize);
    parent.is_incoming() && parent.service == entry.service && parent.holds(entry.start)
}
