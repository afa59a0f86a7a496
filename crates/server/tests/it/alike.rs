//! The same spans, whole, one a body and shuffled, through HTTP (JSON and protobuf), gRPC and a replay, on one shard and
//! on two, under rules that need the whole trace: equal counts (invariant 10).

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use throughline_core::count::book::Book;
use throughline_core::count::bucket::Counts;
use throughline_core::count::frame::Frames;
use throughline_core::count::ledger::Records;
use throughline_core::model::registry::Registry;
use throughline_core::time::SECOND_NS;
use throughline_server::clock::Clock;
use throughline_server::intake::Intake;
use throughline_server::receive::Limits;

use crate::client::{Port, call, framed, post};
use crate::playing::{answers, fixture, options, registry};
use crate::receive::{JSON, PROTOBUF, TRACES, json as bytes_of, protobuf, trace};

const TRACES_N: u8 = 12;

/// What is compared: every step's counts and what became of the spans.
type Counted = (Vec<Counts>, Records);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Through {
    HttpJson,
    HttpProtobuf,
    Grpc,
}

/// Returns documents of one span each.
fn split(whole: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for resource in whole["resourceSpans"].as_array().unwrap() {
        for span in resource["scopeSpans"][0]["spans"].as_array().unwrap() {
            let mut alone = resource.clone();
            alone["scopeSpans"][0]["spans"] = json!([span]);
            all.push(json!({"resourceSpans": [alone]}));
        }
    }
    all
}

fn shuffled(mut all: Vec<Value>, mut seed: u64) -> Vec<Value> {
    for at in (1..all.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        all.swap(at, (seed >> 33) as usize % (at + 1));
    }
    all
}

fn of_steps(registry: &Registry, book: &Book) -> Vec<Counts> {
    registry.steps().map(|step| book.judged.history.step(step.id).total()).collect()
}

async fn live(documents: &[Value], through: Through, lanes: usize) -> Counted {
    let registry = registry(&fixture("mail"));
    let intake = Intake::new(Arc::clone(&registry), Frames::default(), lanes, 7);
    let port = Port::open(intake, Clock::wall(), Limits::default()).await;
    for document in documents {
        let answer = match through {
            Through::HttpJson => post(port.at, "/v1/traces", &[JSON], &bytes_of(document)).await,
            Through::HttpProtobuf => post(port.at, "/v1/traces", &[PROTOBUF], &protobuf(document)).await,
            Through::Grpc => call(port.at, TRACES, &[], framed(false, &protobuf(document))).await,
        };
        assert_eq!(answer.status, 200, "{through:?}");
    }
    let drained = port.intake.drain(Clock::wall().now().plus(700 * SECOND_NS));
    let mut book = Book::new(u32::MAX);
    drained.changes.into_iter().for_each(|changes| book.add(changes, &port.intake.shared.interned));
    (of_steps(&registry, &book), drained.ledger.traces)
}

fn replayed(name: &str, documents: &[Value]) -> Counted {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let lines: Vec<String> = documents.iter().map(Value::to_string).collect();
    std::fs::write(&path, lines.join("\n")).unwrap();
    let registry = registry(&fixture("mail"));
    let live = answers(&options(Arc::clone(&registry), vec![path])).replayed.live;
    (of_steps(&registry, &live.book), live.ledger.traces)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_spans_count_alike_by_every_way_in_any_order_on_one_shard_and_two() {
    let traces: Vec<Value> = (1..=TRACES_N).map(trace).collect();
    let resources = traces.iter().flat_map(|trace| trace["resourceSpans"].as_array().unwrap().clone());
    let whole = json!({"resourceSpans": resources.collect::<Vec<_>>()});
    let single = split(&whole);
    let orders = [vec![whole.clone()], single.clone(), shuffled(single.clone(), 1), shuffled(single, 2)];
    let expected = replayed("alike-whole.jsonl", &orders[0]);
    let attempts: i64 = expected.0.iter().map(Counts::started).sum();
    assert_eq!((attempts, expected.1.counted), (i64::from(TRACES_N), 2 * i64::from(TRACES_N)));
    for (n, documents) in orders.iter().enumerate() {
        assert_eq!(replayed(&format!("alike-{n}.jsonl"), documents), expected, "replay, order {n}");
        for through in [Through::HttpJson, Through::HttpProtobuf, Through::Grpc] {
            for lanes in [1, 2] {
                assert_eq!(
                    live(documents, through, lanes).await,
                    expected,
                    "{through:?}, order {n}, {lanes} shards"
                );
            }
        }
    }
}
