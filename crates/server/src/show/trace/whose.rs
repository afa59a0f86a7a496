//! Whose step a span is: everybody who was asked, in the order of precedence, and what each said
//! (`telemetry.md` 4: client, the attempt above, rules, the trace elsewhere, parts).

use throughline_core::annotate::decide::ground::Best;
use throughline_core::annotate::decision::{Decision, Source, Unmatched};
use throughline_core::annotate::entry::{Candidate, ClientSays};
use throughline_core::annotate::rules::{Match, Near, NearWhy};
use throughline_core::condition::Marker;
use throughline_core::id::StepId;
use throughline_core::model::step::{Action, Filter, Operation};

use crate::explain::{Became, SaidBy, Span};
use crate::show::trace::View;
use crate::view::prose::Prose;
use crate::view::trace::{Whose, WhoseAnswer};

/// Rules that matched or nearly did and that are listed.
const RULES_MAX: usize = 10;

/// Returns everybody who was asked about a span's step.
pub(super) fn whose(view: &View<'_>, place: usize) -> Vec<Whose> {
    let asking = Asking::new(view, place);
    let mut rows: Vec<Whose> = asking.client().into_iter().chain(asking.above()).collect();
    let (parts, mut wholes): (Vec<&Match>, Vec<&Match>) = asking.span.matches.iter().partition(|m| m.part);
    let ground = asking.span.ground.unwrap_or(NO_GROUND);
    wholes.sort_by_key(|found| asking.missing(found, (ground.below, ground.children)).is_some());
    rows.extend(wholes.into_iter().take(RULES_MAX).filter_map(|found| asking.rule(found)));
    rows.extend(asking.free());
    rows.extend(asking.elsewhere());
    rows.extend(parts.into_iter().take(RULES_MAX).filter_map(|found| asking.rule(found)));
    rows.extend(asking.no_rule());
    rows.extend(asking.span.near.iter().filter_map(|near| asking.nearly(near)));
    rows
}

struct Asking<'a> {
    view: &'a View<'a>,
    span: &'a Span,
    place: usize,
    /// The step it is counted under, and who said so.
    taken: Option<(StepId, Source)>,
    /// Two rules were as good, and nobody broke the tie.
    ambiguous: bool,
}

impl<'a> Asking<'a> {
    fn new(view: &'a View<'a>, place: usize) -> Self {
        let span = &view.told.spans[place];
        let taken = span.counted().map(|counted| (counted.step, counted.source));
        let ambiguous = matches!(span.became, Became::Decided(Decision::Unmatched(Unmatched::Ambiguous)));
        Self { view, span, place, taken, ambiguous }
    }

    fn is_taken(&self, source: Source) -> bool {
        self.taken.is_some_and(|(_, taken)| taken == source)
    }

    /// Returns how a step that was not taken stands to the one that was.
    fn beside(&self, step: StepId) -> WhoseAnswer {
        match self.taken {
            Some((taken, _)) if taken == step => WhoseAnswer::Agrees,
            _ => WhoseAnswer::Disagrees,
        }
    }

    fn client(&self) -> Option<Whose> {
        let Some(said) = &self.span.said else {
            let because = Prose::new().text("no ").code("throughline.step").text(" came with it");
            return Some(row("The client", WhoseAnswer::Silent, because));
        };
        let by = match said.by {
            SaidBy::Attribute => "an attribute of the span says ",
            SaidBy::Baggage => "baggage of the request says ",
        };
        let because = Prose::new().text(by).code(format!("throughline.step={}", said.what));
        Some(match self.span.entry.client {
            ClientSays::Step { step, .. } => {
                let asked = format!("The client: {}", self.view.step_name(step));
                match self.is_taken(Source::Client) {
                    true => row(asked, WhoseAnswer::Taken, because.text("; the client goes before rules")),
                    false => row(asked, self.beside(step), because),
                }
            }
            _ => {
                let because = because.text(", which the registry does not know: treated as absent");
                row("The client", WhoseAnswer::Silent, because)
            }
        })
    }

    /// The attempt that the request belongs to; without one nothing is said where no span lies above.
    fn above(&self) -> Option<Whose> {
        let ground = self.span.ground?;
        let Some(above) = ground.above.map(|above| &self.view.told.spans[above]) else {
            ground.parent?;
            let because = "no attempt lies above it in its segment";
            return Some(row("The attempt above", WhoseAnswer::Silent, because.into()));
        };
        let (counted, _) = above.attempt()?;
        let asked = format!("The attempt above: {}", self.view.step_name(counted.step));
        let because = Prose::new().code(format!("{} {}", above.service, above.operation));
        Some(match self.is_taken(Source::Trace) {
            true => row(
                asked,
                WhoseAnswer::Taken,
                because.text(" made this request: what an attempt calls is its own"),
            ),
            false => row(asked, self.beside(counted.step), because.text(" made this request")),
        })
    }

    fn rule(&self, found: &Match) -> Option<Whose> {
        let step = self.view.live.registry.step(found.step)?;
        let action = step.actions.get(usize::from(found.action))?;
        let asked = match found.part {
            true => format!("Part of {}", step.display_name),
            false => format!("Rule of {}", step.display_name),
        };
        let because = written(action);
        let ground = self.span.ground.unwrap_or(NO_GROUND);
        if let Some(missing) = self.missing(found, (ground.below, ground.children)) {
            return Some(row(asked, WhoseAnswer::Nearly, because.text(format!(": {missing}"))));
        }
        let kind = because.text(format!(", {}", kind_of(action)));
        let best = if found.part { ground.part } else { ground.rule };
        let is_best = matches!(best, Best::Candidate(at) if self.is_candidate(at, found));
        let above = ground.above.is_some();
        let (answer, why) = match best {
            Best::Candidate(_) if is_best && self.is_taken(Source::Rule) => {
                (WhoseAnswer::Taken, if found.part { ": nobody else names a step" } else { "" })
            }
            Best::Tie if self.ambiguous => (WhoseAnswer::Ties, ": another rule is as good"),
            Best::Tie => (self.beside(found.step), ", as good as another"),
            Best::Candidate(_) if !is_best => (self.beside(found.step), ": less specific"),
            _ if above && !found.part => {
                (self.beside(found.step), ": below an attempt a rule makes no other attempt")
            }
            _ => (self.beside(found.step), ""),
        };
        Some(row(asked, answer, kind.text(why)))
    }

    fn is_candidate(&self, at: usize, found: &Match) -> bool {
        let same = |candidate: &Candidate| {
            (candidate.step, candidate.rank, candidate.part) == (found.step, found.rank, found.part)
        };
        self.span.entry.candidates.get(at).is_some_and(same)
    }

    /// Returns the spans that the rule wants below this one and that are not there.
    fn missing(&self, found: &Match, (below, children): (u64, u64)) -> Option<String> {
        let missing =
            [(found.needs & !below, "below it"), (found.needs_children & !children, "directly below it")];
        let (bits, where_) = missing.into_iter().find(|(bits, _)| *bits != 0)?;
        let marker = Marker(bits.trailing_zeros() as u8);
        let rule = self.view.live.registry.markers.iter().find(|rule| rule.marker == marker)?;
        Some(format!("no {} {} {where_}", rule.service, rule.operation.text()))
    }

    /// That no action names the operation, where nobody else names a step.
    fn no_rule(&self) -> Option<Whose> {
        let is_silent = self.taken.is_none() && self.span.matches.is_empty();
        let operation = format!("{} {}", self.span.service, self.span.operation);
        let because = Prose::new().text("no action of any step names ").code(operation);
        is_silent.then(|| row("The rules", WhoseAnswer::Silent, because))
    }

    /// A step without actions, which its client names.
    fn free(&self) -> Option<Whose> {
        let candidate = self.span.entry.candidates.iter().find(|candidate| candidate.free)?;
        let asked = format!("Rule of {}", self.view.step_name(candidate.step));
        let because = "it has no actions: any of its entry requests is an attempt";
        Some(row(asked, self.beside(candidate.step), because.into()))
    }

    /// The rest of the trace, where it told and no attempt lies above.
    fn elsewhere(&self) -> Option<Whose> {
        let (step, _) = self.taken.filter(|(_, source)| *source == Source::Trace)?;
        if self.span.ground.is_some_and(|ground| ground.above.is_some()) {
            return None;
        }
        let asked = format!("The trace: {}", self.view.step_name(step));
        let because = match (self.span.entry.links.is_some(), self.annotated_above(step)) {
            (true, _) => "the message that it links to, or its parent, is of that step".into(),
            (_, Some(above)) => Prose::new()
                .code(format!("{} {}", above.service, above.operation))
                .text(", above it in its segment, is of that step"),
            _ => "one step's requests hold its start between their own start and end".into(),
        };
        Some(row(asked, WhoseAnswer::Taken, because))
    }

    fn annotated_above(&self, step: StepId) -> Option<&'a Span> {
        let told = self.view.told;
        let parents = std::iter::successors(told.parent(self.place), |at| told.parent(*at));
        let of_step = |span: &&Span| {
            let client = matches!(span.entry.client, ClientSays::Step { step: said, .. } if said == step);
            client || span.counted().is_some_and(|counted| counted.step == step)
        };
        parents.take(told.spans.len()).map(|at| &told.spans[at]).find(of_step)
    }

    fn nearly(&self, near: &Near) -> Option<Whose> {
        let step = self.view.live.registry.step(near.step)?;
        let action = step.actions.get(usize::from(near.action))?;
        let why = match near.why {
            NearWhy::Filter => self.filtered(action),
            NearWhy::Operation => difference(&self.span.texts, &action.operation),
        };
        let what = if action.part { "Part" } else { "Rule" };
        let asked = format!("{what} of {}", step.display_name);
        Some(row(asked, WhoseAnswer::Nearly, written(action).text(format!(": {why}"))))
    }

    /// Returns the first attribute that the rule wants otherwise.
    fn filtered(&self, action: &Action) -> String {
        let registry = &self.view.live.registry;
        let attributes = action.filters.iter().filter_map(|filter| match filter {
            Filter::Attribute { slot, test } => Some((*slot, test)),
            Filter::Contains { .. } => None,
        });
        let fails = |(slot, test): &(_, &throughline_core::condition::Test)| {
            !test.passes(
                self.span.value(*slot).map_or(Default::default(), throughline_core::observation::Value::Str),
            )
        };
        match attributes.into_iter().find(fails) {
            Some((slot, _)) => {
                let found = self.span.value(slot).unwrap_or("not set");
                format!("{} is {found}", registry.slots.key(slot))
            }
            None => "an attribute differs".to_owned(),
        }
    }
}

const NO_GROUND: throughline_core::annotate::decide::ground::Ground =
    throughline_core::annotate::decide::ground::Ground {
        parent: None,
        above: None,
        entry: None,
        rule: Best::Nothing,
        part: Best::Nothing,
        below: 0,
        children: 0,
    };

fn row(asked: impl Into<String>, answer: WhoseAnswer, because: Prose) -> Whose {
    Whose { asked: asked.into(), answer, because }
}

/// Returns an action as it is written in the registry.
fn written(action: &Action) -> Prose {
    Prose::new().code(text(action))
}

/// Returns an action's service and operation.
pub(super) fn text(action: &Action) -> String {
    format!("{} {}", action.service, action.operation.text())
}

fn kind_of(action: &Action) -> String {
    let kind = match action.operation {
        Operation::Exact(_) => "exact",
        Operation::Template(_) => "a template",
        Operation::Glob(_) => "a glob",
        Operation::Regex(_) => "a regex",
    };
    match action.filters.len() {
        0 => kind.to_owned(),
        1 => format!("{kind} with a condition"),
        n => format!("{kind} with {n} conditions"),
    }
}

/// Says in which part an operation differs from a rule that it nearly matches.
fn difference(texts: &[String], rule: &Operation) -> String {
    let rule = rule.text();
    let shared = |text: &&String| text.bytes().zip(rule.bytes()).take_while(|(a, b)| a == b).count();
    let Some(text) = texts.iter().max_by_key(shared) else { return "the operation differs".to_owned() };
    let split = |text: &str| match text.split_once(' ') {
        Some((method, path)) => (Some(method.to_owned()), path.to_owned()),
        None => (None, text.to_owned()),
    };
    let ((method, path), (rule_method, rule_path)) = (split(text), split(rule));
    if method != rule_method {
        return if path == rule_path { "other method" } else { "other method, other path" }.to_owned();
    }
    let (given, wanted): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), rule_path.split('/').collect());
    match given.len() == wanted.len() && given[..given.len() - 1] == wanted[..wanted.len() - 1] {
        true => "it differs in its last part".to_owned(),
        false if given.len() != wanted.len() => "it has more or fewer parts".to_owned(),
        false => "it differs in a part before the last".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_rule_says_what_differs() {
        let check = |text: &str, rule: &str, expected: &str| {
            assert_eq!(difference(&[text.to_owned()], &Operation::Exact(rule.to_owned())), expected);
        };
        check("POST /api/draft", "POST /api/drafts", "it differs in its last part");
        check("PUT /api/drafts", "POST /api/drafts", "other method");
        check("PUT /api/drafts", "POST /api/drafts/x", "other method, other path");
        check("POST /api/v2/drafts", "POST /api/drafts", "it has more or fewer parts");
        check("POST /apis/drafts", "POST /api/drafts", "it differs in a part before the last");
        check("mail.v1.Drafts/Safe", "mail.v1.Drafts/Save", "it differs in its last part");
    }
}
