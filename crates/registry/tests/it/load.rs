//! What a registry becomes.

use std::path::{Path, PathBuf};

use throughline_core::model::objective::Criticality;
use throughline_core::model::registry::{IdBook, Registry};
use throughline_core::model::step::Step;
use throughline_registry::{Level, Loaded, Source, load_dir, load_sources, print};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/valid").join(name)
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
    for name in ["mail.yaml", "parcel.yaml"] {
        let first = load(name);
        let text = print(&first);
        let again = load_sources(vec![Source::new("printed.yaml", text.clone())], &mut IdBook::default());
        assert_eq!(print(&again), text);
        let (one, other) = (first.registry.unwrap(), again.registry.unwrap());
        assert_eq!(format!("{one:?}"), format!("{other:?}"));
    }
}
