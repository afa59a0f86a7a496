//! One objective: the user's intent, which step of the way breaks it, the rule that fires, whom it concerns.

use maud::{Markup, html};

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
            (table::scroll("Steps as table", &steps(&view.steps)))
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
    html! {
        table {
            (table::heads(&["Step", "Now", "Because", "#Bad, 15 min", "Severity"]))
            tbody {
                @for row in rows {
                    tr class=[sli::is_now(row.state).then_some("now")] {
                        th scope="row" { (prose::link(&row.step)) " " span.fact { (row.marks.join(", ")) } }
                        td { (status::status(row.state)) }
                        td { (prose::or_dash(&row.because)) }
                        td.num { (table::of_or_dash(row.last_15_min)) }
                        td {
                            (status::severity_or_dash(row.severity))
                            @if let Some(impact) = row.impact_ppb { ", impact " (share(impact)) }
                        }
                    }
                }
            }
        }
    }
}

fn rules(rows: &[RuleRow]) -> Markup {
    html! {
        @if rows.is_empty() {
            p.muted { "The product has no severity rules: an incident has no severity." }
        } @else {
            (table::scroll("Severity rules", &html! {
                table {
                    (table::heads(&["#Rule", "Level", "When", "Now"]))
                    tbody { @for row in rows { (rule(row)) } }
                }
            }))
        }
    }
}

fn rule(row: &RuleRow) -> Markup {
    html! {
        tr class=[(row.now == RuleState::Fires).then_some("now")] {
            th.num scope="row" { (row.number) }
            td { (status::severity(row.level)) }
            td { (row.when) }
            td { @if row.now == RuleState::Fires { strong { (prose::prose(&row.says)) } } @else { (prose::prose(&row.says)) } }
        }
    }
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
