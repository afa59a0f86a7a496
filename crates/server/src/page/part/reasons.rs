//! Why attempts failed: reasons with the service where the error began, their share and an example.

use maud::{Markup, html};

use crate::page::part::{prose, table};
use crate::view::number::share;
use crate::view::step::Reason;

/// The table of reasons, or the words that there are none.
pub fn reasons(reasons: &[Reason]) -> Markup {
    html! {
        @if reasons.is_empty() {
            p.muted { "No attempt failed in the last hour." }
        } @else {
            (table::scroll("Why attempts failed", &rows(reasons)))
        }
    }
}

/// The words where nothing is measured: no failure is known, and none is ruled out.
pub fn not_known() -> Markup {
    html! { p.muted { "Nothing is measured, so no failure is known." } }
}

fn rows(reasons: &[Reason]) -> Markup {
    html! {
        table {
            (table::heads(&["Reason", "Service", "#Attempts", "#Share", "Example"]))
            tbody {
                @for reason in reasons {
                    tr {
                        th scope="row" { (reason.reason) }
                        td { (reason.service.as_deref().unwrap_or("–")) }
                        td.num { (table::number(reason.attempts)) }
                        td.num { (share(reason.share_ppb)) }
                        td { @match &reason.example {
                            Some(id) => (prose::trace(id)),
                            None => span.muted { "none kept" },
                        } }
                    }
                }
            }
        }
    }
}
