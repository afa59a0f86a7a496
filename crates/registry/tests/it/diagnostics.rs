//! Every kind of mistake: its place, its words, its hint, and its paragraph in the documentation.

use std::path::PathBuf;

use throughline_core::model::registry::IdBook;
use throughline_registry::{Code, Level, Loaded, Source, load_sources};

use crate::{codes, crate_dir};

/// Codes of limits and of bytes, which `limits` and `hostile` provoke, and of what only runs where attempts are judged.
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
    Code::RuleTest,
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
    let check = |kind: &str, ratio: &str, expected: &[&str]| {
        let text = format!("{kind}\nspec: {{{ratio}}}\n");
        let loaded = load_sources(vec![Source::new("a.yaml", text)], &mut IdBook::default());
        let told = loaded.diagnostics.iter().filter(|found| found.code == Code::GoodEqualsTotal);
        let told: Vec<_> = told.map(|found| found.message.as_str()).collect();
        let expected: Vec<_> = expected.iter().map(|what| format!("{what}: this SLO is at")).collect();
        assert_eq!(told.len(), expected.len(), "{ratio}: {told:?}");
        assert!(told.iter().zip(&expected).all(|(told, what)| told.starts_with(what)), "{told:?}");
    };
    let openslo = "apiVersion: openslo/v1\nkind: SLO";
    let same = |part, whole| format!("`{part}` and `{whole}` are the same query");
    check(openslo, "good: {query: 'a{b}'}, total: {query: 'a {b}'}", &[&same("good", "total")]);
    check(openslo, "bad: {query: a}, total: {query: a}", &[&same("bad", "total")]);
    check(openslo, "good: {query: 'a{b=\"c d\"}'}, total: {query: 'a{b=\"cd\"}'}", &[]);
    check(openslo, "good: 1, total: 1", &[]);
    let pyrra = "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective";
    check(pyrra, "errors: {metric: a}, total: {metric: a}", &[&same("errors", "total")]);
    check(pyrra, "success: {metric: a}, total: {metric: a}", &[&same("success", "total")]);
    check(pyrra, "errors: {metric: 'a{b=\"c\"}'}, total: {metric: a}", &[]);
    let sloth = |query: &str, total: &str| format!("{query}: sum(a), {total}: sum( a )");
    let (query, total) = ("error_query", "total_query");
    check("version: prometheus/v1", &sloth(query, total), &[&same(query, total)]);
    let (query, total) = ("errorQuery", "totalQuery");
    let kind = "apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel";
    check(kind, &sloth(query, total), &[&same(query, total)]);
    check("apiVersion: apps/v1\nkind: Deployment", "good: {a: b}, total: {a: b}", &[]);
}

#[test]
fn a_list_of_documents_is_told_once_and_like_single_ones() {
    let check = |text: &str, expected: &[(Code, &str)]| {
        let loaded = load_sources(vec![Source::new("a.yaml", text)], &mut IdBook::default());
        let told = loaded.diagnostics.iter().filter(|found| found.code != Code::NoProduct);
        let told: Vec<_> = told.map(|found| (found.code, found.message.as_str())).collect();
        assert_eq!(told, expected, "{text}");
    };
    let foreign = |n: usize| "- {apiVersion: openslo/v1, kind: SLO}\n".repeat(n);
    let list = "this list holds documents of other tools, they are not read: ";
    check(&foreign(1), &[(Code::ForeignKind, &format!("{list}OpenSLO SLO"))]);
    check(&foreign(52), &[(Code::ForeignKind, &format!("{list}OpenSLO SLO (52)"))]);
    check("- {job: a}\n", &[(Code::ForeignKind, &format!("{list}document without `apiVersion` and `kind`"))]);
    let kinds =
        |n: usize| (0..n).map(|i| format!("- {{apiVersion: apps/v1, kind: K{i}}}\n")).collect::<String>();
    let five = "K0 of apps/v1, K1 of apps/v1, K2 of apps/v1, K3 of apps/v1, K4 of apps/v1";
    check(&kinds(5), &[(Code::ForeignKind, &format!("{list}{five}"))]);
    check(&kinds(6), &[(Code::ForeignKind, &format!("{list}{five}, 1 more"))]);
    let ours = "- {apiVersion: throughline.dev/v1, kind: Product}\n";
    check(ours, &[(Code::WrongType, "a document of ours stands in a list")]);
    let both = [
        (Code::ForeignKind, &*format!("{list}OpenSLO SLO")),
        (Code::WrongType, "a document of ours stands in a list"),
    ];
    check(&format!("{}{ours}", foreign(1)), &both);
    for text in ["[]", "- a\n- b\n", "text"] {
        check(text, &[(Code::WrongType, "this document is not a mapping")]);
    }
}

#[test]
fn without_a_product_nothing_can_be_measured_whatever_else_lies_there() {
    let foreign = "apiVersion: openslo/v1\nkind: SLO\n";
    let same = format!("{foreign}spec: {{good: {{a: b}}, total: {{a: b}}}}\n");
    for (text, without) in [(foreign, true), (same.as_str(), false), ("", true), ("---\n", true)] {
        let loaded = load_sources(vec![Source::new("a.yaml", text)], &mut IdBook::default());
        assert!(codes(&loaded).contains(&Code::NoProduct), "{text}");
        assert_eq!((loaded.registry.is_none(), loaded.is_without_product()), (true, without), "{text}");
        let told = loaded.diagnostics.iter().find(|found| found.code == Code::NoProduct).unwrap();
        let json = serde_json::to_value(told).unwrap();
        assert_eq!(json["file"], "a.yaml");
        assert!(json.get("line").is_none() && json.get("column").is_none(), "{json}");
    }
    let broken = "apiVersion: throughline.dev/v1\nkind: Prodct\nspec: {stpes: {}}\n";
    let loaded = load_sources(vec![Source::new("a.yaml", broken)], &mut IdBook::default());
    assert!(!loaded.is_without_product() && !codes(&loaded).contains(&Code::NoProduct));
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
