//! Example traces of replayed files and of a played past: what is listed has a page, in every format, however long ago
//! it was.

use std::path::PathBuf;
use std::sync::Arc;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde_json::json;
use throughline_core::count::book::Book;
use throughline_core::count::frame::Frames;
use throughline_core::count::tally::ExampleOf;
use throughline_core::id::TraceId;
use throughline_core::judge::Settings;
use throughline_core::observation::Signal;
use throughline_core::time::{SECOND_NS, UnixNanos};
use throughline_server::intake::{Intake, Request};
use throughline_server::kept::{PIN_BYTES, PIN_TRACE_BYTES, RING_BYTES};
use throughline_server::live::{Live, RegistrySource};
use throughline_server::play::Player;
use throughline_server::replay::examples::keep_examples;
use throughline_server::show::quality::quality;
use throughline_server::show::trace::trace;
use throughline_server::view::trace::{Kept, Trace};
use throughline_wire::csv::Mapping;
use throughline_wire::file::Format;
use throughline_wire::inflate::Compression;
use throughline_wire::otlp::Encoding;

use crate::playing::{answers, fixture, options, registry};

const START_S: u64 = 1_795_600_000;

fn write(name: &str, bytes: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Returns the traces that are listed, each once.
fn listed(live: &Live) -> Vec<TraceId> {
    let kinds: Vec<ExampleOf> = live.examples.all().map(|(of, _)| *of).collect();
    let mut traces: Vec<TraceId> =
        kinds.iter().flat_map(|of| live.examples.of(of).map(|example| example.trace)).collect();
    traces.sort();
    traces.dedup();
    traces
}

fn page(live: &Live, intake: &Intake, id: TraceId) -> Kept {
    match trace(live, intake, &id.to_string()) {
        Trace::Kept(kept) => *kept,
        Trace::NotKept(_) => panic!("{id} is listed and has no page"),
    }
}

/// An OTLP request with a span of a booked parcel; `padding` makes it longer.
fn otlp(n: u64, status: u64, padding: usize) -> serde_json::Value {
    let text = |key: &str, text: &str| json!({"key": key, "value": {"stringValue": text}});
    let start = (START_S + n) * SECOND_NS;
    let span = json!({
        "traceId": format!("{n:032x}"), "spanId": format!("{n:016x}"), "name": "POST /api/parcels", "kind": 2,
        "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 50_000_000).to_string(),
        "attributes": [
            text("http.request.method", "POST"), text("http.route", "/api/parcels"),
            text("padding", &"x".repeat(padding)),
            {"key": "http.response.status_code", "value": {"intValue": status.to_string()}}],
        "status": {"code": if status >= 500 { 2 } else { 0 }, "message": "x".repeat(padding)}});
    let resource = json!({"attributes": [text("service.name", "counter")]});
    json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]})
}

fn protobuf(request: serde_json::Value) -> Vec<u8> {
    serde_json::from_value::<ExportTraceServiceRequest>(request).unwrap().encode_to_vec()
}

/// Replays a good and a bad attempt of one file; both have a page once examples are kept, and no link before.
fn check(name: &str, bytes: &[u8], format: Option<Format>) {
    let mut options = options(registry(&fixture("parcel")), vec![write(name, bytes)]);
    options.format = format;
    let mut replayed = answers(&options).replayed;
    assert_eq!(listed(&replayed.live), [], "{name}");
    let from = UnixNanos((START_S + 1) * SECOND_NS);
    assert_eq!(quality(&replayed.live).from, from.into(), "{name}: quality begins with the first span");
    keep_examples(&options, &mut replayed).unwrap();
    assert_eq!(listed(&replayed.live), [TraceId(1), TraceId(2)], "{name}");
    for (id, outcome) in [(1, "good"), (2, "bad")] {
        let page = page(&replayed.live, &replayed.intake, TraceId(id));
        let [attempt] = &page.attempts[..] else { panic!("{name}: {page:?}") };
        assert_eq!((attempt.outcome.word(), page.spans.len()), (outcome, 1), "{name}");
        assert_eq!(page.spans[0].service, "counter", "{name}");
    }
}

#[test]
fn examples_of_a_replay_have_their_page_in_every_format() {
    let [good, bad] = [otlp(1, 201, 0), otlp(2, 503, 0)];
    check("examples.ndjson", format!("{good}\n{bad}\n").as_bytes(), None);
    let resources = [&good, &bad].map(|request| request["resourceSpans"][0].clone());
    check("examples.json", json!({"resourceSpans": resources}).to_string().as_bytes(), None);
    let [good, bad] = [good, bad].map(protobuf);
    check("examples.binpb", &[&good[..], &bad].concat(), None);
    let length = |body: &[u8]| (body.len() as u32).to_be_bytes();
    check("examples.pb", &[&length(&good)[..], &good, &length(&bad), &bad].concat(), None);
    let zipkin = |n: u64, status: u64| {
        let tags = json!({"http.method": "POST", "http.route": "/api/parcels", "http.status_code": status.to_string()});
        json!({"traceId": format!("{n:016x}"), "id": format!("{n:016x}"), "name": "post", "kind": "SERVER",
            "timestamp": (START_S + n) * 1_000_000, "duration": 50_000, "localEndpoint": {"serviceName": "counter"},
            "tags": tags})
    };
    let spans = json!([zipkin(1, 201), zipkin(2, 503)]);
    check("zipkin.json", spans.to_string().as_bytes(), None);
    let jaeger = |n: u64, status: u64| {
        let tag = |key: &str, value: &str| json!({"key": key, "type": "string", "value": value});
        let tags = [
            tag("span.kind", "server"),
            tag("http.method", "POST"),
            tag("http.route", "/api/parcels"),
            json!({"key": "http.status_code", "type": "int64", "value": status}),
        ];
        let span = json!({"traceID": format!("{n:x}"), "spanID": format!("{n:x}"), "operationName": "post",
            "references": [], "startTime": (START_S + n) * 1_000_000, "duration": 50_000, "processID": "p1", "tags": tags});
        json!({"traceID": format!("{n:x}"), "spans": [span], "processes": {"p1": {"serviceName": "counter"}}})
    };
    check("jaeger.json", json!({"data": [jaeger(1, 201), jaeger(2, 503)]}).to_string().as_bytes(), None);
    let row = |n: u64, status: u64| {
        let start = START_S + n;
        format!("{n:x},{n:x},counter,post,server,{start},50,POST,/api/parcels,{status}\n")
    };
    let rows = format!("t,s,c,n,k,b,d,m,r,x\n{}{}", row(1, 201), row(2, 503));
    let mapping = "trace=t,span=s,service=c,name=n,kind=k,start=b:s,duration=d:ms,http.request.method=m,\
                   http.route=r,http.response.status_code=x";
    check("examples.csv", rows.as_bytes(), Some(Format::Csv(Mapping::parse(mapping).unwrap())));
}

#[test]
fn what_is_beyond_the_limits_of_pins_is_not_listed() {
    let texts = PIN_TRACE_BYTES / 8_192 + 1;
    let one = otlp(1, 503, 8_192)["resourceSpans"][0].clone();
    let lines: String = (0..texts)
        .map(|n| {
            let mut one = one.clone();
            one["scopeSpans"][0]["spans"][0]["spanId"] = format!("{:016x}", n + 1).into();
            one["scopeSpans"][0]["spans"][0]["startTimeUnixNano"] =
                ((START_S + 10 * n as u64) * SECOND_NS).to_string().into();
            format!("{}\n", json!({"resourceSpans": [one]}))
        })
        .collect();
    let options = options(registry(&fixture("parcel")), vec![write("large.ndjson", lines.as_bytes())]);
    let mut replayed = answers(&options).replayed;
    keep_examples(&options, &mut replayed).unwrap();
    let pins = replayed.live.examples.pins();
    assert!(pins.bytes() <= PIN_TRACE_BYTES && PIN_TRACE_BYTES < PIN_BYTES && pins.reached() > 0);
    assert_eq!(listed(&replayed.live), [TraceId(1)]);
}

#[test]
fn a_trace_of_a_played_past_is_kept_when_its_body_made_room_long_ago() {
    let registry = registry(&fixture("parcel"));
    let intake = Arc::new(Intake::new(Arc::clone(&registry), Frames::default(), 1, 7));
    let interned = Arc::clone(&intake.shared.interned);
    let live = Live::new(registry, RegistrySource::default(), interned, Book::new(u32::MAX));
    let mut player = Player::new(Arc::clone(&intake), Settings::default(), live);
    let mut take = |n: u64, status: u64| {
        let body = protobuf(otlp(n, status, 25_000));
        let (signal, encoding, compression) = (Signal::Traces, Encoding::Protobuf, Compression::Identity);
        let request = Request { signal, encoding, compression, body: &body };
        player.take(&request, UnixNanos((START_S + n) * SECOND_NS + 50_000_000)).unwrap();
        body.len()
    };
    let (mut n, mut bytes) = (1, take(1, 503));
    while bytes < 3 * RING_BYTES {
        n += 60;
        bytes += take(n, 201);
    }
    let (_, live) = player.finish();
    assert!(!intake.ring.lock().unwrap().bodies().any(|(.., at)| at < UnixNanos((START_S + 60) * SECOND_NS)));
    let listed = listed(&live);
    assert!(listed.contains(&TraceId(1)) && listed.len() > 5, "{listed:?}");
    listed.into_iter().for_each(|id| drop(page(&live, &intake, id)));
}
