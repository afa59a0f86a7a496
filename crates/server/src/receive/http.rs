//! OTLP/HTTP: POST of protobuf or JSON; the answer is in the encoding of the request, errors too.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Request as HttpRequest, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use throughline_core::observation::Signal;
use throughline_wire::inflate::Compression;
use throughline_wire::otlp::Encoding;

use crate::intake::{Accepted, Answer, Request};
use crate::receive::answer::{self, Refused, code};
use crate::receive::{BODY_TIME, Receiver};

/// Takes one export request.
pub(super) async fn export(receiver: Arc<Receiver>, signal: Signal, request: HttpRequest<Body>) -> Response {
    let encoding = encoding(request.headers());
    match take(&receiver, signal, encoding, request).await {
        Ok(accepted) => success(signal, encoding.unwrap_or(Encoding::Json), &accepted),
        Err(refused) => {
            receiver.note_refused(refused.http(), &refused.message());
            refusal(encoding.unwrap_or(Encoding::Json), &refused)
        }
    }
}

/// Answers any other method.
pub(super) async fn not_allowed(headers: HeaderMap) -> Response {
    refusal(encoding(&headers).unwrap_or(Encoding::Json), &Refused::Method)
}

async fn take(
    receiver: &Receiver,
    signal: Signal,
    encoding: Option<Encoding>,
    request: HttpRequest<Body>,
) -> Result<Accepted, Refused> {
    let (parts, body) = request.into_parts();
    let encoding = encoding.ok_or_else(|| Refused::MediaType(text(&parts.headers, header::CONTENT_TYPE)))?;
    let name = text(&parts.headers, header::CONTENT_ENCODING);
    let compression = Compression::named(&name).map_err(|_| Refused::Encoding(name))?;
    let (body, _room) = read(receiver, &parts.headers, body).await?;
    match receiver.take(&Request { signal, encoding, compression, body: &body }) {
        Answer::Accepted(accepted) => Ok(accepted),
        Answer::Refused(refusal) => Err(Refused::Body(refusal)),
    }
}

/// Reads a body within its limits; the permit holds its room among those in flight.
pub(super) async fn read<'a>(
    receiver: &'a Receiver,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Bytes, tokio::sync::SemaphorePermit<'a>), Refused> {
    let limit = receiver.body_bytes_max;
    let length = text(headers, header::CONTENT_LENGTH).parse::<usize>().ok();
    if length.is_some_and(|length| length > limit) {
        return Err(Refused::TooLarge(limit));
    }
    let room = u32::try_from(length.unwrap_or(1 << 20).max(1)).unwrap_or(u32::MAX);
    let permit = receiver.in_flight.try_acquire_many(room).map_err(|_| Refused::Overload)?;
    let collected = tokio::time::timeout(BODY_TIME, Limited::new(body, limit).collect()).await;
    match collected {
        Ok(Ok(collected)) => Ok((collected.to_bytes(), permit)),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(Refused::TooLarge(limit)),
        Ok(Err(_)) => Err(Refused::Unread("the body ended before it was whole")),
        Err(_) => Err(Refused::Unread("the body took longer than 30 s")),
    }
}

/// Returns the encoding by the media type without its parameters; `text/plain` is JSON, as browsers send it.
fn encoding(headers: &HeaderMap) -> Option<Encoding> {
    let media_type = text(headers, header::CONTENT_TYPE);
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/x-protobuf" | "application/protobuf" => Some(Encoding::Protobuf),
        "application/json" | "text/plain" => Some(Encoding::Json),
        _ => None,
    }
}

pub(super) fn text(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn success(signal: Signal, encoding: Encoding, accepted: &Accepted) -> Response {
    let Accepted { rejected, message, .. } = accepted;
    let body = match encoding {
        Encoding::Protobuf => answer::response(*rejected, message),
        Encoding::Json => answer::response_json(signal, *rejected, message).into_bytes(),
    };
    (StatusCode::OK, [(header::CONTENT_TYPE, media_type(encoding))], body).into_response()
}

fn refusal(encoding: Encoding, refused: &Refused) -> Response {
    let status = StatusCode::from_u16(refused.http()).unwrap_or(StatusCode::BAD_REQUEST);
    let code = if matches!(refused, Refused::Method) { code::UNIMPLEMENTED } else { refused.grpc() };
    let message = refused.message();
    let body = match encoding {
        Encoding::Protobuf => answer::status(code, &message),
        Encoding::Json => {
            serde_json::json!({"code": code, "message": answer::cut(&message)}).to_string().into_bytes()
        }
    };
    let mut response = (status, [(header::CONTENT_TYPE, media_type(encoding))], body).into_response();
    if refused.is_retryable() {
        let seconds = header::HeaderValue::from(retry_seconds());
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    if matches!(refused, Refused::Method) {
        response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST"));
    }
    response
}

const fn media_type(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Protobuf => "application/x-protobuf",
        Encoding::Json => "application/json",
    }
}

/// Returns 1 to 3 seconds, so that clients do not come back together.
pub(super) fn retry_seconds() -> u64 {
    1 + crate::serve::seed() % 3
}
