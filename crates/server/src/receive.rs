//! The OTLP receivers: HTTP and gRPC on every port, the same intake behind both (`telemetry.md` 1).
//! A receiver reads a body within its limits and writes the answer; what the answer is, intake decides.

mod answer;
mod body;
mod grpc;
mod http;
mod message;
mod port;
pub mod tally;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::any;
use throughline_core::observation::Signal;
use tokio::net::TcpListener;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{Semaphore, watch};

use crate::clock::Clock;
use crate::intake::{Accepted, Answer, BODY_BYTES_MAX, Intake, Request, lock};
use crate::live::RefusedRequest;
use answer::{Refused, Told};
use tally::{Snapshot, Tally, Transport};

/// Bytes of all bodies that are being read or counted.
pub const IN_FLIGHT_BYTES: usize = 256 << 20;
/// Bytes of a request's header.
pub const HEADER_BYTES: usize = 16 << 10;
/// How long the first request's header of a connection may take.
pub const HEADER_TIME: Duration = Duration::from_secs(10);
/// How long a body may take.
pub const BODY_TIME: Duration = Duration::from_secs(30);
/// Streams of one HTTP/2 connection.
pub const STREAMS: u32 = 64;
/// Connections of one port; further ones wait in the system's queue.
pub const CONNECTIONS: usize = 4_096;
/// Bodies larger than this are counted where waiting requests do not wait for them.
const LARGE_BYTES: usize = 256 << 10;

/// What a receiver bounds; the defaults are the constants above.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a body before decompression; after it, intake's own limit holds.
    pub body_bytes: usize,
    pub in_flight_bytes: usize,
    pub body_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: BODY_BYTES_MAX, in_flight_bytes: IN_FLIGHT_BYTES, body_time: BODY_TIME }
    }
}

/// What receivers share.
#[derive(Debug)]
pub struct Receiver {
    intake: Arc<Intake>,
    clock: Clock,
    limits: Limits,
    in_flight: Semaphore,
    tally: Tally,
    refused: Mutex<Option<RefusedRequest>>,
    waits: AtomicU64,
}

impl Receiver {
    /// Makes a receiver with the standard limits.
    pub fn new(intake: Arc<Intake>, clock: Clock) -> Self {
        Self::with_limits(intake, clock, Limits::default())
    }

    /// Makes a receiver with other limits.
    pub fn with_limits(intake: Arc<Intake>, clock: Clock, limits: Limits) -> Self {
        let in_flight = Semaphore::new(limits.in_flight_bytes);
        let (tally, refused, waits) = (Tally::default(), Mutex::default(), AtomicU64::new(0));
        Self { intake, clock, limits, in_flight, tally, refused, waits }
    }

    /// Returns the last request that was refused.
    pub fn last_refused(&self) -> Option<RefusedRequest> {
        lock(&self.refused).clone()
    }

    /// Returns the counts of requests and the bytes in flight now.
    pub fn snapshot(&self) -> Snapshot {
        let in_flight_bytes = self.limits.in_flight_bytes - self.in_flight.available_permits();
        self.tally.snapshot(in_flight_bytes, self.limits.in_flight_bytes)
    }

    /// Counts an answer and remembers a refusal.
    fn note(&self, transport: Transport, signal: Option<Signal>, told: &Told) {
        self.tally.note(transport, signal, (told.class(), told.reason));
        if told.reason.is_some() {
            let (at, status) = (self.clock.now(), told.status.as_u16());
            *lock(&self.refused) = Some(RefusedRequest { at, status, why: told.message.clone() });
        }
    }

    /// Counts a body; a large one moves waiting tasks to other threads first, where there are any.
    fn take(&self, request: &Request<'_>) -> Result<Accepted, Refused> {
        let take = || self.intake.take(request, self.clock.now());
        let has_threads = || Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread;
        let answer = match request.body.len() > LARGE_BYTES && has_threads() {
            true => tokio::task::block_in_place(take),
            false => take(),
        };
        match answer {
            Answer::Accepted(accepted) => Ok(accepted),
            Answer::Refused(refusal) => Err(Refused::Body(refusal)),
        }
    }

    /// Returns how long a sender shall wait: 1, 2 or 3 s in turn, so that senders do not come back together.
    fn wait_seconds(&self) -> u64 {
        1 + self.waits.fetch_add(1, Ordering::Relaxed) % 3
    }
}

/// Returns the routes of OTLP/HTTP and OTLP/gRPC, to be merged with others.
pub fn router(receiver: Arc<Receiver>) -> Router {
    let mut router = Router::new();
    for (signal, path, service) in [
        (Signal::Traces, "/v1/traces", "trace.v1.TraceService"),
        (Signal::Logs, "/v1/logs", "logs.v1.LogsService"),
        (Signal::Metrics, "/v1/metrics", "metrics.v1.MetricsService"),
    ] {
        let for_http = Arc::clone(&receiver);
        let over_http = move |request| http::export(Arc::clone(&for_http), signal, request);
        let for_grpc = Arc::clone(&receiver);
        let over_grpc = move |request| grpc::export(Arc::clone(&for_grpc), signal, request);
        router = router
            .route(path, any(over_http))
            .route(&format!("/opentelemetry.proto.collector.{service}/Export"), any(over_grpc));
    }
    router.route("/v1/{*rest}", any(move |request| unknown(Arc::clone(&receiver), request)))
}

/// Returns the same for a port that serves nothing else: any other path is refused as OTLP asks.
pub fn router_alone(receiver: Arc<Receiver>) -> Router {
    let otherwise = Arc::clone(&receiver);
    router(receiver).fallback(move |request| unknown(Arc::clone(&otherwise), request))
}

async fn unknown(receiver: Arc<Receiver>, request: axum::extract::Request) -> axum::response::Response {
    match grpc::is_grpc(request.headers()) {
        true => grpc::refuse(&receiver, None, Refused::Path),
        false => http::refuse(&receiver, None, request, Refused::Path),
    }
}

/// Serves HTTP/1.1 and HTTP/2 on one port until it is stopped, then lets requests end, within a deadline.
pub async fn serve(listener: TcpListener, router: Router, stopped: watch::Receiver<bool>) {
    port::serve(listener, router, stopped).await;
}
