//! The door: what every format hands its spans to, and what a walk may answer. It reads no format itself and
//! decides nothing about a span.

use throughline_core::observation::{Observation, Signal};

/// What a walk calls, once per record, in the order of the wire.
pub trait Visit {
    /// Takes one span.
    fn span(&mut self, span: &Observation<'_>);

    /// Takes a record that is refused by itself while the body goes on; `example` is text for a person.
    fn refused(&mut self, signal: Signal, why: Refused, example: &str);

    /// Takes a log record or a metric's data point, which are only counted.
    fn other(&mut self, signal: Signal);
}

/// Looks at nothing; a walk with it answers only whether the body is well formed.
#[derive(Debug, Default, Clone, Copy)]
pub struct Ignore;

impl Visit for Ignore {
    fn span(&mut self, _: &Observation<'_>) {}
    fn refused(&mut self, _: Signal, _: Refused, _: &str) {}
    fn other(&mut self, _: Signal) {}
}

/// Why one record is refused although its body is well formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refused {
    /// A trace id of neither 0 nor 16 bytes.
    TraceId,
    /// A span id of neither 0 nor 8 bytes.
    SpanId,
    /// A parent's span id of neither 0 nor 8 bytes.
    ParentId,
    /// A row, line or element that is no record of its format.
    Record,
    /// A cell of a CSV row that is not what this part of a span is.
    Cell(&'static str),
}

impl Refused {
    /// Returns the reason in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Refused::TraceId => "its trace id is not 16 bytes (32 hex digits)",
            Refused::SpanId => "its span id is not 8 bytes (16 hex digits)",
            Refused::ParentId => "its parent's span id is not 8 bytes (16 hex digits)",
            Refused::Record => "malformed record",
            Refused::Cell(_) => "malformed cell",
        }
    }
}

/// What was accepted, but not as it was written: one count each, to be shown and never to fail a body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Notes {
    /// Attributes beyond [`limits::ATTRIBUTES`](crate::limits::ATTRIBUTES), looked at all the same.
    pub attributes_beyond: u64,
    /// Links beyond [`limits::LINKS`](crate::limits::LINKS), skipped.
    pub links_skipped: u64,
    /// Links whose ids have a wrong length, skipped.
    pub links_bad: u64,
    /// Strings longer than [`limits::TEXT_BYTES`](crate::limits::TEXT_BYTES), cut.
    pub texts_cut: u64,
    /// Values that are an index into a string table OTLP does not send (`*_strindex`), read as absent.
    pub string_indexes: u64,
    /// 64-bit integers beyond their range, saturated (JSON).
    pub integers_saturated: u64,
    /// Places of a JSON body or a CSV row that are no text (no UTF-8, half of a surrogate pair), read as U+FFFD.
    pub texts_mended: u64,
    /// JSON bodies with members of which none is the request's.
    pub bodies_unknown: u64,
    /// Keys in snake_case, names for enum numbers and the like (JSON).
    pub leniencies: u64,
}

impl Notes {
    /// Adds another walk's notes.
    pub fn add(&mut self, other: &Notes) {
        self.attributes_beyond += other.attributes_beyond;
        self.links_skipped += other.links_skipped;
        self.links_bad += other.links_bad;
        self.texts_cut += other.texts_cut;
        self.string_indexes += other.string_indexes;
        self.integers_saturated += other.integers_saturated;
        self.texts_mended += other.texts_mended;
        self.bodies_unknown += other.bodies_unknown;
        self.leniencies += other.leniencies;
    }

    /// Returns what came after `before`, notes of the same walk.
    pub fn since(&self, before: &Notes) -> Notes {
        Notes {
            attributes_beyond: self.attributes_beyond - before.attributes_beyond,
            links_skipped: self.links_skipped - before.links_skipped,
            links_bad: self.links_bad - before.links_bad,
            texts_cut: self.texts_cut - before.texts_cut,
            string_indexes: self.string_indexes - before.string_indexes,
            integers_saturated: self.integers_saturated - before.integers_saturated,
            texts_mended: self.texts_mended - before.texts_mended,
            bodies_unknown: self.bodies_unknown - before.bodies_unknown,
            leniencies: self.leniencies - before.leniencies,
        }
    }
}

/// The whole body is malformed; spans visited before the fault was met stay visited.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WalkError {
    #[error("malformed protobuf at byte {offset}: {fault}")]
    Protobuf { offset: usize, fault: crate::otlp::reader::Fault },
    #[error("malformed JSON at byte {offset}: {cause}")]
    Json { offset: usize, cause: String },
    #[error("unexpected JSON: `{field}` is no {expected}")]
    JsonShape { field: &'static str, expected: &'static str },
}
