//! Reads the spans of a few traces out of bodies or files, with all that a person may ask about them. It decides
//! nothing.

use std::sync::Arc;

use throughline_core::annotate::baggage;
use throughline_core::annotate::decision::{Decision, Unmatched};
use throughline_core::annotate::names::Interned;
use throughline_core::annotate::reader::{Listen, Reader};
use throughline_core::annotate::rules::{OperationTexts, Rules};
use throughline_core::id::{SlotId, TraceId};
use throughline_core::observation::{Observation, Signal, Slots, Value, slot};
use throughline_core::time::UnixNanos;
use throughline_wire::otlp::walk;
use throughline_wire::scratch::Scratch;
use throughline_wire::visit::{Refused, Visit};

use crate::explain::{Became, Said, SaidBy, Span, Told};
use crate::kept::{Held, Piece};

/// Spans of one trace that are read; what a trace table decides together is half of it.
const SPANS_MAX: usize = 8_192;
/// Bytes of an attribute's value that are kept.
const VALUE_BYTES: usize = 200;

/// Takes spans and keeps those of the wanted traces.
#[derive(Debug)]
pub struct Collect {
    reader: Reader,
    rules: Arc<Rules>,
    told: Vec<Told>,
    /// For each trace, how many of its spans have their arrival.
    arrived: Vec<usize>,
    scratch: Scratch,
}

/// What a client's unknown word is, the span itself says.
struct Deaf;

impl Listen for Deaf {
    fn unknown(&mut self, _: &str, _: &str) {}
}

impl Collect {
    pub(super) fn new(rules: Arc<Rules>, interned: Arc<Interned>, traces: &[TraceId]) -> Self {
        let told =
            |trace: &TraceId| Told { trace: *trace, rules: Arc::clone(&rules), spans: Vec::new(), unread: 0 };
        Self {
            told: traces.iter().map(told).collect(),
            arrived: vec![0; traces.len()],
            reader: Reader::new(Arc::clone(&rules), interned, 0),
            rules,
            scratch: Scratch::default(),
        }
    }

    /// Returns the traces that are wanted.
    pub fn traces(&self) -> Vec<TraceId> {
        self.told.iter().map(|told| told.trace).collect()
    }

    /// Reads what was kept; a malformed body was never counted, so it is passed over.
    pub fn piece(&mut self, piece: &Piece) {
        let rules = Arc::clone(&self.rules);
        let slots = &rules.registry.slots;
        match &piece.held {
            Held::Body { encoding, bytes } => {
                let mut scratch = std::mem::take(&mut self.scratch);
                walk(Signal::Traces, *encoding, bytes, slots, &mut scratch, self).ok();
                self.scratch = scratch;
            }
            Held::Spans(spans) => spans.iter().for_each(|span| span.hand_over(slots, self)),
        }
        self.arrive(piece.at);
    }

    /// Says when the spans came that were read since this was last said.
    pub fn arrive(&mut self, at: UnixNanos) {
        for (told, arrived) in self.told.iter_mut().zip(&mut self.arrived) {
            told.spans[*arrived..].iter_mut().for_each(|span| span.entry.arrived = at);
            *arrived = told.spans.len();
        }
    }

    pub(super) fn finish(self) -> Vec<Told> {
        self.told
    }
}

impl Visit for Collect {
    fn span(&mut self, span: &Observation<'_>) {
        let Some(told) = self.told.iter_mut().find(|told| told.trace == span.trace) else { return };
        if told.spans.len() >= SPANS_MAX {
            told.unread += 1;
            return;
        }
        let entry = self.reader.read(span, &mut Deaf);
        let texts = OperationTexts::of(span.operation, &span.slots);
        let bits = self.rules.filter_bits(&span.slots);
        let values = (0..self.rules.registry.slots.len()).map(|slot| SlotId::new(slot as u8));
        told.spans.push(Span {
            service: span.service.to_owned(),
            operation: texts.best(),
            message: cut(span.status_message).to_owned(),
            said: said(&span.slots),
            matches: self.rules.matches(entry.service, &texts, bits),
            near: self.rules.nearly(entry.service, &texts, bits),
            texts: texts.all(),
            values: values.filter_map(|slot| Some((slot, text(span.slots.get(slot))?))).collect(),
            became: Became::Decided(Decision::Unmatched(Unmatched::Undecided)),
            ground: None,
            entry,
        });
    }

    fn refused(&mut self, _: Signal, _: Refused, _: &str) {}

    fn other(&mut self, _: Signal) {}
}

/// Returns what the client said of its step: attributes come before baggage, and of the header the last member.
fn said(slots: &Slots<'_>) -> Option<Said> {
    if let Some(step) = slots.get(slot::STEP).text() {
        return Some(Said { what: cut(step).to_owned(), by: SaidBy::Attribute });
    }
    let step = baggage::find(slots.get(slot::BAGGAGE).text()?, "throughline.step")?;
    (!step.is_empty()).then(|| Said { what: cut(&step).to_owned(), by: SaidBy::Baggage })
}

fn text(value: Value<'_>) -> Option<String> {
    Some(match value {
        Value::Absent => return None,
        Value::Str(text) => cut(text).to_owned(),
        Value::Int(int) => int.to_string(),
        Value::Double(double) => double.to_string(),
        Value::Bool(bool) => bool.to_string(),
        Value::Other => "set, no text and no number".to_owned(),
    })
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(text.len().min(VALUE_BYTES))]
}
