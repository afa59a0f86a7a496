//! Reads one trace again and decides it again, as counting did: what became of each span and what that rests on.
//! Plain values come out; it finds no bodies, knows no page and counts nothing.

mod collect;
mod file;
mod kept;

use std::collections::BTreeMap;
use std::sync::Arc;

use throughline_core::annotate::decide::ground::Ground;
use throughline_core::annotate::decide::{Context, Decisions, Flow, Spans};
use throughline_core::annotate::decision::{Attempt, Counted, Decision};
use throughline_core::annotate::entry::{Entry, MOVES_NS};
use throughline_core::annotate::names::Interned;
use throughline_core::annotate::rules::{Match, Near, Rules};
use throughline_core::annotate::trace::TRACE_SPANS_MAX;
use throughline_core::condition::Marker;
use throughline_core::count::ledger::Rejected;
use throughline_core::count::shard::refusal;
use throughline_core::id::{SlotId, SpanId, StepId, TraceId};
use throughline_core::observation::{SpanKind, TrafficClass};
use throughline_core::time::UnixNanos;

pub use collect::Collect;
pub use file::{ExplainOptions, FromFiles, explain_files};
pub use kept::{NoFlow, explain_kept, explain_pinned};

/// Traces whose messages are looked up for one trace, and how far links of links are followed.
const LINKED_MAX: usize = 16;
const ROUNDS_MAX: usize = 3;

/// What the client said of its step, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub what: String,
    pub by: SaidBy,
}

/// Where a client's word stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaidBy {
    Attribute,
    Baggage,
}

/// What became of a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    Rejected(Rejected),
    /// The same trace, id and kind came before, as the span at this place.
    Duplicate(usize),
    /// Likewise, but its own fields already filter it.
    FilteredAgain(usize),
    Decided(Decision),
}

/// A span with all that its answer rests on.
#[derive(Debug, Clone)]
pub struct Span {
    pub entry: Entry,
    pub service: String,
    /// As people would write it in a rule.
    pub operation: String,
    /// The span's own status message.
    pub message: String,
    pub said: Option<Said>,
    pub matches: Vec<Match>,
    pub near: Vec<Near>,
    /// The operation in all the ways in which a rule may name it.
    pub texts: Vec<String>,
    /// Attributes that rules and conditions read, as text.
    pub values: Vec<(SlotId, String)>,
    pub became: Became,
    /// `None` where the span took no part in its trace; places are those of [`Told::spans`].
    pub ground: Option<Ground>,
}

impl Span {
    /// Returns how it is counted, `None` when it is not.
    pub fn counted(&self) -> Option<&Counted> {
        match &self.became {
            Became::Decided(Decision::Counted(counted)) => Some(counted),
            _ => None,
        }
    }

    /// Returns the attempt it is, `None` when it is none.
    pub fn attempt(&self) -> Option<(&Counted, &Attempt)> {
        let counted = self.counted()?;
        Some((counted, counted.attempt.as_ref()?))
    }

    /// Returns whether the request failed, or was shed.
    pub fn is_error(&self) -> bool {
        self.entry.codes.error || self.entry.codes.shed
    }

    /// Returns an attribute's value as text, `None` where it is not set.
    pub fn value(&self, slot: SlotId) -> Option<&str> {
        self.values.iter().find(|(known, _)| *known == slot).map(|(_, value)| value.as_str())
    }
}

/// A trace with all its answers, in the order in which its spans came.
#[derive(Debug, Clone)]
pub struct Told {
    pub trace: TraceId,
    pub rules: Arc<Rules>,
    pub spans: Vec<Span>,
    /// Spans beyond the limit that were not read.
    pub unread: u64,
}

impl Told {
    /// Returns the span above, as far as it was seen.
    pub fn parent(&self, place: usize) -> Option<usize> {
        self.spans[place].ground.and_then(|ground| ground.parent)
    }

    /// Returns whether a span lies below another.
    pub fn is_below(&self, below: usize, above: usize) -> bool {
        let parents = std::iter::successors(self.parent(below), |at| self.parent(*at));
        parents.take(self.spans.len()).any(|at| at == above)
    }

    /// Returns the first span below another that sets a marker; with `child` only direct ones, spans that call out
    /// between them not counted.
    pub fn marked(&self, above: usize, marker: Marker, child: bool) -> Option<usize> {
        let found = self.spans.iter().enumerate().filter(|(place, span)| {
            span.ground.is_some()
                && span.entry.markers & marker.bit() != 0
                && if child { self.is_child(*place, above) } else { self.is_below(*place, above) }
        });
        found.min_by_key(|(_, span)| span.entry.start).map(|(place, _)| place)
    }

    fn is_child(&self, place: usize, above: usize) -> bool {
        let mut at = self.parent(place);
        for _ in 0..self.spans.len() {
            match at {
                Some(parent) if parent == above => return true,
                Some(parent) if self.spans[parent].entry.is_outgoing() => at = self.parent(parent),
                _ => return false,
            }
        }
        false
    }
}

/// Decides a trace again at `now`. `read` hands the spans of the traces it is asked for to [`Collect`]; it is asked
/// again for the traces that links lead to.
///
/// # Errors
/// Those of `read`.
pub fn explain<F: Flow, E>(
    trace: TraceId,
    (rules, interned): (&Arc<Rules>, &Arc<Interned>),
    (flow, now): (&F, UnixNanos),
    mut read: impl FnMut(&mut Collect) -> Result<(), E>,
) -> Result<Told, E> {
    let mut known: Vec<(TraceId, Told)> = Vec::new();
    let mut wanted = vec![trace];
    for _ in 0..ROUNDS_MAX {
        let mut collect = Collect::new(Arc::clone(rules), Arc::clone(interned), &wanted);
        read(&mut collect)?;
        let found = collect.finish();
        let is_known = |id: &TraceId| known.iter().any(|(known, _)| known == id) || wanted.contains(id);
        let mut links: Vec<TraceId> = found.iter().flat_map(links_of).filter(|id| !is_known(id)).collect();
        links.sort_unstable();
        links.dedup();
        links.truncate(LINKED_MAX);
        known.extend(found.into_iter().map(|told| (told.trace, told)));
        if links.is_empty() {
            break;
        }
        wanted = links;
    }
    let mut messages = Messages::default();
    let mut told = None;
    for (id, mut one) in known.into_iter().rev() {
        let context = Context { rules, flow, now, heard_until: now, within_ten_minutes: true };
        let decided = Deciding { context, messages: &mut messages }.decide(&mut one);
        if id == trace {
            told = Some(one);
        }
        messages.add(id, decided);
    }
    let nothing = || Told { trace, rules: Arc::clone(rules), spans: Vec::new(), unread: 0 };
    Ok(told.unwrap_or_else(nothing))
}

fn links_of(told: &Told) -> impl Iterator<Item = TraceId> {
    let links = told.spans.iter().flat_map(|span| span.entry.links.iter().flat_map(|links| &links.links));
    links.map(|link| link.trace).filter(|trace| *trace != told.trace)
}

/// Decided traces, asked for the steps of their messages.
#[derive(Default)]
struct Messages {
    traces: BTreeMap<TraceId, Decided>,
}

struct Decided {
    entries: Vec<Entry>,
    ids: Vec<u32>,
    decisions: Decisions,
}

impl Messages {
    fn add(&mut self, trace: TraceId, decided: Decided) {
        self.traces.insert(trace, decided);
    }

    fn step(&self, trace: TraceId, message: SpanId) -> Option<(StepId, TrafficClass)> {
        let Decided { entries, ids, decisions } = self.traces.get(&trace)?;
        decisions.step_of_message(Spans::new(entries, ids), message).flatten()
    }
}

struct Deciding<'a, F> {
    context: Context<'a, F>,
    messages: &'a mut Messages,
}

impl<F: Flow> Deciding<'_, F> {
    /// Fills what became of every span: refused and repeated ones first, then the trace as a whole.
    fn decide(&self, told: &mut Told) -> Decided {
        let oldest_ns = self.context.rules.registry.longest_window_ns();
        let mut seen: BTreeMap<(SpanId, SpanKind), usize> = BTreeMap::new();
        let (mut together, mut places) = (Vec::new(), Vec::new());
        for place in 0..told.spans.len() {
            let span = &mut told.spans[place];
            let key = (span.entry.span, span.entry.kind);
            if let Some(why) = refusal(&span.entry, oldest_ns) {
                span.became = Became::Rejected(why);
                continue;
            }
            let first = seen.get(&key).copied().filter(|_| span.entry.span.0 != 0);
            if let Some(first) = first {
                let filtered = span.entry.filters_itself();
                span.became = if filtered { Became::FilteredAgain(first) } else { Became::Duplicate(first) };
                continue;
            }
            seen.insert(key, place);
            if span.entry.span.0 == 0 || told.trace.0 == 0 || together.len() >= TRACE_SPANS_MAX {
                self.decide_alone(span);
                continue;
            }
            self.learn_messages(&mut span.entry);
            together.push(span.entry.clone());
            places.push(place);
        }
        self.decide_together(told, together, &places)
    }

    fn decide_together(&self, told: &mut Told, entries: Vec<Entry>, places: &[usize]) -> Decided {
        let ids: Vec<u32> = (0..entries.len() as u32).collect();
        let mut decisions = Decisions::default();
        let spans = Spans::new(&entries, &ids);
        decisions.decide(spans, &self.context);
        for ((index, place), answer) in places.iter().enumerate().zip(decisions.answers()) {
            let ground = decisions.ground(spans, index);
            let at = |index: usize| places[index];
            let (parent, above) = (ground.parent.map(at), ground.above.map(at));
            let span = &mut told.spans[*place];
            span.ground = Some(Ground { parent, above, ..ground });
            span.became = Became::Decided(answer.clone());
        }
        Decided { entries, ids, decisions }
    }

    fn decide_alone(&self, span: &mut Span) {
        let (now, heard_until) = (span.entry.arrived.plus(MOVES_NS), span.entry.arrived);
        let context = Context { now, heard_until, ..self.context };
        let (alone, mut decisions) = ([span.entry.clone()], Decisions::default());
        decisions.decide(Spans::new(&alone, &[0]), &context);
        if let Some(answer) = decisions.answers().next() {
            span.became = Became::Decided(answer.clone());
        }
    }

    fn learn_messages(&self, entry: &mut Entry) {
        let trace = entry.trace;
        let Some(links) = entry.links.as_deref_mut() else { return };
        for (link, foreign) in links.links.iter().zip(&mut links.foreign) {
            if link.trace != trace {
                *foreign = self.messages.step(link.trace, link.span);
            }
        }
    }
}
