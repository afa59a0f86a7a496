//! Cases from public bug reports: a small input that made another tool count wrongly, show a false green or a false
//! alarm, and the exact right value. Each names its report.

use axum::http::StatusCode;
use serde_json::{Value, json};
use throughline_server::clock::Clock;
use throughline_server::serve::Server;

use crate::client::{Running, get, post};
use crate::pages::html;
use crate::playing::{Answers, answers, fixture, instant, options, registry, stretch};
use crate::rates::{play, requests};

fn case(file: &str, window: &str) -> Answers {
    let registry = registry(&fixture("parcel"));
    let mut options = options(registry, vec![fixture("cases").join(file)]);
    options.window = Some(stretch(window));
    answers(&options)
}

const ANSWER: &str = "2026-11-20T09:00:00Z..2026-11-20T11:00:00Z";

/// SigNoz/signoz-otel-collector#814: a span that ended 1 ns before it started lasted 2^64 ns.
#[test]
fn a_span_that_ends_before_it_starts_is_not_slow() {
    let case = case("01-end-before-start.otlp.json", ANSWER);
    let step = case.step("book-parcel");
    assert_eq!((step.attempts, step.good, step.bad.len()), (3, 3, 0));
    let minute = case.minute("book-parcel", "2026-11-20T10:00:00Z");
    assert_eq!((minute.good, minute.slow[0].good, minute.slow[0].bad), (3, 0, 0));
    let p99 = step.latency_ms.as_ref().unwrap().p99;
    assert!((p99 - 120.0).abs() <= 1.2, "{p99} ms");
    assert_eq!(case.slo("parcel/book-parcel/fast").sli, Some(1.0));
    assert_eq!(case.replayed.live.ledger.traces.rejected, 0);
}

/// jaegertracing/jaeger#1578: trace ids lost their leading zeros, and parts of one trace did not find each other.
#[test]
fn ids_are_numbers_however_many_zeros_lead_them() {
    let case = case("11-leading-zeros.jaeger.json", ANSWER);
    let step = case.step("book-parcel");
    assert_eq!((step.attempts, step.good), (2, 2));
    assert_eq!(case.cell("ledger", Some("book-parcel")), [3, 1], "all requests of the ledger inherit");
    assert_eq!(case.cell("ledger", None), [0, 0]);
    let traces = case.replayed.live.ledger.traces;
    assert_eq!((traces.received, traces.counted), (5, 5));
}

/// grafana/mimir#9680, prometheus/prometheus#14007: a value on the full minute was counted in two minutes.
#[test]
fn a_span_on_the_full_minute_is_in_that_minute_alone() {
    let file = "14-minute-edges.otlp.json";
    let whole = case(file, ANSWER);
    for (minute, n) in [("10:00", 2), ("10:01", 1), ("10:02", 1), ("10:03", 0), ("09:59", 0)] {
        let counts = whole.minute("book-parcel", &format!("2026-11-20T{minute}:00Z"));
        assert_eq!(counts.good, n, "{minute}");
    }
    let attempts = |from: &str, to: &str| {
        let window = format!("2026-11-20T{from}:00Z..2026-11-20T{to}:00Z");
        case(file, &window).step("book-parcel").attempts
    };
    assert_eq!((attempts("10:00", "10:01"), attempts("10:00", "10:02")), (2, 3));
    for edge in ["10:01", "10:02", "10:03"] {
        assert_eq!(attempts("09:00", edge) + attempts(edge, "11:00"), 4, "{edge}");
    }
}

/// getsentry/sentry#47104: alerts on "less than last week" fired on every quiet weekend.
#[test]
fn a_quiet_weekend_is_no_silence_and_a_silent_monday_is_one() {
    let text = std::fs::read_to_string(fixture("cases/21-quiet-weekend.rates.csv")).unwrap();
    let report = play(&requests(&text), instant("2026-11-23T10:30:00Z"));
    let since = report.silences.iter().filter(|silence| *silence.from >= *"2026-11-16");
    let since: Vec<_> = since.collect();
    let [monday] = &since[..] else { panic!("one silence, not {since:#?}") };
    assert_eq!(monday.step, "book-parcel");
    assert!(monday.from.starts_with("2026-11-23T10:0"), "{monday:?}");
    let minute: u32 = monday.from[14..16].parse().unwrap();
    assert!((0..=6).contains(&minute), "{monday:?}");
    assert_eq!(monday.to, None, "open at the end");
    assert_eq!(
        (monday.cause, &monday.by),
        ("cannot-see", &None),
        "no quote was ever seen, nor is anything now"
    );
}

fn is_missing(value: &Value) -> bool {
    value.is_null()
}

/// argoproj/argo-rollouts#2758: 0/0 went into JSON as a bare NaN, and the page died on a row without data.
#[test]
fn nothing_to_divide_is_said_and_not_computed() {
    let case = case("23-nothing-to-divide.otlp.json", ANSWER);
    let slo = case.slo("parcel/return-parcel/available");
    assert_eq!((slo.sli, slo.budget_left), (None, None));
    assert_eq!((slo.verdict, slo.cause), ("cannot tell", Some("no data")));
    let booked = case.step("book-parcel");
    assert_eq!((booked.attempts, booked.good, booked.bad.get("failed")), (2, 1, Some(&1)));
    let text = serde_json::to_string(&case.report).unwrap();
    assert!(!text.contains("NaN") && !text.contains("Infinity"), "{text}");
    let parsed: Value = serde_json::from_str(&text).unwrap();
    let returned = parsed["steps"].as_array().unwrap().iter().find(|s| s["step"] == "return-parcel").unwrap();
    assert!(is_missing(&returned["latency_ms"]), "{returned}");
}

const PATHS: [&str; 12] = [
    "/today",
    "/products/parcel/map",
    "/products/parcel/objectives/send-parcel",
    "/products/parcel/objectives/follow-parcel",
    "/products/parcel/steps/book-parcel",
    "/products/parcel/steps/return-parcel",
    "/slos/parcel/return-parcel/available",
    "/slos/parcel/book-parcel/fast",
    "/impact",
    "/operations",
    "/quality",
    "/openapi.json",
];

fn slo_rows(slos: &Value) -> Vec<&Value> {
    let list = |value: &Value, key: &str| value[key].as_array().unwrap().len();
    let groups = slos["groups"].as_array().unwrap();
    assert!(groups.iter().all(|group| list(group, "rows") > 0));
    let steps = groups.iter().flat_map(|group| group["rows"].as_array().unwrap());
    steps.flat_map(|step| step["slos"].as_array().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_json_while_an_slo_has_nothing_to_divide() {
    let clock = Clock::from(instant("2026-11-20T10:00:50Z"), 60);
    let server = Running::start(Server::new(fixture("parcel"), clock)).await;
    let body = std::fs::read(fixture("cases").join("23-nothing-to-divide.otlp.json")).unwrap();
    let json = [("content-type", "application/json")];
    assert_eq!(post(server.addresses.otlp_http, "/v1/traces", &json, &body).await.status, 200);
    let ui = server.addresses.ui;
    let slos = loop {
        let slos = get(ui, "/api/v1/slos").await.json();
        let all = slo_rows(&slos);
        let booked = all.iter().find(|row| row["id"] == "parcel/book-parcel/available").unwrap();
        if booked["sli"]["good"] == 1 && booked["sli"]["bad"] == 1 {
            break slos;
        }
    };
    let all = slo_rows(&slos);
    let registry = registry(&fixture("parcel"));
    assert_eq!(slos["total"], registry.slos().count());
    assert_eq!(all.len(), registry.slos().count(), "{slos}");
    let row = all.iter().find(|row| row["id"] == "parcel/return-parcel/available").unwrap();
    assert!(is_missing(&row["sli"]["sli_ppb"]) && is_missing(&row["sli"]["left_ppb"]), "{row}");
    assert_eq!((row["sli"]["good"].clone(), row["sli"]["bad"].clone()), (json!(0), json!(0)));
    assert_eq!(row["state"], json!({"status": "cannot_tell", "cause": "no_data"}));
    for path in PATHS {
        let answer = get(ui, &format!("/api/v1{path}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        answer.json();
    }
    assert!(get(ui, "/api/v1/nothing").await.json()["error"]["code"] == "not-found");
    let page = get(ui, "/slos").await;
    assert_eq!(page.status, StatusCode::OK);
    let page = String::from_utf8(page.body.to_vec()).unwrap();
    html::read(&page);
    for slo in registry.slos() {
        assert!(page.contains(&format!("/slos/{}", slo.slo_id)), "{}", slo.slo_id);
    }
    assert!(!page.contains("NaN") && !page.contains("Infinity"));
    server.stop().await;
}
