//! Every acknowledgement in one place: what became of a request turns into a status of HTTP and of gRPC, and a
//! message that says what to do. Only faults that pass ask the sender to come again. It writes no bytes.

use axum::http::StatusCode;
use throughline_wire::inflate::{Compression, InflateError};

use crate::intake::{Accepted, Refusal};
use crate::receive::tally::{Class, Reason};

/// Bytes of a message that are sent, which keeps every answer far below the 4 MiB that senders read.
pub(super) const MESSAGE_BYTES: usize = 8 << 10;
/// Bytes of a sender's own words that a message repeats.
const GIVEN_BYTES: usize = 128;

/// Why a request is not answered with success. Nothing of it was counted.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// By intake: the body itself is at fault.
    #[error(transparent)]
    Body(Refusal),
    #[error("the body is larger than {0} bytes; send smaller batches")]
    TooLarge(usize),
    #[error("the body took longer than {0} s")]
    Slow(u64),
    #[error("the body ended before it was whole")]
    Broken,
    #[error("the media type `{0}` is not supported; send application/x-protobuf or application/json")]
    MediaType(String),
    #[error("the content encoding `{0}` is not supported; send one of {offered}", offered = Compression::OFFERED)]
    Encoding(String),
    #[error("only POST is answered here")]
    Method,
    #[error("nothing is received here; send to /v1/traces, /v1/logs or /v1/metrics, or call Export by gRPC")]
    Path,
    /// The gRPC message has a broken frame.
    #[error("{0}")]
    Frame(&'static str),
    /// More is in flight than fits.
    #[error("more bodies are in flight than fit; come again")]
    Overload,
}

/// Canonical codes (google.rpc.Code) that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Ok = 0,
    InvalidArgument = 3,
    ResourceExhausted = 8,
    Unimplemented = 12,
    Unavailable = 14,
}

/// What the sender is told, before it is written as its transport and encoding ask.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) status: StatusCode,
    pub(super) code: Code,
    /// Why it is refused; `None` when it was counted.
    pub(super) reason: Option<Reason>,
    pub(super) rejected: u64,
    /// At most [`MESSAGE_BYTES`]; empty on full success.
    pub(super) message: String,
}

impl Told {
    /// Decides what a sender is told: the one place (invariant 8).
    pub(super) fn new(outcome: Result<Accepted, Refused>) -> Self {
        match outcome {
            Ok(Accepted { rejected, message, .. }) => {
                let (status, code, message) = (StatusCode::OK, Code::Ok, cut(message, MESSAGE_BYTES));
                Self { status, code, reason: None, rejected, message }
            }
            Err(refused) => {
                let reason = refused.reason();
                let (status, code) = statuses(reason);
                let message = cut(refused.to_string(), MESSAGE_BYTES);
                Self { status, code, reason: Some(reason), rejected: 0, message }
            }
        }
    }

    /// Returns whether the sender shall come again with the same body.
    pub(super) fn is_retryable(&self) -> bool {
        self.code == Code::Unavailable
    }

    pub(super) fn class(&self) -> Class {
        match (self.code, self.rejected) {
            (Code::Ok, 0) => Class::Taken,
            (Code::Ok, _) => Class::Partly,
            (Code::Unavailable, _) => Class::Later,
            _ => Class::Refused,
        }
    }
}

impl Refused {
    /// Names a media type that is not received.
    pub(super) fn media_type(given: &str) -> Self {
        Self::MediaType(cut(given.to_owned(), GIVEN_BYTES))
    }

    /// Names a content encoding that is not received.
    pub(super) fn encoding(given: &str) -> Self {
        Self::Encoding(cut(given.to_owned(), GIVEN_BYTES))
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Body(Refusal::Inflate(InflateError::TooLarge { .. })) | Self::TooLarge(_) => {
                Reason::TooLarge
            }
            Self::Body(Refusal::Inflate(InflateError::Unsupported(_))) | Self::Encoding(_) => {
                Reason::Encoding
            }
            Self::Body(Refusal::Inflate(InflateError::Corrupt(_))) => Reason::Corrupt,
            Self::Body(Refusal::Malformed(_)) => Reason::Malformed,
            Self::Body(Refusal::TooManySpans) => Reason::TooManySpans,
            Self::Slow(_) => Reason::Slow,
            Self::Broken => Reason::Broken,
            Self::MediaType(_) => Reason::MediaType,
            Self::Method => Reason::Method,
            Self::Path => Reason::Path,
            Self::Frame(_) => Reason::Frame,
            Self::Overload => Reason::Overload,
        }
    }
}

/// A slow body passes like an overload does, so its sender may come again; no fault is a 500, on which senders
/// drop the batch.
fn statuses(reason: Reason) -> (StatusCode, Code) {
    match reason {
        Reason::Overload | Reason::Slow => (StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable),
        Reason::TooLarge | Reason::TooManySpans => (StatusCode::PAYLOAD_TOO_LARGE, Code::ResourceExhausted),
        Reason::Encoding => (StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::Unimplemented),
        Reason::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::InvalidArgument),
        Reason::Method => (StatusCode::METHOD_NOT_ALLOWED, Code::Unimplemented),
        Reason::Path => (StatusCode::NOT_FOUND, Code::Unimplemented),
        Reason::Broken | Reason::Frame | Reason::Corrupt | Reason::Malformed => {
            (StatusCode::BAD_REQUEST, Code::InvalidArgument)
        }
    }
}

/// Cuts a text at a character.
pub(super) fn cut(mut text: String, bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes));
    text
}
