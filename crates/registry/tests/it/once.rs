//! One mistake is told once: what only seems to be missing or unused because of it is not told too.

use throughline_registry::{Code, Level};

use crate::{codes, load_text};

/// Loads a product with a body of `spec` that is mistaken, and returns its codes but those about people.
fn told(spec: &str) -> Vec<Code> {
    let head = "apiVersion: throughline.dev/v1\nkind: Product\nmetadata: {name: shop}\nspec:\n";
    let loaded = load_text(&format!("{head}{spec}"));
    codes(&loaded).into_iter().filter(|code| *code != Code::RaciMissing).collect()
}

fn step(body: &str) -> Vec<Code> {
    told(&format!(
        "  objectives: {{get-goods: {{criticality: critical, flow: [buy]}}}}\n  steps:\n    buy: {{{body}}}\n"
    ))
}

fn spec(body: &str) -> Vec<Code> {
    told(&format!("  steps: {{buy: {{slos: [{{name: available, target: 99.9%}}]}}}}\n{body}"))
}

#[test]
fn a_condition_that_is_none_does_not_ask_nothing_too() {
    let slos = "slos: [{name: available, target: 99.9%}]";
    for condition in ["success: ok", "success: [ok]", "failure: {not: ok}", "exclude: {any: [ok]}"] {
        assert_eq!(step(&format!("{condition}, {slos}")), [Code::WrongType], "{condition}");
    }
}

#[test]
fn what_is_written_wrongly_is_not_missing_too() {
    assert_eq!(step("slos: available"), [Code::WrongType]);
    assert_eq!(step("slos: [{target: 99.9%}]"), [Code::MissingKey]);
    for objectives in ["buy", "[buy]", "{get-goods: buy}", "{get-goods: {criticality: critical, flow: buy}}"]
    {
        assert_eq!(spec(&format!("  objectives: {objectives}\n")), [Code::WrongType], "{objectives}");
    }
    let objective = |body: &str| spec(&format!("  objectives: {{get-goods: {{{body}}}}}\n"));
    assert_eq!(objective("criticality: high, flow: [buy]"), [Code::BadValue]);
    assert_eq!(objective("criticality: critical"), [Code::MissingKey]);
    assert_eq!(
        told("  objectives: {a: {criticality: critical, flow: [buy]}}\n  steps: buy\n"),
        [Code::WrongType]
    );
}

#[test]
fn what_a_broken_value_would_have_decided_is_not_told() {
    let slos = "slos: [{name: available, target: 99.9%}]";
    let part = "actions: [{service: a, operation: [b]}, {service: a, operation: c, part: true}]";
    assert_eq!(step(&format!("{part}, {slos}")), [Code::WrongType]);
    let fast = |latency: &str| step(&format!("slos: [{{name: fast, latency: {latency}, target: 99%}}]"));
    assert_eq!(fast("800ms"), []);
    assert_eq!(fast("soon"), [Code::BadValue]);
    let objectives = "  objectives: {a: {criticality: critical, flow: [buy]}}\n";
    let rules = |of: &str| {
        format!(
            "{objectives}  severity: [{{level: major, when: {{{of}impact: \"> 5%\"}}}}, {{level: minor, when: {{impact: \"> 5%\"}}}}]\n"
        )
    };
    assert_eq!(spec(&rules("")), [Code::ShadowedRule]);
    assert_eq!(spec(&rules("class: [core], ")), [Code::WrongType]);
    assert_eq!(step(&format!("success: {{contains: []}}, {slos}")), [Code::WrongType]);
}

#[test]
fn a_misspelt_step_of_a_flow_leaves_no_step_unused() {
    let flow =
        |step: &str| spec(&format!("  objectives: {{a: {{criticality: critical, flow: [{step}]}}}}\n"));
    assert_eq!(flow("byu"), [Code::UnknownReference]);
    assert_eq!(flow("pay-now"), [Code::StepUnused, Code::UnknownReference]);
    assert_eq!(flow("Buy"), [Code::BadId]);
}

#[test]
fn names_in_what_cannot_be_read_are_not_unknown_too() {
    let objectives = "  objectives: {a: {criticality: critical, flow: [buy], kpis: sales}}\n";
    assert_eq!(spec(&format!("{objectives}  kpis: sales\n")), [Code::WrongType]);
    let raci = "  raci: {define objectives: {accountable: me, responsible: me}}\n  stakeholders: me\n";
    let objectives = objectives.replace(", kpis: sales", "");
    assert_eq!(spec(&format!("{objectives}{raci}")), [Code::WrongType]);
    assert_eq!(spec(&format!("{objectives}  targets: high\n")), [Code::WrongType]);
}

#[test]
fn a_mapping_that_is_no_item_is_only_no_list() {
    let slos = "slos: [{name: available, target: 99.9%}]";
    assert_eq!(step(&format!("actions: {{first: {{service: a, operation: b}}}}, {slos}")), [Code::WrongType]);
    assert_eq!(step(&format!("failure: {{any: {{}}}}, {slos}")), [Code::WrongType]);
}

#[test]
fn a_mapping_for_a_list_is_read_as_its_one_item() {
    let slos = "slos: [{name: available, target: 99.9%}]";
    let found = step(&format!("failure: {{any: {{http.status: \"700-800\"}}}}, {slos}"));
    assert_eq!(found, [Code::WrongType, Code::ImpossibleCondition]);
    assert_eq!(step("slos: {name: available, target: 99.9}"), [Code::WrongType, Code::TargetFormat]);
    let found = spec("  objectives: {a: {criticality: critical, flow: {step: pay}}}\n");
    assert_eq!(found, [Code::WrongType, Code::UnknownReference]);
}

#[test]
fn an_expression_that_matches_everything_is_a_warning() {
    let regex = |text: &str| {
        let codes = step(&format!(
            "actions: [{{service: a, operation: {{regex: \"{text}\"}}}}], slos: [{{name: available, target: 99.9%}}]"
        ));
        codes == [Code::MatchesEverything]
    };
    assert_eq!(Code::MatchesEverything.level(), Level::Warning);
    for text in ["", ".", ".*", "^.*$", "(GET )?", "[^/]*", "^"] {
        assert!(regex(text), "{text}");
    }
    for text in ["^$", "^(GET)?$", "^[^/]+$", "^[^ ]*$", "GET", r"\\w+", "^GET .*"] {
        assert!(!regex(text), "{text}");
    }
}

#[test]
fn braces_are_told_only_where_they_stand_for_a_segment() {
    let operation = |text: &str| {
        step(&format!(
            "actions: [{{service: a, operation: \"{text}\"}}], slos: [{{name: available, target: 99.9%}}]"
        ))
    };
    for text in [
        "GET /{a}/{b}",
        "GET /{a}-{b}",
        "query { mails }",
        "GET /{id:[a-z]{3}}",
        "query {*",
        "{a}*{",
        "GET /{a/b}",
    ] {
        assert_eq!(operation(text), [], "{text}");
    }
    for text in ["", " ", "GET /{a", "GET /{a/b", "GET /a}", "GET /{a}}", "POST /{a}/{", "{{a}"] {
        assert_eq!(operation(text), [Code::BadValue], "{text}");
    }
}
