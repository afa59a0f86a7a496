//! Quality of the data: every record accounted for, coverage by service, late sources, limits, ticks.

use maud::{Markup, html};

use crate::page::part::list::{Row, list};
use crate::page::part::shell::{Nav, Page, document};
use crate::page::part::{empty, prose, status, table};
use crate::view::number::{bytes, exact, plural, share_fine, span, took};
use crate::view::path;
use crate::view::quality::{
    Agreement, Became, Conservation, Coverage, Limit, Note, Quality, Rejected, Source, Ticks, Unit,
};
use crate::view::shell::Shell;
use crate::view::time::At;
use crate::view::word::Status;

pub(super) fn render(shell: &Shell, view: &Quality) -> Markup {
    let body = html! {
        div.head {
            h1 { "Quality of the data" }
            span.fact { (view.from.near(view.to)) " to " (view.to.clock_utc()) }
        }
        (prose::say(&view.say))
        @if let Some(state) = &view.empty { (empty::empty(state)) }
        (accounts(view))
        section { h2 { "Coverage: requests that name their step" } (coverage(view)) }
        div.two {
            div {
                section { h2 { "Late data" } (sources(view)) }
                @if !view.rejected.is_empty() { section { h2 { "Rejected" } (rejected(&view.rejected)) } }
                @if !view.notes.is_empty() { section { h2 { "Accepted, though odd" } (notes(&view.notes)) } }
                @if !view.unknown_words.is_empty() { section { h2 { "Unknown words" } (words(&view.unknown_words)) } }
            }
            div {
                section { h2 { "Limits" } (limits(view)) }
                section { h2 { "Ticks" } (ticks(&view.ticks)) }
            }
        }
    };
    document(shell, &Page { nav: Nav::Quality, title: "Quality".to_owned(), news: view.say.plain(), body })
}

/// What came, signal by signal, and in one line what did not.
fn accounts(view: &Quality) -> Markup {
    html! {
        @for (index, signal) in view.signals.iter().filter(|signal| signal.came()).enumerate() {
            (conserved(signal, index == 0))
        }
        @if let Some(quiet) = view.quiet() { p.after.muted { (quiet) } }
    }
}

/// The line that adds up; a sum that does not is said, never hidden.
fn conserved(signal: &Conservation, is_first: bool) -> Markup {
    let name = signal.signal.records();
    let heading = format!("{}{}: what came in is what became of it", &name[..1].to_uppercase(), &name[1..]);
    html! {
        section {
            h2 { (heading) }
            @if signal.adds_up() { (sum(signal)) } @else {
                p { strong.failing { "These do not add up: this is a defect of Throughline." } }
            }
            @if is_first || !signal.adds_up() { div.after { (fates(&heading, signal)) } }
        }
    }
}

fn sum(signal: &Conservation) -> Markup {
    let parts: Vec<(u64, &str)> = fate_rows(signal).map(|(name, fate, _)| (fate.records, name)).to_vec();
    table::sum((signal.received, &format!("{} received", signal.signal.records())), &parts)
}

fn fate_rows(signal: &Conservation) -> [(&'static str, &Became, &'static str); 5] {
    [
        ("counted", &signal.counted, "in an attempt, or in a service × step cell"),
        ("filtered", &signal.filtered, "never an attempt by its kind"),
        ("unmatched", &signal.unmatched, "an entry request without a step"),
        ("duplicate", &signal.duplicate, "the same again, counted once"),
        ("rejected", &signal.rejected, "could not be read; the sender was told"),
    ]
}

fn fates(heading: &str, signal: &Conservation) -> Markup {
    let row = |(name, fate, meaning): (&'static str, &Became, &'static str)| {
        let leads = name == "unmatched" && fate.records > 0;
        Row::new([
            html! { (name) },
            html! { (exact(fate.records)) },
            html! { @match fate.share_ppb { Some(ppb) => (share_fine(ppb)), None => "–" } },
            html! { (meaning) },
            html! {
                (prose::or_dash(&fate.most))
                @if leads { "; " a href=(path::OPERATIONS) { "operations" } }
            },
        ])
    };
    let heads = ["Became", "#Records", "#Share", "Meaning", "Most of them"];
    list(heading, &heads, fate_rows(signal).into_iter().map(row))
}

fn coverage(view: &Quality) -> Markup {
    html! {
        @if view.coverage.is_empty() { p.muted { "No entry request came in so far." } }
        @else {
            @let all = view.all.iter().map(|all| covered(all).total());
            (list("Coverage by service", &COVERAGE, view.coverage.iter().map(covered).chain(all)))
            p.after { (agreement(view.agreement)) }
        }
    }
}

const COVERAGE: [&str; 7] =
    ["Service", "#Entry requests", "#With a step", "#By client", "#By rule", "#By trace", "#Without"];

fn agreement(agreement: Option<Agreement>) -> Markup {
    html! {
        @match agreement {
            Some(Agreement { same, both, share_ppb }) => {
                "Client and rule agree on " strong { (exact(same)) " of " (exact(both)) }
                " requests for which both name a step"
                @if let Some(share) = share_ppb { ", " (share_fine(share)) } "."
            }
            None => span.muted { "No request had its step named by both its client and a rule." },
        }
    }
}

fn covered(row: &Coverage) -> Row {
    let some = |value: u64| html! { @if value > 0 { (exact(value)) } @else { "–" } };
    Row::new([
        html! { (row.service) },
        html! { (exact(row.entries)) },
        html! { @match row.with_step_ppb { Some(ppb) => (share_fine(ppb)), None => "–" } },
        some(row.by_client),
        some(row.by_rule),
        some(row.by_trace),
        html! { @if row.without > 0 { a href=(path::OPERATIONS) { (exact(row.without)) } } @else { "–" } },
    ])
}

fn sources(view: &Quality) -> Markup {
    html! {
        @if view.sources.is_empty() { p.muted { "No source has sent anything yet." } }
        @else {
            @let (behind, others) = view.sources_by_delay();
            @if !behind.is_empty() { (source_list("Sources that are behind", &behind, view.to)) }
            @if !others.is_empty() {
                details {
                    summary { (plural(others.len() as u64, if behind.is_empty() { "source" } else { "further source" })) " up to date" }
                    div.after { (source_list("Sources that are up to date", &others, view.to)) }
                }
            }
            p.after.muted { (late_attempts(view.late_attempts)) }
        }
    }
}

fn source_list(label: &str, sources: &[&Source], now: At) -> Markup {
    let rows = sources.iter().map(|source| source_row(source, now));
    list(label, &["Source", "Last record", "#Behind", "What waits for it"], rows)
}

fn source_row(source: &Source, now: At) -> Row {
    Row::new([
        html! { @if source.late { (status::status(Status::Late.into())) " " } (source.name) },
        html! { span.nw { (source.last.near(now)) } },
        html! { @match source.behind_seconds { Some(seconds) => (span(seconds)), None => "up to date" } },
        prose::prose(&source.waits),
    ])
}

fn late_attempts(late: u64) -> Markup {
    html! {
        @if late == 0 { "No attempt came" } @else { (plural(late, "attempt")) " came" }
        " late (60 s or more after the minute's end)."
    }
}

fn rejected(rows: &[Rejected]) -> Markup {
    let row = |row: &Rejected| {
        Row::new([
            html! { (row.reason) },
            html! { (row.signal.records()) },
            html! { (exact(row.records)) },
            html! { @if row.from.is_empty() { "–" } @else { code { (row.from) } } },
        ])
    };
    list("Rejected records", &["Reason", "Records", "#How many", "Last from"], rows.iter().map(row))
}

fn notes(notes: &[Note]) -> Markup {
    html! { ul { @for note in notes { li { (exact(note.records)) " " (note.what) } } } }
}

fn words(words: &[String]) -> Markup {
    html! {
        p { "Senders named what the registry does not have; a misspelt id counts nowhere." }
        ul { @for word in words { li { code { (word) } } } }
    }
}

/// Those that are near, as a table; the others folded.
fn limits(view: &Quality) -> Markup {
    let (near, further) = view.limits_by_nearness();
    html! {
        @if !near.is_empty() { (limit_table("Limits that are near", &near)) }
        @if !further.is_empty() {
            details {
                summary { (view.further_limits()) }
                div.after { (limit_table("Further limits", &further)) }
            }
        }
    }
}

fn limit_table(label: &str, limits: &[&Limit]) -> Markup {
    list(label, &["Limit", "#Used", "#Reached"], limits.iter().map(|limit| limit_row(limit)))
}

fn limit_row(limit: &Limit) -> Row {
    let amount = |value: u64| match limit.unit {
        Unit::Bytes => bytes(value),
        Unit::Count => exact(value),
    };
    Row::new([
        html! { (amount(limit.max)) " " (limit.name) @if !limit.note.is_empty() { small { (limit.note) } } },
        html! { @match limit.used { Some(used) => (amount(used)), None => "–" } },
        html! {
            @match limit.reached {
                Some(0) => "never",
                Some(times) => strong { (plural(times, "time")) },
                None => "not counted",
            }
        },
    ])
}

fn ticks(ticks: &Ticks) -> Markup {
    let last = html! { @match ticks.last { Some(at) => { (at.clock_seconds()) " UTC" } None => "none yet" } };
    let length = |ns: Option<u64>| html! { @match ns { Some(ns) => (took(ns)), None => "–" } };
    table::facts(&[
        ("Last", vec![last]),
        ("Done", vec![html! { (exact(ticks.done)) ", " (exact(ticks.late)) " late" }]),
        ("Took", vec![html! { (length(ticks.took_ns)) "; 95 of 100 within " (length(ticks.took_p95_ns)) }]),
    ])
}
