//! OTLP/gRPC: unary framing by hand on HTTP/2: one message behind a 5-byte prefix, the status in the trailers.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request as HttpRequest, header};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use throughline_core::observation::Signal;
use throughline_wire::inflate::Compression;
use throughline_wire::otlp::Encoding;

use crate::intake::{Accepted, Answer, Request};
use crate::receive::answer::{self, Refused};
use crate::receive::http::{read, retry_seconds, text};
use crate::receive::{BODY_TIME, Receiver};

/// The prefix: a flag for compression and the length, big-endian.
const PREFIX: usize = 5;

/// Takes one export request.
pub(super) async fn export(receiver: Arc<Receiver>, signal: Signal, request: HttpRequest<Body>) -> Response {
    match take(&receiver, signal, request).await {
        Ok(Accepted { rejected, message, .. }) => success(&answer::response(rejected, &message)),
        Err(refused) => {
            receiver.note_refused(refused.http(), &refused.message());
            failure(&refused)
        }
    }
}

async fn take(receiver: &Receiver, signal: Signal, request: HttpRequest<Body>) -> Result<Accepted, Refused> {
    let (parts, body) = request.into_parts();
    let media_type = text(&parts.headers, header::CONTENT_TYPE);
    if !media_type.starts_with("application/grpc") {
        return Err(Refused::MediaType(media_type));
    }
    let name = text(&parts.headers, HeaderName::from_static("grpc-encoding"));
    let named = Compression::named(&name).map_err(|_| Refused::Encoding(name))?;
    let mut body = body;
    let (first, mut message) = prefix(receiver, &mut body).await?;
    let (rest, _room) = read(receiver, &parts.headers, body).await?;
    message.extend_from_slice(&rest);
    if message.len() != length(&first) {
        return Err(Refused::Frame("the message's length is not what its prefix says"));
    }
    let compression = if first[0] == 1 { named } else { Compression::Identity };
    match receiver.take(&Request { signal, encoding: Encoding::Protobuf, compression, body: &message }) {
        Answer::Accepted(accepted) => Ok(accepted),
        Answer::Refused(refusal) => Err(Refused::Body(refusal)),
    }
}

/// Reads the first frames until the prefix is whole, and returns it with what came behind it; a message that is
/// too large is refused unread.
async fn prefix(receiver: &Receiver, body: &mut Body) -> Result<([u8; PREFIX], BytesMut), Refused> {
    let mut start = BytesMut::new();
    while start.len() < PREFIX {
        let frame = tokio::time::timeout(BODY_TIME, body.frame()).await;
        let frame = frame.map_err(|_| Refused::Unread("the message took longer than 30 s"))?;
        let Some(Ok(frame)) = frame else {
            return Err(Refused::Frame("the message ended before its 5-byte prefix was whole"));
        };
        start.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
    }
    let behind = start.split_off(PREFIX);
    let mut prefix = [0; PREFIX];
    prefix.copy_from_slice(&start);
    if prefix[0] > 1 {
        return Err(Refused::Frame("the message's compression flag is neither 0 nor 1"));
    }
    if length(&prefix) > receiver.body_bytes_max {
        return Err(Refused::TooLarge(receiver.body_bytes_max));
    }
    Ok((prefix, behind))
}

fn length(prefix: &[u8; PREFIX]) -> usize {
    u32::from_be_bytes([prefix[1], prefix[2], prefix[3], prefix[4]]) as usize
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

/// A failure is told in the header, as a response of trailers alone.
fn failure(refused: &Refused) -> Response {
    let mut response = response(Body::empty());
    let headers = response.headers_mut();
    let (code, message) = (refused.grpc(), refused.message());
    headers.insert("grpc-status", HeaderValue::from(code));
    headers.insert("grpc-message", percent_encoded(answer::cut(&message)));
    let seconds = retry_seconds();
    let status = match refused.is_retryable() {
        true => answer::status_with_retry(code, &message, seconds),
        false => answer::status(code, &message),
    };
    headers.insert("grpc-status-details-bin", base64(&status));
    if refused.is_retryable() {
        headers.insert("google.rpc.retryinfo-bin", base64(&answer::retry_info(seconds)));
    }
    if matches!(refused, Refused::Encoding(_)) {
        headers.insert("grpc-accept-encoding", HeaderValue::from_static("identity,gzip,deflate,zstd"));
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
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Writes binary metadata: base64 without padding.
fn base64(bytes: &[u8]) -> HeaderValue {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 4);
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            text.push(DIGITS[(word >> (18 - 6 * digit)) as usize & 63] as char);
        }
    }
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
