//! The demo's scenarios: the real binary, its real ports, an hour a minute.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::process::{Running, folder, run, wait_for};

/// Demos run one at a time: each plays days of traffic, and one of them against its own clock.
static ONE: Mutex<()> = Mutex::new(());

pub(crate) fn alone() -> MutexGuard<'static, ()> {
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn step<'a>(map: &'a Value, id: &str) -> &'a Value {
    map["flow"]["steps"].as_array().unwrap().iter().find(|step| step["id"] == id).unwrap()
}

fn status(demo: &Running, id: &str) -> String {
    step(&demo.api("/products/mail/map"), id)["state"]["status"].as_str().unwrap().to_owned()
}

fn seconds(time: &Value) -> i64 {
    time.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second()
}

#[test]
fn save_draft_fails_for_everyone_while_storage_is_98_percent_available() {
    let _alone = alone();
    let demo = Running::start(&["demo", "--days", "2", "--scenario", "save-draft"]);
    wait_for("a look", Duration::from_secs(20), || demo.get("/readyz").0 == 200);
    assert_eq!(status(&demo, "save-draft"), "failing");
    assert_eq!(status(&demo, "send-mail"), "met");
    let today = demo.api("/today");
    assert_eq!(today["products"][0]["alarm"]["severity"], "major");
    let impact = demo.api("/impact");
    let columns = impact["columns"].as_array().unwrap();
    let at = columns.iter().position(|column| column["id"] == "save-draft").unwrap();
    let failed = &columns[at]["failed"];
    assert_eq!(failed["part"], failed["of"], "every attempt fails");
    let storage = impact["rows"].as_array().unwrap().iter().find(|row| row["service"] == "storage").unwrap();
    let share = storage["errors_ppb"].as_u64().unwrap();
    assert!((15_000_000..26_000_000).contains(&share), "about 2 %: {share}");
    assert_eq!(storage["cells"][at]["of_step_ppb"], 1_000_000_000);
    let trace = impact["examples"]["rows"][0]["trace"].as_str().map(str::to_owned);
    assert!(trace.is_some(), "an example is kept");
}

/// Returns how long after a live fault the demo names its severity, in seconds of its own clock.
fn live_onset() -> i64 {
    let live = ["--speed", "60", "--fault-in", "60s"];
    let demo = Running::start(&[&["demo", "--days", "1", "--scenario", "save-draft"], &live[..]].concat());
    let began = seconds(&demo.api("/today")["now"]);
    wait_for("save draft to fail", Duration::from_secs(30), || status(&demo, "save-draft") == "failing");
    let (_, page) = demo.get("/");
    assert!(page.contains("demo clock, 60 x"), "every page says that the clock is the demo's");
    seconds(&demo.api("/today")["products"][0]["alarm"]["since"]) - began - 60
}

#[test]
fn a_live_fault_is_failing_within_two_minutes_of_the_demos_clock() {
    let _alone = alone();
    if cfg!(debug_assertions) {
        println!("skipped: an hour a minute needs the optimised binary: cargo test --release");
        return;
    }
    // Two minutes are two real seconds, and a shared machine may stand still for one: one of three must do.
    let mut delays = std::iter::repeat_with(live_onset).take(3);
    assert!(delays.any(|delay| delay <= 120), "told late three times");
}

#[test]
fn a_dependency_that_answers_empty_silences_the_steps_behind_it() {
    let _alone = alone();
    let demo = Running::start(&["demo", "--days", "3", "--scenario", "silent"]);
    wait_for("a look", Duration::from_secs(20), || demo.get("/readyz").0 == 200);
    assert_eq!(status(&demo, "send-mail"), "silent");
    assert_eq!(status(&demo, "save-draft"), "silent");
    assert_eq!(status(&demo, "open-inbox"), "met");
}

#[test]
fn without_a_fault_there_is_no_alarm() {
    let _alone = alone();
    let demo = Running::start(&["demo", "--days", "2", "--scenario", "none"]);
    wait_for("a look", Duration::from_secs(20), || demo.get("/readyz").0 == 200);
    let today = demo.api("/today");
    assert_eq!(today["products"][0]["alarm"], Value::Null);
    let quality = demo.api("/quality");
    let traces = &quality["signals"][0];
    let parts = ["counted", "filtered", "unmatched", "duplicate", "rejected"];
    let sum: u64 = parts.iter().map(|part| traces[*part]["records"].as_u64().unwrap()).sum();
    assert_eq!(traces["received"], sum);
}

#[test]
fn nothing_knows_the_scenario_other_names_give_the_same_verdicts() {
    let _alone = alone();
    let recorded = folder("recorded");
    drop(Running::start(&["demo", "--days", "1", "--record", recorded.to_str().unwrap()]));
    let renamed = folder("renamed");
    let text = include_str!("../../../../examples/mail/mail.yaml");
    let other = text
        .replace("save-draft", "keep-text")
        .replace("send-mail", "post-letter")
        .replace("open-inbox", "see-all");
    std::fs::write(renamed.join("mail.yaml"), other).unwrap();
    let file = recorded.join("demo.otlp");
    let replay = |registry: &str| -> Value {
        let output = run(&["replay", "--output", "json", "--registry", registry, file.to_str().unwrap()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let (ours, theirs) = (replay("examples/mail"), replay(renamed.to_str().unwrap()));
    let verdicts = |report: &Value| -> Vec<(Value, Value)> {
        let slos = report["slos"].as_array().unwrap();
        slos.iter().map(|slo| (slo["verdict"].clone(), slo["cause"].clone())).collect()
    };
    assert_eq!(verdicts(&ours), verdicts(&theirs));
    let levels = |report: &Value, step: &str| -> Vec<Value> {
        let all = report["severity"].as_array().unwrap().iter();
        all.filter(|entry| entry["step"] == step).map(|entry| entry["level"].clone()).collect()
    };
    assert_eq!(levels(&ours, "save-draft"), levels(&theirs, "keep-text"));
    assert!(!levels(&ours, "save-draft").is_empty());
}
