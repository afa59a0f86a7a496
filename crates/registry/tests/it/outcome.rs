//! Steps at which all attempts come out alike.

use throughline_registry::Code;

use crate::{load_text, product};

const AVAILABLE: &str = "slos: [{name: available, target: 99%}]";

/// Returns what is told of a step's conditions: what their SLO can never say.
fn told(step: &str) -> Vec<String> {
    let loaded = load_text(&product(&format!("    send-mail: {{{step}}}\n")));
    let found = loaded.diagnostics.iter().filter(|found| found.code == Code::GoodEqualsTotal);
    found.map(|found| found.message.clone()).collect()
}

fn check(conditions: &str, expected: Option<&str>) {
    let told = told(&format!("{conditions}, {AVAILABLE}"));
    assert_eq!(told.len(), expected.iter().len(), "{conditions}: {told:?}");
    assert!(told.iter().all(|told| told.contains(expected.unwrap_or_default())), "{conditions}: {told:?}");
}

#[test]
fn a_step_that_cannot_fail_is_told() {
    let never = Some("no attempt at `send-mail` can be bad, so it is at 100 % for ever");
    check("success: {any: [{status: ok}, {status: error}]}", never);
    check("success: {any: [{not: {http.status: 404}}, {http.status: 404}]}", never);
    check(
        "success: {not: {attribute: {mail.error: \"*\"}}}, exclude: {attribute: {mail.error: \"*\"}}",
        never,
    );
    check("exclude: {status: error}", never);
    check("success: {any: [{status: ok}, {http.status: \"<500\"}]}", None);
    check("success: {any: [{attribute: {a: b}}, {not: {attribute: {a: c}}}]}", None);
}

#[test]
fn a_step_that_cannot_be_good_is_told() {
    let never = Some("no attempt at `send-mail` can be good, so it is at 0 % for ever");
    check("success: {http.status: 200}, exclude: {http.status: 200}", never);
    check("success: {http.status: 200}, exclude: {http.status: \"200-299\"}", never);
    check("success: {grpc.status: UNAVAILABLE}, failure: {status: error}", never);
    check(
        "success: {attribute: {a: b}}, failure: {not: {attribute: {a: b}}}, exclude: {attribute: {a: b}}",
        never,
    );
    check("exclude: {any: [{status: ok}, {http.status: \">=500\"}]}", never);
    check("success: {attribute: {a: b}}, exclude: {attribute: {a: c}}", None);
    check("success: {http.status: \"200-299\"}, exclude: {http.status: 200}", None);
}

#[test]
fn a_step_without_attempts_that_count_is_told() {
    let never = Some("no attempt at `send-mail` counts");
    check("exclude: {any: [{status: ok}, {status: error}]}", never);
    check("exclude: {any: [{status: ok}, {status: error}, {http.status: 404}]}", never);
    check("exclude: {http.status: \">=500\"}", None);
}

#[test]
fn a_failure_that_is_left_out_is_told() {
    let never = Some("all that `failure` names is left out by `exclude`");
    check("failure: {http.status: 503}, exclude: {http.status: 503}", never);
    check("failure: {http.status: 503}, exclude: {http.status: \">=500\"}", never);
    check("failure: {http.status: \">=500\"}, exclude: {http.status: 503}", None);
    check("failure: {http.status: 503}, exclude: {attribute: {a: b}}", None);
}

#[test]
fn only_slos_that_can_say_nothing_are_told() {
    let always = "success: {any: [{status: ok}, {status: error}]}";
    assert_eq!(told(always).len(), 0);
    assert_eq!(told(&format!("{always}, slos: [{{name: fast, latency: 1s, target: 99%}}]")).len(), 0);
    assert_eq!(told(&format!("{always}, slos: [{{name: seen, method: client, target: 99%}}]")).len(), 0);
    let never = "success: {http.status: 200}, exclude: {http.status: 200}";
    assert_eq!(told(&format!("{never}, slos: [{{name: fast, latency: 1s, target: 99%}}]")).len(), 1);
}

#[test]
fn what_is_told_of_one_condition_is_not_told_again() {
    check("success: {status: ok, http.status: \">=500\"}", None);
    check("success: {client: sent}, exclude: {client: sent}", None);
}

#[test]
fn steps_that_ask_too_many_questions_are_not_looked_at() {
    // `status` is the first of the questions.
    let asks = |n: usize| {
        let further: String = (1..n).map(|i| format!(", {{attribute: {{a{i}: b}}}}")).collect();
        told(&format!("success: {{any: [{{status: ok}}, {{status: error}}{further}]}}, {AVAILABLE}")).len()
    };
    assert_eq!((asks(10), asks(11)), (1, 0));
}
