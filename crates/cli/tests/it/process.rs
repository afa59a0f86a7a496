//! Runs the binary and talks to it over plain HTTP; every process is ended by its id.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Returns the project's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns an empty folder of the test's own.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("throughline-{}-{name}", std::process::id()));
    let removed = std::fs::remove_dir_all(&folder);
    drop(removed);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs the binary to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_throughline")).args(arguments).current_dir(root()).output().unwrap()
}

/// A running server, ended when it is dropped.
pub(crate) struct Running {
    child: Child,
    /// `host:port` of pages and API.
    pub(crate) ui: String,
    pub(crate) otlp_http: String,
}

impl Running {
    /// Starts `serve` or `demo` on free ports and waits until it tells them.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let ports = ["--listen", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_throughline"));
        command.args(arguments).args(ports).args(["--output", "json"]).current_dir(root());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let of = |key: &str| told[key].as_str().unwrap().trim_start_matches("http://").to_owned();
        Self { child, ui: of("ui"), otlp_http: of("otlp_http") }
    }

    /// Returns status and body of a page.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        request(&self.ui, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"), b"")
    }

    /// Returns an answer of the API.
    pub(crate) fn api(&self, path: &str) -> Value {
        let (status, body) = self.get(&format!("/api/v1{path}"));
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Sends a body of traces; returns the status.
    pub(crate) fn send(&self, media_type: &str, body: &[u8]) -> (u16, String) {
        let head = format!(
            "POST /v1/traces HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {media_type}\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        request(&self.otlp_http, &head, body)
    }

    /// Returns a sample of `/metrics`, 0 when it is not there.
    pub(crate) fn metric(&self, sample: &str) -> i64 {
        let (_, text) = self.get("/metrics");
        let line = text.lines().find_map(|line| line.strip_prefix(sample));
        line.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let killed = self.child.kill();
        drop(killed);
        let waited = self.child.wait();
        drop(waited);
    }
}

fn request(address: &str, head: &str, body: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    (status, if chunked { unchunked(body) } else { body.to_owned() })
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 || rest.len() < size {
            break;
        }
        whole.push_str(&rest[..size]);
        body = rest[size..].trim_start_matches("\r\n");
    }
    whole
}

/// Asks until the answer is yes, at most so long.
pub(crate) fn wait_for(what: &str, at_most: Duration, mut is_true: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_true() {
        assert!(since.elapsed() < at_most, "waited {at_most:?} for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
