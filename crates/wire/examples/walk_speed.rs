//! Measures the walk of 512-span bodies, in ns a span: `cargo run --release -p throughline-wire --example
//! walk_speed [protobuf]`. Estimate beforehand: 540 B a span, about 25 fields and 11 attributes at 5 ns each, so 150-200 ns.
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "it measures and prints")]

use std::hint::black_box;
use std::time::Instant;

use throughline_core::observation::{Observation, Signal, SlotTable, slot};
use throughline_wire::inflate::{Compression, inflate};
use throughline_wire::otlp::{Encoding, walk};
use throughline_wire::scratch::Scratch;
use throughline_wire::visit::{Refused, Visit};

const SPANS: usize = 512;

#[derive(Default)]
struct Sum(u64);

impl Visit for Sum {
    fn span(&mut self, span: &Observation<'_>) {
        let route = span.slots.get(slot::ROUTE).text().map_or(0, str::len);
        self.0 = self.0.wrapping_add(span.duration() ^ span.trace.0 as u64 ^ route as u64);
    }
    fn refused(&mut self, _: Signal, _: Refused, _: &str) {}
    fn other(&mut self, _: Signal) {}
}

fn main() {
    let protobuf = body();
    let json = json_body();
    println!("protobuf {} B/span, JSON {} B/span", protobuf.len() / SPANS, json.len() / SPANS);
    let table = SlotTable::default();
    let mut scratch = Scratch::default();
    for (name, encoding, body) in
        [("protobuf", Encoding::Protobuf, &protobuf), ("JSON", Encoding::Json, &json)]
    {
        report(name, || {
            let mut sum = Sum::default();
            let answer = walk(Signal::Traces, encoding, black_box(body), &table, &mut scratch, &mut sum);
            black_box((answer.is_ok(), sum.0));
        });
    }
    let gzip = gzip(&protobuf);
    let zstd = zstd::encode_all(&protobuf[..], 1).unwrap_or_default();
    let mut out = Vec::new();
    for (name, compression, body) in
        [("gunzip", Compression::Gzip, gzip), ("unzstd", Compression::Zstd, zstd)]
    {
        report(name, || {
            let answer = inflate(compression, black_box(&body), 1 << 26, &mut out);
            black_box(answer.is_ok());
        });
    }
}

/// Prints the best of five rounds, if the argument names this one or there is none.
fn report(name: &str, mut once: impl FnMut()) {
    if std::env::args().nth(1).is_some_and(|only| only != name) {
        return;
    }
    let rounds = 400;
    let best = (0..5).map(|_| {
        let start = Instant::now();
        (0..rounds).for_each(|_| once());
        start.elapsed().as_nanos() as usize / (rounds * SPANS)
    });
    println!("{name}: {} ns/span", best.min().unwrap_or_default());
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(bytes);
    out
}

fn attribute(key: &str, value: &str) -> Vec<u8> {
    [field(1, key.as_bytes()), field(2, &field(1, value.as_bytes()))].concat()
}

const ATTRIBUTES: &[(&str, &str)] = &[
    ("http.request.method", "POST"),
    ("http.route", "/api/mail/{folder}/messages/{id}"),
    ("url.path", "/api/mail/inbox/messages/8812638"),
    ("url.scheme", "https"),
    ("server.address", "mail-backend-7f5c9.internal"),
    ("network.peer.address", "10.12.4.17"),
    ("network.protocol.version", "1.1"),
    ("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101"),
    ("thread.name", "http-nio-8080-exec-4"),
    ("throughline.objective", "compose-mail"),
    ("throughline.step", "send-mail"),
];

fn ids(n: usize) -> ([u8; 16], [u8; 8], [u8; 8]) {
    let n = n as u64;
    let trace = u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 64 | u128::from(n);
    (trace.to_be_bytes(), (n * 3 + 1).to_be_bytes(), (n * 3).to_be_bytes())
}

fn span(n: usize) -> Vec<u8> {
    let (trace, id, parent) = ids(n);
    let mut span =
        [field(1, &trace), field(2, &id), field(4, &parent), field(5, b"POST /api/mail/{folder}")].concat();
    span.extend_from_slice(&[0x30, 2, 0x39]);
    span.extend_from_slice(&1_763_629_200_000_000_000_u64.to_le_bytes());
    span.push(0x41);
    span.extend_from_slice(&1_763_629_200_012_000_000_u64.to_le_bytes());
    for (key, value) in ATTRIBUTES {
        span.extend(field(9, &attribute(key, value)));
    }
    let status = [field(1, b"http.response.status_code"), field(2, &[0x18, 0xc8, 0x01])].concat();
    span.extend(field(9, &status));
    span.extend(field(15, &[]));
    span.extend_from_slice(&[0x85, 0x01, 0x01, 0x03, 0, 0]);
    span
}

fn body() -> Vec<u8> {
    let resource = field(1, &field(1, &attribute("service.name", "mail-backend")));
    let spans: Vec<u8> = (0..SPANS).flat_map(|n| field(2, &span(n))).collect();
    field(1, &[resource, field(2, &spans)].concat())
}

fn json_body() -> Vec<u8> {
    let text = |key: &str, value: &str| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#);
    let attributes: Vec<_> = ATTRIBUTES.iter().map(|(key, value)| text(key, value)).collect();
    let spans: Vec<_> = (0..SPANS)
        .map(|n| {
            let (trace, id, parent) = ids(n);
            let (trace, id, parent) =
                (u128::from_be_bytes(trace), u64::from_be_bytes(id), u64::from_be_bytes(parent));
            format!(
                r#"{{"traceId":"{trace:032x}","spanId":"{id:016x}","parentSpanId":"{parent:016x}","flags":769,
"name":"POST /api/mail/{{folder}}","kind":2,"startTimeUnixNano":"1763629200000000000",
"endTimeUnixNano":"1763629200012000000","attributes":[{}],"status":{{}}}}"#,
                attributes.join(",")
            )
        })
        .collect();
    let resource = text("service.name", "mail-backend");
    format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{resource}]}},"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    )
    .into_bytes()
}
