//! What pages and their JSON say: the same numbers, and nothing where there is none.

use schemars::schema_for;
use serde_json::{Value, json};
use throughline_server::page;
use throughline_server::view::path::{By, Layer};
use throughline_server::view::{
    impact, map, objective, operations, quality, shell, slo, slos, step, today, trace,
};

use crate::sample;

/// Returns the text of a page, tags left out.
fn text(html: &str) -> String {
    let mut text = String::new();
    for piece in html.split('<').skip(1) {
        text.push_str(piece.split_once('>').map_or("", |(_, text)| text));
    }
    text.replace('\u{a0}', " ")
}

#[test]
fn the_slo_page_says_the_three_numbers_of_its_json() {
    let view = sample::slo();
    let json = serde_json::to_value(&view).expect("a view serializes");
    assert_eq!(json["sli"]["sli_ppb"], json!(997_530_133));
    assert_eq!(json["state"], json!({"status": "failing", "cause": null}));
    assert_eq!(json["burndown"]["gone"]["from"], json!("2026-11-23T15:01:00Z"));
    let says = text(&page::slo(&sample::shell(), &view).into_string());
    for words in
        ["99.753 %", "50.6 %", "0.9 to 2.4 h", "910,346 of 912,600", "2,309 of 4,563 attempts may still fail"]
    {
        assert!(says.contains(words), "{words}");
    }
}

#[test]
fn a_sentence_is_a_plain_string_in_json() {
    let json = serde_json::to_value(sample::map(Layer::Steps)).expect("a view serializes");
    let say = "failing Save draft fails for everyone since 13:42, so Compose mail is broken. Receive mail: late since 11:02. The rest works.";
    assert_eq!(json["say"], json!(say));
}

#[test]
fn what_is_not_measured_is_null_and_a_word() {
    let json = serde_json::to_value(sample::step()).expect("a view serializes");
    let client = &json["slos"][2];
    assert_eq!(client["sli"]["sli_ppb"], Value::Null);
    assert_eq!(client["state"]["cause"], json!("not_measured"));
    let says = text(&page::step(&sample::shell(), &sample::step()).into_string());
    assert!(says.contains("cannot tell: not measured"));
    assert!(says.contains("usually low: pages close before they tell"));
}

#[test]
fn both_normalisations_say_a_hundred_percent() {
    for by in [By::Service, By::Step] {
        let says = text(&page::impact(&sample::shell(), &sample::impact(by)).into_string());
        assert!(
            says.contains(
                "100 %: 100 % of the errors of storage hit Save draft, and are 100 % of its failures"
            )
        );
        assert!(says.contains("615 of 30,750 · 2.0 %"));
        assert!(says.contains("615 of 615"));
    }
}

#[test]
fn a_range_is_shown_as_a_range() {
    let says = text(&page::slos(&sample::shell(), &sample::slos()).into_string());
    assert!(says.contains("99.526 to 99.980 %") && says.contains("5 to 96 %"));
}

#[test]
fn the_page_of_quality_shows_what_is_near_and_folds_the_rest() {
    let says = text(&page::quality(&sample::shell(), &sample::quality()).into_string());
    for words in [
        "24,173 of 24,180",
        "4 further limits, none reached",
        "3 times",
        "14 attempts came late",
        "up to date",
        "12,040 log records received",
    ] {
        assert!(says.contains(words), "{words}");
    }
    assert!(!says.contains("came in."), "all signals came");
}

#[test]
fn sums_of_the_sample_add_up() {
    assert!(sample::quality().signals.iter().all(quality::Conservation::adds_up));
    assert!(sample::attempts().last_hour.adds_up());
}

#[test]
fn every_view_has_a_schema() {
    let schemas = [
        schema_for!(shell::Shell),
        schema_for!(today::Today),
        schema_for!(map::Map),
        schema_for!(objective::Objective),
        schema_for!(step::Step),
        schema_for!(slos::Slos),
        schema_for!(slo::Slo),
        schema_for!(impact::Impact),
        schema_for!(operations::Operations),
        schema_for!(trace::Trace),
        schema_for!(quality::Quality),
    ];
    assert!(schemas.iter().all(|schema| schema.as_value().is_object()));
}
