//! Operations without a step: how much has none, why, and the draft rule to copy with what it would count.

use maud::{Markup, html};

use crate::page::part::list::{Row, list};
use crate::page::part::shell::{Nav, Page, document};
use crate::page::part::{empty, prose, table};
use crate::view::number::{exact, plural, share, share_fine, target};
use crate::view::operations::{Draft, NoStep, Operation, Operations, Tie};
use crate::view::path;
use crate::view::shell::Shell;

pub(super) fn render(shell: &Shell, view: &Operations) -> Markup {
    let every = view.rows.is_empty() && view.empty.is_none();
    let body = html! {
        div.head {
            h1 { "Operations without a step" }
            span.fact { (view.from.near(view.to)) " to " (view.to.clock_utc()) " · entry requests" }
        }
        (prose::say(&view.say))
        @if let Some(state) = &view.empty { (empty::empty(state)) }
        @if every { (all_have_one(view)) }
        @if !view.rows.is_empty() { (list("Operations without a step", &HEADS, view.rows.iter().map(line))) }
        @if view.beyond > 0 {
            p.muted.small.after { (plural(view.beyond, "more request")) " of operations beyond this list." }
        }
        @if let Some(draft) = &view.draft { (draft_section(draft, &view.ties)) }
        @else if !view.ties.is_empty() { (ties(&view.ties)) }
    };
    document(
        shell,
        &Page { nav: Nav::Operations, title: "Operations".to_owned(), news: view.say.plain(), body },
    )
}

fn all_have_one(view: &Operations) -> Markup {
    let with = view.without.of.saturating_sub(view.without.part);
    html! {
        section.empty {
            @if view.without.of == 0 { h2 { "No request in this hour" } }
            @else { h2 { "Every request has a step" } p { (exact(with)) " of " (exact(view.without.of)) "." } }
        }
    }
}

const HEADS: [&str; 6] = ["Operation", "#Requests", "#Errors", "#Error share", "Why no step", "Next"];

fn line(row: &Operation) -> Row {
    Row::new([
        html! { (row.service) " " code { (row.operation) } },
        html! {
            (table::number(row.errors.of))
            @if row.undecided > 0 { small { (exact(row.undecided)) " more undecided" } }
        },
        table::number(row.errors.part),
        html! { @match row.errors_ppb { Some(ppb) => (share(ppb)), None => "–" } },
        html! {
            (row.reason.word())
            @if let Some(example) = &row.example { " " span.muted { "as in " } (prose::trace(example)) }
        },
        next(row),
    ])
}

fn next(row: &Operation) -> Markup {
    let can_draft = row.has_draft && row.reason == NoStep::NoRule;
    html! {
        @if can_draft { a href=(path::draft(&row.service, &row.operation)) { "copy the draft" } }
        @if can_draft && !row.next.is_empty() { "; " }
        (prose::prose(&row.next))
    }
}

fn draft_section(draft: &Draft, tied: &[Tie]) -> Markup {
    html! {
        section .two #draft {
            div {
                h2 { "Draft: " (draft.service) " " (draft.operation) }
                (table::copy("Draft rule, YAML", &draft.yaml))
                p.muted.small.after { "One click selects it all. Then " code { "throughline check" } "." }
            }
            div {
                h2 { "What it would do" }
                (effect(draft))
                @if !tied.is_empty() { (ties(tied)) }
            }
        }
    }
}

fn effect(draft: &Draft) -> Markup {
    let takes = if draft.takes_from.is_empty() {
        "nothing: no rule overlaps".to_owned()
    } else {
        draft.takes_from.join(", ")
    };
    let says = html! {
        @match draft.sli_ppb {
            Some(ppb) => {
                (share_fine(ppb))
                @if ppb < draft.target_ppb { ", under the " } @else { ", within the " }
                (target(draft.target_ppb)) " drafted"
            }
            None => "nothing yet: no attempt",
        }
    };
    table::facts(&[
        ("Matches", vec![html! { (table::of(draft.matches)) " of its requests" }]),
        ("Takes from others", vec![html! { (takes) }]),
        (
            "Would count",
            vec![html! { (exact(draft.good)) " good, " (exact(draft.bad)) " bad in the last hour" }],
        ),
        ("Would say", vec![says]),
        (
            "Then without",
            vec![
                html! { (exact(draft.then_without.part)) " of " (exact(draft.then_without.of)) " requests" },
            ],
        ),
    ])
}

fn ties(ties: &[Tie]) -> Markup {
    html! {
        section {
            h2 { "Two rules tie" }
            @for tie in ties { p { code { (tie.operation) } " " (prose::prose(&tie.says)) } }
            p.muted { "A tie is never guessed." }
        }
    }
}
