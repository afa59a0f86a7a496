//! Looks the examples of a replay up in its files once more and pins their spans, as live bodies are pinned. It names
//! no example and counts nothing.

use std::collections::HashMap;

use throughline_core::id::TraceId;
use throughline_core::observation::{Observation, Signal, SlotTable};
use throughline_core::time::UnixNanos;
use throughline_wire::owned::OwnedSpan;
use throughline_wire::visit::{Refused, Visit};

use crate::kept::{Examples, Held, Piece};
use crate::replay::again::{Again, Take};
use crate::replay::{Options, ReplayError, Replayed};

/// Reads the files again and keeps the spans of the traces that examples show, within the limits of pins.
///
/// # Errors
/// [`ReplayError`] when a file is not there any more.
pub fn keep_examples(options: &Options, replayed: &mut Replayed) -> Result<(), ReplayError> {
    let again = Again::new(&options.registry, &options.files, options.format.as_ref())?;
    let examples = &mut replayed.live.examples;
    let named =
        examples.all().flat_map(|(_, traces)| traces.iter().map(|example| (example.trace, Vec::new())));
    let found: HashMap<TraceId, Vec<OwnedSpan>> = named.collect();
    let mut keep = Keep { slots: &options.registry.slots, found, touched: Vec::new(), examples };
    again.play(&mut keep).map(drop)
}

/// Takes the spans of the traces that are named, chunk by chunk.
struct Keep<'a> {
    slots: &'a SlotTable,
    /// Of each trace the spans that the chunk brought.
    found: HashMap<TraceId, Vec<OwnedSpan>>,
    touched: Vec<TraceId>,
    examples: &'a mut Examples,
}

impl Visit for Keep<'_> {
    fn span(&mut self, span: &Observation<'_>) {
        let Some(found) = self.found.get_mut(&span.trace) else { return };
        if found.is_empty() {
            self.touched.push(span.trace);
        }
        found.push(OwnedSpan::of(span, self.slots));
    }

    fn refused(&mut self, _: Signal, _: Refused, _: &str) {}

    fn other(&mut self, _: Signal) {}
}

impl Take for Keep<'_> {
    fn arrive(&mut self, at: UnixNanos) {
        for trace in self.touched.drain(..) {
            let spans = self.found.get_mut(&trace).map(std::mem::take).unwrap_or_default();
            let piece = Piece { held: Held::Spans(spans.into()), at };
            self.examples.pin(trace, vec![piece], at);
        }
    }
}
