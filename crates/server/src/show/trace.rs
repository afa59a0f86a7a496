//! What became of a trace, or that it is not kept and what is kept instead.

mod conditions;
mod counted;
mod rows;
mod say;
mod shape;
mod whose;

use throughline_core::annotate::decision::{Attempt, Decision, Outcome as Decided};
use throughline_core::annotate::names::ReasonId;
use throughline_core::count::tally::{Example, ExampleOf};
use throughline_core::id::{StepId, TraceId};
use throughline_core::time::UnixNanos;

use crate::explain::{Became, Span, Told, explain_kept, explain_pinned};
use crate::intake::Intake;
use crate::kept::{EACH, RING_BYTES};
use crate::live::Live;
use crate::show::names::{product_label, step_link};
use crate::show::sli;
use crate::view::path::{self, By};
use crate::view::prose::Link;
use crate::view::time::At;
use crate::view::trace::{AttemptAnswer, Kept, KeptGroup, NotKept, Outcome, Trace};
use shape::Shape;

/// Attempts of one trace that are answered for.
const ANSWERS_MAX: usize = 20;
/// Requests without a step or attempt that are answered for where the trace has no attempt.
const OTHERS_MAX: usize = 3;
/// Other traces that show the same.
const SAME_MAX: usize = 4;

/// Returns what became of a trace, or that it is not kept.
pub fn trace(live: &Live, intake: &Intake, id: &str) -> Trace {
    let Some(trace) = parse(id) else { return Trace::NotKept(not_kept(live, id)) };
    let told = explain_kept(live, intake, trace);
    match told.spans.is_empty() {
        true => Trace::NotKept(not_kept(live, id)),
        false => Trace::Kept(Box::new(kept(live, &told, None))),
    }
}

/// Returns what became of a trace that was read from files.
pub fn of_file(live: &Live, told: &Told, id: &str) -> Trace {
    match told.spans.is_empty() {
        true => Trace::NotKept(not_kept(live, id)),
        false => Trace::Kept(Box::new(kept(live, told, Some("read from files")))),
    }
}

/// Reads a trace id of 32 hex digits, or as few as the 16 of old tracers: some drop the zeros before it. The id of
/// zeros is none.
pub fn parse(id: &str) -> Option<TraceId> {
    if !is_id(id) {
        return None;
    }
    u128::from_str_radix(id, 16).ok().filter(|id| *id != 0).map(TraceId)
}

fn is_id(id: &str) -> bool {
    (16..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A trace that is shown, with the names of what is known now.
struct View<'a> {
    live: &'a Live,
    told: &'a Told,
    shape: Shape,
}

impl<'a> View<'a> {
    fn new(live: &'a Live, told: &'a Told) -> Self {
        Self { live, told, shape: Shape::of(told) }
    }

    fn step_name(&self, step: StepId) -> String {
        let found = self.live.registry.step(step);
        found.map_or_else(|| "a step that is no longer defined".to_owned(), |step| step.display_name.clone())
    }

    /// Returns the places of the attempts, in the order of the picture.
    fn attempts(&self) -> Vec<usize> {
        let rows = self.shape.rows.iter().map(|(place, _)| *place);
        rows.filter(|place| self.told.spans[*place].attempt().is_some()).collect()
    }

    /// Returns how many different steps have an attempt here.
    fn steps_attempted(&self) -> usize {
        let attempts = self.told.spans.iter().filter_map(Span::attempt);
        let mut steps: Vec<StepId> = attempts.map(|(counted, _)| counted.step).collect();
        steps.sort_unstable();
        steps.dedup();
        steps.len()
    }

    /// Returns the words of a span's own failure: its message, else its code.
    fn reason(&self, span: &Span) -> Option<String> {
        let reason = span.entry.reason.map(|reason| self.live.interned.reason_text(reason).to_string())?;
        match span.message.is_empty() {
            true => Some(reason),
            false => Some(span.message.clone()),
        }
    }

    /// Returns a span's code, such as `HTTP 503`, without its message.
    fn own_reason(&self, span: &Span) -> Option<String> {
        let reason = span.entry.reason.map(|reason| self.live.interned.reason_text(reason).to_string())?;
        let code = reason.split(", ").next().unwrap_or_default().to_owned();
        Some(code)
    }

    /// Returns why a bad attempt is bad, in a few words.
    fn why_bad(&self, span: &Span, attempt: &Attempt) -> Option<String> {
        let blamed = || {
            attempt
                .blame
                .and_then(|(_, reason)| reason)
                .map(|reason| self.live.interned.reason_text(reason).to_string())
        };
        match attempt.outcome {
            Decided::Failed => self.own_reason(span).or_else(blamed),
            Decided::Useless => Some("no useful result".to_owned()),
            Decided::Shed => Some("shed".to_owned()),
            _ => None,
        }
    }

    /// Returns the rule that gave a span its step, as it is written.
    fn rule_of(&self, span: &Span) -> Option<String> {
        let counted = span.counted()?;
        let found = span
            .matches
            .iter()
            .find(|found| found.step == counted.step && found.part == counted.attempt.is_none())?;
        let step = self.live.registry.step(found.step)?;
        step.actions.get(usize::from(found.action)).map(whose::text)
    }
}

/// Returns all that a person may ask about a trace; `why_kept` where no example shows it.
fn kept(live: &Live, told: &Told, why_kept: Option<&str>) -> Kept {
    let view = View::new(live, told);
    let (spans, folded) = rows::rows(&view);
    let mut services: Vec<&str> = told.spans.iter().map(|span| span.service.as_str()).collect();
    services.sort_unstable();
    services.dedup();
    Kept {
        id: told.trace.to_string(),
        at: At(view.shape.start),
        took_ns: view.shape.end - view.shape.start,
        services: services.len() as u64,
        say: say::say(&view),
        crumbs: crumbs(&view),
        spans,
        folded,
        attempts: answers(&view),
        came_in: counted::came_in(&view, why_kept),
        others: others(live, told.trace),
    }
}

/// Returns the answers for each attempt; without one for the first requests that have no step, or only a cell.
fn answers(view: &View<'_>) -> Vec<AttemptAnswer> {
    let attempts = view.attempts();
    let mut told: Vec<Option<StepId>> = Vec::new();
    let mut answer = |place: usize| {
        let span = &view.told.spans[place];
        let step = span.counted().map(|counted| counted.step);
        let mut rows = counted::slos(view, span);
        if !told.contains(&step) {
            told.push(step);
            rows.extend(counted::cells(view, step));
        }
        AttemptAnswer {
            step: step
                .and_then(|step| view.live.registry.step(step))
                .map(|step| step_link(&view.live.registry, step)),
            outcome: outcome_of(span),
            whose: whose::whose(view, place),
            conditions: conditions::conditions(view, place),
            counted: rows,
        }
    };
    if !attempts.is_empty() {
        return attempts.into_iter().take(ANSWERS_MAX).map(answer).collect();
    }
    let places = view.shape.rows.iter().map(|(place, _)| *place);
    let asks = |place: &usize| {
        matches!(
            view.told.spans[*place].became,
            Became::Decided(Decision::Unmatched(_) | Decision::Counted(_))
        )
    };
    let mut asked: Vec<(&str, &str)> = Vec::new();
    let is_new = |place: &usize| {
        let span = &view.told.spans[*place];
        let key = (span.service.as_str(), span.operation.as_str());
        let is_new = !asked.contains(&key);
        asked.push(key);
        is_new
    };
    places.filter(asks).filter(is_new).take(OTHERS_MAX).map(&mut answer).collect()
}

/// Returns the outcome of an attempt; of another request whether it failed, and of one without a step nothing.
fn outcome_of(span: &Span) -> Outcome {
    match (span.attempt(), span.counted()) {
        (Some((_, attempt)), _) => outcome(attempt.outcome),
        (None, Some(_)) if span.is_error() => Outcome::Bad,
        (None, Some(_)) => Outcome::Good,
        (None, None) => Outcome::Excluded,
    }
}

fn crumbs(view: &View<'_>) -> Vec<Link> {
    let attempts = view.attempts();
    let bad = |place: &&usize| {
        view.told.spans[**place].attempt().is_some_and(|(_, attempt)| attempt.outcome.is_bad())
    };
    let first = attempts.iter().find(bad).or(attempts.first());
    let shown = first.and_then(|place| view.told.spans[*place].attempt().map(|found| (*place, found)));
    let registry = &view.live.registry;
    let Some((place, (counted, attempt))) = shown else {
        let product = registry.products().next().map_or("", |product| product.name.as_str());
        return vec![Link::new("Impact", path::impact(product, By::Service, None))];
    };
    let Some(step) = registry.step(counted.step) else { return Vec::new() };
    let product = product_label(registry, step);
    let service = match attempt.blame {
        Some((service, _)) => view.live.interned.service_name(service).to_string(),
        None => view.told.spans[place].service.clone(),
    };
    let cell = path::impact_cell(product, By::Service, 15, &service, Some(&step.name));
    vec![
        Link::new("Impact", path::impact(product, By::Service, None)),
        Link::new(format!("{service}, {}", step.display_name), cell),
    ]
}

/// Returns other kept traces that show the same attempt.
fn others(live: &Live, trace: TraceId) -> Vec<String> {
    let shows = live.examples.all().filter(|(_, traces)| traces.iter().any(|one| one.trace == trace));
    let is_cell = |of: &ExampleOf| matches!(of, ExampleOf::Cell { .. } | ExampleOf::Stray { .. });
    let same = shows.min_by_key(|(of, _)| is_cell(of)).map(|(_, traces)| traces);
    let others = same.into_iter().flatten().filter(|one| one.trace != trace && is_kept(live, one));
    others.take(SAME_MAX).map(|one| one.trace.to_string()).collect()
}

fn is_kept(live: &Live, example: &Example) -> bool {
    live.examples.pins().holds(example.trace)
}

/// The way of an error and the time a trace took, for a line about it.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) way: Option<String>,
    /// Where most of the longest attempt's time went.
    pub(super) longest: Option<say::Longest>,
    /// What stands between an attempt and a useful result.
    pub(super) lacks: Option<String>,
    pub(super) took_ns: Option<u64>,
    /// When its first span began.
    pub(super) start: Option<UnixNanos>,
}

/// Returns a line about each trace: how the error came to the user, as far as its spans are pinned.
pub(super) fn lines(live: &Live, traces: impl Iterator<Item = TraceId>) -> Vec<Line> {
    let line = |told: Told| {
        let view = View::new(live, &told);
        let way = view.attempts().into_iter().find_map(|place| say::way(&view, place));
        Line {
            way: way.map(|way| way.with_answer()),
            longest: say::longest(&view),
            lacks: view.attempts().into_iter().find_map(|place| conditions::lacks(&view, place)),
            start: (!told.spans.is_empty()).then_some(UnixNanos(view.shape.start)),
            took_ns: (!told.spans.is_empty()).then(|| view.shape.end - view.shape.start),
        }
    };
    explain_pinned(live, traces).into_iter().map(line).collect()
}

/// Returns the answer for a trace that is not kept.
pub fn not_kept(live: &Live, id: &str) -> NotKept {
    NotKept {
        id: id.to_owned(),
        is_id: is_id(id),
        each: EACH as u64,
        bytes_max: RING_BYTES as u64,
        kept: kept_groups(live),
    }
}

/// Returns the attempts of which traces are kept: the bad ones first, then those of a reason, then by step.
fn kept_groups(live: &Live) -> Vec<KeptGroup> {
    let groups = live.examples.all().filter_map(|(of, traces)| {
        let (step, outcome, reason) = match *of {
            ExampleOf::Attempt { step, outcome, reason } => {
                (step, outcome, self::reason(live, outcome, reason))
            }
            ExampleOf::Slow { step, threshold } => (step, Decided::Good, too_slow(live, step, threshold)),
            ExampleOf::Cell { .. } | ExampleOf::Stray { .. } => return None,
        };
        let kept = traces.iter().filter(|example| is_kept(live, example));
        let traces: Vec<String> = kept.map(|example| example.trace.to_string()).collect();
        let link = step_link(&live.registry, live.registry.step(step)?);
        let order = (!outcome.is_bad(), reason.is_empty(), step, outcome);
        let group = KeptGroup { step: link, outcome: self::outcome(outcome), reason, traces };
        (!group.traces.is_empty()).then_some((order, group))
    });
    let mut groups: Vec<_> = groups.collect();
    groups.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.reason.cmp(&other.reason)));
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Returns what a slow attempt is kept for.
fn too_slow(live: &Live, step: StepId, threshold: u8) -> String {
    let thresholds = live.registry.step(step).map(|step| step.thresholds.as_slice());
    let threshold = thresholds.and_then(|thresholds| thresholds.get(usize::from(threshold)));
    threshold.map_or_else(String::new, |ns| sli::too_slow(*ns))
}

fn outcome(outcome: Decided) -> Outcome {
    match outcome {
        Decided::Good => Outcome::Good,
        Decided::Failed | Decided::Useless | Decided::Shed => Outcome::Bad,
        Decided::Excluded => Outcome::Excluded,
        Decided::Pending => Outcome::Pending,
        Decided::Lost => Outcome::Lost,
    }
}

/// Returns why a bad attempt is bad; empty when it is good.
fn reason(live: &Live, outcome: Decided, reason: Option<ReasonId>) -> String {
    match (reason, outcome) {
        (Some(reason), _) => live.interned.reason_text(reason).to_string(),
        (None, Decided::Useless | Decided::Shed) => outcome.word().to_owned(),
        (None, _) => String::new(),
    }
}
