//! OTLP/gRPC: unary framing by hand on HTTP/2: one message behind a 5-byte prefix, the status in the trailers.

use std::fmt::Write;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::Response;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use throughline_core::observation::Signal;
use throughline_wire::inflate::Compression;
use throughline_wire::otlp::Encoding;

use crate::intake::{self, Accepted};
use crate::receive::answer::{Refused, Told, cut};
use crate::receive::http::{self, compression, text};
use crate::receive::tally::{Reason, Transport};
use crate::receive::{Receiver, body, message};

/// The prefix: a flag for compression and the length, big-endian.
const PREFIX: usize = 5;
/// Bytes of a message that go into a header, up to three times and in base64: clients refuse headers above 8 KiB.
const HEADER_MESSAGE_BYTES: usize = 1 << 10;

/// Takes one export request.
pub(super) async fn export(receiver: Arc<Receiver>, signal: Signal, request: Request) -> Response {
    if *request.method() != Method::POST {
        return http::refuse(&receiver, Some(signal), request, Refused::Method);
    }
    if !is_grpc(request.headers()) {
        let given = Refused::media_type(text(request.headers(), header::CONTENT_TYPE));
        return http::refuse(&receiver, Some(signal), request, given);
    }
    let (parts, mut body) = request.into_parts();
    match take(&receiver, signal, &parts.headers, &mut body).await {
        Ok(accepted) => {
            let told = Told::new(Ok(accepted));
            receiver.note(Transport::Grpc, Some(signal), &told);
            success(&message::response(signal, Encoding::Protobuf, &told))
        }
        Err(refused) => refuse(&receiver, Some(signal), refused),
    }
}

/// Answers a call that is refused.
pub(super) fn refuse(receiver: &Receiver, signal: Option<Signal>, refused: Refused) -> Response {
    let told = Told::new(Err(refused));
    receiver.note(Transport::Grpc, signal, &told);
    failure(receiver, told)
}

/// Returns whether the media type is that of gRPC with protobuf.
pub(super) fn is_grpc(headers: &HeaderMap) -> bool {
    let essence = text(headers, header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/grpc") || essence.eq_ignore_ascii_case("application/grpc+proto")
}

async fn take(
    receiver: &Receiver,
    signal: Signal,
    headers: &HeaderMap,
    body: &mut Body,
) -> Result<Accepted, Refused> {
    let mut is_checked = false;
    let fits = |arrived: &[u8]| {
        let Some(prefix) = Prefix::read(arrived) else { return Ok(()) };
        if !is_checked {
            is_checked = true;
            prefix.compression(headers)?;
            body::check_length(receiver, prefix.length)?;
        }
        match arrived.len() - PREFIX > prefix.length {
            true => Err(Refused::Frame("a unary call has one message, and more came")),
            false => Ok(()),
        }
    };
    let held = body::read(receiver, body, fits).await?;
    let prefix = Prefix::read(held.bytes())
        .ok_or(Refused::Frame("the message ended before its 5-byte prefix was whole"))?;
    let body = &held.bytes()[PREFIX..];
    if body.len() < prefix.length {
        return Err(Refused::Frame("the message is shorter than its prefix says"));
    }
    let compression = prefix.compression(headers)?;
    receiver.take(&intake::Request { signal, encoding: Encoding::Protobuf, compression, body })
}

/// What stands before a message.
struct Prefix {
    flag: u8,
    length: usize,
}

impl Prefix {
    fn read(arrived: &[u8]) -> Option<Self> {
        let [flag, a, b, c, d] = *arrived.first_chunk::<PREFIX>()?;
        Some(Self { flag, length: u32::from_be_bytes([a, b, c, d]) as usize })
    }

    /// Returns the message's own compression: a call may name one and send a message without.
    fn compression(&self, headers: &HeaderMap) -> Result<Compression, Refused> {
        match self.flag {
            0 => Ok(Compression::Identity),
            1 => match compression(headers, HeaderName::from_static("grpc-encoding"))? {
                Compression::Identity => {
                    Err(Refused::Frame("the message is compressed, and no header says how"))
                }
                named => Ok(named),
            },
            _ => Err(Refused::Frame("the message's compression flag is neither 0 nor 1")),
        }
    }
}

fn success(message: &[u8]) -> Response {
    let mut framed = Vec::with_capacity(message.len() + PREFIX);
    framed.push(0);
    framed.extend_from_slice(&(message.len() as u32).to_be_bytes());
    framed.extend_from_slice(message);
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let body = Full::new(Bytes::from(framed)).with_trailers(async move { Some(Ok(trailers)) });
    response(Body::new(body))
}

/// A failure is a response of trailers alone. `RetryInfo` is told twice: Python reads only its own trailer.
fn failure(receiver: &Receiver, mut told: Told) -> Response {
    told.message = cut(told.message, HEADER_MESSAGE_BYTES);
    let wait = told.is_retryable().then(|| receiver.wait_seconds());
    let mut response = response(Body::empty());
    let headers = response.headers_mut();
    headers.insert("grpc-status", HeaderValue::from(told.code as i32));
    headers.insert("grpc-message", percent_encoded(&told.message));
    headers.insert("grpc-status-details-bin", base64(&message::status(Encoding::Protobuf, &told, wait)));
    if let Some(seconds) = wait {
        headers.insert("google.rpc.retryinfo-bin", base64(&message::retry_info(seconds)));
    }
    if told.reason == Some(Reason::Encoding) {
        headers.insert("grpc-accept-encoding", HeaderValue::from_static("gzip,zstd,deflate,identity"));
    }
    response
}

fn response(body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

/// Writes a message as gRPC asks: printable ASCII but `%` as it is, all else in percent.
fn percent_encoded(message: &str) -> HeaderValue {
    let mut text = String::with_capacity(message.len());
    for byte in message.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => text.push(byte as char),
            _ => {
                let written = write!(text, "%{byte:02X}");
                debug_assert!(written.is_ok(), "writing to a string cannot fail");
            }
        }
    }
    header_value(&text)
}

/// Writes binary metadata: base64 without padding.
fn base64(bytes: &[u8]) -> HeaderValue {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 4);
    for chunk in bytes.chunks(3) {
        let joined = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte));
        let word = joined << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            text.push(DIGITS[(word >> (18 - 6 * digit)) as usize & 63] as char);
        }
    }
    header_value(&text)
}

/// What comes here is printable ASCII; anything else would be told as nothing.
fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
