//! OTLP/HTTP: which body a request carries, and the answer in the encoding in which it was asked.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use throughline_core::observation::Signal;
use throughline_wire::inflate::Compression;
use throughline_wire::otlp::Encoding;

use crate::intake::{self, Accepted};
use crate::receive::answer::{Refused, Told};
use crate::receive::tally::{Reason, Transport};
use crate::receive::{Receiver, body, message};

/// Takes one export request.
pub(super) async fn export(receiver: Arc<Receiver>, signal: Signal, request: Request) -> Response {
    let (parts, mut body) = request.into_parts();
    let outcome = take(&receiver, signal, &parts, &mut body).await;
    let told = Told::new(outcome);
    if told.reason.is_some() {
        body::discard(parts.version, &parts.headers, body);
    }
    receiver.note(Transport::Http, Some(signal), &told);
    write(&receiver, signal, &parts.headers, &told)
}

/// Answers a request that is refused for what its header says.
pub(super) fn refuse(
    receiver: &Receiver,
    signal: Option<Signal>,
    request: Request,
    refused: Refused,
) -> Response {
    let (parts, body) = request.into_parts();
    body::discard(parts.version, &parts.headers, body);
    let told = Told::new(Err(refused));
    receiver.note(Transport::Http, signal, &told);
    write(receiver, signal.unwrap_or(Signal::Traces), &parts.headers, &told)
}

async fn take(
    receiver: &Receiver,
    signal: Signal,
    parts: &Parts,
    body: &mut Body,
) -> Result<Accepted, Refused> {
    if parts.method != Method::POST {
        return Err(Refused::Method);
    }
    let headers = &parts.headers;
    let encoding =
        encoding(headers).ok_or_else(|| Refused::media_type(text(headers, header::CONTENT_TYPE)))?;
    let compression = compression(headers, header::CONTENT_ENCODING)?;
    if let Ok(length) = text(headers, header::CONTENT_LENGTH).parse::<usize>() {
        body::check_length(receiver, length)?;
    }
    let limit = receiver.limits.body_bytes;
    let fits = |arrived: &[u8]| match arrived.len() > limit {
        true => Err(Refused::TooLarge(limit)),
        false => Ok(()),
    };
    let held = body::read(receiver, body, fits).await?;
    receiver.take(&intake::Request { signal, encoding, compression, body: held.bytes() })
}

/// Returns the encoding by the media type without its parameters; `text/plain` is JSON, as browsers send it.
fn encoding(headers: &HeaderMap) -> Option<Encoding> {
    let essence = text(headers, header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    let is = |media_type: &str| essence.eq_ignore_ascii_case(media_type);
    if is("application/x-protobuf") || is("application/protobuf") {
        return Some(Encoding::Protobuf);
    }
    (is("application/json") || is("text/plain")).then_some(Encoding::Json)
}

/// Returns the compression that a header names; several lines are several encodings, which none is.
pub(super) fn compression(headers: &HeaderMap, name: HeaderName) -> Result<Compression, Refused> {
    let mut lines = headers.get_all(&name).iter();
    let given = match (lines.next(), lines.next()) {
        (None, _) => "",
        (Some(line), None) => line.to_str().unwrap_or("not ASCII"),
        (Some(_), Some(_)) => "several",
    };
    Compression::named(given).map_err(|_| Refused::encoding(given))
}

/// Returns a header's value; empty when there is none or it is not ASCII.
pub(super) fn text(headers: &HeaderMap, name: HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn write(receiver: &Receiver, signal: Signal, asked: &HeaderMap, told: &Told) -> Response {
    let encoding = encoding(asked).unwrap_or(Encoding::Json);
    let wait = told.is_retryable().then(|| receiver.wait_seconds());
    let body = match told.reason {
        None => message::response(signal, encoding, told),
        Some(_) => message::status(encoding, told, wait),
    };
    let media_type = match encoding {
        Encoding::Protobuf => "application/x-protobuf",
        Encoding::Json => "application/json",
    };
    let mut response = (told.status, [(header::CONTENT_TYPE, media_type)], body).into_response();
    let headers = response.headers_mut();
    if let Some(seconds) = wait {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    match told.reason {
        Some(Reason::Method) => headers.insert(header::ALLOW, HeaderValue::from_static("POST")),
        Some(Reason::Encoding) => {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(Compression::OFFERED))
        }
        _ => None,
    };
    response
}
