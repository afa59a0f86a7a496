//! One port: accepts connections, tells HTTP/1.1 from HTTP/2, and bounds headers, streams and connections. It
//! knows no route.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::receive::{CONNECTIONS, HEADER_BYTES, HEADER_TIME, STREAMS};

/// How long an HTTP/1.1 connection may wait for its next request's header. Exporters send every 5 to 60 s, and one
/// that is closed just when it sends loses the try.
const IDLE_TIME: Duration = Duration::from_secs(120);
/// How long an HTTP/2 peer may say nothing before it is asked whether it still is there, and then until it is gone.
const PING_TIME: Duration = Duration::from_secs(20);
/// How long requests may go on when the port is stopped.
const DRAIN_TIME: Duration = Duration::from_secs(5);
/// Bytes that an HTTP/1.1 connection reads at once; its header limit is checked when the header is whole.
const READ_BYTES: usize = 64 << 10;
/// Bytes that may come before the server says that it has read them; the defaults throttle exporters.
const STREAM_WINDOW: u32 = 4 << 20;
const CONNECTION_WINDOW: u32 = 16 << 20;
/// A pause after a failed accept: most likely descriptors ran out, and some close meanwhile.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn serve(listener: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept(), if connections.len() < CONNECTIONS => accepted,
            Some(_) = connections.join_next() => continue,
            _ = stopped.changed() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, router.clone(), stopped.clone()));
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    // What has not ended by then is aborted with the set.
    drop(tokio::time::timeout(DRAIN_TIME, ended).await);
}

async fn connection(stream: TcpStream, router: Router, mut stopped: watch::Receiver<bool>) {
    // A socket without it answers late, but it answers.
    drop(stream.set_nodelay(true));
    let has_asked = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&has_asked);
    let service = hyper::service::service_fn(move |request| {
        asked.store(true, Ordering::Relaxed);
        answer(router.clone(), request)
    });
    let builder = builder();
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => {}
        () = first_request_overdue(&has_asked) => {}
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            drop(connection.await);
        }
    }
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(IDLE_TIME).max_buf_size(READ_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEADER_BYTES as u32)
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(PING_TIME)
        .keep_alive_timeout(PING_TIME);
    builder
}

/// Ends when a connection's first header is late, whichever version it speaks; never once it has come.
async fn first_request_overdue(has_asked: &AtomicBool) {
    tokio::time::sleep(HEADER_TIME).await;
    if has_asked.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}

async fn answer(router: Router, request: hyper::Request<Incoming>) -> Result<Response, Infallible> {
    if header_bytes(&request) > HEADER_BYTES {
        return Ok(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response());
    }
    router.oneshot(request).await
}

/// Returns a header's bytes as HTTP/1.1 writes its lines.
fn header_bytes(request: &hyper::Request<Incoming>) -> usize {
    let line = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        name.as_str().len() + ": \r\n".len() + value.len()
    };
    request.headers().iter().map(line).sum()
}
