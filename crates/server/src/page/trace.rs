//! `explain`: what became of each span of a trace, whose step, why, where it was counted; or that it is not
//! kept, and what is.

mod picture;

use maud::{Markup, html};

use crate::page::part::list::{Row, list};
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
                section { h2 { "Whose step is it? " (step) } (whose(&attempt.whose)) }
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
    let row = |row: &Whose| {
        let word = row.answer.word();
        Row::new([
            html! { (row.asked) },
            html! { span.nw { @if row.answer == WhoseAnswer::Taken { strong { (word) } } @else { (word) } } },
            prose::prose(&row.because),
        ])
    };
    list("Rules for the step", &["Asked", "Answer", "Because"], rows.iter().map(row))
}

fn conditions(attempt: &AttemptAnswer) -> Markup {
    if attempt.conditions.is_empty() {
        return html! { p.muted { "No condition was asked." } };
    }
    let rows = attempt.conditions.iter().map(|row| condition(row, attempt.outcome));
    list("Conditions", &["Asked in this order", "Rule", "Found", "Answer"], rows)
}

fn condition(row: &Condition, outcome: Outcome) -> Row {
    let hurts = row.decides && matches!(outcome, Outcome::Bad);
    Row::new([
        html! { (row.asked) },
        html! { code { (row.rule) } },
        html! { (row.found) },
        html! { span.nw { @if row.decides { strong .failing[hurts] { (row.answer) } } @else { (row.answer) } } },
    ])
    .now(hurts)
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
        section { h2 { "What is kept" } (kept_groups(view)) }
    }
}

/// Groups of kept traces that are shown at once; the others are folded.
const GROUPS_SHOWN: usize = 8;

fn kept_groups(view: &NotKept) -> Markup {
    if view.kept.is_empty() {
        return html! { p.muted { "No trace yet." } };
    }
    let (shown, rest) = view.kept.split_at(view.kept.len().min(GROUPS_SHOWN));
    let traces: usize = rest.iter().map(|group| group.traces.len()).sum();
    html! {
        (kept_list("Kept traces", shown))
        @if !rest.is_empty() {
            details {
                summary { (plural(rest.len() as u64, "more row")) ", " (plural(traces as u64, "trace")) }
                div.after { (kept_list("Further kept traces", rest)) }
            }
        }
    }
}

fn kept_list(label: &str, groups: &[KeptGroup]) -> Markup {
    list(label, &["Step", "Outcome", "Reason", "Traces"], groups.iter().map(kept_row))
}

fn kept_row(group: &KeptGroup) -> Row {
    Row::new([
        prose::link(&group.step),
        html! { (group.outcome.word()) },
        html! { @if group.reason.is_empty() { "–" } @else { (group.reason) } },
        html! { @for (index, id) in group.traces.iter().enumerate() { @if index > 0 { " · " } (prose::trace(id)) } },
    ])
}
