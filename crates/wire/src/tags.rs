//! What Zipkin's and Jaeger's tags say beyond OTLP's attributes: errors and older names, so that a condition
//! written for OTLP reads these formats too.

use throughline_core::observation::{SlotTable, SpanStatus, Value};

use crate::draft::Draft;
use crate::limits;
use crate::values::cut;
use crate::visit::Notes;

/// Reads one tag into a span: its slot, and the status where the tag is an error's.
pub(crate) fn read<'a>(
    key: &str,
    value: Value<'a>,
    draft: &mut Draft<'a>,
    slots: &SlotTable,
    notes: &mut Notes,
) {
    draft.attributes += 1;
    notes.attributes_beyond += u64::from(draft.attributes > limits::ATTRIBUTES);
    let value = match value {
        Value::Str(text) => Value::Str(cut(text, notes)),
        other => other,
    };
    status(key, value, draft);
    let other_name = if key == "http.path" { "url.path" } else { key };
    for name in [key, other_name] {
        if let Some(slot) = slots.find(name.as_bytes()) {
            draft.values.set(slot, value);
        }
    }
}

/// The `error` tag means an error by being there, even empty; only `false` denies it.
fn status<'a>(key: &str, value: Value<'a>, draft: &mut Draft<'a>) {
    match (key, value) {
        ("error", Value::Bool(false) | Value::Str("false")) => {}
        ("error", Value::Str(text)) if text != "true" => {
            draft.status = SpanStatus::Error;
            draft.message = text;
        }
        ("error", _) | ("otel.status_code", Value::Str("ERROR")) => draft.status = SpanStatus::Error,
        ("otel.status_code", Value::Str("OK")) => draft.status = SpanStatus::Ok,
        ("otel.status_description", Value::Str(text)) => draft.message = text,
        _ => {}
    }
}
