//! Whose step a span is: precedence client > the attempt above > rule > trace elsewhere > rule of a part
//! (`telemetry.md` 4), and whether it is an entry span and an attempt (3).

use crate::annotate::decide::ground::Ground;
use crate::annotate::decide::known::{EntryIs, RuleSays};
use crate::annotate::decide::outcome::{blame, brings, outcome};
use crate::annotate::decide::trace::{Carried, Elsewhere, Trace};
use crate::annotate::decide::tree::NONE;
use crate::annotate::decide::{Context, Flow, WAIT_NS};
use crate::annotate::decision::{Agreement, Attempt, Counted, Decision, Filtered, Others, Source, Unmatched};
use crate::annotate::entry::{Candidate, ClientSays, Entry, Named};
use crate::id::{ObjectiveId, StepId};
use crate::observation::TrafficClass;
use crate::time::UnixNanos;

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
