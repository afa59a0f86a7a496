//! Requests that belong to no step, by operation, with a draft rule to copy and what it would count.

mod draft;

use std::collections::BTreeMap;
use std::ops::Range;

use throughline_core::annotate::decision::Unmatched;
use throughline_core::annotate::names::{OTHER, OperationId};
use throughline_core::annotate::rules::rank;
use throughline_core::count::tally::{ExampleOf, Requests};
use throughline_core::id::ServiceId;
use throughline_core::model::step::{Action, Step};
use throughline_core::time::Minute;

use crate::live::Live;
use crate::show::counts::{indexes, of_requests, whole};
use crate::show::names::{now, step_link};
use crate::show::telemetry::no_telemetry;
use crate::view::empty::Empty;
use crate::view::number::{exact, plural, ppb, share};
use crate::view::operations::{NoStep, Operation, Operations, Tie};
use crate::view::path;
use crate::view::prose::Prose;
use crate::view::sli::Share;

pub(super) use draft::actions;

/// Operations that are listed.
const LISTED_MAX: usize = 50;
/// Rules that tie which are named.
const TIES_MAX: usize = 20;

/// An operation without a step, and its requests.
#[derive(Debug, Clone)]
struct Stray {
    service: ServiceId,
    operation: OperationId,
    service_name: String,
    operation_name: String,
    why: Unmatched,
    requests: Share,
    /// Further requests of the operation whose traces may still tell, or never will.
    undecided: u64,
}

/// Returns the operations without a step; `asked` is the service and operation whose draft is shown.
pub fn operations(live: &Live, asked: Option<(&str, &str)>) -> Operations {
    let range = since_last_hour(live);
    let strays = strays(live, &range);
    let without = without_in(live, &range);
    let of = |stray: &&Stray| {
        asked.is_none_or(|asked| asked == (stray.service_name.as_str(), stray.operation_name.as_str()))
    };
    let drafted = match asked {
        Some(_) => strays.iter().filter(|stray| has_draft(live, stray)).find(of),
        None => first_draft(live, &strays),
    };
    let beyond = strays.iter().skip(LISTED_MAX).map(|stray| stray.requests.of).sum();
    Operations {
        from: range.start.into(),
        to: now(live),
        say: say(&strays, without),
        without,
        rows: strays.iter().take(LISTED_MAX).map(|stray| row(live, stray)).collect(),
        beyond,
        draft: drafted.map(|stray| draft::draft(live, stray, &strays, without)),
        ties: ties(live, &strays),
        empty: no_telemetry(live).map(Empty::NoTelemetry),
    }
}

/// Requests without a step are kept by the hour: the last whole one and the present, open minute and all.
pub(super) fn since_last_hour(live: &Live) -> Range<Minute> {
    let end = live.judgement.now.minute().plus(1);
    let hour = end.0 - end.0 % 60;
    Minute(hour.saturating_sub(60))..end
}

/// Returns requests without a step, of all, of any traffic.
pub(super) fn without_in(live: &Live, range: &Range<Minute>) -> Share {
    let (mut without, mut all) = (0, 0);
    for (_, (_, step, _), requests) in live.book.judged.cells.range(indexes(range)) {
        all += requests.requests;
        without += if step.is_none() { requests.requests } else { 0 };
    }
    Share::new(whole(without), whole(all))
}

/// Returns the operations of the hours that a range touches, most requests first.
fn strays(live: &Live, range: &Range<Minute>) -> Vec<Stray> {
    let mut sums: BTreeMap<(ServiceId, OperationId, usize), (Unmatched, Requests)> = BTreeMap::new();
    for (_, (service, operation, why), requests) in
        live.book.strays.range(range.start.0 / 60..range.end.0.div_ceil(60))
    {
        let index = throughline_core::count::ledger::unmatched_index(*why);
        let (_, sum) =
            sums.entry((*service, *operation, index)).or_insert_with(|| (*why, Requests::default()));
        sum.requests += requests.requests;
        sum.errors += requests.errors;
    }
    let stray =
        |((service, operation, _), (why, sum)): ((ServiceId, OperationId, usize), (Unmatched, Requests))| {
            Stray {
                service,
                operation,
                service_name: live.interned.service_name(service).to_string(),
                operation_name: live.interned.operation_name(operation).to_string(),
                why,
                requests: of_requests(&sum),
                undecided: 0,
            }
        };
    let strays = sums.into_iter().map(stray).filter(|stray| stray.requests.of > 0).collect();
    let mut strays = without_twins(strays);
    let order = |stray: &Stray| (std::cmp::Reverse(stray.requests.of), stray.service, stray.operation);
    strays.sort_by_key(order);
    strays
}

/// Puts undecided requests beside those of the same operation that are decided.
fn without_twins(strays: Vec<Stray>) -> Vec<Stray> {
    let is_undecided = |stray: &Stray| stray.why == Unmatched::Undecided;
    let (undecided, mut strays): (Vec<Stray>, Vec<Stray>) = strays.into_iter().partition(is_undecided);
    for one in undecided {
        let same = |other: &&mut Stray| (other.service, other.operation) == (one.service, one.operation);
        match strays.iter_mut().find(same) {
            Some(other) => other.undecided += one.requests.of,
            None => strays.push(one),
        }
    }
    strays
}

/// Returns the most frequent operation for which a rule can be drafted.
pub(super) fn top(live: &Live) -> Option<(String, String)> {
    let strays = strays(live, &since_last_hour(live));
    let top = first_draft(live, &strays)?;
    Some((top.service_name.clone(), top.operation_name.clone()))
}

/// Returns the most frequent operation that users seem to call: at a service where steps begin, and no machine's;
/// without one the most frequent of all.
fn first_draft<'a>(live: &Live, strays: &'a [Stray]) -> Option<&'a Stray> {
    let actions = || live.registry.steps().flat_map(|step| &step.actions);
    let is_front = |stray: &&&Stray| {
        actions().any(|action| !action.part && action.service == stray.service_name) && !is_machine(stray)
    };
    let drafted: Vec<&Stray> = strays.iter().filter(|stray| has_draft(live, stray)).collect();
    drafted.iter().find(is_front).or(drafted.first()).copied()
}

fn is_machine(stray: &Stray) -> bool {
    let name = stray.operation_name.to_lowercase();
    MACHINES.iter().any(|word| name.contains(word))
}

/// Returns the step of a rule that takes the operation without further conditions: these requests came before it.
fn ruled<'a>(live: &'a Live, stray: &Stray) -> Option<&'a Step> {
    rules_that_name(live, stray).find(|(_, action)| action.filters.is_empty()).map(|(step, _)| step)
}

/// Returns whether a rule can be drafted: there is none that takes the operation.
fn has_draft(live: &Live, stray: &Stray) -> bool {
    let is_named = stray.operation_name != OTHER && !stray.operation_name.is_empty();
    stray.why == Unmatched::NoRule && is_named && ruled(live, stray).is_none()
}

fn say(strays: &[Stray], without: Share) -> Prose {
    let Some(first) = strays.first() else {
        return match without.of {
            0 => "No request came in this time.".into(),
            all => format!("Every request has a step: {} of {}.", exact(all), exact(all)).into(),
        };
    };
    let of_all = ppb(without.part, without.of).map_or(String::new(), |ppb| format!(" ({})", share(ppb)));
    Prose::new()
        .text(format!(
            "{} of {} belong to no step{of_all}. ",
            exact(without.part),
            plural(without.of, "request")
        ))
        .text(match strays.len() {
            1 => "One operation makes them: ".to_owned(),
            n => format!("{n} operations make them; the most frequent is "),
        })
        .code(format!("{} {}", first.service_name, first.operation_name))
        .text(format!(", {}.", plural(first.requests.of, "request")))
}

fn row(live: &Live, stray: &Stray) -> Operation {
    let shows = |error| ExampleOf::Stray { service: stray.service, operation: stray.operation, error };
    let example = [true, false].into_iter().find_map(|error| live.examples.of(&shows(error)).next());
    Operation {
        service: stray.service_name.clone(),
        operation: stray.operation_name.clone(),
        errors: stray.requests,
        errors_ppb: ppb(stray.requests.part, stray.requests.of),
        undecided: stray.undecided,
        reason: reason(stray.why),
        next: next(live, stray),
        has_draft: has_draft(live, stray),
        example: example.map(|example| example.trace.to_string()),
    }
}

fn reason(why: Unmatched) -> NoStep {
    match why {
        Unmatched::NoRule => NoStep::NoRule,
        Unmatched::Ambiguous => NoStep::Ambiguous,
        Unmatched::UnknownId => NoStep::UnknownId,
        Unmatched::Undecided => NoStep::Undecided,
    }
}

/// Words in operations that machines call.
const MACHINES: [&str; 9] =
    ["health", "ready", "livez", "metrics", ".well-known", "/ping", "favicon", "/static/", "/assets/"];

fn next(live: &Live, stray: &Stray) -> Prose {
    match stray.why {
        Unmatched::NoRule if is_machine(stray) => "if machines call it: leave it".into(),
        Unmatched::NoRule if stray.operation_name == OTHER => "too many operations to tell apart".into(),
        Unmatched::NoRule => match ruled(live, stray) {
            Some(step) => {
                let link = step_link(&live.registry, step);
                Prose::new()
                    .link(link.text, link.href)
                    .text(" has a rule for it; what came before that stays here")
            }
            None => Prose::new(),
        },
        Unmatched::Ambiguous => Prose::new().text("give one rule ").code("priority: 1"),
        Unmatched::UnknownId => {
            Prose::new().text("add the step that the client names, see ").link("quality", path::QUALITY)
        }
        Unmatched::Undecided => "wait: its trace may still tell".into(),
    }
}

/// Returns the rules that fit equally well, for the operations where they do.
fn ties(live: &Live, strays: &[Stray]) -> Vec<Tie> {
    let ambiguous = strays.iter().filter(|stray| stray.why == Unmatched::Ambiguous);
    ambiguous.take(TIES_MAX).map(|stray| tie(live, stray)).collect()
}

fn tie(live: &Live, stray: &Stray) -> Tie {
    let mut says = Prose::new().code(stray.operation_name.clone());
    for (index, (step, action)) in rules_that_fit(live, stray).into_iter().enumerate() {
        let link = step_link(&live.registry, step);
        let between = if index == 0 { " fits " } else { " and " };
        says = says.text(between).code(action.operation.text()).text(" of ").link(link.text, link.href);
    }
    let says = says.text(" equally well. A tie is never guessed.");
    Tie { operation: format!("{} {}", stray.service_name, stray.operation_name), says }
}

/// Returns the rules that name the operation, with their steps; their further conditions are not asked.
fn rules_that_name<'a>(live: &'a Live, stray: &Stray) -> impl Iterator<Item = (&'a Step, &'a Action)> {
    let rules = live.registry.steps().flat_map(|step| step.actions.iter().map(move |action| (step, action)));
    rules.filter(|(_, action)| {
        !action.part
            && action.service == stray.service_name
            && action.operation.matches(&stray.operation_name)
    })
}

/// Returns the best fitting rules, one a step.
fn rules_that_fit<'a>(live: &'a Live, stray: &Stray) -> Vec<(&'a Step, &'a Action)> {
    let rank_of = |action: &Action| rank(&action.operation, action.filters.len(), action.priority);
    let mut fit: Vec<(&Step, &Action)> = rules_that_name(live, stray).collect();
    let best = fit.iter().map(|(_, action)| rank_of(action)).max();
    fit.retain(|(_, action)| Some(rank_of(action)) == best);
    fit.dedup_by_key(|(step, _)| step.id);
    fit
}
