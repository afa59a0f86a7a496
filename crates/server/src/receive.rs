//! The OTLP receivers: HTTP and gRPC on every port, the same intake behind both (`telemetry.md` 1).
//! A receiver reads a body within its limits and says how the answer is written; what the answer is, intake decides.

mod answer;
mod grpc;
mod http;

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use throughline_core::observation::Signal;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

use crate::clock::Clock;
use crate::intake::{Answer, BODY_BYTES_MAX, Intake, Request, lock};
use crate::live::RefusedRequest;

/// Bytes of all bodies that are being read or counted.
pub const IN_FLIGHT_BYTES: usize = 256 << 20;
/// Bytes of a request's header.
pub const HEADER_BYTES: usize = 16 << 10;
/// How long a request's header may take.
pub const HEADER_TIME: Duration = Duration::from_secs(10);
/// How long a body may take.
pub const BODY_TIME: Duration = Duration::from_secs(30);
/// Streams of one HTTP/2 connection.
pub const STREAMS: u32 = 64;
/// Bodies from this size on are counted where waiting requests do not wait for them.
const LARGE_BYTES: usize = 256 << 10;

/// What receivers share.
#[derive(Debug)]
pub struct Receiver {
    intake: Arc<Intake>,
    clock: Clock,
    in_flight: Semaphore,
    body_bytes_max: usize,
    refused: Mutex<Option<RefusedRequest>>,
}

impl Receiver {
    /// Makes a receiver with the standard limits.
    pub fn new(intake: Arc<Intake>, clock: Clock) -> Self {
        Self::with_limits(intake, clock, BODY_BYTES_MAX, IN_FLIGHT_BYTES)
    }

    /// Makes a receiver with other limits, for tests.
    pub fn with_limits(intake: Arc<Intake>, clock: Clock, body_bytes_max: usize, in_flight: usize) -> Self {
        let in_flight = Semaphore::new(in_flight);
        Self { intake, clock, in_flight, body_bytes_max, refused: Mutex::default() }
    }

    /// Returns the last request that was refused.
    pub fn last_refused(&self) -> Option<RefusedRequest> {
        lock(&self.refused).clone()
    }

    fn note_refused(&self, status: u16, why: &str) {
        let at = self.clock.now();
        *lock(&self.refused) = Some(RefusedRequest { at, status, why: why.to_owned() });
    }

    /// Counts a body; a large one moves waiting tasks to other threads first.
    fn take(&self, request: &Request<'_>) -> Answer {
        let take = || self.intake.take(request, self.clock.now());
        if request.body.len() > LARGE_BYTES { tokio::task::block_in_place(take) } else { take() }
    }
}

/// Returns the routes of OTLP/HTTP and OTLP/gRPC.
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
            .route(path, post(over_http).fallback(http::not_allowed))
            .route(&format!("/opentelemetry.proto.collector.{service}/Export"), post(over_grpc));
    }
    router
}

/// Serves HTTP/1.1 and HTTP/2 on one port until it is stopped.
pub async fn serve(listener: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => return,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, most likely: a pause lets some close.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let nodelay = stream.set_nodelay(true);
        debug_assert!(nodelay.is_ok(), "loopback and Ethernet streams have it");
        tokio::spawn(connection(stream, router.clone(), stopped.clone()));
    }
}

async fn connection(stream: tokio::net::TcpStream, router: Router, mut stopped: watch::Receiver<bool>) {
    let service =
        hyper::service::service_fn(move |request: hyper::Request<Incoming>| router.clone().oneshot(request));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIME).max_buf_size(64 << 10);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEADER_BYTES as u32)
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(4 << 20)
        .initial_connection_window_size(16 << 20);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            drop(connection.await);
        }
    }
}
