//! The spans of a few traces, cut out of the ring before newer bodies overwrite them, as long as some example shows
//! the trace. It searches nothing by itself.

use std::collections::HashMap;

use throughline_core::id::TraceId;
use throughline_core::time::{SECOND_NS, UnixNanos};

use crate::kept::Piece;

/// Bytes of all pinned traces.
pub const PIN_BYTES: usize = 16 << 20;
/// Bytes of one pinned trace.
pub const PIN_TRACE_BYTES: usize = 1 << 20;
/// Traces that are cut out of the ring in one tick.
pub const PINS_A_TICK: usize = 20;

/// How old a trace must be to be cut out: its other spans come in bodies of their own.
const AGE_NS: u64 = 5 * SECOND_NS;
/// How old it must be to be cut out for the last time: what came late is added.
const WHOLE_NS: u64 = 60 * SECOND_NS;

#[derive(Debug, Default)]
struct Pin {
    /// Kinds that show the trace.
    held: u32,
    /// When it was cut out, `None` before.
    cut: Option<UnixNanos>,
    pieces: Vec<Piece>,
}

/// Pinned traces.
#[derive(Debug, Default)]
pub struct Pins {
    pins: HashMap<TraceId, Pin>,
    bytes: usize,
    reached: u64,
}

impl Pins {
    /// Returns what is kept of a trace, in the order in which it came.
    pub fn pieces(&self, trace: TraceId) -> &[Piece] {
        self.pins.get(&trace).map_or(&[], |pin| &pin.pieces)
    }

    /// Returns whether spans of the trace are kept.
    pub fn holds(&self, trace: TraceId) -> bool {
        !self.pieces(trace).is_empty()
    }

    /// Returns whether the trace was looked for.
    pub fn is_tried(&self, trace: TraceId) -> bool {
        self.pins.get(&trace).is_some_and(|pin| pin.cut.is_some())
    }

    /// Returns the bytes that are kept.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns how often a trace was not kept, or not whole, because a limit was reached.
    pub fn reached(&self) -> u64 {
        self.reached
    }

    pub(super) fn hold(&mut self, trace: TraceId) {
        self.pins.entry(trace).or_default().held += 1;
    }

    pub(super) fn release(&mut self, trace: TraceId) {
        let Some(pin) = self.pins.get_mut(&trace) else { return };
        pin.held = pin.held.saturating_sub(1);
        if pin.held == 0 {
            let pin = self.pins.remove(&trace).unwrap_or_default();
            self.bytes -= size(&pin.pieces);
        }
    }

    /// Returns whether a trace seen at `at` is to be cut out at `now`: once soon, once when it is whole.
    pub(super) fn is_due(&self, trace: TraceId, at: UnixNanos, now: UnixNanos) -> bool {
        let cut = self.pins.get(&trace).and_then(|pin| pin.cut);
        match cut {
            None => now.since(at) >= AGE_NS,
            Some(cut) => cut.since(at) < WHOLE_NS && now.since(at) >= WHOLE_NS,
        }
    }

    pub(super) fn pin(&mut self, trace: TraceId, pieces: Vec<Piece>, now: UnixNanos) {
        let Some(pin) = self.pins.get_mut(&trace) else { return };
        pin.cut = Some(now);
        for piece in pieces {
            if pin.pieces.contains(&piece) {
                continue;
            }
            let fits = size(&pin.pieces) + piece.bytes() <= PIN_TRACE_BYTES
                && self.bytes + piece.bytes() <= PIN_BYTES;
            if !fits {
                self.reached += 1;
                break;
            }
            self.bytes += piece.bytes();
            pin.pieces.push(piece);
        }
        pin.pieces.sort_by_key(|piece| piece.at);
    }
}

fn size(pieces: &[Piece]) -> usize {
    pieces.iter().map(Piece::bytes).sum()
}

#[cfg(test)]
mod tests {
    use throughline_wire::otlp::Encoding;

    use super::*;
    use crate::kept::Held;

    fn piece(bytes: usize, at: u64) -> Piece {
        let held = Held::Body { encoding: Encoding::Protobuf, bytes: vec![1; bytes].into() };
        Piece { held, at: UnixNanos(at) }
    }

    #[test]
    fn one_trace_is_kept_up_to_its_limit_and_not_a_byte_more() {
        let mut pins = Pins::default();
        let trace = TraceId(1);
        pins.hold(trace);
        pins.pin(trace, vec![piece(PIN_TRACE_BYTES - 1, 1), piece(1, 2)], UnixNanos(9));
        assert_eq!((pins.bytes(), pins.reached()), (PIN_TRACE_BYTES, 0));
        pins.pin(trace, vec![piece(1, 3)], UnixNanos(9));
        assert_eq!((pins.bytes(), pins.reached()), (PIN_TRACE_BYTES, 1));
        pins.release(trace);
        assert_eq!((pins.bytes(), pins.holds(trace)), (0, false));
    }

    #[test]
    fn all_traces_together_have_a_limit() {
        let mut pins = Pins::default();
        let full = (PIN_BYTES / PIN_TRACE_BYTES) as u128;
        for n in 0..=full {
            pins.hold(TraceId(n));
            pins.pin(TraceId(n), vec![piece(PIN_TRACE_BYTES, 1)], UnixNanos(9));
        }
        assert_eq!((pins.bytes(), pins.reached()), (PIN_BYTES, 1));
        assert!(pins.holds(TraceId(full - 1)) && !pins.holds(TraceId(full)));
    }

    #[test]
    fn a_trace_that_two_kinds_show_stays_until_both_let_go() {
        let mut pins = Pins::default();
        let trace = TraceId(1);
        (0..2).for_each(|_| pins.hold(trace));
        pins.pin(trace, vec![piece(3, 2), piece(3, 2), piece(4, 1)], UnixNanos(9));
        assert_eq!(pins.pieces(trace).iter().map(|piece| piece.at.0).collect::<Vec<_>>(), [1, 2]);
        pins.release(trace);
        assert!(pins.holds(trace));
        pins.release(trace);
        assert!(!pins.holds(trace) && pins.bytes() == 0);
    }
}
