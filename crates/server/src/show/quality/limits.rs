//! The limits, how near they are and how often they were reached, and what was odd.

use throughline_core::annotate::memo::MEMO_MAX;
use throughline_core::annotate::names::NAMES_MAX;
use throughline_core::annotate::trace::{TRACE_SPANS_MAX, WATCHES_MAX};
use throughline_core::count::batch::UNKNOWN_MAX;
use throughline_core::count::book::{REASONS_MAX, STRAYS_MAX};
use throughline_core::count::dedupe;
use throughline_core::count::shard::{ENTRIES_MAX, FINGERPRINTS_MAX, NEWS_ROUNDS_MAX};
use throughline_wire::limits::{ATTRIBUTES, LINKS, TEXT_BYTES};

use crate::intake::{BODY_BYTES_MAX, BODY_SPANS_MAX};
use crate::kept::{EACH, PIN_BYTES, RING_BYTES};
use crate::live::Live;
use crate::receive::tally::Reason;
use crate::view::quality::{Limit, Note, Unit};

/// Returns every limit, the nearest first; `used` where it is known.
pub(super) fn limits(live: &Live) -> Vec<Limit> {
    let (shared, notes) = (&live.limits, &live.notes);
    let [services, operations, reasons] = live.interned.sizes().map(|n| n as u64);
    let count = |name: &str, max: usize| Row::new(name, Unit::Count, max);
    let bytes = |name: &str, max: usize| Row::new(name, Unit::Bytes, max);
    let names = NAMES_MAX - 1;
    let full = |used: u64| u64::from(used >= names as u64);
    let refused = |why| live.receiving.requests.as_ref().map(|requests| requests.refused(why));
    let mut limits = [
        bytes("read of a value", TEXT_BYTES).reached(notes.texts_cut),
        count("attributes of a span", ATTRIBUTES).reached(notes.attributes_beyond),
        count("links of a span", LINKS).reached(notes.links_skipped),
        bytes("of a body", BODY_BYTES_MAX)
            .reached(refused(Reason::TooLarge))
            .note("before and after decompression; reached: refused"),
        count("spans of a body", BODY_SPANS_MAX)
            .reached(refused(Reason::TooManySpans))
            .note("reached: refused"),
        count("names of services", names).used(services).reached(full(services)),
        count("names of operations", names).used(operations).reached(full(operations)),
        count("reasons of failures", names).used(reasons).reached(full(reasons)),
        count("spans that wait for their traces", ENTRIES_MAX)
            .used(shared.entries as u64)
            .reached(shared.traces.evicted)
            .note("now; reached: traces decided early"),
        count("spans of a trace", TRACE_SPANS_MAX).reached(shared.traces.spans),
        count("links to one trace", WATCHES_MAX).reached(shared.traces.watches),
        count("traces in a row, from link to link", NEWS_ROUNDS_MAX).reached(shared.news_dropped),
        count("spans remembered against duplicates", 2 * FINGERPRINTS_MAX)
            .reached(shared.fingerprints_forgotten)
            .note("reached: forgotten early"),
        count("bodies remembered against duplicates", dedupe::BODIES_MAX).reached(shared.bodies_forgotten),
        count("reasons of a step in a minute", REASONS_MAX).reached(live.book.reached().reasons),
        count("operations without a step in an hour", STRAYS_MAX).reached(live.book.reached().strays),
        count("unknown words", UNKNOWN_MAX).used(live.unknown.len() as u64).reached(live.unknown_more),
        count("shapes of spans in a memo", MEMO_MAX).reached(live.memo_resets).note("reached: begun anew"),
        bytes("of kept bodies", RING_BYTES).note("the oldest make room"),
        count("kept traces of a kind", EACH).note("the oldest make room"),
        bytes("of kept traces", PIN_BYTES)
            .used(live.examples.pins().bytes() as u64)
            .reached(live.examples.pins().reached())
            .note("reached: traces not kept, or not whole"),
    ]
    .map(|row| row.0);
    limits.sort_by_key(Limit::nearness);
    limits.into()
}

/// A row that is filled bit by bit.
struct Row(Limit);

impl Row {
    fn new(name: &str, unit: Unit, max: usize) -> Self {
        let name = name.to_owned();
        Self(Limit { name, unit, max: max as u64, used: None, reached: None, note: String::new() })
    }

    fn used(self, used: u64) -> Self {
        Self(Limit { used: Some(used), ..self.0 })
    }

    fn reached(self, reached: impl Into<Option<u64>>) -> Self {
        Self(Limit { reached: reached.into(), ..self.0 })
    }

    fn note(self, note: &str) -> Self {
        Self(Limit { note: note.to_owned(), ..self.0 })
    }
}

/// Returns what was accepted although it was not as it should be; what did not occur is left out.
pub(super) fn notes(live: &Live) -> Vec<Note> {
    let notes = &live.notes;
    let rows = [
        ("links with ids of a wrong length, skipped", notes.links_bad),
        ("values that point into a table OTLP does not send, read as absent", notes.string_indexes),
        ("whole numbers beyond 64 bits, cut", notes.integers_saturated),
        ("places that are no text, read as U+FFFD", notes.texts_mended),
        ("fields of JSON in a spelling that OTLP does not have, understood", notes.leniencies),
    ];
    let note = |(what, records): (&str, u64)| Note { what: what.to_owned(), records };
    rows.into_iter().filter(|(_, records)| *records > 0).map(note).collect()
}
