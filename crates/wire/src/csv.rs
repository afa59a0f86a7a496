//! Spans in CSV by a column mapping, and RFC 4180 records from a stream. A bad row is refused by itself; no
//! more than one record is held.

mod doubt;
mod header;
mod mapping;
mod records;
mod unit;

pub use header::MissingColumns;
pub use mapping::{Mapping, MappingError};

use std::fmt::Display;
use std::io::Read;

use throughline_core::observation::{Signal, SlotTable, SpanKind, Value};
use throughline_core::time::UnixNanos;

use crate::draft::Draft;
use crate::file::cut::Cut;
use crate::values::{Joined, Values, cut};
use crate::visit::{Notes, Refused, Visit};
use crate::{ids, tags};
use doubt::FirstRows;
use header::{Columns, Unfit};
use records::{Record, Records};
use unit::Unit;

/// Characters of a cell that an error shows.
const SHOWN_CHARS: usize = 60;

/// The spans of one CSV file, a row each.
pub(crate) struct Rows {
    records: Records,
    mapping: Mapping,
    columns: Columns,
    first: FirstRows,
    example: String,
}

/// Why a CSV file's header cannot be used.
#[derive(Debug)]
pub(crate) enum HeaderError {
    Empty,
    Columns(MissingColumns),
    /// A column that the mapping names, as an error shows it.
    Twice(String),
}

/// One row with what tells its cells.
struct Row<'r> {
    fields: &'r [String],
    mapping: &'r Mapping,
    columns: &'r Columns,
}

/// Why a row is no span.
#[derive(Debug, thiserror::Error)]
#[error("{} is {}, {fault}", shown(column), shown(value))]
struct BadCell {
    part: &'static str,
    column: String,
    value: String,
    fault: String,
}

impl Rows {
    /// Reads the header line.
    pub(crate) fn new(input: Box<dyn Read + Send>, cut: Cut, mapping: Mapping) -> Result<Self, HeaderError> {
        let mut records = Records::new(input, cut);
        let columns = match records.next_record() {
            Some(Record::Fields(fields)) if !is_blank(fields) => {
                Columns::find(&mapping, fields).map_err(|unfit| match unfit {
                    Unfit::Missing(missing) => HeaderError::Columns(missing),
                    Unfit::Twice(column) => HeaderError::Twice(column),
                })?
            }
            _ => return Err(HeaderError::Empty),
        };
        Ok(Self { records, mapping, columns, first: FirstRows::default(), example: String::new() })
    }

    /// Hands at most `n` spans to `visit`, up to one that starts in later 10 s than the first; returns the start
    /// of the next, `None` at the end.
    pub(crate) fn next_rows(
        &mut self,
        n: usize,
        slots: &SlotTable,
        notes: &mut Notes,
        visit: &mut impl Visit,
    ) -> Option<UnixNanos> {
        let (mut first, mut handed) = (None, 0);
        loop {
            let line = self.records.line();
            let mut refuse = |why: Refused, what: &dyn Display| {
                visit.refused(Signal::Traces, why, &format!("line {line}: {what}"));
            };
            let fields = match self.records.next_record() {
                None => return None,
                Some(Record::Bad) => {
                    refuse(Refused::Record, &"a quote that never ends");
                    continue;
                }
                Some(Record::Fields(fields)) if is_blank(fields) => continue,
                Some(Record::Fields(fields)) => fields,
            };
            let row = Row { fields, mapping: &self.mapping, columns: &self.columns };
            let draft = match row.draft(slots, notes) {
                Ok(draft) => draft,
                Err(bad) => {
                    refuse(Refused::Cell(bad.part), &bad);
                    continue;
                }
            };
            row.look(&draft, &mut self.first);
            if handed == n || draft.chunk() > *first.get_or_insert(draft.chunk()) {
                let start = UnixNanos(draft.start);
                self.records.put_back();
                self.first.end();
                return Some(start);
            }
            handed += 1;
            draft.hand_over(slots, &[], &Joined::default(), &mut self.example, visit);
            notes.texts_mended += self.records.mended();
        }
    }

    /// Returns the line on which the next record begins, from 1.
    pub(crate) fn line(&self) -> usize {
        self.records.line()
    }

    /// Returns what of the mapping the first rows make doubtful.
    pub(crate) fn doubts(&self, file: &str) -> Vec<String> {
        let start = self.mapping.pair("start");
        let unit = start.and_then(|pair| self.first.unit(file, &pair.column, pair.unit?));
        let pattern = self.first.pattern(file, self.mapping.column("service"));
        unit.into_iter().chain(pattern).collect()
    }
}

impl<'r> Row<'r> {
    fn draft(&self, slots: &SlotTable, notes: &mut Notes) -> Result<Draft<'r>, BadCell> {
        let Self { columns, mapping, .. } = *self;
        let mut draft =
            Draft::new(cut(mapping.service(self.cell(columns.service)), notes), Values::default());
        draft.operation = cut(self.cell(columns.name), notes);
        draft.kind = kind(self.cell(columns.kind));
        draft.trace = Some(self.id("trace", self.cell(columns.trace), 32, ids::padded_trace)?);
        draft.span = Some(self.id("span", self.cell(columns.span), 16, ids::padded_span)?);
        let parent = Some(self.cell(columns.parent)).filter(|parent| *parent != mapping.root());
        draft.parent = Some(self.id("parent", parent.unwrap_or_default(), 16, ids::padded_span)?);
        draft.start = self.time("start", columns.start)?.unwrap_or(0);
        let end = self.time("end", columns.end)?;
        let duration = self.time("duration", columns.duration)?;
        draft.end = end.or(duration.map(|ns| draft.start.saturating_add(ns))).unwrap_or(0);
        for (key, column) in &columns.attributes {
            let text = self.cell(Some(*column));
            if !text.is_empty() {
                tags::read(key, Value::Str(text), &mut draft, slots, notes);
            }
        }
        Ok(draft)
    }

    fn look(&self, draft: &Draft<'_>, first: &mut FirstRows) {
        let service = self.cell(self.columns.service);
        first.see_start(draft.start);
        first.see_service(service, || self.mapping.is_service_match(service));
    }

    fn cell(&self, column: Option<usize>) -> &'r str {
        column.and_then(|n| self.fields.get(n)).map_or("", |field| field.trim())
    }

    fn id<T>(
        &self,
        part: &'static str,
        text: &str,
        digits: usize,
        read: fn(&str) -> Option<T>,
    ) -> Result<T, BadCell> {
        read(text).ok_or_else(|| self.bad(part, text, format!("no hex id of up to {digits} digits")))
    }

    fn time(&self, part: &'static str, column: Option<(usize, Unit)>) -> Result<Option<u64>, BadCell> {
        let Some((column, unit)) = column else { return Ok(None) };
        let text = self.cell(Some(column));
        unit.nanoseconds(text).map(Some).ok_or_else(|| self.bad(part, text, unit.fault(text)))
    }

    fn bad(&self, part: &'static str, value: &str, fault: String) -> BadCell {
        BadCell { part, column: self.mapping.column(part).to_owned(), value: value.to_owned(), fault }
    }
}

fn is_blank(fields: &[String]) -> bool {
    fields.iter().all(|field| field.is_empty())
}

/// Returns a cell as an error shows it: on one line, and not at any length.
fn shown(cell: &str) -> String {
    let cut = cell.char_indices().nth(SHOWN_CHARS).map_or(cell, |(at, _)| &cell[..at]);
    let more = if cut.len() < cell.len() { "…" } else { "" };
    match cell {
        "" => "empty".to_owned(),
        _ => format!("`{}{more}`", cut.escape_debug()),
    }
}

fn kind(text: &str) -> SpanKind {
    match text.to_ascii_lowercase().trim_start_matches("span_kind_") {
        "server" | "2" => SpanKind::Server,
        "client" | "3" => SpanKind::Client,
        "producer" | "4" => SpanKind::Producer,
        "consumer" | "5" => SpanKind::Consumer,
        "internal" | "1" => SpanKind::Internal,
        _ => SpanKind::Unspecified,
    }
}
