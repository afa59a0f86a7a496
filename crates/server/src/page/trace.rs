//! `explain`: what became of each span of a trace, whose step, why, where it was counted; or that it is not
//! kept, and what is.

mod picture;

use maud::{Markup, html};

use crate::page::part::shell::{Nav, Page, document};
use crate::page::part::{prose, table};
use crate::view::number::{bytes, exact, plural, short_id, took};
use crate::view::shell::Shell;
use crate::view::trace::{
    AttemptAnswer, CameIn, Condition, Counted, Kept, KeptGroup, NotKept, Outcome, Trace, Whose, WhoseAnswer,
};

pub(super) fn render(shell: &Shell, view: &Trace) -> Markup {
    let (id, body) = match view {
        Trace::Kept(view) => (&view.id, kept(view)),
        Trace::NotKept(view) => (&view.id, not_kept(view)),
    };
    let title = format!("Trace {}", short_id(id));
    document(shell, &Page { nav: Nav::Impact, title, news: String::new(), body })
}

fn kept(view: &Kept) -> Markup {
    let facts = format!(
        "{} UTC · {} · {} · {}",
        view.at.clock_seconds(),
        took(view.took_ns),
        plural(view.spans.len() as u64 + view.folded, "span"),
        plural(view.services, "service")
    );
    let command = format!("throughline explain {}", view.id);
    html! {
        (prose::crumbs(&view.crumbs))
        div.head { h1 { "Trace " span.id title=(view.id) { (short_id(&view.id)) } } span.fact { (facts) } }
        (prose::say(&view.say))
        (picture::picture(view))
        @for (index, attempt) in view.attempts.iter().enumerate() { (answer(view, attempt, index == 0)) }
        @if view.attempts.is_empty() { section { h2 { "What came in" } (came_in(view)) } }
        section { h2 { "The same in a terminal" } (table::copy("Command", &command)) }
    }
}

fn answer(view: &Kept, attempt: &AttemptAnswer, is_first: bool) -> Markup {
    let step = attempt.step.as_ref().map_or("no step", |step| step.text.as_str());
    html! {
        div.two {
            div {
                section { h2 { "Whose step is it? " (step) } (table::scroll("Rules for the step", &whose(&attempt.whose))) }
                section { h2 { "Why " (attempt.outcome.word()) "?" } (conditions(attempt)) }
            }
            div {
                section { h2 { "Where it was counted" } (counted(&attempt.counted)) }
                @if is_first { section { h2 { "What came in" } (came_in(view)) } }
            }
        }
    }
}

fn whose(rows: &[Whose]) -> Markup {
    html! {
        table {
            (table::heads(&["Asked", "Answer", "Because"]))
            tbody {
                @for row in rows {
                    tr {
                        th scope="row" { (row.asked) }
                        td.nw { @if row.answer == WhoseAnswer::Taken { strong { (row.answer.word()) } } @else { (row.answer.word()) } }
                        td { (prose::prose(&row.because)) }
                    }
                }
            }
        }
    }
}

fn conditions(attempt: &AttemptAnswer) -> Markup {
    html! {
        @if attempt.conditions.is_empty() { p.muted { "No condition was asked." } }
        @else {
            (table::scroll("Conditions", &html! {
                table {
                    (table::heads(&["Asked in this order", "Rule", "Found", "Answer"]))
                    tbody { @for row in &attempt.conditions { (condition(row, attempt.outcome)) } }
                }
            }))
        }
    }
}

fn condition(row: &Condition, outcome: Outcome) -> Markup {
    let hurts = row.decides && matches!(outcome, Outcome::Bad);
    html! {
        tr class=[hurts.then_some("now")] {
            th scope="row" { (row.asked) }
            td { code { (row.rule) } }
            td { (row.found) }
            td.nw { @if row.decides { strong .failing[hurts] { (row.answer) } } @else { (row.answer) } }
        }
    }
}

fn counted(rows: &[Counted]) -> Markup {
    html! {
        @if rows.is_empty() { p.muted { "Nowhere." } }
        @else {
            (table::scroll("Counted", &html! {
                table {
                    (table::heads(&["Where", "As"]))
                    tbody {
                        @for row in rows {
                            tr {
                                th scope="row" { (prose::link(&row.at)) @if !row.note.is_empty() { small { (row.note) } } }
                                td { (row.counted_as) @if !row.counted_note.is_empty() { small { (row.counted_note) } } }
                            }
                        }
                    }
                }
            }))
        }
    }
}

fn came_in(view: &Kept) -> Markup {
    let of: &CameIn = &view.came_in;
    let parts = [
        (of.counted, "counted"),
        (of.filtered, "filtered"),
        (of.unmatched, "unmatched"),
        (of.duplicate, "duplicate"),
        (of.rejected, "rejected"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|part| part.0 > 0).map(|(n, word)| format!("{} {word}", exact(*n))).collect();
    let others = html! {
        @for (index, id) in view.others.iter().enumerate() { @if index > 0 { " · " } (prose::trace(id)) }
    };
    let line = |text: &str| if text.is_empty() { vec![] } else { vec![html! { (text) }] };
    table::facts(&[
        ("Spans", vec![html! { (exact(of.received)) " received = " (parts.join(" + ")) }]),
        ("Late", line(&of.late)),
        ("Traffic", line(&of.traffic)),
        ("Kept", line(&of.kept)),
        ("Others", if view.others.is_empty() { vec![] } else { vec![others] }),
    ])
}

fn not_kept(view: &NotKept) -> Markup {
    html! {
        div.head { h1 { "Trace " span.id title=(view.id) { (short_id(&view.id)) } } }
        section.empty {
            h2 { @if view.is_id { "Trace not kept" } @else { "Not a trace id" } }
            p {
                @if !view.is_id { "A trace id has 32 hex digits. " }
                @else {
                    "It is not known whether it came. Only "
                    (plural(view.each, "trace")) " are kept for each step, outcome and reason, and the newest "
                    (bytes(view.bytes_max)) "."
                }
            }
        }
        section { h2 { "What is kept" } (kept_groups(&view.kept)) }
    }
}

fn kept_groups(groups: &[KeptGroup]) -> Markup {
    html! {
        @if groups.is_empty() { p.muted { "No trace yet." } }
        @else {
            (table::scroll("Kept traces", &html! {
                table {
                    (table::heads(&["Step", "Outcome", "Reason", "Traces"]))
                    tbody { @for group in groups { (kept_row(group)) } }
                }
            }))
        }
    }
}

fn kept_row(group: &KeptGroup) -> Markup {
    html! {
        tr {
            th scope="row" { (prose::link(&group.step)) }
            td { (group.outcome.word()) }
            td { @if group.reason.is_empty() { "–" } @else { (group.reason) } }
            td { @for (index, id) in group.traces.iter().enumerate() { @if index > 0 { " · " } (prose::trace(id)) } }
        }
    }
}
