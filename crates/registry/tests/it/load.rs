//! What a registry becomes.

use std::path::PathBuf;

use throughline_core::model::objective::Criticality;
use throughline_core::model::registry::{IdBook, Registry};
use throughline_core::model::step::Step;
use throughline_registry::{Level, Loaded, Source, load_dir, load_sources, print};

use crate::{crate_dir, load_text, product};

fn fixture(name: &str) -> PathBuf {
    crate_dir().join("tests/fixtures/valid").join(name)
}

fn load(name: &str) -> Loaded {
    let loaded = load_dir(&fixture(name), &mut IdBook::default());
    let errors: Vec<_> =
        loaded.diagnostics.iter().filter(|d| d.severity == Level::Error).map(|d| d.to_string()).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    loaded
}

fn step<'a>(registry: &'a Registry, name: &str) -> &'a Step {
    registry.steps().find(|step| step.name == name).unwrap()
}

#[test]
fn a_product_is_compiled_whole() {
    let registry = load("mail.yaml").registry.unwrap();
    assert_eq!(registry.products().count(), 1);
    assert_eq!(registry.steps().count(), 20);
    let send = step(&registry, "send-mail");
    assert_eq!(send.actions.len(), 3);
    assert!(send.actions[2].part);
    assert_eq!(send.conditions.atoms.len(), 5);
    assert_eq!(registry.criticality_of(send.id), Criticality::Critical);
    assert_eq!(registry.markers.len(), 3);
    let check = step(&registry, "check-spelling");
    assert_eq!(registry.criticality_of(check.id), Criticality::Important);
    assert!(check.actions.is_empty());
}

#[test]
fn slos_have_exact_targets_and_slots() {
    let registry = load("parcel.yaml").registry.unwrap();
    let book = step(&registry, "book-parcel");
    let slos: Vec<_> = registry.slos_of(book.id).map(|slo| (slo.slo_id.as_str(), slo.target.ppb())).collect();
    assert_eq!(
        slos,
        [("parcel/book-parcel/available", 999_000_000), ("parcel/book-parcel/fast", 990_000_000)]
    );
    assert_eq!(book.thresholds, [800_000_000]);
}

#[test]
fn a_printed_registry_is_the_same_registry() {
    for name in
        ["mail.yaml", "parcel.yaml", "../../../../../examples/mail", "../../../../../examples/boutique"]
    {
        let first = load(name);
        let text = print(&first);
        let again = load_sources(vec![Source::new("printed.yaml", text.clone())], &mut IdBook::default());
        assert_eq!(print(&again), text);
        let (one, other) = (first.registry.unwrap(), again.registry.unwrap());
        assert_eq!(format!("{one:?}"), format!("{other:?}"));
    }
}

#[test]
fn comments_order_of_keys_and_quotes_do_not_change_the_version() {
    let one = product(
        "    send-mail: {name: Send, class: core, actions: [{service: a, operation: b, part: false}]}\n",
    );
    let other = product(
        "    send-mail:\n      actions:\n      - {operation: 'b', service: \"a\"} # same\n      name: Send\n",
    );
    let version = |text: &str| load_text(text).registry.unwrap().version;
    assert_eq!(version(&one), version(&other));
    assert_ne!(version(&one), version(&one.replace("Send", "Sent")));
}

#[test]
fn ids_stay_and_a_changed_measurement_begins_a_new_series() {
    let text = |operation: &str, target: &str| {
        product(&format!(
            "    send-mail:\n      actions: [{{service: a, operation: {operation}}}]\n      slos: [{{name: available, target: {target}}}]\n    save-draft: {{}}\n"
        ))
    };
    let mut book = IdBook::default();
    let mut load =
        |text: String| load_sources(vec![Source::new("a.yaml", text)], &mut book).registry.unwrap();
    let first = load(text("send", "99.9%"));
    let retargeted = load(text("send", "99%"));
    let changed = load(text("deliver", "99%"));
    let back = load(text("send", "99.9%"));
    let ids = |registry: &Registry| {
        (step(registry, "send-mail").id.index(), step(registry, "save-draft").id.index())
    };
    assert_eq!((ids(&first), ids(&retargeted), ids(&changed), ids(&back)), ((0, 1), (0, 1), (2, 1), (0, 1)));
    assert!(changed.steps[0].is_none(), "the old definition is a hole");
    assert_eq!(changed.slos().map(|slo| slo.id.index()).collect::<Vec<_>>(), [1]);
    let judgement = |registry: &Registry| registry.slos().map(|slo| slo.judgement_hash).next();
    assert_ne!(judgement(&first), judgement(&retargeted));
}

#[test]
fn another_method_or_threshold_is_another_measurement_of_the_same_attempts() {
    let text = |slo: &str| {
        product(&format!(
            "    send-mail:\n      slos: [{{name: works, {slo}, target: 99.9%}}, {{name: fast, latency: 800ms, target: 99%}}]\n"
        ))
    };
    let mut book = IdBook::default();
    let mut ids = |slo: &str| {
        let loaded = load_sources(vec![Source::new("a.yaml", text(slo))], &mut book);
        let registry = loaded.registry.unwrap();
        let works = registry.slos().find(|slo| slo.name == "works").unwrap().id.index();
        (step(&registry, "send-mail").id.index(), works)
    };
    assert_eq!(ids("method: service"), (0, 0));
    assert_eq!(ids("method: client"), (0, 2));
    assert_eq!(ids("latency: 800ms"), (0, 3));
    assert_eq!(ids("method: service"), (0, 0));
}

#[test]
fn a_renamed_slo_keeps_its_history() {
    let text = |slo: &str| product(&format!("    send-mail:\n      slos: [{{{slo}, target: 99.9%}}]\n"));
    let mut book = IdBook::default();
    let mut id = |slo: &str| {
        let loaded = load_sources(vec![Source::new("a.yaml", text(slo))], &mut book);
        loaded.registry.unwrap().slos().map(|slo| (slo.id.index(), slo.slo_id.clone())).next().unwrap()
    };
    assert_eq!(id("name: works"), (0, "mail/send-mail/works".to_owned()));
    assert_eq!(id("name: available, formerly: works"), (0, "mail/send-mail/available".to_owned()));
}

#[test]
fn a_registry_with_errors_takes_no_ids() {
    let mut book = IdBook::default();
    let broken = product("    lost: {colour: red}\n");
    assert!(load_sources(vec![Source::new("a.yaml", broken)], &mut book).registry.is_none());
    let loaded = load_sources(vec![Source::new("a.yaml", product("    kept: {}\n"))], &mut book);
    assert_eq!(loaded.registry.unwrap().steps().map(|step| step.id.index()).collect::<Vec<_>>(), [0]);
}

#[test]
fn an_slo_may_stand_beside_its_step() {
    let beside = "---\napiVersion: throughline.dev/v1\nkind: SLO\nmetadata: {name: fast}\nspec: {step: mail/send-mail, latency: 800ms, target: 99%}\n";
    let loaded = load_text(&format!("{}{beside}", product("    send-mail: {}\n")));
    let registry = loaded.registry.unwrap();
    assert_eq!(registry.slos().map(|slo| slo.slo_id.as_str()).collect::<Vec<_>>(), ["mail/send-mail/fast"]);
    assert_eq!(step(&registry, "send-mail").thresholds, [800_000_000]);
}

#[test]
fn the_same_said_differently_is_measured_the_same() {
    let hash = |success: &str| {
        let text = product(&format!(
            "    send-mail: {{actions: [{{service: a, operation: b}}], success: {success}}}\n"
        ));
        step(&load_text(&text).registry.unwrap(), "send-mail").measurement_hash
    };
    assert_eq!(hash("{status: ok}"), hash("{all: [{status: ok, words: it works}]}"));
    assert_ne!(hash("{status: ok}"), hash("{status: error}"));
}

#[test]
fn clauses_are_what_a_person_would_say() {
    let text = product(
        "    send-mail:\n      actions: [{service: webmail, operation: b}]\n      success: {all: [{status: ok}, {contains: {service: mail-queue, operation: enqueue}}]}\n      failure: {any: [{http.status: \">=500\"}, {duration: \"> 5s\"}, {grpc.status: [14, INTERNAL]}, {attribute: {mail.error: \"*\"}}]}\n      exclude: {http.status: \"400-499\"}\n",
    );
    let registry = load_text(&text).registry.unwrap();
    let clauses = &step(&registry, "send-mail").clauses;
    let told = |clauses: &[throughline_core::model::step::Clause]| {
        clauses.iter().map(|clause| format!("{} ({})", clause.words, clause.rule)).collect::<Vec<_>>()
    };
    assert_eq!(told(&clauses.start), ["the request arrives (start of the span)"]);
    assert_eq!(
        told(&clauses.success),
        [
            "webmail answers without an error (status: ok)",
            "mail-queue was asked to enqueue (contains: {service: mail-queue, operation: enqueue})"
        ]
    );
    assert_eq!(
        told(&clauses.failure),
        [
            "webmail answers 500 or above (http.status: \">=500\")",
            "it takes longer than 5 s (duration: \"> 5s\")",
            "webmail answers UNAVAILABLE or INTERNAL (grpc.status: [14, INTERNAL])",
            "the request carries mail.error (mail.error: \"*\")"
        ]
    );
    assert_eq!(told(&clauses.exclude), ["the request itself was wrong (http.status: \"400-499\")"]);
}
