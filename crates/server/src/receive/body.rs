//! Reads a body as it arrives, within its limits: bytes, time, and the room that all bodies in flight share. It
//! does not look into a body.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Version, header};
use bytes::Bytes;
use http_body_util::BodyExt;
use tokio::sync::SemaphorePermit;

use crate::receive::Receiver;
use crate::receive::answer::Refused;

/// How long the rest of a refused HTTP/1.1 body is thrown away.
const LINGER: Duration = Duration::from_secs(5);
/// Up to which size a body's buffer does not wait for the first bytes to grow.
const RESERVED_BYTES: usize = 1 << 20;

/// A body in memory with its share of the room in flight.
#[derive(Debug)]
pub(super) struct Held<'a> {
    /// The only chunk; a body that came in one is not copied.
    one: Bytes,
    many: Vec<u8>,
    room: Option<SemaphorePermit<'a>>,
}

impl Held<'_> {
    pub(super) fn bytes(&self) -> &[u8] {
        if self.many.is_empty() { &self.one } else { &self.many }
    }
}

/// Reads a whole body. `fits` looks at what has arrived after each chunk and may refuse the rest unread.
///
/// The room is taken as bytes arrive, not as they are promised: a sender that only promises takes none.
pub(super) async fn read<'a>(
    receiver: &'a Receiver,
    body: &mut Body,
    fits: impl FnMut(&[u8]) -> Result<(), Refused>,
) -> Result<Held<'a>, Refused> {
    let time = receiver.limits.body_time;
    let read = tokio::time::timeout(time, collect(receiver, body, fits)).await;
    read.unwrap_or(Err(Refused::Slow(time.as_secs())))
}

async fn collect<'a>(
    receiver: &'a Receiver,
    body: &mut Body,
    mut fits: impl FnMut(&[u8]) -> Result<(), Refused>,
) -> Result<Held<'a>, Refused> {
    let mut held = Held { one: Bytes::new(), many: Vec::new(), room: None };
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame.map_err(|_| Refused::Broken)?.into_data() else { continue };
        let bytes = chunk.len();
        push(&mut held, chunk);
        // What never fits is told before what does not fit now, on which the sender would come again for nothing.
        fits(held.bytes())?;
        take_room(receiver, bytes, &mut held.room)?;
    }
    Ok(held)
}

fn take_room<'a>(
    receiver: &'a Receiver,
    bytes: usize,
    room: &mut Option<SemaphorePermit<'a>>,
) -> Result<(), Refused> {
    let bytes = u32::try_from(bytes).map_err(|_| Refused::Overload)?;
    let more = receiver.in_flight.try_acquire_many(bytes).map_err(|_| Refused::Overload)?;
    match room {
        Some(room) => room.merge(more),
        None => *room = Some(more),
    }
    Ok(())
}

fn push(held: &mut Held<'_>, chunk: Bytes) {
    if held.bytes().is_empty() {
        held.one = chunk;
        return;
    }
    if held.many.is_empty() {
        let one = std::mem::take(&mut held.one);
        held.many.reserve(RESERVED_BYTES.min(16 * one.len()));
        held.many.extend_from_slice(&one);
    }
    held.many.extend_from_slice(&chunk);
}

/// Refuses a body of a known length before a byte of it is read.
pub(super) fn check_length(receiver: &Receiver, bytes: usize) -> Result<(), Refused> {
    if bytes > receiver.limits.body_bytes {
        return Err(Refused::TooLarge(receiver.limits.body_bytes));
    }
    if bytes > receiver.in_flight.available_permits() {
        return Err(Refused::Overload);
    }
    Ok(())
}

/// Throws away what still comes of a refused body. An HTTP/1.1 connection that is closed with unread bytes is
/// reset, and its sender never sees the answer. One that waits for `100 Continue` sends nothing; HTTP/2 resets the
/// stream alone.
pub(super) fn discard(version: Version, headers: &HeaderMap, mut body: Body) {
    if version >= Version::HTTP_2 || headers.contains_key(header::EXPECT) {
        return;
    }
    // The task ends with its connection, and after LINGER at the latest.
    tokio::spawn(tokio::time::timeout(LINGER, async move { while let Some(Ok(_)) = body.frame().await {} }));
}
