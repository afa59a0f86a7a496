//! SLOs by method, side by side and never added: what each costs, how sure and how fast it is, what it covers.
//! What is not measured yet says so, with what the article calls usual (Tables 4 to 6).

use maud::{Markup, html};

use crate::page::part::{prose, sli, table};
use crate::page::step::pair_within;
use crate::view::number::window;
use crate::view::step::{MethodColumn, Trait};
use crate::view::word::{Method, Status};

/// The four characteristics that the article compares.
#[derive(Debug, Clone, Copy)]
enum Characteristic {
    Cost,
    Confidence,
    Latency,
    Coverage,
}

const CHARACTERISTICS: [(Characteristic, &str); 4] = [
    (Characteristic::Cost, "Cost"),
    (Characteristic::Confidence, "Confidence"),
    (Characteristic::Latency, "Latency"),
    (Characteristic::Coverage, "Coverage"),
];

/// Returns what is usual for a method (article, Tables 4 to 6).
fn usual(method: Method, of: Characteristic) -> &'static str {
    use Characteristic::{Confidence, Cost, Coverage, Latency};
    match (method, of) {
        (Method::Service, Cost) => "usually low: the telemetry is there",
        (Method::Service, Confidence) => "usually high: servers are ours",
        (Method::Service, Latency) => "usually seconds to minutes",
        (Method::Service, Coverage) => "usually limited: not the way to the user",
        (Method::Client, Cost) => "usually moderate: code in the page",
        (Method::Client, Confidence) => "usually low: pages close before they tell",
        (Method::Client, Latency) => "usually 15 min to 1 h",
        (Method::Client, Coverage) => "usually broad: what the user sees",
        (Method::EndToEnd, Cost) => "usually very high: a key through every service",
        (Method::EndToEnd, Confidence) => "usually high: two sources check each other",
        (Method::EndToEnd, Latency) => "usually hours to a day",
        (Method::EndToEnd, Coverage) => "usually narrow: this one promise, kept or not",
    }
}

/// The table of methods.
pub(super) fn methods(columns: &[MethodColumn]) -> Markup {
    table::scroll(
        "SLOs by method",
        &html! {
            table.methods {
                thead { tr {
                    th scope="col" { span.vh { "What" } }
                    @for one in columns { th scope="col" { strong { (heading(one.method)) } (prose::link(&one.slo)) } }
                } }
                tbody {
                    tr { th scope="row" { "Now" } @for one in columns { td { (sli::status_with(one.state, &one.note)) } } }
                    tr { th scope="row" { "SLI / target" } @for one in columns { td { (pair_within(&one.sli)) } } }
                    tr { th scope="row" { "Budget left" } @for one in columns { td { (budget(one)) } } }
                    @for (of, name) in CHARACTERISTICS {
                        tr { th scope="row" { (name) } @for one in columns { td { (cell(one, of)) } } }
                    }
                }
            }
        },
    )
}

fn heading(method: Method) -> &'static str {
    match method {
        Method::Service => "Service",
        Method::Client => "Client",
        Method::EndToEnd => "End-to-end",
    }
}

fn budget(column: &MethodColumn) -> String {
    match sli::left(&column.sli) {
        none if none == "–" => none,
        left => format!("{left} of {}", window(&column.sli.window)),
    }
}

fn cell(column: &MethodColumn, of: Characteristic) -> Markup {
    let measured: Option<&Trait> = match of {
        Characteristic::Cost => column.cost.as_ref(),
        Characteristic::Confidence => column.confidence.as_ref(),
        Characteristic::Latency => column.latency.as_ref(),
        Characteristic::Coverage => column.coverage.as_ref(),
    };
    html! {
        @match measured {
            Some(value) if column.state.status != Status::NoSlo => {
                (value.value)
                @if !value.note.is_empty() { small { (value.note) } }
            }
            _ => { span.muted { "not measured yet" } small { (usual(column.method, of)) } }
        }
    }
}
