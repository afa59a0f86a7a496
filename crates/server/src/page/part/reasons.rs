//! Why attempts failed: reasons with the service where the error began, their share and an example.

use maud::{Markup, html};

use crate::page::part::list::{Row, list};
use crate::page::part::{prose, table};
use crate::view::number::share;
use crate::view::step::Reason;

/// The table of reasons, or the words that there are none; `slow` where being too slow is what counts.
pub fn reasons(reasons: &[Reason], slow: bool) -> Markup {
    html! {
        @if reasons.is_empty() {
            p.muted { "No attempt " @if slow { "was too slow" } @else { "failed" } " in the last hour." }
        } @else {
            (list("Why attempts failed", &HEADS, reasons.iter().map(row)))
        }
    }
}

/// The words where nothing is measured: no failure is known, and none is ruled out.
pub fn not_known() -> Markup {
    html! { p.muted { "Nothing is measured, so no failure is known." } }
}

const HEADS: [&str; 5] = ["Reason", "Service", "#Attempts", "#Share", "Example"];

fn row(reason: &Reason) -> Row {
    Row::new([
        html! { (reason.reason) },
        html! { (reason.service.as_deref().unwrap_or("–")) },
        table::number(reason.attempts),
        html! { (share(reason.share_ppb)) },
        html! { @match &reason.example {
            Some(id) => (prose::trace(id)),
            None => span.muted { "none kept" },
        } },
    ])
}
