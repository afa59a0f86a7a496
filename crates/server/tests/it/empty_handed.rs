//! Good attempts that bring about less than they usually do: an alert, and no count touched.

use serde_json::{Value, json};
use throughline_core::time::{MINUTE_NS, SECOND_NS};

use crate::playing::{Answers, answers, fixture, options, registry};

const START: u64 = 1_795_168_800 * SECOND_NS;
/// Two days, so that no window is too young.
const MINUTES: u64 = 2_880;
const A_MINUTE: u64 = 4;

/// A search, and the hits that were read for it; the index answers others all the time.
fn search(number: u64, finds: bool) -> Value {
    let start = START + number * MINUTE_NS / A_MINUTE;
    let text = |key: &str, text: &str| json!({"key": key, "value": {"stringValue": text}});
    let span = |trace: String, id: u64, parent: String, name: &str| {
        json!({
            "traceId": trace, "spanId": format!("{id:016x}"), "parentSpanId": parent, "name": name, "kind": 2,
            "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 5_000_000).to_string(),
        })
    };
    let of = |service: &str, span: Value| json!({"resource": {"attributes": [text("service.name", service)]}, "scopeSpans": [{"spans": [span]}]});
    let trace = |n: u64| format!("{n:032x}");
    let (root, other) = (2 * number + 2, 2 * number + 3);
    let mut resources = vec![
        of("search", span(trace(root), root, String::new(), "GET /search")),
        of("index", span(trace(other), other, String::new(), "refresh")),
    ];
    if finds {
        resources.push(of("index", span(trace(root), other, format!("{root:016x}"), "hits")));
    }
    json!({"resourceSpans": resources})
}

/// Replays searches of which seven of ten find something, until a minute from which on `later` of ten do.
fn replayed(name: &str, from_minute: u64, later: u64) -> Answers {
    let finds = |number: u64| number * 7 % 10 < if number / A_MINUTE < from_minute { 7 } else { later };
    let lines: Vec<String> =
        (0..MINUTES * A_MINUTE).map(|number| search(number, finds(number)).to_string()).collect();
    let path = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, lines.join("\n")).unwrap();
    answers(&options(registry(&fixture("search")), vec![path]))
}

#[test]
fn searches_that_find_less_than_half_as_often_are_told_and_counted_good() {
    let check = |name: &str, later, expected: &[&str]| {
        let found = replayed(name, MINUTES - 60, later);
        let alerts: Vec<&str> = found.report.alerts.iter().map(|alert| alert.alertname).collect();
        assert_eq!(alerts, expected, "{name}: {:?}", found.report.alerts);
        let (step, all) = (found.step("search"), (MINUTES * A_MINUTE) as i64);
        assert_eq!((step.attempts, step.good), (all, all));
        assert_eq!(found.slo("shop/search/available").verdict, "met");
    };
    check("as-ever.json", 7, &[]);
    check("a-little-less.json", 4, &[]);
    check("nothing.json", 0, &["ThroughlineUseless"]);
}
