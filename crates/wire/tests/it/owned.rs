//! Observations as owned values, so that two ways of reading can be compared.

use throughline_core::id::SlotId;
use throughline_core::observation::{
    Link, Observation, ParentIs, Signal, SlotTable, SpanKind, SpanStatus, Value,
};
use throughline_wire::otlp::{Encoding, walk};
use throughline_wire::scratch::Scratch;
use throughline_wire::visit::{Notes, Refused, Visit, WalkError};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Owned {
    Absent,
    Str(String),
    Int(i64),
    /// The bits, so that NaN equals itself.
    Double(u64),
    Bool(bool),
    Other,
}

impl From<Value<'_>> for Owned {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Absent => Owned::Absent,
            Value::Str(text) => Owned::Str(text.to_owned()),
            Value::Int(int) => Owned::Int(int),
            Value::Double(double) => Owned::Double(double.to_bits()),
            Value::Bool(bool) => Owned::Bool(bool),
            Value::Other => Owned::Other,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Span {
    pub(crate) service: String,
    pub(crate) operation: String,
    pub(crate) kind: SpanKind,
    pub(crate) trace: u128,
    pub(crate) span: u64,
    pub(crate) parent: Option<u64>,
    pub(crate) parent_is: ParentIs,
    pub(crate) start: u64,
    pub(crate) end: Option<u64>,
    pub(crate) status: SpanStatus,
    pub(crate) message: String,
    pub(crate) trace_state: String,
    pub(crate) links: Vec<Link>,
    /// The slots that are set, by key.
    pub(crate) slots: Vec<(String, Owned)>,
}

impl Span {
    pub(crate) fn slot(&self, key: &str) -> Owned {
        self.slots.iter().find(|(known, _)| known == key).map_or(Owned::Absent, |(_, value)| value.clone())
    }
}

/// Everything a walk said, in order.
#[derive(Debug)]
pub(crate) struct Collect<'t> {
    table: &'t SlotTable,
    pub(crate) spans: Vec<Span>,
    pub(crate) refused: Vec<(Refused, String)>,
    pub(crate) others: usize,
}

impl<'t> Collect<'t> {
    pub(crate) fn new(table: &'t SlotTable) -> Self {
        Self { table, spans: Vec::new(), refused: Vec::new(), others: 0 }
    }
}

impl Visit for Collect<'_> {
    fn span(&mut self, span: &Observation<'_>) {
        let slots = (0..self.table.len() as u8).map(SlotId::new);
        let set = slots.filter(|slot| span.slots.get(*slot).is_present());
        self.spans.push(Span {
            service: span.service.to_owned(),
            operation: span.operation.to_owned(),
            kind: span.kind,
            trace: span.trace.0,
            span: span.span.0,
            parent: span.parent.map(|parent| parent.0),
            parent_is: span.parent_is,
            start: span.start.0,
            end: span.end.map(|end| end.0),
            status: span.status,
            message: span.status_message.to_owned(),
            trace_state: span.trace_state.to_owned(),
            links: span.links.to_vec(),
            slots: set.map(|slot| (self.table.key(slot).to_owned(), span.slots.get(slot).into())).collect(),
        });
    }

    fn refused(&mut self, _: Signal, why: Refused, example: &str) {
        self.refused.push((why, example.to_owned()));
    }

    fn other(&mut self, _: Signal) {
        self.others += 1;
    }
}

/// The built-in keys and two more, so that the tests' generator has short ones.
pub(crate) fn table() -> SlotTable {
    let mut table = SlotTable::default();
    for key in ["a", "b", "service.name"] {
        table.slot(key).unwrap();
    }
    table
}

pub(crate) fn read<'t>(
    signal: Signal,
    encoding: Encoding,
    body: &[u8],
    table: &'t SlotTable,
) -> (Collect<'t>, Result<Notes, WalkError>) {
    let mut collect = Collect::new(table);
    let answer = walk(signal, encoding, body, table, &mut Scratch::default(), &mut collect);
    (collect, answer)
}

/// Reads a body of spans that must be well formed.
pub(crate) fn spans(encoding: Encoding, body: &[u8]) -> (Vec<Span>, Notes) {
    let table = table();
    let (collect, answer) = read(Signal::Traces, encoding, body, &table);
    assert_eq!(collect.refused, []);
    (collect.spans, answer.unwrap())
}
