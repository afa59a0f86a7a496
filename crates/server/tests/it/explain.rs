//! Traces explained again: what becomes of each span must be what the worked examples say and what was counted; and
//! what is answered when a trace is not kept.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use throughline_core::annotate::decision::{Decision, Filtered, Outcome, Unmatched};
use throughline_core::count::book::Book;
use throughline_core::count::frame::Frames;
use throughline_core::count::tally::ExampleOf;
use throughline_core::id::TraceId;
use throughline_core::model::registry::{IdBook, Registry};
use throughline_core::observation::{Signal, SpanKind, TrafficClass};
use throughline_core::time::UnixNanos;
use throughline_server::evaluate::{Evaluator, pin_all};
use throughline_server::explain::{Became, ExplainOptions, FromFiles, Span, explain_files, explain_kept};
use throughline_server::intake::{Intake, Request};
use throughline_server::kept::Ring;
use throughline_server::live::{Live, RegistrySource};
use throughline_server::show::trace;
use throughline_server::view::trace::{Fate, Kept, Outcome as Shown, Trace, WhoseAnswer};
use throughline_wire::inflate::Compression;
use throughline_wire::otlp::Encoding;

use crate::data::shared;

/// 2026-11-20T10:00:00Z, the only clock of the examples.
const EPOCH: u64 = 1_795_168_800_000_000_000;
const SECOND: u64 = 1_000_000_000;

struct World {
    live: Live,
    intake: Intake,
    traces: Vec<TraceId>,
}

fn load(path: &Path) -> Arc<Registry> {
    let text = std::fs::read_to_string(path).unwrap();
    let source = throughline_registry::Source::new(path.display().to_string(), text);
    let loaded = throughline_registry::load_sources(vec![source], &mut IdBook::default());
    Arc::new(loaded.registry.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics)))
}

impl World {
    fn new(registry: Arc<Registry>) -> Self {
        let intake = Intake::new(Arc::clone(&registry), Frames::default(), 1, 7);
        let interned = Arc::clone(&intake.shared.interned);
        let live = Live::new(registry, RegistrySource::default(), interned, Book::new(u32::MAX));
        Self { live, intake, traces: Vec::new() }
    }

    fn take(&mut self, body: &[u8], at: UnixNanos) {
        let (signal, encoding, compression) = (Signal::Traces, Encoding::Json, Compression::Identity);
        self.intake.take(&Request { signal, encoding, compression, body }, at);
        for span in spans_of(body) {
            let trace = TraceId(u128::from_str_radix(span["traceId"].as_str().unwrap(), 16).unwrap());
            if !self.traces.contains(&trace) {
                self.traces.push(trace);
            }
        }
    }

    /// Lets everything settle, looking every 10 s as a server does.
    fn settle(&mut self, from: UnixNanos) {
        let mut evaluator = Evaluator::default();
        for tick in 1..=70 {
            let now = from.plus(tick * 10 * SECOND);
            evaluator.tick(&mut self.live, self.intake.drain(now), now);
        }
    }

    fn kept(&self, trace: TraceId) -> Kept {
        match trace::trace(&self.live, &self.intake, &trace.to_string()) {
            Trace::Kept(kept) => *kept,
            Trace::NotKept(not_kept) => panic!("{not_kept:?}"),
        }
    }

    fn became(&self, span: &Span) -> String {
        let name = |step| self.live.registry.step(step).unwrap().name.clone();
        match &span.became {
            Became::Rejected(why) => format!("rejected: {}", why.word()),
            Became::Duplicate(_) => "duplicate (span)".to_owned(),
            Became::FilteredAgain(_) | Became::Decided(Decision::Filtered(Filtered::NoEntry)) => {
                "filtered: no entry".to_owned()
            }
            Became::Decided(Decision::Filtered(Filtered::Container)) => "filtered: container".to_owned(),
            Became::Decided(Decision::Unmatched(why)) => format!(
                "unmatched: {}",
                match why {
                    Unmatched::NoRule => "no rule",
                    Unmatched::Ambiguous => "ambiguous",
                    Unmatched::UnknownId => "unknown id",
                    Unmatched::Undecided => "undecided",
                }
            ),
            Became::Decided(Decision::Counted(counted)) => {
                let class = match counted.class {
                    TrafficClass::Interactive => String::new(),
                    class => format!(", {}", class.word()),
                };
                let (step, by) = (name(counted.step), format!("{}{class}", counted.source.word()));
                let Some(attempt) = &counted.attempt else { return format!("cell {step} ({by})") };
                let times = if counted.times > 1 { format!("{} x ", counted.times) } else { String::new() };
                let bad = if attempt.outcome.is_bad() { "bad " } else { "" };
                format!("{times}attempt {step} {bad}{} ({by})", attempt.outcome.word())
            }
        }
    }
}

fn spans_of(body: &[u8]) -> Vec<Value> {
    let body: Value = serde_json::from_slice(body).unwrap();
    let inside = |of: &Value, key: &str| of[key].as_array().cloned().unwrap_or_default();
    let scopes = inside(&body, "resourceSpans").into_iter().flat_map(|r| inside(&r, "scopeSpans"));
    scopes.flat_map(|scope| inside(&scope, "spans")).collect()
}

/// A span's place in a table of the examples: service, kind, start in ns after 10:00.
type Key = (String, &'static str, u64);

/// Reads the tables of the examples: what becomes of each span, by case.
fn tables(page: &str) -> BTreeMap<String, Vec<(Key, String)>> {
    let (mut tables, mut case) = (BTreeMap::new(), String::new());
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## G") {
            case = format!("G{}", title.split(' ').next().unwrap());
        }
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        if cells.len() < 6 || cells[0].starts_with("span") || cells[0].starts_with('-') {
            continue;
        }
        let kind = kind(cells[3].split(' ').next().unwrap());
        // Starts of other days are left out.
        let Some(start) = nanoseconds(cells[cells.len() - 2]) else { continue };
        let becomes = cells[cells.len() - 1].replace("**", "");
        let becomes = becomes.split(" (the ").next().unwrap().trim().to_owned();
        let table: &mut Vec<_> = tables.entry(case.clone()).or_default();
        table.push(((cells[2].to_owned(), kind, start), becomes));
    }
    tables
}

fn kind(word: &str) -> &'static str {
    match word {
        "SERVER" => "server",
        "CLIENT" => "client",
        "PRODUCER" => "producer",
        "CONSUMER" => "consumer",
        "INTERNAL" => "internal",
        _ => "none",
    }
}

/// Reads `59.999999999 + 0.1`.
fn nanoseconds(text: &str) -> Option<u64> {
    let (whole, part) = match text.split(' ').next()?.split_once('.') {
        Some((whole, part)) => (whole, format!("{part:0<9}")),
        None => (text.split(' ').next()?, "0".repeat(9)),
    };
    Some(whole.parse::<u64>().ok()? * SECOND + part.parse::<u64>().ok()?)
}

fn key_of(span: &Span) -> Key {
    let kind = match span.entry.kind {
        SpanKind::Unspecified => "none",
        SpanKind::Internal => "internal",
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
    };
    (span.service.clone(), kind, span.entry.start.0 - EPOCH)
}

fn case(dir: &Path, case: &Value) -> World {
    let mut world = World::new(load(&dir.join(case["registry"].as_str().unwrap())));
    let mut last = 0;
    for input in case["input"].as_array().unwrap() {
        last = input["arrives_ms"].as_u64().unwrap();
        let body = std::fs::read(dir.join(input["file"].as_str().unwrap())).unwrap();
        world.take(&body, UnixNanos(EPOCH + last * 1_000_000));
    }
    world.settle(UnixNanos(EPOCH + last * 1_000_000));
    world
}

fn cases(dir: &Path) -> Vec<Value> {
    let page: Value = serde_json::from_slice(&std::fs::read(dir.join("cases.json")).unwrap()).unwrap();
    page["cases"].as_array().unwrap().clone()
}

#[test]
fn every_span_of_the_worked_examples_becomes_what_their_page_says() {
    let Some(dir) = shared("cases/annotation") else { return };
    let tables = tables(&std::fs::read_to_string(dir.join("README.md")).unwrap());
    let (mut faults, mut checked) = (Vec::new(), 0);
    for given in cases(&dir) {
        let id = given["id"].as_str().unwrap();
        let world = case(&dir, &given);
        let mut expected = tables[id].clone();
        // The bytes of a body that came twice are kept once.
        expected.retain(|(_, becomes)| becomes != "duplicate (body)");
        for trace in &world.traces {
            for span in explain_kept(&world.live, &world.intake, *trace).spans {
                if span.entry.start.0 < EPOCH {
                    continue;
                }
                let (key, became) = (key_of(&span), world.became(&span));
                match expected.iter().position(|row| *row == (key.clone(), became.clone())) {
                    Some(at) => drop(expected.remove(at)),
                    None => faults.push(format!("{id}: {key:?} became {became}")),
                }
                checked += 1;
            }
        }
        faults.extend(expected.iter().map(|row| format!("{id}: expected {row:?}")));
    }
    assert!(checked > 150, "{checked}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_page_adds_up_and_shows_what_was_decided() {
    let Some(dir) = shared("cases/annotation") else { return };
    for given in cases(&dir) {
        let world = case(&dir, &given);
        for trace in &world.traces {
            let (kept, told) = (world.kept(*trace), explain_kept(&world.live, &world.intake, *trace));
            let came = &kept.came_in;
            let parts = came.counted + came.filtered + came.unmatched + came.duplicate + came.rejected;
            assert_eq!(came.received, parts, "{kept:?}");
            assert_eq!(kept.spans.len(), told.spans.len());
            let attempts = told.spans.iter().filter(|span| span.attempt().is_some()).count();
            let answered = kept.attempts.iter().filter(|answer| answer.conditions.iter().any(|c| c.decides));
            assert!(attempts == 0 || answered.count() == attempts, "{kept:#?}");
            let taken = |whose: &[throughline_server::view::trace::Whose]| {
                whose.iter().filter(|one| one.answer == WhoseAnswer::Taken).count()
            };
            for answer in &kept.attempts {
                let has_step = usize::from(answer.step.is_some());
                assert_eq!(taken(&answer.whose), has_step, "{answer:#?}");
            }
        }
    }
}

/// Returns the page of the trace of a case that has an attempt with this outcome.
fn page_of(world: &World, outcome: Outcome) -> Kept {
    let has = |trace: &&TraceId| {
        let told = explain_kept(&world.live, &world.intake, **trace);
        told.spans.iter().any(|span| span.attempt().is_some_and(|(_, a)| a.outcome == outcome))
    };
    world.kept(*world.traces.iter().find(has).unwrap())
}

#[test]
fn a_missing_span_is_named_and_what_it_proves() {
    let Some(dir) = shared("cases/annotation") else { return };
    let given = cases(&dir).into_iter().find(|case| case["id"] == "G13").unwrap();
    let world = case(&dir, &given);
    let useless = page_of(&world, Outcome::Useless);
    assert_eq!(useless.attempts[0].outcome, Shown::Bad);
    let decides = useless.attempts[0].conditions.iter().find(|condition| condition.decides).unwrap();
    assert_eq!((decides.found.as_str(), decides.answer.as_str()), ("not in the trace", "no, this decides"));
    assert_eq!(useless.spans[0].fate, Fate::Bad);
    let lost = page_of(&world, Outcome::Lost);
    assert_eq!((lost.attempts[0].outcome, lost.spans[0].fate), (Shown::Lost, Fate::Pending));
    assert!(lost.say.plain().contains("it stands as lost"), "{}", lost.say.plain());
}

#[test]
fn what_came_before_the_registry_was_exchanged_was_counted_by_other_rules() {
    let mut world = World::new(load(&crate::playing::fixture("parcel/parcel.yaml")));
    let at = |second: u64| UnixNanos(EPOCH + second * SECOND);
    let start = at(0).0.to_string();
    let body = serde_json::json!({"resourceSpans": [{"resource": {"attributes": [
        {"key": "service.name", "value": {"stringValue": "counter"}}]}, "scopeSpans": [{"spans": [{
        "traceId": "000000000000000000000000000000c1", "spanId": "00000000000000c1", "kind": 2,
        "name": "POST /api/parcels", "startTimeUnixNano": start, "endTimeUnixNano": start}]}]}]});
    world.take(body.to_string().as_bytes(), at(1));
    world.settle(at(1));
    let check = |world: &World, expected: &str| {
        let say = world.kept(TraceId(0xc1)).say.plain();
        assert!(say.contains(expected), "{say}");
    };
    check(&world, "Counted once, in minute 10:00.");
    world.live.source.since = at(1);
    check(&world, "Counted once, in minute 10:00.");
    world.live.source.since = at(2);
    check(&world, "So say the rules in force since 10:00:02. It came before");
}

#[test]
fn a_file_tells_the_same_as_what_was_kept() {
    let Some(dir) = shared("cases/annotation") else { return };
    for (id, files) in [
        ("G05", &["g05.1.otlp.json"][..]),
        ("G12", &["g12.1.otlp.json"]),
        ("G17", &["g17.1.otlp.json", "g17.2.otlp.json"]),
    ] {
        let given = cases(&dir).into_iter().find(|case| case["id"] == id).unwrap();
        let world = case(&dir, &given);
        let options = ExplainOptions {
            registry: Arc::clone(&world.live.registry),
            source: RegistrySource::default(),
            files: files.iter().map(|file| dir.join(file)).collect(),
            format: None,
        };
        for trace in &world.traces {
            let FromFiles { live, told, .. } = explain_files(&options, *trace).unwrap();
            let Trace::Kept(from_file) = trace::of_file(&live, &told, &trace.to_string()) else { panic!() };
            let kept = world.kept(*trace);
            assert_eq!(from_file.spans, kept.spans);
            assert_eq!(from_file.attempts[0].whose, kept.attempts[0].whose);
            assert_eq!(from_file.attempts[0].conditions, kept.attempts[0].conditions);
        }
    }
}

#[test]
fn a_pinned_trace_outlives_the_ring_and_leads_to_others() {
    let Some(dir) = shared("cases/annotation") else { return };
    let given = cases(&dir).into_iter().find(|case| case["id"] == "G17").unwrap();
    let mut world = case(&dir, &given);
    let before: Vec<Kept> = world.traces.iter().map(|trace| world.kept(*trace)).collect();
    let now = world.live.judgement.now;
    pin_all(&world.intake, &mut world.live, now);
    *world.intake.ring.lock().unwrap() = Ring::default();
    let is_attempt = |of: &ExampleOf| matches!(of, ExampleOf::Attempt { .. });
    let shown: Vec<TraceId> = world
        .live
        .examples
        .all()
        .filter(|(of, _)| is_attempt(of))
        .flat_map(|(_, traces)| traces.iter().map(|example| example.trace))
        .collect();
    assert!(shown.len() >= 3);
    for trace in shown {
        let then = before.iter().find(|kept| kept.id == trace.to_string()).unwrap();
        assert_eq!(world.kept(trace).spans, then.spans);
        assert!(then.came_in.kept.starts_with("one of "), "{}", then.came_in.kept);
    }
}

#[test]
fn what_is_not_kept_says_so_whatever_the_id() {
    let Some(dir) = shared("cases/annotation") else { return };
    let given = cases(&dir).into_iter().find(|case| case["id"] == "G05").unwrap();
    let mut world = case(&dir, &given);
    let now = world.live.judgement.now;
    pin_all(&world.intake, &mut world.live, now);
    let known = world.traces[0].to_string();
    let plus = format!("+{}", &known[1..]);
    let long = "a".repeat(1 << 20);
    for (id, is_id) in [
        ("9d3e51aa0b7c4e2f8d6610f3a2c47b70", true),
        ("00000000000000000000000000000000", true),
        ("", false),
        ("../../etc/passwd", false),
        ("\"><script>", false),
        (&known[..31], true),
        (&known[..16], true),
        (&known[..15], false),
        (&format!("0{known}"), false),
        (&plus, false),
        (&long, false),
        ("ééééééééééééééééé", false),
    ] {
        let Trace::NotKept(answer) = trace::trace(&world.live, &world.intake, id) else { panic!("{id}") };
        assert_eq!(answer.is_id, is_id, "{id}");
        assert!(!answer.kept.is_empty());
    }
    assert_eq!(world.kept(world.traces[0]).id, known);
    let short = known.trim_start_matches('0');
    let Trace::Kept(padded) = trace::trace(&world.live, &world.intake, short) else { panic!("{short}") };
    assert_eq!(padded.id, known);
    let capitals = known.to_uppercase();
    assert!(matches!(trace::trace(&world.live, &world.intake, &capitals), Trace::Kept(_)));
}

#[test]
fn a_trace_of_very_many_spans_is_folded_the_filtered_first() {
    let Some(dir) = shared("cases/annotation") else { return };
    let mut world = World::new(load(&dir.join("parcel.yaml")));
    let id = "0000000000000000000000000000ab01";
    let inner: Vec<String> = (2..400)
        .map(|n| {
            format!(
                r#"{{"traceId":"{id}","spanId":"{n:016x}","parentSpanId":"0000000000000001","name":"work","kind":1,
                "startTimeUnixNano":"{EPOCH}","endTimeUnixNano":"{}"}}"#,
                EPOCH + 1_000
            )
        })
        .collect();
    let root = format!(
        r#"{{"traceId":"{id}","spanId":"0000000000000001","name":"POST /api/parcels","kind":2,
        "startTimeUnixNano":"{EPOCH}","endTimeUnixNano":"{}"}}"#,
        EPOCH + SECOND
    );
    let body = format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"counter"}}}}]}},
        "scopeSpans":[{{"spans":[{root},{}]}}]}}]}}"#,
        inner.join(",")
    );
    world.take(body.as_bytes(), UnixNanos(EPOCH + SECOND));
    world.settle(UnixNanos(EPOCH + SECOND));
    let kept = world.kept(world.traces[0]);
    assert_eq!((kept.spans.len(), kept.folded, kept.came_in.received), (200, 199, 399));
    assert_eq!((kept.spans[0].fate, kept.attempts.len()), (Fate::Good, 1));
}
