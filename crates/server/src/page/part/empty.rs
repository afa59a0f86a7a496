//! Empty states: what is missing, why, and what to do next, with a command to copy. None is green.

use maud::{Markup, html};

use crate::page::part::{prose, table};
use crate::view::empty::{Empty, Explained, NoHit, NoRegistry, NoStepFits, NoTelemetry};
use crate::view::number::{exact, plural, span};
use crate::view::path;

/// Why a page has nothing to show.
pub fn empty(empty: &Empty) -> Markup {
    match empty {
        Empty::NoRegistry(state) => no_registry(state),
        Empty::NoTelemetry(state) => no_telemetry(state),
        Empty::NoStepFits(state) => no_step_fits(state),
        Empty::NoHit(state) => no_hit(state),
    }
}

fn no_registry(state: &NoRegistry) -> Markup {
    html! {
        section.empty {
            h2 { "No registry yet" }
            p {
                "Looked in " code { (state.looked_in) } ": " (plural(state.yaml_files, "YAML file"))
                @if state.yaml_files > 0 && state.ours == 0 {
                    ", none with " code { "apiVersion: throughline.dev/v1" }
                }
                @if state.ours > 0 { ", " (exact(state.ours)) " of ours, none without errors" }
                ". Write one, or start with the mail example:"
            }
            (table::copy("Command", &state.command))
        }
    }
}

fn no_telemetry(state: &NoTelemetry) -> Markup {
    let ports: Vec<String> = [(&state.grpc, "gRPC"), (&state.http, "HTTP")]
        .iter()
        .filter_map(|(port, name)| port.as_ref().map(|port| format!("{port} ({name})")))
        .collect();
    html! {
        section.empty {
            h2 { "No telemetry yet" }
            p {
                @if ports.is_empty() { "No receiver is open. " } @else {
                    "Listening since " (state.since.clock_utc()) " on " (ports.join(" and ")) ". "
                }
                @match &state.refused {
                    Some(refused) => {
                        "The last request was refused at " (refused.at.clock_utc()) ": HTTP " (refused.status)
                        ", " (refused.why) ". "
                    }
                    None => "No request came so far. ",
                }
                "Point an exporter here:"
            }
            (table::copy("Command", &state.command))
        }
    }
}

fn no_step_fits(state: &NoStepFits) -> Markup {
    html! {
        section.empty {
            h2 { "Telemetry, but no step fits" }
            p {
                (plural(state.requests, "request")) " of " (plural(state.services, "service")) " in "
                (span(state.minutes * 60)) "; no action of the registry names any of them."
                @if let Some(top) = &state.top {
                    " The most frequent is " code { (top.service) " " (top.operation) } ". Its "
                    a href=(path::draft(&top.service, &top.operation)) { "draft rule" } " begins:"
                }
            }
            @if let Some(top) = &state.top { (table::copy("Draft rule, YAML", &top.draft)) }
        }
    }
}

fn no_hit(state: &NoHit) -> Markup {
    html! {
        section.empty {
            h2 { "No " (state.what.trim_end_matches('s')) " fits" }
            p {
                (state.filters.join(", ")) ": 0 of " (exact(state.total)) ". " (prose::link(&state.clear))
                @for (index, one) in state.without.iter().enumerate() {
                    @if index == 0 { ", or only " } @else { ", " }
                    (prose::link(&one.link)) ": " (exact(one.hits))
                }
                "."
            }
        }
    }
}

/// Why there is no verdict or no data, and what to do, under the head of an SLO or a step.
pub fn explained(explained: Option<&Explained>) -> Markup {
    html! {
        @if let Some(state) = explained.filter(|state| !state.is_empty()) {
            section.empty {
                @if !state.why.is_empty() { p { (prose::prose(&state.why)) } }
                @if !state.next.is_empty() { p { strong { "Next: " } (prose::prose(&state.next)) } }
                @if let Some(text) = &state.copy { (table::copy("To copy", text)) }
            }
        }
    }
}
