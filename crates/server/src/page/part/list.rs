//! Tables whose rows are read one by one. On a phone each row becomes a block whose cells carry their heads, so that
//! nothing scrolls sideways. Tables that are read across, the matrix and the methods, are not lists.

use maud::{Markup, html};

use crate::page::part::table;

/// A row: its cells in the order of the heads, the first one names it.
#[derive(Debug)]
pub struct Row {
    cells: Vec<Markup>,
    class: &'static str,
    wide: Option<(usize, usize)>,
}

impl Row {
    pub fn new<const N: usize>(cells: [Markup; N]) -> Self {
        Self { cells: cells.into(), class: "", wide: None }
    }

    /// Marks a row that fails now.
    pub fn now(self, now: bool) -> Self {
        Self { class: if now { "now" } else { self.class }, ..self }
    }

    /// Marks the row that sums up the others.
    pub fn total(self) -> Self {
        Self { class: "total", ..self }
    }

    /// Stretches one cell over several columns; no cells stand for the further ones.
    pub fn wide(self, cell: usize, columns: usize) -> Self {
        Self { wide: Some((cell, columns)), ..self }
    }

    /// Returns how many columns a cell takes.
    fn columns(&self, cell: usize) -> usize {
        self.wide.filter(|(wide, _)| *wide == cell).map_or(1, |(_, columns)| columns)
    }
}

/// The table in its scroll region; a head that begins with `#` stands over numbers.
pub fn list(label: &str, heads: &[&str], rows: impl IntoIterator<Item = Row>) -> Markup {
    let rows = rows.into_iter().map(|row| line(heads, &row));
    table::scroll(
        label,
        &html! {
            table.stack {
                (table::heads(heads))
                tbody { @for row in rows { (row) } }
            }
        },
    )
}

fn line(heads: &[&str], row: &Row) -> Markup {
    let mut column = 0;
    let mut cells = Vec::new();
    for (index, cell) in row.cells.iter().enumerate() {
        let columns = row.columns(index);
        cells.push(square(heads[column], columns, index == 0, cell));
        column += columns;
    }
    debug_assert_eq!(column, heads.len(), "a row has a cell for each head");
    html! { tr class=[(!row.class.is_empty()).then_some(row.class)] { @for cell in cells { (cell) } } }
}

/// Returns whether a cell has nothing to say: a block leaves it out.
fn is_dash(cell: &Markup) -> bool {
    matches!(cell.0.as_str(), "–" | r#"<span class="muted">–</span>"#)
}

fn square(head: &str, columns: usize, is_first: bool, cell: &Markup) -> Markup {
    let text = head.trim_start_matches('#');
    let num = (text != head).then_some("num");
    let class = match (num, is_dash(cell)) {
        (Some(_), true) => Some("num dash"),
        (None, true) => Some("dash"),
        (num, false) => num,
    };
    let span = (columns > 1).then_some(columns);
    html! {
        @if is_first { th scope="row" class=[num] data-label=[num.and(Some(text))] { (cell) } }
        @else { td class=[class] data-label=(text) colspan=[span] { (cell) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_carries_the_head_of_its_column() {
        let row = || Row::new(["tier", "says", "–"].map(|text| html! { (text) }));
        let heads = ["Tier", "Looks at", "#Long", "State"];
        insta::assert_snapshot!(line(&heads, &row().wide(1, 2).now(true)).into_string(), @r#"<tr class="now"><th scope="row">tier</th><td data-label="Looks at" colspan="2">says</td><td class="dash" data-label="State">–</td></tr>"#);
        insta::assert_snapshot!(line(&["#Rule", "#Long", "Now"], &row()).into_string(), @r#"<tr><th scope="row" class="num" data-label="Rule">tier</th><td class="num" data-label="Long">says</td><td class="dash" data-label="Now">–</td></tr>"#);
    }
}
