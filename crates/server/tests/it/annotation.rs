//! The worked examples of annotation and counting: each whole, split into one span a body, and shuffled, on one
//! and on two shards. The answers are those of the examples' own machine-readable page.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::count::book::Book;
use throughline_core::count::bucket::Counts;
use throughline_core::count::frame::Frames;
use throughline_core::count::ledger::{FILTERED_WORDS, Ledger, Rejected, UNMATCHED_WORDS};
use throughline_core::model::registry::{IdBook, Registry};
use throughline_core::observation::{Signal, TrafficClass};
use throughline_core::time::{Minute, UnixNanos};
use throughline_server::intake::{Answer, Drained, Intake, Request};
use throughline_wire::inflate::Compression;
use throughline_wire::otlp::Encoding;

use crate::data::shared;

/// 2026-11-20T10:00:00Z, the only clock of the examples.
const EPOCH: u64 = 1_795_168_800_000_000_000;
const MS: u64 = 1_000_000;
/// When nothing can move any more after the last body.
const SETTLED_MS: u64 = 700_000;

struct Body {
    arrives_ms: u64,
    text: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum Order {
    Whole,
    Split,
    Shuffled(u64),
}

struct Run {
    intake: Intake,
    book: Book,
    drained: Drained,
    ledger: Ledger,
    registry: Arc<Registry>,
}

impl Run {
    fn new(registry: Arc<Registry>, lanes: usize) -> Self {
        let intake = Intake::new(Arc::clone(&registry), Frames::default(), lanes, 7);
        let book = Book::new(u32::MAX);
        Self { intake, book, drained: Drained::default(), ledger: Ledger::default(), registry }
    }

    fn take(&mut self, body: &Body) {
        let (signal, encoding, compression) = (Signal::Traces, Encoding::Json, Compression::Identity);
        let request = Request { signal, encoding, compression, body: &body.text };
        let answer = self.intake.take(&request, at(body.arrives_ms));
        assert!(matches!(answer, Answer::Accepted(_)), "{answer:?}");
        assert_eq!(self.intake.ledger().missing(), 0, "conservation");
    }

    fn advance(&mut self, ms: u64) {
        self.drained = self.intake.drain(at(ms));
        self.ledger = self.drained.ledger;
        for changes in self.drained.changes.drain(..) {
            self.book.add(changes, &self.intake.shared.interned);
        }
        assert_eq!(self.ledger.missing(), 0, "conservation");
    }
}

fn at(ms: u64) -> UnixNanos {
    UnixNanos(EPOCH + ms * MS)
}

fn load(path: &Path) -> Arc<Registry> {
    let text = std::fs::read_to_string(path).unwrap();
    let source = throughline_registry::Source::new(path.display().to_string(), text);
    let loaded = throughline_registry::load_sources(vec![source], &mut IdBook::default());
    Arc::new(loaded.registry.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics)))
}

/// Returns the bodies of a case in the order in which they arrive.
fn bodies(dir: &Path, case: &Value, order: Order) -> Vec<Body> {
    let mut bodies = Vec::new();
    for input in case["input"].as_array().unwrap() {
        let text = std::fs::read(dir.join(input["file"].as_str().unwrap())).unwrap();
        let arrives_ms = input["arrives_ms"].as_u64().unwrap();
        let group = input["group"].as_u64().unwrap();
        match order {
            Order::Whole => bodies.push((group, Body { arrives_ms, text })),
            Order::Split | Order::Shuffled(_) => {
                bodies.extend(split(&text).into_iter().map(|text| (group, Body { arrives_ms, text })));
            }
        }
    }
    if let Order::Shuffled(seed) = order {
        shuffle(&mut bodies, seed);
    }
    bodies.into_iter().map(|(_, body)| body).collect()
}

/// Returns one body a span.
fn split(text: &[u8]) -> Vec<Vec<u8>> {
    let body: Value = serde_json::from_slice(text).unwrap();
    let mut bodies = Vec::new();
    for resource in body["resourceSpans"].as_array().unwrap() {
        for scope in resource["scopeSpans"].as_array().unwrap() {
            for span in scope["spans"].as_array().unwrap() {
                let body = json!({"resourceSpans": [{
                    "resource": resource["resource"], "scopeSpans": [{"spans": [span]}]}]});
                bodies.push(serde_json::to_vec(&body).unwrap());
            }
        }
    }
    bodies
}

/// Shuffles the spans of each group among each other; arrival times stay in place.
fn shuffle(bodies: &mut [(u64, Body)], seed: u64) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for group in bodies.chunk_by_mut(|a, b| a.0 == b.0) {
        for last in (1..group.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let other = (state >> 33) as usize % (last + 1);
            let (left, right) = group.split_at_mut(last);
            if other < last {
                std::mem::swap(&mut left[other].1.text, &mut right[0].1.text);
            }
        }
    }
}

fn attempts(run: &Run) -> Value {
    let mut all = BTreeMap::new();
    for step in run.registry.steps() {
        for class in [TrafficClass::Interactive, TrafficClass::Batch, TrafficClass::Test] {
            let series = run.book.judged.history.class(step.id, class);
            let first = series.first().unwrap_or_default();
            let hours = (first.0..first.0 + 60 * 24 * 40).step_by(60).map(Minute);
            let some = hours.filter(|hour| !series.sum(*hour..hour.plus(60)).is_zero());
            for minute in some.flat_map(|hour| (hour.0..hour.0 + 60).map(Minute)) {
                let counts = series.minute(minute);
                if !counts.is_zero() {
                    all.insert(attempt_key(&step.name, minute, class), outcomes(&counts));
                }
            }
        }
    }
    json!(all)
}

fn attempt_key(step: &str, minute: Minute, class: TrafficClass) -> String {
    let time = jiff::Timestamp::from_second(i64::from(minute.0) * 60).unwrap();
    let day = time.strftime("%Y-%m-%d").to_string();
    let clock = time.strftime(if day == "2026-11-20" { "%H:%M" } else { "%Y-%m-%dT%H:%M" }).to_string();
    match class {
        TrafficClass::Interactive => format!("{step}|{clock}"),
        class => format!("{step}|{clock}|{}", class.word()),
    }
}

fn outcomes(counts: &Counts) -> Value {
    let weight = |w: i64| w >> 16;
    let named = [
        ("good", counts.good),
        ("bad failed", counts.failed),
        ("bad useless", counts.useless),
        ("bad shed", counts.shed),
        ("excluded", counts.excluded),
        ("pending", counts.pending),
        ("lost", counts.lost),
        ("weighted good", weight(counts.weighted.good)),
        ("weighted bad", weight(counts.weighted.bad)),
        ("weighted lost", weight(counts.weighted.lost)),
    ];
    let some = named.into_iter().filter(|(_, n)| *n != 0);
    json!(some.collect::<BTreeMap<_, _>>())
}

fn cells(run: &Run) -> Value {
    let mut all: BTreeMap<String, [i64; 2]> = BTreeMap::new();
    for (_, (service, step, class), requests) in run.book.judged.cells.range(0..u32::MAX) {
        let Some(step) = step.and_then(|step| run.registry.step(step)) else { continue };
        let service = run.intake.shared.interned.service_name(*service);
        let mut key = format!("{service} x {}", step.name);
        if *class != TrafficClass::Interactive {
            key = format!("{key}|{}", class.word());
        }
        let cell = all.entry(key).or_default();
        cell[0] += requests.requests;
        cell[1] += requests.errors;
    }
    all.retain(|_, cell| *cell != [0, 0]);
    json!(all)
}

fn named(words: &[&str], counts: &[i64]) -> Value {
    let pairs = words.iter().zip(counts).filter(|(_, n)| **n != 0);
    json!(pairs.collect::<BTreeMap<_, _>>())
}

fn records(ledger: &Ledger) -> Value {
    json!(ledger.traces.named().into_iter().collect::<BTreeMap<_, _>>())
}

/// Returns the run's own answer to a key of the examples' page.
fn answer(run: &Run, key: &str, expected: &Value) -> Value {
    let ledger = &run.ledger;
    match key {
        "attempts" => attempts(run),
        "cells" => cells(run),
        "records" => records(ledger),
        "rejected" => named(&Rejected::ALL.map(Rejected::word), &ledger.rejected),
        "filtered" => named(&FILTERED_WORDS, &ledger.filtered),
        "unmatched" => named(&UNMATCHED_WORDS, &ledger.unmatched),
        "late" => json!(ledger.late),
        "late_annotation" => json!(ledger.late_annotation),
        "agreement" => json!(ledger.agreement),
        "unknown_ids" => json!(run.intake.heard().unknown),
        _ => expected.clone(),
    }
}

fn compare(run: &Run, expected: &Value, what: &str, faults: &mut Vec<String>) {
    let has_weights = expected["attempts"].to_string().contains("weighted");
    for (key, expected) in expected.as_object().unwrap() {
        let mut got = answer(run, key, expected);
        if key == "attempts" && !has_weights {
            for outcomes in got.as_object_mut().unwrap().values_mut() {
                outcomes.as_object_mut().unwrap().retain(|word, _| !word.starts_with("weighted"));
            }
        }
        if key == "attempts" && what.contains("checkpoint") {
            let wanted = expected.as_object().unwrap();
            got.as_object_mut().unwrap().retain(|key, _| wanted.contains_key(key));
        }
        if got != *expected {
            faults.push(format!("{what}: {key}\n  expected {expected}\n  got      {got}"));
        }
    }
}

fn check(dir: &Path, case: &Value, order: Order, lanes: usize, faults: &mut Vec<String>) {
    let what = format!("{} {order:?} on {lanes}", case["id"].as_str().unwrap());
    let mut run = Run::new(load(&dir.join(case["registry"].as_str().unwrap())), lanes);
    let empty = Vec::new();
    let mut checkpoints = case["answer"]["checkpoints"].as_array().unwrap_or(&empty).iter().peekable();
    let bodies = bodies(dir, case, order);
    let last = bodies.iter().map(|body| body.arrives_ms).max().unwrap();
    for body in &bodies {
        while let Some(point) = checkpoints.next_if(|p| p["at_ms"].as_u64().unwrap() < body.arrives_ms) {
            run.advance(point["at_ms"].as_u64().unwrap());
            compare(&run, point, &format!("{what} checkpoint {}", point["at_ms"]), faults);
        }
        run.take(body);
    }
    for point in checkpoints {
        run.advance(point["at_ms"].as_u64().unwrap());
        compare(&run, point, &format!("{what} checkpoint {}", point["at_ms"]), faults);
    }
    for ms in (last..=last + SETTLED_MS).step_by(10_000) {
        run.advance(ms);
    }
    run.advance(last + SETTLED_MS);
    let mut expected = case["answer"].clone();
    if matches!(order, Order::Split | Order::Shuffled(_)) && case["id"] == "G16" {
        expected.as_object_mut().unwrap().retain(|key, _| !["records", "filtered"].contains(&key.as_str()));
        let records = &run.ledger.traces;
        assert_eq!((records.received, records.counted, records.unmatched), (9, 4, 0));
    }
    compare(&run, &expected, &what, faults);
}

#[test]
fn worked_examples_come_out_whole_split_and_shuffled() {
    let Some(dir) = shared("cases/annotation") else { return };
    let page: Value = serde_json::from_slice(&std::fs::read(dir.join("cases.json")).unwrap()).unwrap();
    let mut faults = Vec::new();
    for case in page["cases"].as_array().unwrap() {
        check(&dir, case, Order::Whole, 1, &mut faults);
        check(&dir, case, Order::Split, 2, &mut faults);
        for seed in 1..6 {
            check(&dir, case, Order::Shuffled(seed), 2, &mut faults);
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
