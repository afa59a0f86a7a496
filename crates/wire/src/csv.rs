//! Spans in CSV by a column mapping, and RFC 4180 records from a stream. A bad row is refused by itself; no
//! more than one record is held.

mod mapping;
mod records;

pub use mapping::{Mapping, MappingError};

use std::io::Read;

use throughline_core::observation::{Signal, SlotTable, SpanKind};
use throughline_core::time::UnixNanos;

use crate::draft::Draft;
use crate::ids;
use crate::values::{Joined, Values, cut};
use crate::visit::{Notes, Refused, Visit};
use mapping::{Columns, Unit};
use records::{Record, Records};

/// The spans of one CSV file, a row each.
pub(crate) struct Rows {
    records: Records,
    mapping: Mapping,
    columns: Columns,
    example: String,
}

/// Why a row is no span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct BadCell {
    column: &'static str,
    expected: &'static str,
}

impl Rows {
    /// Reads the header line.
    pub(crate) fn new(input: Box<dyn Read + Send>, mapping: Mapping) -> Result<Self, HeaderError> {
        let mut records = Records::new(input);
        let columns = match records.next_record().map_err(HeaderError::Io)? {
            Some(Record::Fields(fields)) => mapping.columns(fields).map_err(HeaderError::Column)?,
            Some(Record::Bad) | None => return Err(HeaderError::Empty),
        };
        Ok(Self { records, mapping, columns, example: String::new() })
    }

    /// Hands at most `n` spans to `visit`, up to one that starts in later 10 s than the first; returns the start
    /// of the next, `None` at the end.
    pub(crate) fn next_rows(
        &mut self,
        n: usize,
        slots: &SlotTable,
        notes: &mut Notes,
        visit: &mut impl Visit,
    ) -> std::io::Result<Option<UnixNanos>> {
        let (mut first, mut handed) = (None, 0);
        loop {
            let line = self.records.line();
            let Some(record) = self.records.next_record()? else { return Ok(None) };
            let Record::Fields(fields) = record else {
                visit.refused(
                    Signal::Traces,
                    Refused::Record,
                    &format!("line {line}: a quote that never ends"),
                );
                continue;
            };
            if fields.iter().all(|field| field.is_empty()) {
                continue;
            }
            match draft(fields, &self.mapping, &self.columns, slots, notes) {
                Ok(draft) if handed == n || draft.chunk() > *first.get_or_insert(draft.chunk()) => {
                    let start = UnixNanos(draft.start);
                    self.records.put_back();
                    return Ok(Some(start));
                }
                Ok(draft) => {
                    handed += 1;
                    draft.hand_over(slots, &[], &Joined::default(), &mut self.example, visit);
                }
                Err(BadCell { column, expected }) => {
                    let text = format!("line {line}: `{column}` is no {expected}");
                    visit.refused(Signal::Traces, Refused::Record, &text);
                }
            }
        }
    }
}

/// Why a CSV file's header cannot be used.
#[derive(Debug)]
pub(crate) enum HeaderError {
    Io(std::io::Error),
    Empty,
    Column(String),
}

fn draft<'a>(
    fields: &'a [String],
    mapping: &'a Mapping,
    columns: &Columns,
    slots: &SlotTable,
    notes: &mut Notes,
) -> Result<Draft<'a>, BadCell> {
    let cell = |column: Option<usize>| column.and_then(|n| fields.get(n)).map_or("", |field| field.trim());
    let id = |column, expected| BadCell { column, expected };
    let mut draft = Draft::new(cut(mapping.service(cell(columns.service)), notes), Values::default());
    draft.operation = cut(cell(columns.name), notes);
    draft.kind = kind(cell(columns.kind));
    draft.trace =
        Some(ids::padded_trace(cell(columns.trace)).ok_or(id("trace", "hex id of up to 32 digits"))?);
    draft.span = Some(ids::padded_span(cell(columns.span)).ok_or(id("span", "hex id of up to 16 digits"))?);
    let parent = Some(cell(columns.parent)).filter(|parent| *parent != mapping.root()).unwrap_or_default();
    draft.parent = Some(ids::padded_span(parent).ok_or(id("parent", "hex id of up to 16 digits"))?);
    draft.start = time(cell(columns.start.0), columns.start.1, "start")?;
    if let Some((column, unit)) = columns.end {
        draft.end = time(cell(Some(column)), unit, "end")?;
    } else if let Some((column, unit)) = columns.duration {
        draft.end = draft.start.saturating_add(time(cell(Some(column)), unit, "duration")?);
    }
    for (key, column) in &columns.attributes {
        let text = cell(Some(*column));
        if !text.is_empty() {
            crate::tags::read(key, throughline_core::observation::Value::Str(text), &mut draft, slots, notes);
        }
    }
    Ok(draft)
}

fn time(text: &str, unit: Unit, column: &'static str) -> Result<u64, BadCell> {
    unit.nanoseconds(text).ok_or(BadCell { column, expected: "time" })
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
