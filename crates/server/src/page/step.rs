//! One step: what users lose now, why, by which service; what counts; its SLOs by method.

mod methods;

use maud::{Markup, html};

use crate::page::objective::{definitions, people};
use crate::page::part::list::{Row, list};
use crate::page::part::shell::{Nav, Page, document};
use crate::page::part::{chart, empty, prose, reasons, sli, status, table};
use crate::view::number::{at_least, exact, plural, share, target};
use crate::view::path::{self, Layer};
use crate::view::prose::Link;
use crate::view::shell::Shell;
use crate::view::step::{Carrier, Clause, Impact, InObjective, Neighbour, NoSlo, Rules, SeverityNow, Step};
use crate::view::word::Severity;

pub(super) fn render(shell: &Shell, view: &Step) -> Markup {
    let mut crumbs = vec![Link::new(&view.product.name, path::map(&view.product.id, Layer::Steps))];
    crumbs.extend(view.objectives.first().map(|place| place.objective.clone()));
    let body = html! {
        (prose::crumbs(&crumbs))
        div.head { h1 { (view.name) } (status::status(view.state)) span.fact { (marks(view)) } }
        @if !view.description.is_empty() { p.job { (view.description) } }
        (prose::say(&view.say))
        (empty::explained(view.explained.as_ref()))
        (no_slo(view.no_slo.as_ref()))
        (table::big(impact(view)))
        div.two {
            div {
                section { h2 { (why(view)) } @if view.state.is_unseen() { (reasons::not_known()) } @else { (reasons::reasons(&view.reasons, is_slow(view))) } }
                section { h2 { "Services that carry it, last 15 minutes" } (services(view)) }
            }
            div { section { h2 { "What counts, and how" } (rules(&view.rules)) } }
        }
        section { h2 { "Attempts, last " (chart::length(&view.attempts)) } (chart::attempts(&view.attempts, true)) }
        @if !view.slos.is_empty() { section { h2 { "SLOs by method" } (methods::methods(&view.slos)) } }
        div.two {
            div { section { h2 { "Where it stands" } (place(view)) } }
            div { section { h2 { "People" } (table::facts(&people(&view.people))) } }
        }
    };
    let news = format!("{} {}", view.name, view.state.words());
    document(shell, &Page { nav: Nav::Map, title: view.name.clone(), news, body })
}

/// Whether users are hurt more by waiting than by failures; those who never came did neither.
fn is_slow(view: &Step) -> bool {
    view.impact.impact_ppb.is_some()
        && view.impact.never_started == 0
        && view.attempts.last_hour.slow > view.attempts.last_hour.bad
}

fn why(view: &Step) -> &'static str {
    match is_slow(view) {
        true => "Why attempts were too slow, last hour",
        false => "Why attempts failed, last hour",
    }
}

fn marks(view: &Step) -> String {
    let first = view.objectives.first();
    let mut marks = vec![view.criticality.word(), view.class.word()];
    marks.push(if first.is_some_and(|place| place.optional) { "optional" } else { "required" });
    if first.is_some_and(|place| place.is_async) {
        marks.push("async");
    }
    marks.join(" · ")
}

fn no_slo(state: Option<&NoSlo>) -> Markup {
    html! {
        @if let Some(state) = state {
            section.empty {
                h2 { "Nothing measures it" }
                p {
                    @if let Some(attempts) = state.attempts_a_day { (plural(attempts, "attempt")) " a day. " }
                    @match state.so_far {
                        Some(so_far) => { (table::exact_of(so_far)) " were good " (state.so_far_period) ". " }
                        None => "None was seen so far. ",
                    }
                    "This SLO, with a target of " (target(state.draft_target_ppb)) ", would begin to judge it:"
                }
                (table::copy("Draft SLO, YAML", &state.draft))
            }
        }
    }
}

type Big = (&'static str, Markup, &'static str, Markup);

/// Impact, what was lost or attempted, severity: three numbers whether users are hurt or not.
fn impact(step: &Step) -> [Big; 3] {
    let view: &Impact = &step.impact;
    let now = match (view.impact_ppb, view.lost) {
        (Some(ppb), Some(lost)) => {
            let made_of = html! {
                (table::of(lost)) @if lost.part > 0 && view.never_started == lost.part { " expected did not come" }
                " since " (view.since.clock())
                @if let Some(least) = view.at_least_ppb { "; " (at_least(least)) }
            };
            ("Impact now", html! { (share(ppb)) }, "failing", made_of)
        }
        _ if step.slos.is_empty() => {
            ("Impact now", html! { "not known" }, "", html! { "no SLO says what is too much" })
        }
        _ if view.last_15_min.is_none() => {
            ("Impact now", html! { "not known" }, "", html! { "nothing was judged in the last 15 minutes" })
        }
        _ => ("Impact now", html! { "none" }, "", html! { "beyond what its own SLOs allow" }),
    };
    let recent = (
        if step.attempts.slow_beyond_ns.is_some() {
            "Failed or too slow, last 15 minutes"
        } else {
            "Failed, last 15 minutes"
        },
        html! {
            @match view.last_15_min { Some(share) => (exact(share.part)), None => "not known" }
        },
        "",
        html! { @match view.last_15_min {
            Some(share) => { "of " (plural(share.of, "attempt")) }
            None => "no attempt was judged",
        } },
    );
    let lost = match view.so_far {
        Some(so_far) => (
            "Lost so far",
            html! { (table::number(so_far.attempts)) },
            "",
            html! { "attempts since " (so_far.since.clock()) },
        ),
        None => recent,
    };
    [now, lost, severity(view.severity.as_ref(), !step.state.is_unseen())]
}

/// The severity as a big number.
fn severity(now: Option<&SeverityNow>, known: bool) -> Big {
    match now {
        Some(now) => {
            ("Severity", html! { (now.level.word()) }, severity_class(now.level), severity_says(now))
        }
        None if !known => {
            ("Severity", html! { "not known" }, "", html! { "nothing is measured, so no rule can tell" })
        }
        None => ("Severity", html! { "none" }, "", html! { "no rule fires" }),
    }
}

fn severity_class(level: Severity) -> &'static str {
    level.word()
}

fn severity_says(now: &SeverityNow) -> Markup {
    html! { "since " (now.since.clock()) ", by rule " (now.rule_number) ": " (now.rule) }
}

fn services(view: &Step) -> Markup {
    html! {
        @if view.services.is_empty() { p.muted { "No request for it came in the last 15 minutes." } }
        @else {
            (list("Services that carry it", &CARRIERS, view.services.iter().map(carrier)))
            @if !view.services_say.is_empty() { p.muted.small.after { (prose::prose(&view.services_say)) } }
        }
    }
}

const CARRIERS: [&str; 5] = ["Service", "Part in it", "#Requests for it", "#Failed", "#Of all its requests"];

fn carrier(one: &Carrier) -> Row {
    Row::new([
        html! { (one.service) },
        part(one),
        table::number(one.requests.of),
        table::number(one.requests.part),
        html! { @match one.of_all_ppb {
            Some(ppb) => { (share(ppb)) " of " (table::number(one.all_requests)) }
            None => "–",
        } },
    ])
}

fn part(one: &Carrier) -> Markup {
    html! {
        @if one.takes_attempt { "takes the attempt: " }
        @else if one.operations.is_empty() { "reached on the way" }
        (operations(&one.operations))
        @if one.operations.is_empty() && !one.looked_for.is_empty() {
            "; a condition looks for " (operations(&one.looked_for))
        }
    }
}

fn operations(names: &[String]) -> Markup {
    html! { @for (index, name) in names.iter().enumerate() { @if index > 0 { ", " } code { (name) } } }
}

fn rules(rules: &Rules) -> Markup {
    let groups: [(&str, &[Clause]); 6] = [
        ("An attempt", &rules.attempt),
        ("Starts", &rules.start),
        ("Good, if all", &rules.good),
        ("Bad, if any", &rules.bad),
        ("Usually", &rules.usually),
        ("Not counted", &rules.excluded),
    ];
    let other = rules.other_traffic_today;
    html! {
        dl .facts.rules {
            @for (term, clauses) in groups {
                @let is_last = term == "Not counted";
                @if !clauses.is_empty() || is_last {
                    dt { (term) }
                    @for clause in clauses { dd { (clause.words) @if !clause.rule.is_empty() { code { (clause.rule) } } } }
                    @if is_last { dd { "batch and test traffic, " (exact(other)) " today" } }
                }
            }
        }
    }
}

fn place(view: &Step) -> Markup {
    let near = |neighbours: &[Neighbour]| {
        let line = |one: &Neighbour| {
            html! {
                (prose::link(&one.step)) ", " (status::status(one.state)) @if !one.note.is_empty() { ": " (one.note) }
            }
        };
        neighbours.iter().map(line).collect::<Vec<_>>()
    };
    let objective = |place: &InObjective| {
        html! {
            (prose::link(&place.objective)) ", " @if place.optional { "optional" } @else { "required" } @if place.is_async { ", async" }
        }
    };
    table::facts(&[
        ("Before it", near(&view.before)),
        ("After it", near(&view.after)),
        ("Objective", view.objectives.iter().map(objective).collect()),
        ("Definition", definitions(&view.definitions)),
    ])
}

/// The SLI with its limit in time.
fn pair_within(view: &crate::view::sli::Sli) -> String {
    let within =
        view.within_ns.map_or(String::new(), |ns| format!(" within {}", crate::view::number::took(ns)));
    format!("{}{within}", sli::pair(view))
}
