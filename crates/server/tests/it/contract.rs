//! More of the OTLP contract on real sockets: limits at n and n + 1, refusals before a byte is read, details in
//! answers; and one set of traces counts alike by every transport, by one lane or two, and from files.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::Request;
use bytes::Bytes;
use http_body_util::Full;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use serde_json::{Value, json};
use throughline_core::count::book::Book;
use throughline_core::count::frame::Frames;
use throughline_core::count::ledger::Ledger;
use throughline_core::model::registry::Registry;
use throughline_core::time::{SECOND_NS, UnixNanos};
use throughline_server::clock::Clock;
use throughline_server::intake::{BODY_BYTES_MAX, Intake};
use throughline_server::receive::Limits;
use throughline_server::serve::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Port, Running, Speaks, call, framed, get, post, send};
use crate::playing::{answers, fixture, instant, options, registry};
use crate::receive::{JSON, PROTOBUF, TRACES, gzip, json as bytes_of, open, protobuf, trace};

/// Writes bytes to a port as they are and reads the status line that comes back.
async fn raw(port: &Port, parts: &[&[u8]]) -> String {
    let mut stream = TcpStream::connect(port.at).await.unwrap();
    for part in parts {
        stream.write_all(part).await.unwrap();
    }
    let mut answer = Vec::new();
    while !answer.windows(2).any(|end| end == b"\r\n") {
        let read = stream.read_buf(&mut answer).await.unwrap();
        assert!(read > 0, "closed before a status line: {:?}", String::from_utf8_lossy(&answer));
    }
    String::from_utf8_lossy(&answer).lines().next().unwrap().to_owned()
}

fn head(fields: &str) -> Vec<u8> {
    format!("POST /v1/traces HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n{fields}\r\n\r\n")
        .into()
}

fn small(body_bytes: usize) -> Limits {
    Limits { body_bytes, ..Limits::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_says_it_is_too_large_is_refused_before_it_is_sent() {
    let port = open(small(1_000)).await;
    assert!(raw(&port, &[&head("content-length: 1001")]).await.contains(" 413 "));
    let promised = raw(&port, &[&head("content-length: 1000\r\nexpect: 100-continue")]).await;
    assert!(promised.contains(" 100 "), "what fits is asked for: {promised}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_sends_all_of_a_refused_body_still_sees_why() {
    let port = open(small(1_000)).await;
    for _ in 0..5 {
        let large = vec![b' '; 8 << 20];
        let answer = post(port.at, "/v1/traces", &[JSON], &large).await;
        assert_eq!(answer.status, 413);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_a_length_has_the_same_limit() {
    let port = open(small(1_000)).await;
    for (spaces, status) in [(998, " 200 "), (999, " 413 ")] {
        let body = format!("{{{}}}", " ".repeat(spaces));
        let (front, back) = body.split_at(500);
        let chunk = |part: &str| format!("{:x}\r\n{part}\r\n", part.len());
        let parts = [chunk(front), chunk(back), "0\r\n\r\n".to_owned()];
        let head = head("transfer-encoding: chunked");
        let [front, back, end] = parts.each_ref().map(String::as_bytes);
        let answer = raw(&port, &[&head, front, back, end]).await;
        assert!(answer.contains(status), "{spaces}: {answer}");
    }
}

/// Returns a protobuf body of exactly so many bytes: one field that no version knows.
fn padded(bytes: usize) -> Vec<u8> {
    let mut body = vec![0xfa, 0x01];
    let length = bytes - 2 - 4;
    for shift in [0, 7, 14, 21] {
        body.push((length >> shift & 0x7f) as u8 | if shift < 21 { 0x80 } else { 0 });
    }
    body.resize(bytes, 0);
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_holds_after_decompression_too() {
    let port = open(Limits::default()).await;
    for (bytes, status, code) in [(BODY_BYTES_MAX, 200, "0"), (BODY_BYTES_MAX + 1, 413, "8")] {
        let packed = zstd::encode_all(&padded(bytes)[..], 1).unwrap();
        let headers = [PROTOBUF, ("content-encoding", "zstd")];
        let answer = post(port.at, "/v1/traces", &headers, &packed).await;
        assert_eq!(answer.status, status, "{bytes}: {:?}", answer.body);
        let answer = call(port.at, TRACES, &[("grpc-encoding", "zstd")], framed(true, &packed)).await;
        assert_eq!(answer.trailer("grpc-status"), code, "{bytes}");
        assert!(answer.trailer("google.rpc.retryinfo-bin").is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deflate_is_taken_and_what_is_not_what_its_header_says_is_refused() {
    let port = open(Limits::default()).await;
    let body = protobuf(&trace(1));
    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut deflated, &body).unwrap();
    let deflated = deflated.finish().unwrap();
    let encoded = |name| [PROTOBUF, ("content-encoding", name)];
    assert_eq!(post(port.at, "/v1/traces", &encoded("deflate"), &deflated).await.status, 200);
    assert_eq!(port.intake.ledger().traces.received, 3);
    for name in ["gzip", "zstd", "deflate"] {
        assert_eq!(post(port.at, "/v1/traces", &encoded(name), &body).await.status, 400, "{name}");
    }
    let cut = &gzip(&body)[..40];
    assert_eq!(post(port.at, "/v1/traces", &encoded("gzip"), cut).await.status, 400);
    assert_eq!(port.intake.ledger().traces.received, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_old_and_future_spans_are_rejected_and_told_exactly() {
    let now = Clock::wall().now();
    let port = open(Limits::default()).await;
    let mut body = trace(9);
    let spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array_mut().unwrap();
    let day = 86_400 * SECOND_NS;
    spans[0]["startTimeUnixNano"] = json!(now.plus(700 * SECOND_NS).0.to_string());
    spans[1]["startTimeUnixNano"] = json!(now.minus(60 * day).0.to_string());
    let answer = post(port.at, "/v1/traces", &[PROTOBUF], &protobuf(&body)).await;
    let told = ExportTraceServiceResponse::decode(&answer.body[..]).unwrap().partial_success.unwrap();
    assert_eq!((answer.status, told.rejected_spans), (200, 2));
    assert!(
        told.error_message.contains("1 older than the longest window")
            && told.error_message.contains("future"),
        "{told:?}"
    );
    let Ledger { traces, rejected, .. } = port.intake.ledger();
    assert_eq!((traces.received, traces.rejected, rejected), (3, 2, [1, 1, 0]));
    let mut body = trace(10);
    body["resourceSpans"][0]["scopeSpans"][0]["spans"][1]["startTimeUnixNano"] =
        json!(now.plus(700 * SECOND_NS).0.to_string());
    let answer = call(port.at, TRACES, &[], framed(false, &protobuf(&body))).await;
    let told = ExportTraceServiceResponse::decode(&answer.body[5..]).unwrap().partial_success.unwrap();
    assert_eq!((answer.trailer("grpc-status"), told.rejected_spans), ("0", 1));
}

/// Reads base64 without padding.
fn unbase64(text: &str) -> Vec<u8> {
    let digit = |byte: u8| {
        let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        digits.iter().position(|known| *known == byte).unwrap() as u32
    };
    let of = |part: &[u8]| {
        let word = part.iter().fold(0, |word, byte| word << 6 | digit(*byte)) << (6 * (4 - part.len()));
        word.to_be_bytes()[1..part.len()].to_vec()
    };
    text.as_bytes().chunks(4).flat_map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_but_is_doubtful_is_a_warning() {
    let port = open(Limits::default()).await;
    let json = [("content-type", "application/json")];
    let answer = post(port.at, "/v1/traces", &json, br#"{"resource-spans":[]}"#).await;
    let told: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, &told["partialSuccess"]["rejectedSpans"]), (200, &json!("0")));
    let message = told["partialSuccess"]["errorMessage"].as_str().unwrap();
    assert_eq!(message, "1 document without anything that belongs to this signal");
}

#[tokio::test(flavor = "multi_thread")]
async fn grpc_details_say_what_the_message_says_and_when_to_come_again() {
    let port = open(Limits { in_flight_bytes: 30, ..small(100) }).await;
    let details = async |bytes: Vec<u8>| {
        let answer = call(port.at, TRACES, &[], bytes).await;
        assert!(answer.body.is_empty(), "a refusal is trailers alone");
        (String::from_utf8_lossy(&unbase64(answer.trailer("grpc-status-details-bin"))).into_owned(), answer)
    };
    let (bad, _) = details(framed(false, &[0x0a, 0xff])).await;
    assert!(bad.contains("google.rpc.BadRequest") && bad.contains("malformed protobuf"), "{bad}");
    let (large, answer) = details(framed(false, &[0; 101])).await;
    assert!(!large.contains("RetryInfo") && large.contains("100 bytes"), "{large}");
    assert!(answer.trailer("grpc-message").contains("100 bytes"));
    let (later, answer) = details(framed(false, &[0; 60])).await;
    assert!(later.contains("google.rpc.RetryInfo"), "{later}");
    let info = unbase64(answer.trailer("google.rpc.retryinfo-bin"));
    let [0x0a, 2, 0x08, seconds] = info[..] else { panic!("a delay of whole seconds: {info:?}") };
    assert!((1..=3).contains(&seconds));
    assert_eq!(port.intake.ledger(), Ledger::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_signal_comes_by_grpc_and_http_2_on_one_port() {
    let port = open(Limits::default()).await;
    let log = [0x0a, 4, 0x12, 2, 0x12, 0];
    let gauge = [0x0a, 8, 0x12, 6, 0x12, 4, 0x2a, 2, 0x0a, 0];
    for (service, body) in [("logs.v1.LogsService", &log[..]), ("metrics.v1.MetricsService", &gauge)] {
        for body in [&[][..], body] {
            let answer = call(port.at, service, &[], framed(false, body)).await;
            assert_eq!((answer.trailer("grpc-status"), &answer.body[..]), ("0", &[0; 5][..]), "{service}");
        }
    }
    let Ledger { logs, metrics, .. } = port.intake.ledger();
    assert_eq!((logs.received, logs.filtered, metrics.received, metrics.filtered), (1, 1, 1, 1));
    let unknown = call(port.at, "trace.v2.TraceService", &[], framed(false, &[])).await;
    assert_eq!((unknown.status, unknown.trailer("grpc-status")), (200, "12"));
    let over_h2 = Request::post("http://test/v1/traces").header(JSON.0, JSON.1);
    let over_h2 = over_h2.body(Full::new(Bytes::from(bytes_of(&trace(4))))).unwrap();
    assert_eq!(send(port.at, Speaks::Http2, over_h2).await.status, 200);
    assert_eq!(port.intake.ledger().traces.received, 3);
}

const BEGAN: &str = "2026-11-20T10:00:01Z";

fn span(n: u64, of: (&str, u8, &str), parent: &str, status: u64) -> Value {
    let (id, kind, name) = of;
    let start = instant(BEGAN).0 + n * 100_000_000 + if parent.is_empty() { 0 } else { 5_000_000 };
    let end = start + if parent.is_empty() { 50_000_000 } else { 10_000_000 };
    json!({"traceId": format!("{:032x}", n + 1), "spanId": id.repeat(8), "parentSpanId": parent.repeat(8),
        "kind": kind, "name": name, "startTimeUnixNano": start.to_string(), "endTimeUnixNano": end.to_string(),
        "flags": if parent.is_empty() { 257 } else { 769 },
        "attributes": [{"key": "http.response.status_code", "value": {"intValue": status.to_string()}}]})
}

/// Returns bodies of 400 traces of a mail service. What is called comes in other bodies than who calls: some of it
/// is never called, some fails, and two traces stand in two bodies.
fn mails() -> Vec<Value> {
    let body = |service: &str, spans: Vec<Value>| {
        json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}], "resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": service}}]}}]})
    };
    let mut bodies = Vec::new();
    for first in (0..400).step_by(40) {
        let traces = first..first + 40 + if first == 80 { 2 } else { 0 };
        let status = |n: u64| if n.is_multiple_of(5) { 503 } else { 200 };
        let root = |n: u64| match n % 4 {
            0 => span(n, ("01", 2, "GET /api/addresses"), "", 200),
            1 => span(n, ("01", 2, "GET /api/nothing"), "", 200),
            _ => span(n, ("01", 2, "POST /api/messages"), "", status(n)),
        };
        let queued = traces.clone().filter(|n| n % 3 != 0);
        let queued = queued.map(|n| span(n, ("02", 2, "enqueue"), "01", status(n + 1)));
        bodies.push(body("mail-queue", queued.collect()));
        bodies.push(body("webmail", traces.clone().map(root).collect()));
        let asked = traces.filter(|n| n % 8 == 0);
        let asked = asked.map(|n| span(n, ("03", 2, "directory.v1.People/Find"), "01", 200));
        bodies.push(body("directory", asked.collect()));
    }
    bodies
}

/// Writes down all that was counted.
fn counted(registry: &Registry, book: &Book, name: impl Fn(&Book) -> Vec<String>, ledger: &Ledger) -> String {
    let steps = registry.steps().map(|step| (&step.name, book.judged.history.step(step.id).total()));
    let steps: Vec<String> = steps.filter(|(_, n)| !n.is_zero()).map(|step| format!("{step:?}")).collect();
    format!("{}\n{}\n{ledger:?}", steps.join("\n"), name(book).join("\n"))
}

fn cells(interned: &throughline_core::annotate::names::Interned, book: &Book) -> Vec<String> {
    let cell = |(_, (service, step, class), requests): (_, &(_, _, _), _)| {
        format!("{} {step:?} {class:?} {requests:?}", interned.service_name(*service))
    };
    let mut cells: Vec<String> = book.judged.cells.range(0..u32::MAX).map(cell).collect();
    cells.sort();
    cells
}

#[derive(Debug, Clone, Copy)]
enum By {
    Json,
    Protobuf,
    Grpc,
}

async fn live(by: By, lanes: usize) -> String {
    let registry = registry(&fixture("mail"));
    let intake = Intake::new(Arc::clone(&registry), Frames::default(), lanes, 7);
    let port = Port::open(intake, Clock::from(instant("2026-11-20T10:00:45Z"), 1), Limits::default()).await;
    for body in mails() {
        match by {
            By::Json => {
                assert_eq!(post(port.at, "/v1/traces", &[JSON], &bytes_of(&body)).await.status, 200);
            }
            By::Protobuf => {
                let headers = [PROTOBUF, ("content-encoding", "gzip")];
                assert_eq!(post(port.at, "/v1/traces", &headers, &gzip(&protobuf(&body))).await.status, 200);
            }
            By::Grpc => {
                let answer = call(port.at, TRACES, &[], framed(false, &protobuf(&body))).await;
                assert_eq!(answer.trailer("grpc-status"), "0");
            }
        }
        assert_eq!(port.intake.ledger().missing(), 0);
    }
    let mut book = Book::new(u32::MAX);
    let mut ledger = Ledger::default();
    for seconds in (50..800).step_by(10) {
        let now = UnixNanos(instant("2026-11-20T10:00:00Z").0 + seconds * SECOND_NS);
        let drained = port.intake.drain(now);
        ledger = drained.ledger;
        drained.changes.into_iter().for_each(|changes| book.add(changes, &port.intake.shared.interned));
    }
    counted(&registry, &book, |book| cells(&port.intake.shared.interned, book), &ledger)
}

fn from_file(name: &str, bytes: &[u8]) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).unwrap();
    let live = answers(&options(registry(&fixture("mail")), vec![path])).replayed.live;
    counted(&live.registry, &live.book, |book| cells(&live.interned, book), &live.ledger)
}

#[tokio::test(flavor = "multi_thread")]
async fn traces_over_many_bodies_count_alike_by_every_way() {
    let bodies = mails();
    let lines: Vec<Vec<u8>> = bodies.iter().map(bytes_of).collect();
    let expected = from_file("mails.jsonl", &lines.join(&b'\n'));
    for word in ["send-mail", "lookup-addresses", "useless", "duplicate: 4"] {
        assert!(expected.contains(word), "{word} in {expected}");
    }
    let delimited = bodies.iter().flat_map(|body| {
        let body = protobuf(body);
        let mut length = Vec::new();
        prost::encode_length_delimiter(body.len(), &mut length).unwrap();
        [length, body].concat()
    });
    assert_eq!(from_file("mails.pb", &delimited.collect::<Vec<u8>>()), expected);
    for by in [By::Json, By::Protobuf, By::Grpc] {
        for lanes in [1, 2] {
            assert_eq!(live(by, lanes).await, expected, "{by:?} by {lanes}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_a_query_does_not_know_is_told_and_so_is_a_trace_that_is_not_kept() {
    let server = Running::start(Server::new(fixture("mail"), Clock::wall())).await;
    let ui = server.addresses.ui;
    for (query, said) in [
        ("/slos?status=low-budget", "low_budget"),
        ("/slos?method=probe", "end-to-end"),
        ("/p/mail/map?layer=coverage", "table"),
        ("/impact?window=7m", "15m"),
        ("/impact?by=user", "service"),
    ] {
        let page = get(ui, query).await;
        assert_eq!(page.status, 400, "{query}");
        assert!(String::from_utf8_lossy(&page.body).contains(said), "{query}");
    }
    let answer = get(ui, "/api/v1/slos?status=bogus").await;
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (400, &json!("unknown-word")));
    for known in
        ["/slos?status=low_budget&method=client", "/impact?by=step&window=60m&x=1", "/p/mail/map?layer=slos"]
    {
        assert_eq!(get(ui, known).await.status, 200, "{known}");
    }
    assert_eq!(get(ui, "/traces/00000000000000000000000000000abc").await.status, 404);
    server.stop().await;
}

/// Returns the number of one state of a signal's records on `/metrics`.
fn sample(page: &str, signal: &str, state: &str) -> i64 {
    let start = format!("throughline_records{{signal=\"{signal}\",state=\"{state}\"}} ");
    let line = page.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_else(|| panic!("{start} in {page}")).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_scrapes_under_load_sees_the_law_hold() {
    let server = Running::start(Server::new(fixture("mail"), Clock::wall())).await;
    let (http, grpc, ui) = (server.addresses.otlp_http, server.addresses.otlp_grpc, server.addresses.ui);
    let sending = async |sender: u8| {
        for n in 0..20 {
            let body = trace(sender * 20 + n + 1);
            if sender.is_multiple_of(2) {
                assert_eq!(post(http, "/v1/traces", &[JSON], &bytes_of(&body)).await.status, 200);
                continue;
            }
            let answer = call(grpc, TRACES, &[], framed(false, &protobuf(&body))).await;
            assert_eq!(answer.trailer("grpc-status"), "0");
        }
    };
    let is_over = AtomicBool::new(false);
    let law = |page: &str| {
        let [received, counted, duplicate, rejected, filtered, unmatched] =
            ["received", "counted", "duplicate", "rejected", "filtered", "unmatched"]
                .map(|state| sample(page, "traces", state));
        assert_eq!(received, counted + duplicate + rejected + filtered + unmatched, "{page}");
        received
    };
    let scraping = async {
        let (mut last, mut pages) = (0, 0);
        while !is_over.load(Ordering::Relaxed) {
            let page = get(ui, "/metrics").await;
            let received = law(std::str::from_utf8(&page.body).unwrap());
            assert!(received >= last, "received never falls");
            (last, pages) = (received, pages + 1);
        }
        pages
    };
    let all = async {
        tokio::join!(sending(0), sending(1), sending(2), sending(3), sending(4));
        is_over.store(true, Ordering::Relaxed);
    };
    let (pages, ()) = tokio::join!(scraping, all);
    assert!(pages > 3, "scraped {pages} times");
    let page = get(ui, "/metrics").await;
    assert_eq!(law(std::str::from_utf8(&page.body).unwrap()), 300);
    server.stop().await;
}
