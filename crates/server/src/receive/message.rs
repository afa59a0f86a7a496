//! The messages of an answer, in protobuf and JSON: `google.rpc.Status` with its details, and the export response
//! of each signal. It decides nothing.

use serde_json::{Value, json};
use throughline_core::observation::Signal;
use throughline_wire::otlp::Encoding;

use crate::receive::answer::{Code, Told};

const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";
const BAD_REQUEST: &str = "type.googleapis.com/google.rpc.BadRequest";

/// Returns the `Export…ServiceResponse`: empty on full success, as the specification asks. The numbers of its
/// fields are the same for each signal.
pub(super) fn response(signal: Signal, encoding: Encoding, told: &Told) -> Vec<u8> {
    let is_full = told.rejected == 0 && told.message.is_empty();
    match encoding {
        Encoding::Protobuf if is_full => Vec::new(),
        Encoding::Json if is_full => b"{}".to_vec(),
        Encoding::Protobuf => {
            let mut partial = Vec::new();
            number(&mut partial, 1, told.rejected);
            bytes(&mut partial, 2, told.message.as_bytes());
            nested(1, &partial)
        }
        Encoding::Json => {
            let field = match signal {
                Signal::Traces => "rejectedSpans",
                Signal::Logs => "rejectedLogRecords",
                Signal::Metrics => "rejectedDataPoints",
            };
            let partial = json!({field: told.rejected.to_string(), "errorMessage": told.message});
            json!({"partialSuccess": partial}).to_string().into_bytes()
        }
    }
}

/// Returns the `google.rpc.Status` of a refusal; `wait` are the seconds of a retryable one.
pub(super) fn status(encoding: Encoding, told: &Told, wait: Option<u64>) -> Vec<u8> {
    match encoding {
        Encoding::Protobuf => status_protobuf(told, wait),
        Encoding::Json => status_json(told, wait).to_string().into_bytes(),
    }
}

fn status_protobuf(told: &Told, wait: Option<u64>) -> Vec<u8> {
    let mut status = Vec::with_capacity(told.message.len() + 64);
    number(&mut status, 1, told.code as u64);
    bytes(&mut status, 2, told.message.as_bytes());
    if let Some(seconds) = wait {
        bytes(&mut status, 3, &any(RETRY_INFO, &retry_info(seconds)));
    }
    if told.code == Code::InvalidArgument {
        let mut violation = Vec::new();
        bytes(&mut violation, 1, b"body");
        bytes(&mut violation, 2, told.message.as_bytes());
        bytes(&mut status, 3, &any(BAD_REQUEST, &nested(1, &violation)));
    }
    status
}

fn status_json(told: &Told, wait: Option<u64>) -> Value {
    let mut status = json!({"code": told.code as i32, "message": told.message});
    if let Some(seconds) = wait {
        status["details"] = json!([{"@type": RETRY_INFO, "retryDelay": format!("{seconds}s")}]);
    }
    if told.code == Code::InvalidArgument {
        let violation = json!({"field": "body", "description": told.message});
        status["details"] = json!([{"@type": BAD_REQUEST, "fieldViolations": [violation]}]);
    }
    status
}

/// Returns a `google.rpc.RetryInfo`.
pub(super) fn retry_info(seconds: u64) -> Vec<u8> {
    let mut delay = Vec::new();
    number(&mut delay, 1, seconds);
    nested(1, &delay)
}

fn any(type_url: &str, value: &[u8]) -> Vec<u8> {
    let mut any = Vec::new();
    bytes(&mut any, 1, type_url.as_bytes());
    bytes(&mut any, 2, value);
    any
}

fn nested(field: u64, value: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    bytes(&mut message, field, value);
    message
}

fn varint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn number(out: &mut Vec<u8>, field: u64, n: u64) {
    if n != 0 {
        varint(out, field << 3);
        varint(out, n);
    }
}

fn bytes(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}
