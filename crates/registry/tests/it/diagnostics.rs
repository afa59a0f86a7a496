//! Every kind of mistake: its place, its words, its hint, and its paragraph in the documentation.

use std::path::PathBuf;

use throughline_core::model::registry::IdBook;
use throughline_registry::{Code, Level, Loaded, Source, load_sources};

use crate::{codes, crate_dir};

/// Codes of limits and of bytes, which `limits` and `hostile` provoke.
const WITHOUT_FIXTURE: &[Code] = &[
    Code::NotUtf8,
    Code::FileUnreadable,
    Code::TooManyFiles,
    Code::TooManyNodes,
    Code::FileTooLarge,
    Code::TooManyAttributes,
    Code::TooManyContains,
    Code::TooManyFilters,
    Code::TooManyConditions,
    Code::TooManyIds,
    Code::TooManyProblems,
];

fn invalid() -> PathBuf {
    crate_dir().join("tests/fixtures/invalid")
}

fn sources(code: Code) -> Vec<Source> {
    let folder = invalid().join(code.text());
    let names = match folder.is_dir() {
        true => vec![format!("{code}/a.yaml"), format!("{code}/b.yaml")],
        false => vec![format!("{code}.yaml")],
    };
    let text = |name: &String| std::fs::read_to_string(invalid().join(name)).unwrap();
    names.iter().map(|name| Source::new(name.as_str(), text(name))).collect()
}

fn load(code: Code) -> Loaded {
    load_sources(sources(code), &mut IdBook::default())
}

/// Leaves out the warnings that nearly every short example has, unless the fixture is about them.
fn told(code: Code, loaded: &Loaded) -> String {
    let usual = [Code::RaciMissing, Code::RaciHole];
    let tells = |other: Code| other == code || !usual.contains(&other) && other.level() <= code.level();
    let told = loaded.diagnostics.iter().filter(|diagnostic| tells(diagnostic.code));
    told.map(ToString::to_string).collect::<Vec<_>>().join("\n\n")
}

fn with_fixture() -> impl Iterator<Item = Code> {
    Code::ALL.iter().copied().filter(|code| !WITHOUT_FIXTURE.contains(code))
}

#[test]
fn every_mistake_is_told_at_its_place() {
    insta::with_settings!({ snapshot_path => "../fixtures/told", prepend_module_to_snapshot => false, omit_expression => true }, {
        for code in with_fixture() {
            insta::assert_snapshot!(code.text(), told(code, &load(code)));
        }
    });
}

#[test]
fn every_fixture_shows_its_code_and_no_other_error() {
    for code in with_fixture() {
        let loaded = load(code);
        assert!(codes(&loaded).contains(&code), "{code} is not told");
        let is_error = code.level() == Level::Error;
        assert_eq!(loaded.registry.is_none(), is_error, "{code}");
    }
}

#[test]
fn every_code_is_documented_once() {
    let docs = std::fs::read_to_string(crate_dir().join("../../docs/diagnostics.md")).unwrap();
    let headings: Vec<_> =
        docs.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`')).collect();
    for code in Code::ALL {
        let paragraphs = headings.iter().filter(|heading| **heading == code.text()).count();
        assert_eq!(paragraphs, 1, "`{code}` needs one heading in docs/diagnostics.md");
    }
    assert_eq!(headings.len(), Code::ALL.len(), "a documented code is gone");
}

#[test]
fn a_ratio_of_a_thing_to_itself_is_exactly_one_error() {
    let errors: Vec<_> = load(Code::GoodEqualsTotal).diagnostics;
    let errors: Vec<_> = errors.iter().filter(|diagnostic| diagnostic.severity == Level::Error).collect();
    assert_eq!(errors.len(), 1);
    assert_eq!((errors[0].line, errors[0].column), (8, 9));
}

#[test]
fn diagnostics_are_values_for_machines_too() {
    let loaded = load(Code::Target100);
    let found = loaded.diagnostics.iter().find(|diagnostic| diagnostic.code == Code::Target100).unwrap();
    let json = serde_json::to_value(found).unwrap();
    assert_eq!(json["code"], "target-100");
    assert_eq!(json["severity"], "warning");
    assert_eq!(json["line"], 9);
}
