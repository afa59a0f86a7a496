//! Whose step a span is: precedence client > the attempt above > rule > trace elsewhere > rule of a part
//! (`telemetry.md` 4), and whether it is an entry span and an attempt (3).

use crate::annotate::decide::ground::{Best, Ground};
use crate::annotate::decide::outcome::{blame, brings, outcome};
use crate::annotate::decide::tree::{HOPS_MAX, NONE, Tree};
use crate::annotate::decide::{Context, Flow, Spans, THINK_TIME_NS, WAIT_NS};
use crate::annotate::decision::{Agreement, Attempt, Counted, Decision, Filtered, Others, Source, Unmatched};
use crate::annotate::entry::{Candidate, ClientSays, Entry, Named};
use crate::id::{ObjectiveId, StepId};
use crate::observation::{ParentIs, SpanKind, TrafficClass};
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
enum RuleSays {
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
    entry: EntryIs,
    rule: RuleSays,
    part: RuleSays,
    client: Option<StepId>,
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
enum Elsewhere {
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

/// An answer, and when it may change by time alone.
pub(super) type Answer = (Decision, Option<UnixNanos>);

impl<'a> Trace<'a> {
    /// Decides a span; `None` when it must wait for the second pass.
    pub(super) fn decide<F: Flow>(&self, index: usize, context: &Context<'_, F>) -> Option<Answer> {
        let (entry, known) = (self.spans.get(index), &self.known[index]);
        if entry.is_outgoing() {
            return Some(no_entry());
        }
        if known.container && known.entry == EntryIs::Yes {
            return Some((Decision::Filtered(Filtered::Container), None));
        }
        let above = self.attempt_above(index);
        if let Some(step) = known.client {
            return Some(self.by_client(index, step, above, context));
        }
        match (above, known.rule) {
            (Some(above), _) => Some(self.as_cell(index, self.carried_by(above)?)),
            (None, RuleSays::Candidate(place)) if known.may_enter() => {
                let candidate = &entry.candidates[usize::from(place)];
                Some(self.attempt(index, candidate, Source::Rule, entry.class, context))
            }
            _ if known.entry == EntryIs::No => Some(no_entry()),
            _ if known.entry == EntryIs::Undecided => Some(undecided(entry)),
            _ => self.by_trace(index, context),
        }
    }

    fn by_client<F: Flow>(
        &self,
        index: usize,
        step: StepId,
        above: Option<usize>,
        context: &Context<'_, F>,
    ) -> Answer {
        let (entry, known) = (self.spans.get(index), &self.known[index]);
        let part_of_above = above.and_then(|above| self.carried_by(above)).is_some_and(|a| a.step == step);
        let own = self.own_candidate(index, step).filter(|_| !part_of_above);
        let mut answer = match own {
            Some(own) if known.entry == EntryIs::Yes || (entry.is_incoming() && !own.free) => {
                self.attempt(index, own, Source::Client, entry.class, context)
            }
            _ => match known.entry {
                EntryIs::No => return no_entry(),
                EntryIs::Undecided => return undecided(entry),
                EntryIs::Yes => (self.cell(index, step, Source::Client, entry.class), None),
            },
        };
        if let (Decision::Counted(counted), RuleSays::Candidate(place), None) =
            (&mut answer.0, known.rule, above)
        {
            let same = entry.candidates[usize::from(place)].step == step;
            counted.agreement = if same { Agreement::Same } else { Agreement::Differ };
        }
        answer
    }

    /// Returns the span's action of a step, which makes it an attempt.
    fn own_candidate(&self, index: usize, step: StepId) -> Option<&'a Candidate> {
        let (below, children) = (self.tree.below[index], self.tree.children[index]);
        let own = self.spans.get(index).candidates.iter().filter(|c| c.step == step && !c.part);
        own.filter(|c| c.is_satisfied(below, children)).max_by_key(|candidate| candidate.rank)
    }

    /// A request that an attempt made: a cell of its step, if the request came in here at all.
    fn as_cell(&self, index: usize, carried: Carried) -> Answer {
        match self.known[index].entry {
            EntryIs::No => no_entry(),
            EntryIs::Undecided => undecided(self.spans.get(index)),
            EntryIs::Yes => (self.cell(index, carried.step, Source::Trace, carried.class), None),
        }
    }

    /// An entry span that neither client nor attempt nor a single rule gives a step.
    fn by_trace<F: Flow>(&self, index: usize, context: &Context<'_, F>) -> Option<Answer> {
        let entry = self.spans.get(index);
        if entry.links.is_some() {
            return self.by_overlap.then(|| self.by_messages(index, context));
        }
        match self.elsewhere(index) {
            Elsewhere::Carried(carried) => Some(self.with_trace_step(index, carried, context)),
            _ if !self.by_overlap => None,
            Elsewhere::Ambiguous => Some(unmatched_after_wait(entry, Unmatched::Ambiguous, context.now)),
            Elsewhere::Nothing => Some(self.by_part(index, context.now)),
        }
    }

    /// An entry span whose trace names no step: a part's rule is the last evidence.
    fn by_part(&self, index: usize, now: UnixNanos) -> Answer {
        let (entry, known) = (self.spans.get(index), &self.known[index]);
        match (known.rule, known.part) {
            (RuleSays::Tie, _) | (_, RuleSays::Tie) => unmatched_after_wait(entry, Unmatched::Ambiguous, now),
            (_, RuleSays::Candidate(place)) => {
                let step = entry.candidates[usize::from(place)].step;
                (self.cell(index, step, Source::Rule, entry.class), None)
            }
            _ if entry.client == ClientSays::Unknown => {
                unmatched_after_wait(entry, Unmatched::UnknownId, now)
            }
            _ => unmatched_after_wait(entry, Unmatched::NoRule, now),
        }
    }

    /// A tie that the trace breaks is an attempt; anything else a cell.
    fn with_trace_step<F: Flow>(&self, index: usize, carried: Carried, context: &Context<'_, F>) -> Answer {
        match self.own_candidate(index, carried.step) {
            Some(own) if self.known[index].rule == RuleSays::Tie => {
                self.attempt(index, own, Source::Trace, carried.class, context)
            }
            _ => (self.cell(index, carried.step, Source::Trace, carried.class), None),
        }
    }

    /// A CONSUMER without a step of its own: each link has the step of its message, else its parent's.
    fn by_messages<F: Flow>(&self, index: usize, context: &Context<'_, F>) -> Answer {
        let entry = self.spans.get(index);
        let parent = match self.elsewhere(index) {
            Elsewhere::Carried(carried) => Some(carried),
            _ => None,
        };
        let mut steps: Vec<(Carried, u16)> = Vec::new();
        let links = entry.links.as_deref().into_iter().flat_map(|l| l.links.iter().zip(&l.foreign));
        for (link, foreign) in links {
            let of_message = match link.trace == entry.trace {
                true => self.place_of(link.span).and_then(|place| self.step_carried(place)),
                false => foreign.map(|(step, class)| Carried { step, class }),
            };
            let Some(carried) = of_message.or(parent) else { continue };
            match steps.iter_mut().find(|(known, _)| known.step == carried.step) {
                Some((_, times)) => *times += 1,
                None => steps.push((carried, 1)),
            }
        }
        let Some(((first, times), others)) = steps.split_first().map(|(f, o)| (*f, o)) else {
            return self.by_part(index, context.now);
        };
        let mut answer = self.with_trace_step(index, first, context);
        if let Decision::Counted(counted) = &mut answer.0 {
            counted.times = times;
            let others: Vec<(StepId, u16)> = others.iter().map(|(c, times)| (c.step, *times)).collect();
            counted.others = (!others.is_empty()).then(|| Box::new(Others(others)));
        }
        answer
    }

    fn attempt<F: Flow>(
        &self,
        index: usize,
        candidate: &Candidate,
        source: Source,
        class: TrafficClass,
        context: &Context<'_, F>,
    ) -> Answer {
        let entry = self.spans.get(index);
        let below = (self.tree.below[index], self.tree.children[index], self.tree.loose);
        let (outcome, wake) = outcome(entry, candidate, below, context);
        let (brings, look) = brings(entry, candidate, outcome, below, context);
        let wake = [wake, look].into_iter().flatten().min();
        let objective = objective(entry, candidate.step, context);
        let blame = outcome.is_bad().then(|| blame(self.spans, self.tree, index));
        let attempt = Attempt { objective, outcome, brings, blame };
        (self.counted(index, candidate.step, source, class, Some(attempt)), wake)
    }

    fn cell(&self, index: usize, step: StepId, source: Source, class: TrafficClass) -> Decision {
        self.counted(index, step, source, class, None)
    }

    fn counted(
        &self,
        index: usize,
        step: StepId,
        source: Source,
        class: TrafficClass,
        attempt: Option<Attempt>,
    ) -> Decision {
        let links = self.spans.get(index).links.as_ref().map_or(0, |links| links.links.len());
        let times = links.clamp(1, usize::from(u16::MAX)) as u16;
        let (others, agreement) = (None, Agreement::NotBoth);
        Decision::Counted(Counted { step, source, class, attempt, times, others, agreement })
    }

    /// Returns the nearest attempt that this span's request belongs to: in its segment, and not into a
    /// CONSUMER.
    fn attempt_above(&self, index: usize) -> Option<usize> {
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
    fn elsewhere(&self, index: usize) -> Elsewhere {
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
    fn carried_by(&self, index: usize) -> Option<Carried> {
        if let Some(Decision::Counted(counted)) = &self.answers[index] {
            return Some(Carried { step: counted.step, class: counted.class });
        }
        let class = self.spans.get(index).class;
        self.known[index].client.map(|step| Carried { step, class })
    }

    /// Returns what the answer of a span rests on.
    pub(super) fn ground(&self, index: usize) -> Ground {
        let (known, parent) = (&self.known[index], self.tree.parent[index]);
        Ground {
            parent: (parent != NONE).then_some(parent as usize),
            above: self.attempt_above(index),
            entry: match known.entry {
                EntryIs::Yes => Some(true),
                EntryIs::No => Some(false),
                EntryIs::Undecided => None,
            },
            rule: known.rule.into(),
            part: known.part.into(),
            below: self.tree.below[index],
            children: self.tree.children[index],
        }
    }

    /// Returns the place of a span by its id.
    pub(super) fn place_of(&self, span: crate::id::SpanId) -> Option<usize> {
        let rank = |(_, entry): &(usize, &Entry)| entry.is_outgoing();
        self.spans.iter().filter(|(_, entry)| entry.span == span).max_by_key(rank).map(|(place, _)| place)
    }
}

fn objective<F>(entry: &Entry, step: StepId, context: &Context<'_, F>) -> Option<ObjectiveId> {
    let known = context.rules.objectives_of(step);
    match entry.client {
        ClientSays::Step { objective: Named::Objective(objective), .. } => {
            known.contains(&objective).then_some(objective)
        }
        ClientSays::Step { objective: Named::Unknown, .. } => None,
        _ => match known {
            [only] => Some(*only),
            _ => None,
        },
    }
}

fn no_entry() -> Answer {
    (Decision::Filtered(Filtered::NoEntry), None)
}

fn undecided(entry: &Entry) -> Answer {
    (Decision::Unmatched(Unmatched::Undecided), Some(entry.arrived.plus(WAIT_NS)))
}

fn unmatched_after_wait(entry: &Entry, reason: Unmatched, now: UnixNanos) -> Answer {
    match now < entry.arrived.plus(WAIT_NS) {
        true => undecided(entry),
        false => (Decision::Unmatched(reason), None),
    }
}
