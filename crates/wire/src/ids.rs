//! Ids written in hex: of exact width as OTLP/JSON has them, or padded on the left as Zipkin, Jaeger and CSV
//! files need it. Ids are numbers of fixed width, so `ab` and `00ab` are one.

use throughline_core::id::{SpanId, TraceId};

/// Returns the trace id of 32 hex digits, zero for an empty text, `None` for anything else.
pub(crate) fn exact_trace(text: &str) -> Option<TraceId> {
    exact(text, 32).map(TraceId)
}

/// Returns the span id of 16 hex digits, zero for an empty text, `None` for anything else.
pub(crate) fn exact_span(text: &str) -> Option<SpanId> {
    exact(text, 16).map(|id| SpanId(id as u64))
}

/// Returns the trace id of up to 32 hex digits, zero for an empty text.
pub(crate) fn padded_trace(text: &str) -> Option<TraceId> {
    padded(text, 32).map(TraceId)
}

/// Returns the span id of up to 16 hex digits, zero for an empty text.
pub(crate) fn padded_span(text: &str) -> Option<SpanId> {
    padded(text, 16).map(|id| SpanId(id as u64))
}

fn exact(text: &str, digits: usize) -> Option<u128> {
    if text.len() == digits || text.is_empty() { hex(text) } else { None }
}

fn padded(text: &str, digits: usize) -> Option<u128> {
    if text.len() <= digits { hex(text) } else { None }
}

fn hex(text: &str) -> Option<u128> {
    text.bytes().try_fold(0, |id, byte| {
        let digit = (byte as char).to_digit(16)?;
        Some(id << 4 | u128::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_of_any_case_and_exact_width_is_an_id() {
        assert_eq!(exact_span("EEE19b7ec3c1b174"), Some(SpanId(0xeee1_9b7e_c3c1_b174)));
        assert_eq!(exact_trace(""), Some(TraceId(0)));
        assert_eq!(exact_trace("abcd"), None);
        assert_eq!(exact_span("EEE19b7ec3c1b17g"), None);
    }

    #[test]
    fn short_ids_equal_their_padded_forms() {
        assert_eq!(padded_trace("ab"), padded_trace("000000000000000000000000000000ab"));
        assert_eq!(padded_span("00000000000000001"), None);
        assert_eq!(padded_span("x"), None);
    }
}
