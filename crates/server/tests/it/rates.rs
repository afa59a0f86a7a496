//! Requests at given rates, spread evenly over minutes: played live minute by minute, or written to files and
//! replayed. Both must tell the same.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::count::book::Book;
use throughline_core::count::frame::Frames;
use throughline_core::judge::Settings;
use throughline_core::observation::Signal;
use throughline_core::time::{MINUTE_NS, SECOND_NS, UnixNanos};
use throughline_server::intake::{BODY_SPANS_MAX, Intake, Request};
use throughline_server::live::{Live, RegistrySource};
use throughline_server::play::Player;
use throughline_server::replay::{Options, ReplayError, Replayed, replay};
use throughline_server::report::Report;
use throughline_wire::csv::Mapping;
use throughline_wire::file::Format;
use throughline_wire::inflate::Compression;
use throughline_wire::otlp::Encoding;

use crate::playing::{Answers, answers, fixture, instant, options, registry, stretch};

/// How long every request takes.
const TOOK_NS: u64 = 50_000_000;
/// How long a sender gathers them.
const LOOK_NS: u64 = 10 * SECOND_NS;

/// A request that a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asked<'a> {
    start: u64,
    status: u64,
    step: &'a str,
}

impl Asked<'_> {
    /// Service, method and route.
    fn operation(&self) -> [&'static str; 3] {
        match self.step {
            "book-parcel" => ["counter", "POST", "/api/parcels"],
            "quote-price" => ["counter", "GET", "/api/quote"],
            _ => ["tracking", "GET", "/api/parcels/{id}"],
        }
    }
}

/// Reads rows `from_utc,to_utc,per_minute,status,step` below a header; returns their requests in time order.
pub(crate) fn requests(text: &str) -> Vec<Asked<'_>> {
    let minute = |text: &str| instant(&text.replace('Z', ":00Z")).0 / MINUTE_NS;
    let mut all = Vec::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [from, to, per_minute, status, step] = cells[..] else { panic!("five cells: {line}") };
        let (per_minute, status): (u64, u64) = (per_minute.parse().unwrap(), status.parse().unwrap());
        for minute in minute(from)..minute(to) {
            let start = |n: u64| minute * MINUTE_NS + n * MINUTE_NS / per_minute;
            all.extend((0..per_minute).map(|n| Asked { start: start(n), status, step }));
        }
    }
    all.sort_unstable();
    all
}

/// Writes requests as an OTLP/JSON body of root SERVER spans; `first` is the first one's number.
fn body(first: usize, requests: &[Asked<'_>]) -> Vec<u8> {
    let span = |(index, asked): (usize, &Asked<'_>)| {
        let [service, method, route] = asked.operation();
        let number = (first + index) as u128 + 1;
        let text = |key: &str, text: &str| json!({"key": key, "value": {"stringValue": text}});
        let span = json!({
            "traceId": format!("{:032x}", number << 64 | number), "spanId": format!("{number:016x}"),
            "name": format!("{method} {route}"), "kind": 2,
            "startTimeUnixNano": asked.start.to_string(),
            "endTimeUnixNano": (asked.start + TOOK_NS).to_string(),
            "attributes": [
                text("http.request.method", method), text("http.route", route),
                {"key": "http.response.status_code", "value": {"intValue": asked.status.to_string()}}],
            "status": if asked.status >= 500 { json!({"code": 2}) } else { json!({}) },
        });
        json!({"resource": {"attributes": [text("service.name", service)]}, "scopeSpans": [{"spans": [span]}]})
    };
    let resources: Vec<Value> = requests.iter().enumerate().map(span).collect();
    json!({"resourceSpans": resources}).to_string().into_bytes()
}

/// Plays the requests in bodies of 10 s as a live server would get them, until `end`.
pub(crate) fn play(all: &[Asked<'_>], end: UnixNanos) -> Report {
    let registry = registry(&fixture("parcel"));
    let intake = Arc::new(Intake::new(Arc::clone(&registry), Frames::default(), 1, 7));
    let interned = Arc::clone(&intake.shared.interned);
    let live = Live::new(registry, RegistrySource::default(), interned, Book::new(u32::MAX));
    let mut player = Player::new(Arc::clone(&intake), Settings::default(), live);
    let mut first = 0;
    for batch in all.chunk_by(|a, b| a.start / LOOK_NS == b.start / LOOK_NS) {
        let body = body(first, batch);
        let (signal, encoding, compression) = (Signal::Traces, Encoding::Json, Compression::Identity);
        let last = batch.last().map_or(0, |asked| asked.start);
        player
            .take(&Request { signal, encoding, compression, body: &body }, UnixNanos(last + TOOK_NS))
            .expect("OTLP");
        first += batch.len();
    }
    player.advance(end);
    let ended = player.now();
    let (evaluator, live) = player.finish();
    Report::of(&Replayed {
        live,
        evaluator,
        intake,
        ended,
        look: None,
        refused: Vec::new(),
        faults: Vec::new(),
        passed_over: Vec::new(),
        doubts: Vec::new(),
        reach: None,
        unlearnt: Vec::new(),
    })
}

fn write(name: &str, bytes: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Writes bodies of 500 spans, a line each.
fn as_lines(name: &str, all: &[Asked<'_>]) -> PathBuf {
    let bodies = all.chunks(500).enumerate().map(|(n, part)| body(500 * n, part));
    write(name, &bodies.collect::<Vec<_>>().join(&b'\n'))
}

fn as_rows(name: &str, all: &[Asked<'_>]) -> PathBuf {
    as_rows_from(name, 0, all)
}

/// Writes rows whose ids begin after `first`.
fn as_rows_from(name: &str, first: usize, all: &[Asked<'_>]) -> PathBuf {
    let mut text = "trace,span,service,name,kind,start,end,method,route,status\n".to_owned();
    for (n, asked) in all.iter().enumerate() {
        let ([service, method, route], start) = (asked.operation(), asked.start);
        let (trace, end, status) = (first + n + 1, start + TOOK_NS, asked.status);
        writeln!(
            text,
            "{trace:x},{trace:x},{service},{method} {route},server,{start},{end},{method},{route},{status}"
        )
        .unwrap();
    }
    write(name, text.as_bytes())
}

fn columns() -> Format {
    let mapping = "trace=trace,span=span,service=service,name=name,kind=kind,start=start:ns,end=end:ns,\
                   http.request.method=method,http.route=route,http.response.status_code=status";
    Format::Csv(Mapping::parse(mapping).unwrap())
}

/// Checks that both kinds of file, replayed, tell what was told live up to the last request.
fn same_as_live(name: &str, text: &str) -> Report {
    let all = requests(text);
    let last = all.last().map_or(0, |asked| asked.start + TOOK_NS);
    let live = play(&all, UnixNanos(last));
    let told = |report: &Report| {
        let Report { silences, alerts, severity, .. } = report;
        serde_json::to_value((silences, alerts, severity)).unwrap()
    };
    let lines = options(registry(&fixture("parcel")), vec![as_lines(&format!("{name}.jsonl"), &all)]);
    let mut rows = options(registry(&fixture("parcel")), vec![as_rows(&format!("{name}.csv"), &all)]);
    rows.format = Some(columns());
    for options in [lines, rows] {
        let replayed = answers(&options);
        let file = options.files[0].display();
        assert_eq!(replayed.replayed.live.ledger.late, 0, "{file}");
        assert_eq!(replayed.step("book-parcel").attempts, all.len() as i64, "{file}");
        assert_eq!(told(&replayed.report), told(&live), "{file}");
    }
    live
}

#[test]
fn few_requests_in_one_body_are_no_silence() {
    let report = same_as_live(
        "few",
        "from_utc,to_utc,per_minute,status,step\n2026-11-20T00:00Z,2026-11-20T20:00Z,10,201,book-parcel\n",
    );
    assert!(report.silences.is_empty(), "{:?}", report.silences);
}

#[test]
fn a_gap_inside_a_file_is_a_silence_as_it_was_live() {
    let report = same_as_live(
        "gap",
        "from_utc,to_utc,per_minute,status,step\n\
         2026-11-20T00:00Z,2026-11-20T12:00Z,10,201,book-parcel\n\
         2026-11-20T12:40Z,2026-11-20T14:00Z,10,201,book-parcel\n",
    );
    let [silence] = &report.silences[..] else { panic!("{:?}", report.silences) };
    assert_eq!((silence.from.as_str(), silence.seen), ("2026-11-20T12:00:00Z", 0));
    assert!(silence.to.is_some(), "{silence:?}");
}

#[test]
fn requests_minutes_apart_are_no_gaps() {
    let seldom = (0..48).map(|n| format!("2026-11-20T{:02}:{:02}Z", n / 4, 15 * (n % 4)));
    let row = |from: String| {
        let to = UnixNanos(instant(&from.replace('Z', ":00Z")).0 + 60 * SECOND_NS);
        let to = jiff::Timestamp::from_nanosecond(to.0.into()).unwrap().strftime("%Y-%m-%dT%H:%MZ");
        format!("{from},{to},1,201,book-parcel\n")
    };
    let rows: String = seldom.map(row).collect();
    same_as_live("seldom", &format!("from_utc,to_utc,per_minute,status,step\n{rows}"));
}

#[test]
fn a_span_that_lasts_for_hours_makes_no_other_late() {
    let text =
        "from_utc,to_utc,per_minute,status,step\n2026-11-20T00:00Z,2026-11-20T06:00Z,10,201,book-parcel\n";
    let all = requests(text);
    let path = as_rows("long.csv", &all);
    let start = all[20].start;
    let end = start + 5 * 60 * MINUTE_NS;
    insert(
        &path,
        21,
        &format!("ffff,ffff,counter,GET /api/stream,server,{start},{end},GET,/api/stream,200\n"),
    );
    let replayed = answers(&with_columns(vec![path]));
    assert_eq!(replayed.replayed.live.ledger.late, 0);
    assert_eq!(replayed.step("book-parcel").attempts, 3_600);
    assert!(replayed.report.silences.is_empty(), "{:?}", replayed.report.silences);
}

const SIX_HOURS: &str =
    "from_utc,to_utc,per_minute,status,step\n2026-11-20T00:00Z,2026-11-20T06:00Z,10,201,book-parcel\n";

#[test]
fn files_that_cover_the_same_hours_are_read_in_turn() {
    let text = format!(
        "{SIX_HOURS}2026-11-20T00:00Z,2026-11-20T06:00Z,20,200,quote-price\n\
         2026-11-20T02:00Z,2026-11-20T04:00Z,5,500,track-parcel\n"
    );
    let all = requests(&text);
    let part = |step: &str| all.iter().copied().filter(|asked| asked.step == step).collect::<Vec<_>>();
    let together = answers(&with_columns(vec![as_rows("together.csv", &all)]));
    let parts = ["book-parcel", "quote-price", "track-parcel"];
    // Each file numbers its spans anew, so they must not share ids.
    let files = parts
        .iter()
        .enumerate()
        .map(|(n, step)| as_rows_from(&format!("{step}.csv"), 100_000 * n, &part(step)));
    let apart = answers(&with_columns(files.collect()));
    let told = |answers: &Answers| {
        let Report { steps, slos, silences, alerts, severity, .. } = &answers.report;
        serde_json::to_value((steps, slos, silences, alerts, severity)).unwrap()
    };
    assert_eq!(apart.replayed.live.ledger.late, 0);
    assert_eq!(told(&apart), told(&together));
    assert!(!apart.report.alerts.is_empty(), "track-parcel fails for two hours");
}

fn with_columns(files: Vec<PathBuf>) -> Options {
    let mut options = options(registry(&fixture("parcel")), files);
    options.format = Some(columns());
    options
}

/// Puts a row of one span into a file of rows, after `after` others.
fn insert(path: &Path, after: usize, row: &str) {
    let mut rows = std::fs::read_to_string(path).unwrap();
    let at = rows.match_indices('\n').nth(after).unwrap().0 + 1;
    rows.insert_str(at, row);
    std::fs::write(path, rows).unwrap();
}

#[test]
fn a_time_that_cannot_be_meant_moves_no_clock() {
    let all = requests(SIX_HOURS);
    for (start, rejected) in
        [(u64::MAX, 1), (9_999_999_999_000_000_000, 1), (4_102_444_800_000_000_000, 1), (0, 1), (1, 1)]
    {
        for after in [0, 20, 3_600] {
            let path = as_rows("odd.csv", &all);
            let row =
                format!("ffff,ffff,counter,POST /api/parcels,server,{start},{start},POST,/api/parcels,201\n");
            insert(&path, after, &row);
            let replayed = answers(&with_columns(vec![path]));
            let traces = replayed.replayed.live.ledger.traces;
            assert_eq!((traces.received, traces.rejected), (3_601, rejected), "{start} after {after}");
            assert_eq!(replayed.step("book-parcel").attempts, 3_600, "{start} after {after}");
            assert!(
                replayed.report.silences.is_empty(),
                "{start} after {after}: {:?}",
                replayed.report.silences
            );
        }
    }
}

#[test]
fn spans_that_never_say_when_they_were_are_too_old() {
    let n = 2 * BODY_SPANS_MAX / 3;
    let rows =
        (1..=n).map(|n| format!("{n:x},{n:x},counter,POST /api/parcels,server,0,0,POST,/api/parcels,201\n"));
    let header = "trace,span,service,name,kind,start,end,method,route,status\n";
    let path = write("undated.csv", (header.to_owned() + &rows.collect::<String>()).as_bytes());
    let replayed = answers(&with_columns(vec![path]));
    let traces = replayed.replayed.live.ledger.traces;
    assert_eq!((traces.received, traces.rejected), (n as i64, n as i64));
    assert_eq!(replayed.replayed.reach, None);
}

#[test]
fn a_folder_tells_what_of_it_was_passed_over() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mixed");
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).unwrap();
    let all = requests(SIX_HOURS);
    let rows = as_rows("rows.csv", &all[..1_000]);
    let told = |files: &[(&str, &[u8])], format: Option<Format>| {
        files.iter().for_each(|(name, bytes)| std::fs::write(folder.join(name), bytes).unwrap());
        let mut options = options(registry(&fixture("parcel")), vec![folder.clone()]);
        options.format = format;
        replay(&options, |_| {})
    };
    let bytes = std::fs::read(rows).unwrap();
    let nothing = told(&[("a.csv", &bytes), ("README.md", b"words")], None).unwrap_err();
    let ReplayError::NoFiles { passed_over: Some(cause) } = nothing else { panic!("{nothing:?}") };
    assert!(cause.to_string().contains("a.csv` is CSV"), "{cause}");
    std::os::unix::fs::symlink(&folder, folder.join("again")).unwrap();
    let replayed = told(&[("broken.csv.gz", b"\x1f\x8b\x08no")], Some(columns())).unwrap();
    assert_eq!(replayed.passed_over.len(), 2, "{:?}", replayed.passed_over);
    assert_eq!(replayed.live.ledger.traces.received, 1_000);
}

#[test]
fn what_is_not_looked_at_is_nobodys_silence() {
    let check = |window: Option<&str>, baseline: &[&str], attempts: i64| {
        let mut options = with_columns(vec![as_rows("frames.csv", &requests(SIX_HOURS))]);
        options.window = window.map(stretch);
        options.baseline = baseline.iter().map(|range| stretch(range)).collect();
        let replayed = answers(&options);
        let step = replayed.step("book-parcel");
        let Report { silences, alerts, .. } = &replayed.report;
        assert!(silences.is_empty() && alerts.is_empty(), "{window:?} {baseline:?}: {silences:?} {alerts:?}");
        assert_eq!(step.attempts, attempts, "{window:?} {baseline:?}");
        let slo = replayed.report.slos.iter().find(|slo| slo.id.starts_with("parcel/book-parcel/")).unwrap();
        assert_eq!(slo.data_state, "flowing", "{window:?} {baseline:?}");
    };
    check(Some("2026-11-20T00:00:00Z..2026-11-20T04:00:30Z"), &[], 2_405);
    check(
        Some("2026-11-20T02:00:30Z..2026-11-20T05:00:00Z"),
        &["2026-11-20T00:00:00Z..2026-11-20T01:00:00Z"],
        1_795,
    );
    check(None, &["2026-11-20T02:00:00Z..2026-11-20T03:00:00Z"], 3_000);
    check(None, &["2026-11-20T05:00:30Z..2026-11-20T06:00:00Z"], 3_005);
}

/// Plays minutes of requests, each when it arrives, and says of book-parcel at the end: its data state, open alerts
/// and unknown attempts.
fn data_state(arrivals: &[(u64, u64)]) -> (&'static str, usize, u64) {
    let registry = registry(&fixture("parcel"));
    let intake = Arc::new(Intake::new(Arc::clone(&registry), Frames::default(), 1, 7));
    let interned = Arc::clone(&intake.shared.interned);
    let live = Live::new(registry, RegistrySource::default(), interned, Book::new(u32::MAX));
    let mut player = Player::new(Arc::clone(&intake), Settings::default(), live);
    let began = instant("2026-11-20T00:00:00Z").0;
    for (first, (minute, arrives)) in arrivals.iter().enumerate() {
        let start = |n: u64| began + minute * MINUTE_NS + n * SECOND_NS;
        let asked: Vec<_> =
            (0..60).map(|n| Asked { start: start(n), status: 201, step: "book-parcel" }).collect();
        let body = body(60 * first, &asked);
        let (signal, encoding, compression) = (Signal::Traces, Encoding::Json, Compression::Identity);
        let at = UnixNanos(began + (arrives + 1) * MINUTE_NS - SECOND_NS / 2);
        player.take(&Request { signal, encoding, compression, body: &body }, at).expect("OTLP");
    }
    player.advance(UnixNanos(player.now().0 + SECOND_NS));
    let (_, live) = player.finish();
    let step = live.registry.steps().find(|step| step.name == "book-parcel").unwrap();
    let open = live.judgement.logs.alerts.iter().filter(|alert| alert.ended.is_none()).count();
    let slo = live.judgement.slos_of(step.id).next().unwrap();
    (live.judgement.step(step.id).unwrap().data.word(), open, slo.window.unknown.total())
}

#[test]
fn a_source_whose_backlog_comes_in_is_late_until_it_is_done() {
    let in_time = |range: std::ops::Range<u64>| range.map(|minute| (minute, minute));
    let steady: Vec<_> = in_time(0..200).collect();
    assert_eq!(data_state(&steady), ("flowing", 0, 0));
    let mut backlog = steady.clone();
    backlog.push((200, 221));
    assert_eq!(data_state(&backlog), ("silent", 1, 1_200), "one late batch proves no backlog");
    backlog.extend([(201, 222), (202, 223)]);
    assert_eq!(data_state(&backlog), ("late", 1, 1_200));
    backlog.extend((203..223).map(|minute| (minute, 224)));
    backlog.extend(in_time(224..230));
    assert_eq!(data_state(&backlog), ("flowing", 0, 0), "all has come");
}
