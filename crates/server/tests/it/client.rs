//! A small client for real sockets: HTTP/1.1, HTTP/2 and gRPC, one connection a request.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::http::{HeaderMap, Request};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use throughline_server::clock::Clock;
use throughline_server::intake::Intake;
use throughline_server::receive::{self, Limits, Receiver};
use throughline_server::serve::{Addresses, Bound, Server};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) trailers: HeaderMap,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Returns a header of a response that is trailers alone, or else a trailer.
    pub(crate) fn trailer(&self, name: &str) -> &str {
        let value = self.trailers.get(name).or_else(|| self.headers.get(name));
        value.map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaks {
    Http1,
    Http2,
}

/// Sends one request and reads the whole answer.
pub(crate) async fn send(to: SocketAddr, speaks: Speaks, request: Request<Full<Bytes>>) -> Answer {
    let io = TokioIo::new(TcpStream::connect(to).await.unwrap());
    let response = match speaks {
        Speaks::Http1 => {
            let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
            let driving = tokio::spawn(connection);
            let response = sender.send_request(request).await.unwrap();
            let answer = read(response).await;
            driving.abort();
            return answer;
        }
        Speaks::Http2 => {
            let executor = TokioExecutor::new();
            let (mut sender, connection) = hyper::client::conn::http2::handshake(executor, io).await.unwrap();
            tokio::spawn(connection);
            sender.send_request(request).await.unwrap()
        }
    };
    read(response).await
}

async fn read(response: hyper::Response<Incoming>) -> Answer {
    let (parts, body) = response.into_parts();
    let collected = body.collect().await.unwrap();
    let trailers = collected.trailers().cloned().unwrap_or_default();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body: collected.to_bytes(), trailers }
}

/// Sends a GET.
pub(crate) async fn get(to: SocketAddr, path: &str) -> Answer {
    let request = Request::get(path).header("host", "test").body(Full::default()).unwrap();
    send(to, Speaks::Http1, request).await
}

/// Posts an export request over HTTP/1.1.
pub(crate) async fn post(to: SocketAddr, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut request = Request::post(path).header("host", "test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(to, Speaks::Http1, request.body(Full::new(Bytes::copy_from_slice(body))).unwrap()).await
}

/// Puts a message behind its 5-byte prefix.
pub(crate) fn framed(is_compressed: bool, message: &[u8]) -> Vec<u8> {
    let mut bytes = vec![u8::from(is_compressed)];
    bytes.extend_from_slice(&(message.len() as u32).to_be_bytes());
    bytes.extend_from_slice(message);
    bytes
}

/// Calls `Export` of a service such as `trace.v1.TraceService`, with the bytes as they are.
pub(crate) async fn call(to: SocketAddr, service: &str, headers: &[(&str, &str)], bytes: Vec<u8>) -> Answer {
    let path = format!("http://test/opentelemetry.proto.collector.{service}/Export");
    let mut request = Request::post(path).header("content-type", "application/grpc").header("te", "trailers");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(to, Speaks::Http2, request.body(Full::new(Bytes::from(bytes))).unwrap()).await
}

/// A receiver on a port of its own.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) at: SocketAddr,
    pub(crate) intake: Arc<Intake>,
    stop: watch::Sender<bool>,
}

impl Port {
    pub(crate) async fn open(intake: Intake, clock: Clock, limits: Limits) -> Self {
        let intake = Arc::new(intake);
        let receiver = Arc::new(Receiver::with_limits(Arc::clone(&intake), clock, limits));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let at = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(receive::serve(listener, receive::router_alone(receiver), stopped));
        Self { at, intake, stop }
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// A whole server on three ports of its own.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) addresses: Addresses,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn start(server: Server) -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let bound = Bound::bind(&Addresses { ui: any, otlp_grpc: any, otlp_http: any }).await.unwrap();
        let addresses = bound.addresses().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async {
            assert!(stopped.await.is_ok(), "a test stops its server");
        };
        let serving = tokio::spawn(async { server.run(bound, stopped).await.unwrap() });
        Self { addresses, stop, serving }
    }

    /// Stops it; all ports have closed when this returns.
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap();
    }
}
