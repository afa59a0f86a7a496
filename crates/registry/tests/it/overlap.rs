//! Rules of different steps that tie, and those that do not.

use std::fmt::Write;

use throughline_registry::Code;

use crate::{load_text, product};

fn told(steps: &str) -> Vec<String> {
    let loaded = load_text(&product(steps));
    let found = loaded.diagnostics.iter().filter(|found| found.code == Code::OverlappingRules);
    found.map(|found| found.message.clone()).collect()
}

fn step(name: &str, actions: &[&str]) -> String {
    let actions: Vec<_> =
        actions.iter().map(|action| format!("{{service: a, operation: {action}}}")).collect();
    format!("    {name}: {{actions: [{}]}}\n", actions.join(", "))
}

/// The actions of one step each, and an operation for which they tie.
fn check(actions: &[&[&str]], expected: Option<&str>) {
    let steps: String =
        actions.iter().enumerate().map(|(n, actions)| step(&format!("s{n}"), actions)).collect();
    let told = told(&steps);
    assert_eq!(told.len(), expected.iter().len(), "{actions:?}: {told:?}");
    assert!(told.iter().all(|told| told.contains(expected.unwrap_or_default())), "{actions:?}: {told:?}");
}

#[test]
fn both_steps_both_places_and_an_example_are_named() {
    let steps = step("open", &["\"GET /a/{x}/c\""]) + &step("list", &["\"GET /a/{y}/{z}\""]);
    let other = product(&steps).replace("name: mail", "name: post").replace("open:", "read:");
    let loaded = load_text(&format!("{}---\n{other}", product(&steps)));
    let found: Vec<_> = loaded.diagnostics.iter().filter(|d| d.code == Code::OverlappingRules).collect();
    let claim = "`list` and `open` both claim `GET /a/x/c` of `a`, and neither is more specific; the other action stands at registry.yaml:6:22";
    assert_eq!((found[0].line, found[0].column, &*found[0].message), (7, 22, claim));
    assert!(found[0].hint.as_ref().unwrap().contains("`priority:`"));
    assert!(
        found.iter().any(|found| found.message.contains("`post/read` and `mail/open` both claim")),
        "{found:?}"
    );
}

#[test]
fn operations_of_one_kind_tie_where_they_share_one() {
    check(&[&["\"GET /a/{x}/c\""], &["\"GET /a/{y}/{z}\""]], Some("`GET /a/x/c`"));
    check(&[&["\"GET /a*\""], &["\"GET /*b\""]], Some("`GET /axb`"));
    check(&[&["{regex: \"^GET\"}"], &["{regex: \"^GET\"}"]], Some("what `^GET` matches"));
    check(&[&["find"], &["find"]], Some("`find`"));
    check(&[&["\"GET /a/{x}\""], &["\"GET /b/{x}\""]], None);
    check(&[&["\"GET /a*\""], &["\"GET /b*\""]], None);
}

#[test]
fn what_cannot_be_known_is_not_told() {
    check(&[&["{regex: \"^GET\"}"], &["{regex: \"^GET /a\"}"]], None);
    let (one, other) = (
        r#"find, where: {attribute: {k: {regex: "^a"}}}"#,
        r#"find, where: {attribute: {k: {regex: "^ab"}}}"#,
    );
    check(&[&[one], &[other]], None);
}

#[test]
fn the_more_specific_wins_and_is_no_tie() {
    check(&[&["\"GET /a/b\""], &["\"GET /a/{x}\""], &["\"GET /a/*\""], &["{regex: \"^GET /a/\"}"]], None);
    check(&[&["find"], &["find, priority: 1"]], None);
    check(&[&["find"], &["find, where: {attribute: {k: v}}"]], None);
    check(&[&["find"], &["find, part: true"]], None);
    check(&[&["find", "find"]], None);
}

#[test]
fn filters_tell_apart_only_where_they_exclude_each_other() {
    let tie = |one: &str, other: &str| {
        let filter = |test: &str| format!("find, where: {{attribute: {{{test}}}}}");
        !told(&(step("s0", &[&filter(one)]) + &step("s1", &[&filter(other)]))).is_empty()
    };
    for (one, other, ties) in [
        ("k: a", "k: b", false),
        ("k: a", "k: a", true),
        ("k: a", "l: b", true),
        ("k: a", "k: \"*\"", true),
        ("k: a", "k: {regex: \"^a\"}", true),
        ("k: a", "k: {regex: \"^b\"}", false),
        ("k: 5", "k: \"0-9\"", true),
        ("k: 15", "k: \"0-9\"", false),
        ("k: \"0-9\"", "k: \"9-12\"", true),
        ("k: \"0-9\"", "k: \">9\"", false),
        ("k: 1", "k: 2", false),
        ("k: \"1\"", "k: \"1.0\"", false),
    ] {
        assert_eq!((tie(one, other), tie(other, one)), (ties, ties), "{one} and {other}");
    }
    let contains = |service: &str| format!("find, where: {{contains: {{service: {service}, operation: b}}}}");
    check(&[&[&contains("c")], &[&contains("d")]], Some("`find`"));
}

#[test]
fn a_third_rule_that_takes_what_they_share_breaks_the_tie() {
    let (one, other) = ("find, where: {attribute: {k: a}}", "find, where: {attribute: {l: b}}");
    check(&[&[one], &[other]], Some("`find`"));
    check(&[&[one], &[other, "find, where: {attribute: {k: a, l: b}}"]], None);
    check(&[&[one], &[other, "find, where: {attribute: {k: a, m: c}}"]], Some("`find`"));
    check(&[&["\"GET /a*\""], &["\"GET /*b\""], &["\"GET /a*b\", priority: 1"]], None);
}

#[test]
fn a_rule_written_many_times_is_held_against_the_first() {
    let steps: String = (0..50).map(|n| step(&format!("s{n}"), &["\"GET /a*\""])).collect();
    let told = told(&steps);
    assert_eq!(told.len(), 49);
    assert!(told.iter().all(|told| told.contains("and `s0` both claim")), "{told:?}");
}

#[test]
fn rules_that_are_too_many_to_compare_are_told() {
    // Each with each: 1414 rules are 998,991 comparisons, the last one between those that overlap.
    let told = |n: usize| {
        let mut steps = String::new();
        for i in 2..n {
            writeln!(steps, "    s{i}: {{actions: [{{service: a, operation: \"{{x}}a{i:04}\"}}]}}").unwrap();
        }
        told(&format!("{steps}{}{}", step("y", &["\"{x}z\""]), step("z", &["\"{x}zz\""])))
    };
    let (at, above) = (told(1_414), told(1_415));
    assert!(at.len() == 1 && at[0].contains("both claim `xzz`"), "{at:?}");
    assert!(above.len() == 1 && above[0].contains("too many to compare"), "{above:?}");
}
