//! The start page: one alarm sentence, objectives critical first, what needs somebody, what changed.

use maud::{Markup, html};

use crate::page::part::list::{Row, list};
use crate::page::part::shell::{Nav, Page, document};
use crate::page::part::{empty, prose, sli, status, table};
use crate::view::number::plural;
use crate::view::shell::Shell;
use crate::view::time::At;
use crate::view::today::{Alarm, Calm, Event, Need, ObjectiveRow, ProductToday, Today};

pub(super) fn render(shell: &Shell, view: &Today) -> Markup {
    let several = view.products.len() > 1;
    let body = html! {
        @if let [only] = view.products.as_slice() { p.crumb { (only.product.name) } }
        div.head { h1 { "Today" } span.fact { (view.now.long_day()) } }
        @if let Some(state) = &view.empty { (empty::empty(state)) }
        @for product in &view.products { (product_today(product, view.now, several)) }
    };
    let objectives = view.products.iter().flat_map(|product| &product.objectives);
    let news: Vec<String> =
        objectives.map(|one| format!("{} {}", one.objective.text, one.state.words())).collect();
    document(shell, &Page { nav: Nav::Today, title: "Today".to_owned(), news: news.join(", "), body })
}

fn product_today(view: &ProductToday, now: At, several: bool) -> Markup {
    html! {
        @if several { section { h2 { (view.product.name) } (lead(view)) } } @else { (lead(view)) }
        section {
            h2 { "Objectives" @if several { " of " (view.product.name) } }
            @if view.objectives.is_empty() {
                p.muted { "The registry names no objective of " (view.product.name) " yet." }
            } @else {
                (objectives(&view.objectives))
            }
        }
        div.two {
            div { section { h2 { "Needs somebody" } (needs(&view.needs)) } }
            div { section { h2 { "Since yesterday" } (events(&view.events, now)) } }
        }
    }
}

fn lead(view: &ProductToday) -> Markup {
    html! {
        @if let Some(alarm) = &view.alarm { (panel(alarm)) }
        @else if let Some(calm) = &view.calm { (nobody_hurt(calm)) }
    }
}

fn panel(alarm: &Alarm) -> Markup {
    html! {
        div.alarm {
            h2 { (alarm.title) }
            @for says in &alarm.says { p { (prose::prose(says)) } }
            @if !alarm.more.is_empty() { p.more { (prose::prose(&alarm.more)) } }
        }
    }
}

fn nobody_hurt(calm: &Calm) -> Markup {
    html! {
        p.say {
            strong {
                @match calm.measured.of {
                    1 => "Nobody is hurt, as far as its one step tells.",
                    _ => { "Nobody is hurt, as far as " (table::of(calm.measured)) " steps tell." }
                }
            }
            " "
            @match calm.since {
                Some(since) => {
                    "No step fails, burns or is silent since " span.nw { (since.day()) ", " (since.clock_utc()) } ". "
                }
                None => "No step has failed, burnt or gone silent since the start. ",
            }
            "Last looked at " (calm.looked.clock_seconds()) "."
        }
    }
}

fn objectives(rows: &[ObjectiveRow]) -> Markup {
    let row = |row: &ObjectiveRow| {
        Row::new([
            html! { (prose::link(&row.objective)) " " span.fact { (row.criticality.word()) } },
            status::status(row.state),
            prose::or_dash(&row.because),
            html! { span.muted { (plural(row.steps, "step")) ": " (status::counts_text(&row.counts)) } },
            status::severity_or_dash(row.severity),
        ])
        .now(sli::is_now(row.state))
    };
    list("Objectives", &["Objective", "Now", "Because", "Steps", "Severity"], rows.iter().map(row))
}

fn needs(needs: &[Need]) -> Markup {
    if needs.is_empty() {
        return html! { p.muted { "Nothing waits for a person." } };
    }
    let row = |need: &Need| {
        Row::new([
            html! {
                span.nw {
                    @if let Some(state) = need.state { (status::status(state)) " " }
                    (prose::link(&need.what))
                }
            },
            prose::prose(&need.why),
            prose::prose(&need.next),
        ])
    };
    list("Needs somebody", &["What", "Why", "Next"], needs.iter().map(row))
}

fn events(events: &[Event], now: At) -> Markup {
    html! {
        @if events.is_empty() { p.muted { "Nothing changed since this time yesterday." } }
        @else {
            ul.time {
                @for event in events {
                    li {
                        time datetime=(event.at.rfc3339()) { (event.at.near(now)) }
                        span { (prose::prose(&event.text)) }
                    }
                }
            }
        }
    }
}
