//! The impact page: the matrix, service x step, in two normalisations; examples; what it means for users.

mod matrix;

use maud::{Markup, html};

use crate::page::part::list::{Row, list};
use crate::page::part::shell::{Nav, Page, document};
use crate::page::part::{empty, prose, status, table};
use crate::view::impact::{Example, Examples, Impact, Meaning};
use crate::view::number::{at_least, exact, minutes, share, share_fine, took};
use crate::view::path::{self, By};
use crate::view::shell::Shell;

pub(super) fn render(shell: &Shell, view: &Impact) -> Markup {
    let body = html! {
        p.crumb { (view.product.name) }
        div.head { h1 { "Impact" } span.fact { (period(view)) } }
        (prose::say(&view.say))
        @if let Some(state) = &view.empty { (empty::empty(state)) }
        (choices(shell, view))
        @if !view.rows.is_empty() { (matrix::matrix(view)) }
        @else if view.empty.is_none() { p.muted { "No request came in this window." } }
        @if view.examples.is_some() || view.meaning.is_some() {
            div.two {
                div { @if let Some(found) = &view.examples { (examples(found)) } }
                div { @if let Some(meaning) = &view.meaning { (means(meaning)) } }
            }
        }
    };
    document(shell, &Page { nav: Nav::Impact, title: "Impact".to_owned(), news: view.say.plain(), body })
}

fn period(view: &Impact) -> String {
    let (from, to) = (view.from.near(view.to), view.to.clock_utc());
    format!("{from} to {to}, {} · interactive traffic", minutes(view.window_minutes))
}

fn choices(shell: &Shell, view: &Impact) -> Markup {
    let product = view.product.id.as_str();
    let by = |text: &str, by| {
        (text.to_owned(), path::impact(product, by, Some(view.window_minutes)), view.by == by)
    };
    let sides =
        [by("Where do a service's errors land?", By::Service), by("Which service fails a step?", By::Step)];
    let window = |length: &u32| {
        (minutes(*length), path::impact(product, view.by, Some(*length)), *length == view.window_minutes)
    };
    let windows: Vec<_> = view.windows.iter().map(window).collect();
    let products: Vec<_> = shell
        .products
        .iter()
        .map(|one| {
            (one.name.clone(), path::impact(&one.id, view.by, Some(view.window_minutes)), one.id == product)
        })
        .collect();
    html! {
        @if products.len() > 1 { (table::tabs("Product", &products)) }
        (table::tabs("Normalisation", &sides))
        @if windows.len() > 1 { (table::tabs("Window", &windows)) }
    }
}

fn examples(found: &Examples) -> Markup {
    html! {
        section #examples {
            h2 { "Examples: " (found.service) ", " (found.step) }
            @if found.rows.is_empty() { p.muted { "No trace of this cell is kept from this window." } }
            @else {
                (list("Examples", &["Time", "Trace", "What happened", "#Took"], found.rows.iter().map(example)))
            }
        }
    }
}

fn example(one: &Example) -> Row {
    Row::new([
        html! { span.nw { (one.at.clock_seconds()) } },
        prose::trace(&one.trace),
        prose::prose(&one.what),
        html! { @match one.took_ns { Some(ns) => (took(ns)), None => "–" } },
    ])
}

fn means(meaning: &Meaning) -> Markup {
    let severity = meaning.severity.as_ref().map(|now| html! {
        (status::severity(now.level)) " since " (now.since.clock()) ", by rule " (now.rule_number) ": " (now.rule)
    });
    let lost = &meaning.lost;
    let impact = match (lost.impact_ppb, lost.lost) {
        (Some(ppb), Some(of)) => html! {
            (share(ppb)) ": " (table::of(of))
            @if of.part > 0 && lost.never_started == of.part { " expected did not come" } @else { " lost" }
            " since " (lost.since.clock())
            @if let Some(least) = lost.at_least_ppb { "; " (at_least(least)) " with 95 % confidence" }
        },
        _ => html! { "none beyond what the step's own SLOs allow" },
    };
    let without = meaning.annotated.of.saturating_sub(meaning.annotated.part);
    let annotated = html! {
        @match meaning.annotated_ppb { Some(ppb) => { (share_fine(ppb)) " of requests" } None => "no requests" }
        @if without > 0 { "; " a href=(path::OPERATIONS) { (exact(without)) " have no step" } }
    };
    html! {
        section {
            h2 { "What it means" }
            (table::facts(&[
                ("Objective hurt", vec![html! { (prose::link(&meaning.objective)) ", " (status::status(meaning.state)) }]),
                ("Severity", severity.into_iter().collect()),
                ("Impact", vec![impact]),
                ("Annotated", vec![annotated]),
            ]))
        }
    }
}
