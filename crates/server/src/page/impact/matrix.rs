//! The matrix: rows services, columns steps, a number and a heat in each cell. Few attempts have no colour.

use maud::{Markup, html};

use crate::page::part::table;
use crate::view::impact::{Cell, Column, Impact, Row};
use crate::view::number::{exact, plural, share};
use crate::view::path::{self, By};

/// Below this many attempts a share says nothing: the count stands instead, without colour.
const FEW: u64 = 10;
const PERCENT: u64 = 10_000_000;

/// The matrix with the line that says how to read it.
pub(super) fn matrix(view: &Impact) -> Markup {
    let lead = match view.by {
        By::Service => "Share of each service's errors that hit each step; a row sums to 100 %.",
        By::Step => {
            "Share of each step's failing attempts in which the service failed; a column may exceed 100 %."
        }
    };
    html! {
        p.lead { (lead) " Heads: failed attempts of all. Under " (FEW) " attempts: the count, no colour." }
        (table::scroll("Matrix of services and steps, scrolls sideways", &html! {
            table.matrix {
                thead { tr {
                    th scope="col" { strong { "Service" } "errors of its requests" }
                    @for column in &view.columns { (head(column)) }
                } }
                tbody { @for row in &view.rows { (line(view, row)) } }
            }
        }))
    }
}

fn class(column: &Column) -> &'static str {
    if column.worst { "num hot" } else { "num" }
}

fn head(column: &Column) -> Markup {
    html! {
        th scope="col" class=(class(column)) {
            strong class=[column.worst.then_some("here")] {
                @match &column.step { Some(step) => (step.text), None => "No step" }
            }
            @if column.note.is_empty() { span.nw { (table::of(column.failed)) } } @else { span { (column.note) } }
        }
    }
}

fn line(view: &Impact, row: &Row) -> Markup {
    html! {
        tr {
            th scope="row" {
                (row.service)
                small.nw { (table::of(row.errors)) @if let Some(ppb) = row.errors_ppb { @if ppb > 0 { " · " span.nw { (share(ppb)) } } } }
            }
            @for (column, cell) in view.columns.iter().zip(&row.cells) { (square(view, row, column, *cell)) }
        }
    }
}

fn square(view: &Impact, row: &Row, column: &Column, cell: Option<Cell>) -> Markup {
    let plain = class(column);
    let unstepped = column.step.is_none();
    let Some(cell) = cell else {
        return html! {
            td .(plain).muted .un[unstepped] { span aria-hidden="true" { "·" } span.vh { "none" } }
        };
    };
    let shown = match view.by {
        By::Service => Some(cell.of_service_ppb),
        By::Step => cell.of_step_ppb,
    };
    let few = cell.attempts < FEW || shown.is_none() || cell.errors == 0;
    let heat = if few { "" } else { heat(shown.unwrap_or(0)) };
    let class = [plain, heat, if unstepped { "un" } else { "" }].join(" ");
    let href =
        path::impact_cell(&view.product.id, view.by, view.window_minutes, &row.service, column.id.as_deref());
    html! {
        td class=(class.trim()) {
            @if cell.errors == 0 {
                a href=(href) { (exact(cell.attempts)) " bad" span.vh { ": " (row.service) ", " (name(column)) } }
                small { "without an error" }
            } @else if few {
                a href=(href) { "n = " (exact(cell.attempts)) span.vh { ": " (row.service) ", " (name(column)) } }
            } @else {
                a href=(href) { (share(shown.unwrap_or(0))) span.vh { (words(row, column, cell)) } }
                small { (plural(cell.attempts, "attempt")) }
            }
        }
    }
}

fn name(column: &Column) -> &str {
    column.step.as_ref().map_or("no step", |step| step.text.as_str())
}

/// Both shares in words, whatever the colour shows.
fn words(row: &Row, column: &Column, cell: Cell) -> String {
    let of_step =
        cell.of_step_ppb.map_or(String::new(), |ppb| format!(", and are {} of its failures", share(ppb)));
    format!(": {} of the errors of {} hit {}{of_step}", share(cell.of_service_ppb), row.service, name(column))
}

/// Returns the heat of a share: 0, < 1, < 5, < 20, < 50, more percent.
fn heat(ppb: u64) -> &'static str {
    match ppb / PERCENT {
        0 if ppb == 0 => "",
        0 => "h1",
        1..5 => "h2",
        5..20 => "h3",
        20..50 => "h4",
        _ => "h5",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heat_grows_with_the_share() {
        let shares = [0, 1, PERCENT, 5 * PERCENT, 20 * PERCENT, 50 * PERCENT, 140 * PERCENT];
        assert_eq!(shares.map(heat), ["", "h1", "h2", "h3", "h4", "h5", "h5"]);
    }
}
