//! One objective: the user's intent, which step of the way breaks it, the rule that fires, whom it concerns.

use maud::{Markup, html};

use crate::page::part::list::{Row, list};
use crate::page::part::shell::{Nav, Page, document};
use crate::page::part::{empty, flow, prose, sli, status, table};
use crate::view::number::{exact, plural, share};
use crate::view::objective::{Objective, People, RuleRow, RuleState, StepRow};
use crate::view::path::{self, Layer};
use crate::view::prose::{Link, Prose};
use crate::view::shell::Shell;

pub(super) fn render(shell: &Shell, view: &Objective) -> Markup {
    let crumbs = [Link::new(&view.product.name, path::map(&view.product.id, Layer::Steps))];
    let body = html! {
        (prose::crumbs(&crumbs))
        div.head {
            h1 { (view.name) }
            (status::status(view.state))
            @if let Some(level) = view.severity { (status::severity(level)) }
            span.fact { (view.criticality.word()) }
        }
        @if !view.job.is_empty() { p.job { (view.job) } }
        (prose::say(&view.say))
        (empty::explained(view.explained.as_ref()))
        p { (status::counts(&view.counts, "")) }
        @if view.flow.steps.is_empty() { p.muted { "Its flow names no step yet." } } @else { (way(view)) }
        div.two {
            div { section { h2 { "How bad is it? The rules of " (view.product.name) ", first to last" } (rules(&view.rules)) } }
            div { section { h2 { "What it is worth, and to whom" } (worth(view)) } }
        }
    };
    let news = format!("{} {}", view.name, view.state.words());
    document(shell, &Page { nav: Nav::Map, title: view.name.clone(), news, body })
}

fn way(view: &Objective) -> Markup {
    let label = format!("Steps of {} in flow order, and how each works now", view.name);
    let slos = &view.slos;
    html! {
        section {
            h2 { "Steps" }
            (flow::flow(&view.flow, flow::Picture { label: &label, layer: Layer::Steps, titles: false }))
        }
        section {
            (steps(&view.steps))
            p.muted.small.after {
                "Impact: attempts lost, beyond what the step's own SLOs allow. " (plural(slos.slos, "SLO")) " on "
                (exact(slos.steps_with)) " of " (plural(slos.steps, "step"))
                @if slos.not_measured > 0 { "; " (exact(slos.not_measured)) " of them not measured yet" }
                "."
            }
        }
    }
}

fn steps(rows: &[StepRow]) -> Markup {
    let row = |row: &StepRow| {
        Row::new([
            html! { (prose::link(&row.step)) " " span.fact { (row.marks.join(", ")) } },
            status::status(row.state),
            prose::or_dash(&row.because),
            table::of_or_dash(row.last_15_min),
            html! {
                (status::severity_or_dash(row.severity))
                @if let Some(impact) = row.impact_ppb { ", impact " (share(impact)) }
            },
        ])
        .now(sli::is_now(row.state))
    };
    list("Steps as table", &["Step", "Now", "Because", "#Bad, 15 min", "Severity"], rows.iter().map(row))
}

fn rules(rows: &[RuleRow]) -> Markup {
    html! {
        @if rows.is_empty() {
            p.muted { "The product has no severity rules: an incident has no severity." }
        } @else {
            (list("Severity rules", &["#Rule", "Level", "When", "Now"], rows.iter().map(rule)))
        }
    }
}

fn rule(row: &RuleRow) -> Row {
    let fires = row.now == RuleState::Fires;
    Row::new([
        html! { (row.number) },
        status::severity(row.level),
        html! { (row.when) },
        html! { @if fires { strong { (prose::prose(&row.says)) } } @else { (prose::prose(&row.says)) } },
    ])
    .now(fires)
}

fn worth(view: &Objective) -> Markup {
    let mut facts = vec![("Worth", vec![html! { (view.criticality.word()) }])];
    if !view.kpis.is_empty() {
        facts.push(("Moves", vec![html! { (view.kpis.join(", ")) }]));
    }
    facts.extend(people(&view.people));
    facts.push(("Definition", definitions(&view.definitions)));
    table::facts(&facts)
}

/// Who stands behind it; a missing role is said.
pub(super) fn people(people: &People) -> Vec<(&'static str, Vec<Markup>)> {
    let line = |names: &[String]| vec![html! { (prose::list(names)) }];
    vec![
        ("Accountable", line(&people.accountable)),
        ("Responsible", line(&people.responsible)),
        ("Consulted", line(&people.consulted)),
        ("Informed", line(&people.informed)),
    ]
}

/// Changes of a definition, one line each.
pub(super) fn definitions(changes: &[Prose]) -> Vec<Markup> {
    changes.iter().map(prose::prose).collect()
}
