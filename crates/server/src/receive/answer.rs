//! Every refusal in one place: what went wrong becomes an HTTP status or a gRPC status, with a message that says
//! what to do. Retryable faults are only those that pass (`telemetry.md` 1).

use throughline_core::observation::Signal;
use throughline_wire::inflate::InflateError;

use crate::intake::Refusal;

/// Bytes of a message that are sent.
const MESSAGE_BYTES: usize = 8 << 10;

/// Why a request is not answered with success.
#[derive(Debug)]
pub(super) enum Refused {
    /// By intake: the body itself is at fault.
    Body(Refusal),
    /// Larger than this many bytes, told before it was read.
    TooLarge(usize),
    /// The body did not come whole, or not in time.
    Unread(&'static str),
    MediaType(String),
    Encoding(String),
    Method,
    /// The gRPC message has a broken frame.
    Frame(&'static str),
    /// More is in flight than fits; the client shall come again.
    Overload,
}

/// Canonical codes (google.rpc.Code) that are used.
pub(super) mod code {
    pub(in crate::receive) const INVALID_ARGUMENT: i32 = 3;
    pub(in crate::receive) const NOT_FOUND: i32 = 5;
    pub(in crate::receive) const RESOURCE_EXHAUSTED: i32 = 8;
    pub(in crate::receive) const UNIMPLEMENTED: i32 = 12;
    pub(in crate::receive) const UNAVAILABLE: i32 = 14;
}

impl Refused {
    /// Returns the HTTP status.
    pub(super) const fn http(&self) -> u16 {
        match self {
            Self::Body(Refusal::Inflate(InflateError::TooLarge { .. })) | Self::TooLarge(_) => 413,
            Self::Body(Refusal::TooManySpans) => 413,
            Self::Body(Refusal::Inflate(InflateError::Unsupported(_))) => 415,
            Self::Body(_) | Self::Unread(_) | Self::Frame(_) => 400,
            Self::MediaType(_) | Self::Encoding(_) => 415,
            Self::Method => 405,
            Self::Overload => 503,
        }
    }

    /// Returns the gRPC status code.
    pub(super) const fn grpc(&self) -> i32 {
        match self.http() {
            413 => code::RESOURCE_EXHAUSTED,
            415 => code::UNIMPLEMENTED,
            405 => code::NOT_FOUND,
            503 => code::UNAVAILABLE,
            _ => code::INVALID_ARGUMENT,
        }
    }

    /// Returns whether the client shall send the same again.
    pub(super) const fn is_retryable(&self) -> bool {
        matches!(self, Self::Overload)
    }

    /// Returns the message with its hint.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Body(refusal) => refusal.to_string(),
            Self::TooLarge(limit) => {
                format!("the body is larger than {limit} bytes; send smaller batches")
            }
            Self::Unread(why) => (*why).to_owned(),
            Self::MediaType(given) => format!(
                "the media type `{given}` is not supported; send application/x-protobuf or application/json"
            ),
            Self::Encoding(given) => {
                format!("the content encoding `{given}` is not supported; send gzip, zstd, deflate or none")
            }
            Self::Method => "only POST is answered here".to_owned(),
            Self::Frame(why) => (*why).to_owned(),
            Self::Overload => "too much is in flight; come again".to_owned(),
        }
    }
}

/// Cuts a message at a character.
pub(super) fn cut(message: &str) -> &str {
    &message[..message.floor_char_boundary(message.len().min(MESSAGE_BYTES))]
}

/// Returns a `google.rpc.Status` in protobuf.
pub(super) fn status(code: i32, message: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(message.len() + 8);
    field_varint(&mut bytes, 1, code.unsigned_abs().into());
    field_bytes(&mut bytes, 2, cut(message).as_bytes());
    bytes
}

/// Returns a `google.rpc.Status` that asks to wait, with its `RetryInfo` (as `google.protobuf.Any`).
pub(super) fn status_with_retry(code: i32, message: &str, seconds: u64) -> Vec<u8> {
    let mut any = Vec::new();
    field_bytes(&mut any, 1, b"type.googleapis.com/google.rpc.RetryInfo");
    field_bytes(&mut any, 2, &retry_info(seconds));
    let mut bytes = status(code, message);
    field_bytes(&mut bytes, 3, &any);
    bytes
}

/// Returns a `google.rpc.RetryInfo`.
pub(super) fn retry_info(seconds: u64) -> Vec<u8> {
    let mut delay = Vec::new();
    field_varint(&mut delay, 1, seconds);
    let mut bytes = Vec::new();
    field_bytes(&mut bytes, 1, &delay);
    bytes
}

/// Returns an `Export…ServiceResponse` in protobuf: empty on full success.
pub(super) fn response(rejected: u64, message: &str) -> Vec<u8> {
    if rejected == 0 && message.is_empty() {
        return Vec::new();
    }
    let mut partial = Vec::new();
    field_varint(&mut partial, 1, rejected);
    field_bytes(&mut partial, 2, cut(message).as_bytes());
    let mut bytes = Vec::new();
    field_bytes(&mut bytes, 1, &partial);
    bytes
}

/// Returns the same in JSON.
pub(super) fn response_json(signal: Signal, rejected: u64, message: &str) -> String {
    if rejected == 0 && message.is_empty() {
        return "{}".to_owned();
    }
    let field = match signal {
        Signal::Traces => "rejectedSpans",
        Signal::Logs => "rejectedLogRecords",
        Signal::Metrics => "rejectedDataPoints",
    };
    serde_json::json!({"partialSuccess": {field: rejected.to_string(), "errorMessage": cut(message)}})
        .to_string()
}

fn varint(bytes: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        bytes.push(n as u8 | 0x80);
        n >>= 7;
    }
    bytes.push(n as u8);
}

fn field_varint(bytes: &mut Vec<u8>, field: u64, n: u64) {
    if n != 0 {
        varint(bytes, field << 3);
        varint(bytes, n);
    }
}

fn field_bytes(bytes: &mut Vec<u8>, field: u64, value: &[u8]) {
    varint(bytes, field << 3 | 2);
    varint(bytes, value.len() as u64);
    bytes.extend_from_slice(value);
}
