//! Limits, each at n and n+1.

use std::fmt::Write;

use throughline_core::annotate::rules::FILTERS_MAX;
use throughline_core::condition::{ATOMS_MAX, MARKERS_MAX};
use throughline_core::model::registry::IdBook;
use throughline_core::model::step::THRESHOLDS_MAX;
use throughline_core::observation::SlotTable;
use throughline_registry::{Code, FILE_BYTES_MAX, Source, load_sources};

use crate::{codes, load_text, product};

/// Returns whether the code is told of what `text` makes of a number.
fn check(limit: usize, code: Code, text: impl Fn(usize) -> String) {
    assert!(!codes(&load_text(&text(limit))).contains(&code), "{code} at {limit}");
    assert!(codes(&load_text(&text(limit + 1))).contains(&code), "{code} at {}", limit + 1);
}

fn conditions(count: usize, one: impl Fn(usize) -> String) -> String {
    let parts: Vec<_> = (0..count).map(one).collect();
    product(&format!("    send-mail: {{failure: {{any: [{}]}}}}\n", parts.join(", ")))
}

#[test]
fn attributes() {
    let room = 64 - SlotTable::default().len();
    check(room, Code::TooManyAttributes, |n| conditions(n, |i| format!("{{attribute: {{key.{i}: \"*\"}}}}")));
}

#[test]
fn questions_of_a_step() {
    check(ATOMS_MAX, Code::TooManyConditions, |n| conditions(n, |i| format!("{{http.status: {}}}", 500 + i)));
}

#[test]
fn contains_of_a_registry() {
    let contains = |i| format!("{{contains: {{service: storage, operation: put-{i}}}}}");
    check(MARKERS_MAX, Code::TooManyContains, |n| conditions(n, contains));
}

#[test]
fn filters_of_a_registry() {
    let action =
        |i| format!("{{service: webmail, operation: \"GET /{i}\", where: {{attribute: {{tenant: t{i}}}}}}}");
    check(FILTERS_MAX, Code::TooManyFilters, |n| {
        let actions: Vec<_> = (0..n).chain(0..n).map(action).collect();
        product(&format!("    send-mail: {{actions: [{}]}}\n", actions.join(", ")))
    });
}

#[test]
fn latencies_of_a_step() {
    check(THRESHOLDS_MAX, Code::TooManyThresholds, |n| {
        let slo = |i| format!("{{name: fast-{i}, latency: {}ms, target: 99%}}", 100 + i);
        let slos: Vec<_> = (0..n).map(slo).collect();
        product(&format!("    send-mail: {{slos: [{}]}}\n", slos.join(", ")))
    });
}

#[test]
fn depth() {
    // The document, `spec`, `steps` and the step lie around the condition.
    let nested = |n: usize| {
        let around = 4;
        let open = "{not: ".repeat(n - around);
        product(&format!("    send-mail: {{failure: {open}{{status: ok}}{}}}\n", "}".repeat(n - around)))
    };
    check(47, Code::TooDeep, nested);
}

#[test]
fn values_of_a_file() {
    let list = |n: usize| format!("[{}]", vec!["a"; n - 1].join(","));
    check(100_000, Code::TooManyNodes, list);
}

#[test]
fn values_that_aliases_add() {
    // The anchor costs its own size once, each alias once more.
    let aliases = |n: usize| format!("[&a [{}], {}]", vec!["a"; 99].join(","), vec!["*a"; n - 1].join(","));
    check(100, Code::TooManyAliases, aliases);
}

#[test]
fn bytes_of_a_file() {
    let text = product("    send-mail: {}\n");
    let padded = |n: usize| format!("{text}{}", "#".repeat(n - text.len()));
    check(FILE_BYTES_MAX, Code::FileTooLarge, padded);
}

#[test]
fn ids_of_all_versions() {
    let mut book = IdBook::default();
    for n in 0..65_535 {
        book.product(&format!("product-{n}")).unwrap();
    }
    let mut load = |name: &str| {
        let text = product("    send-mail: {}\n").replace("name: mail", name);
        codes(&load_sources(vec![Source::new("registry.yaml", text)], &mut book))
    };
    assert!(!load("name: one-more").contains(&Code::TooManyIds));
    assert!(load("name: too-many").contains(&Code::TooManyIds));
}

#[test]
fn problems() {
    let misspelt = |n: usize| {
        let mut steps = String::new();
        for i in 0..n {
            writeln!(steps, "    step-{i}: {{colour: red}}").unwrap();
        }
        // Nobody stands behind it, and it has no objective.
        product(&steps)
    };
    check(998, Code::TooManyProblems, misspelt);
    assert_eq!(load_text(&misspelt(5_000)).diagnostics.len(), 1_001);
}

#[test]
fn unknown_keys_of_a_mapping() {
    let told = |n: usize, key: &str| {
        let keys: String = (1..n).map(|i| format!("k{i}: 1, ")).collect();
        let loaded = load_text(&product(&format!("    send-mail: {{{keys}{key}: x}}\n")));
        let found = loaded.diagnostics.iter().filter(|found| found.code == Code::UnknownKey);
        found.map(|found| format!("{} {}", found.message, found.hint.as_ref().unwrap())).collect::<Vec<_>>()
    };
    let (at, above) = (told(20, "nam"), told(21, "nam"));
    assert!(at.len() == 20 && at[19].ends_with("did you mean `name`?"), "{at:?}");
    assert!(
        above.len() == 21 && above[20].starts_with("a step has no key `nam` either so many"),
        "{above:?}"
    );
    assert!(told(22, "nam")[20].contains("`k21` either, nor 1 further ones"));
    assert_eq!(told(45_000, "nam").len(), 21);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_told_and_never_waited_for() {
    let dir = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("no-files");
    let removed = std::fs::remove_dir_all(&dir);
    drop(removed);
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("a.yaml"), product("    send-mail: {}\n")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", dir.join("zero.yaml")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(dir.join("pipe.yaml")).status().unwrap();
    assert!(made.success());
    let loaded = throughline_registry::load_dir(&dir, &mut IdBook::default());
    let unreadable = codes(&loaded).into_iter().filter(|code| *code == Code::FileUnreadable).count();
    assert_eq!(unreadable, 2, "{:#?}", loaded.diagnostics);
}
