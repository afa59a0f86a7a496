//! The product's map: where in the user's way something breaks, and the same as a table.

use maud::{Markup, html};

use crate::page::part::list::{Row, list};
use crate::page::part::shell::{Nav, Page, document};
use crate::page::part::{empty, flow, prose, sli, status, table};
use crate::view::map::{Flow, FlowSlo, FlowStep, Map};
use crate::view::number::{count, target};
use crate::view::path::{self, Layer};
use crate::view::shell::Shell;
use crate::view::word::Status;

pub(super) fn render(shell: &Shell, view: &Map) -> Markup {
    let body = html! {
        p.crumb { (view.product.name) }
        div.head { h1 { "Map" } }
        (prose::say(&view.say))
        (products(shell, view))
        @if let Some(state) = &view.empty { (empty::empty(state)) }
        @if !view.flow.objectives.is_empty() { (layers(view)) (picture(view)) }
        @else if view.empty.is_none() { p.muted { "The registry names no objective of " (view.product.name) " yet." } }
    };
    let title = format!("Map of {}", view.product.name);
    document(shell, &Page { nav: Nav::Map, title, news: view.say.plain(), body })
}

fn products(shell: &Shell, view: &Map) -> Markup {
    let tabs: Vec<(String, String, bool)> = shell
        .products
        .iter()
        .map(|one| (one.name.clone(), path::map(&one.id, view.layer), one.id == view.product.id))
        .collect();
    html! { @if tabs.len() > 1 { (table::tabs("Product", &tabs)) } }
}

fn layers(view: &Map) -> Markup {
    let tab = |text: &str, layer| (text.to_owned(), path::map(&view.product.id, layer), view.layer == layer);
    let tabs = [tab("Steps", Layer::Steps), tab("SLOs", Layer::Slos), tab("As table", Layer::Table)];
    table::tabs("Layer", &tabs)
}

fn picture(view: &Map) -> Markup {
    let label = format!(
        "Map of {}: objectives, their steps in flow order, and how each works now",
        view.product.name
    );
    html! {
        @if view.layer == Layer::Table {
            (rows(&view.flow))
        } @else {
            (flow::flow(&view.flow, flow::Picture { label: &label, layer: view.layer, titles: true }))
            (legend(view.layer))
        }
    }
}

fn legend(layer: Layer) -> Markup {
    html! {
        p.legend { @for one in Status::ALL { (status::shaped(one, one.word())) " " } }
        p.legend {
            span { "line: then" } " " span { "dotted: optional" } " " span { "double: asynchronous" } " "
            span { "dashed box: unknown" } " " span { "left edge: thick critical, thin important" } " "
            span { "numbers: SLI / target" @if layer == Layer::Steps { ", budget left" } }
            @if layer == Layer::Slos { " " span { "S service, C client, E end-to-end" } }
        }
    }
}

fn rows(flow: &Flow) -> Markup {
    let heads = ["Step", "Objective", "Now", "#SLI", "#Target", "Method", "#Budget left", "Then"];
    let rows = flow.steps.iter().enumerate().map(|(index, step)| row(flow, index, step));
    list("Steps as table", &heads, rows)
}

fn row(flow: &Flow, index: usize, step: &FlowStep) -> Row {
    let worst = step.worst.as_ref();
    let of_worst = |text: fn(&FlowSlo) -> String| worst.map_or("–".to_owned(), text);
    Row::new([
        html! { (prose::link(&step.step)) " " span.fact { (step.criticality.word()) } },
        html! { (places(flow, step)) },
        sli::status_with(step.state, step.note.as_deref().unwrap_or("")),
        html! { (of_worst(|slo| sli::value(&slo.sli))) },
        html! { (of_worst(|slo| target(slo.sli.target_ppb))) },
        html! { span.nw { @match (worst, step.attempts_a_day) {
            (Some(slo), _) => (slo.method.word()),
            (None, Some(attempts)) => span.muted { (count(attempts)) " attempts a day" },
            (None, None) => "–",
        } } },
        html! { (of_worst(|slo| sli::left(&slo.sli))) },
        html! { (then(flow, index)) },
    ])
    .now(sli::is_now(step.state))
}

/// The objectives that a step serves, each with its marks there.
fn places(flow: &Flow, step: &FlowStep) -> String {
    let mut names = Vec::new();
    for objective in &flow.objectives {
        for place in objective.flow.iter().filter(|place| place.step == step.id) {
            let mut name = objective.objective.text.clone();
            if place.is_async {
                name.push_str(" (async)");
            }
            if place.optional {
                name.push_str(" (optional)");
            }
            names.push(name);
        }
    }
    names.join(", ")
}

/// What follows a step, by the lines on the map; a step is optional where it stands as such in every objective.
fn then(flow: &Flow, index: usize) -> String {
    let graph = flow::graph::graph(flow, |_| 0.0);
    let names: Vec<String> = graph
        .edges
        .iter()
        .filter(|edge| edge.from == index)
        .map(|edge| match graph.nodes[edge.to].optional {
            true => format!("{} (optional)", flow.steps[edge.to].step.text),
            false => flow.steps[edge.to].step.text.clone(),
        })
        .collect();
    if names.is_empty() { "–".to_owned() } else { names.join("; ") }
}
