//! OTLP bodies, one export request each, in protobuf or JSON. Transport, compression and partial success are
//! the server's.

pub mod reader;

mod attributes;
mod count;
mod json;
mod protobuf;

use throughline_core::observation::{ParentIs, Signal, SlotTable, SpanKind, SpanStatus};

use crate::scratch::Scratch;
use crate::visit::{Notes, Visit, WalkError};

/// How an OTLP body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    Protobuf,
    Json,
}

/// Hands every record of one export request to `visit`: spans as observations, log records and metric data
/// points as counts.
///
/// # Errors
/// [`WalkError`] when the body is malformed; spans before the fault were visited already. To know beforehand,
/// walk with [`Ignore`](crate::visit::Ignore) first.
pub fn walk(
    signal: Signal,
    encoding: Encoding,
    body: &[u8],
    slots: &SlotTable,
    scratch: &mut Scratch,
    visit: &mut impl Visit,
) -> Result<Notes, WalkError> {
    let mut notes = Notes::default();
    match (encoding, signal) {
        (Encoding::Protobuf, Signal::Traces) => protobuf::traces(body, slots, scratch, &mut notes, visit),
        (Encoding::Protobuf, _) => count::records(signal, body, visit),
        (Encoding::Json, Signal::Traces) => json::traces(body, slots, scratch, &mut notes, visit),
        (Encoding::Json, _) => json::records(signal, body, scratch, &mut notes, visit),
    }?;
    Ok(notes)
}

/// Numbers that the enumeration does not have are accepted.
fn kind(number: i32) -> SpanKind {
    match number {
        1 => SpanKind::Internal,
        2 => SpanKind::Server,
        3 => SpanKind::Client,
        4 => SpanKind::Producer,
        5 => SpanKind::Consumer,
        _ => SpanKind::Unspecified,
    }
}

fn status(number: i32) -> SpanStatus {
    match number {
        1 => SpanStatus::Ok,
        2 => SpanStatus::Error,
        _ => SpanStatus::Unset,
    }
}

/// Bit 8 says that the parent's remoteness is known, bit 9 what it is.
fn parent_is(flags: u32) -> ParentIs {
    match (flags & 0x100 != 0, flags & 0x200 != 0) {
        (false, _) => ParentIs::Unknown,
        (true, false) => ParentIs::Local,
        (true, true) => ParentIs::Remote,
    }
}
