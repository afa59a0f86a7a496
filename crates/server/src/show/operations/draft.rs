//! A draft of a step for an operation that has none: YAML to paste under a product's `steps:`.

use crate::live::Live;
use crate::show::counts::total;
use crate::show::names::capital;
use crate::show::operations::{Stray, rules_that_name};
use crate::view::number::{ppb, target_bare};
use crate::view::operations::Draft;
use crate::view::sli::Share;

/// The drafted target: the loosest usual one (`slo.md` 11).
const TARGET_PPB: u64 = 990_000_000;
/// A DNS label has at most so many letters.
const LABEL_MAX: usize = 63;

/// Operations that differ in their ids alone, from which on one template stands for them.
const ALIKE_MIN: usize = 3;

/// Returns the draft for an operation among all that have no step, and what it would count.
pub(super) fn draft(live: &Live, stray: &Stray, strays: &[Stray], without: Share) -> Draft {
    let (operation, requests) = with_alike(stray, strays);
    let Share { part: bad, of: requests } = requests;
    let good = requests - bad;
    let mut takes_from: Vec<String> =
        rules_that_name(live, stray).map(|(step, _)| step.display_name.clone()).collect();
    takes_from.dedup();
    Draft {
        service: stray.service_name.clone(),
        operation: stray.operation_name.clone(),
        yaml: yaml(live, &stray.service_name, &operation),
        matches: Share::new(requests, requests),
        takes_from,
        good,
        bad,
        sli_ppb: ppb(good, good + bad),
        target_ppb: TARGET_PPB,
        then_without: Share::new(without.part.saturating_sub(requests), without.of),
    }
}

/// Returns what to ask for, and the requests that it would match: one template where operations of the service differ in
/// their ids alone, as those of a service without routes do.
fn with_alike(stray: &Stray, strays: &[Stray]) -> (String, Share) {
    let template = without_ids(&stray.operation_name);
    let is_alike = |other: &&Stray| {
        (other.service, other.why) == (stray.service, stray.why)
            && without_ids(&other.operation_name) == template
    };
    let alike: Vec<&Stray> = strays.iter().filter(is_alike).collect();
    match alike.len() {
        ALIKE_MIN.. => (template, total(alike.iter().map(|other| other.requests))),
        _ => (stray.operation_name.clone(), stray.requests),
    }
}

/// Puts `{id}` where a segment of a raw path holds a digit and is no version.
fn without_ids(operation: &str) -> String {
    let Some((method, path)) = operation.split_once(' ').filter(|(_, path)| path.starts_with('/')) else {
        return operation.to_owned();
    };
    let is_id =
        |part: &str| part.bytes().any(|b| b.is_ascii_digit()) && !is_version(part) && !part.contains('{');
    let mut ids = 0;
    let mut named = |part: &str| {
        ids += usize::from(is_id(part));
        match (is_id(part), ids) {
            (false, _) => part.to_owned(),
            (true, 1) => "{id}".to_owned(),
            (true, n) => format!("{{id{n}}}"),
        }
    };
    let parts: Vec<String> = path.split('/').map(&mut named).collect();
    format!("{method} {}", parts.join("/"))
}

/// Returns the beginning of a rule: the action alone.
pub(in crate::show) fn actions(service: &str, operation: &str) -> String {
    format!("actions:\n  - {{service: {}, operation: {}}}\n", quoted(service), written(operation))
}

fn yaml(live: &Live, service: &str, operation: &str) -> String {
    let label = label(live, operation);
    let name = capital(&label.replace('-', " "));
    let target = target_bare(TARGET_PPB);
    format!(
        "    # paste under `steps:` and say in the user's words what it is\n    {label}:\n      name: {}\n      \
         class: auxiliary\n      actions:\n        - {{service: {}, operation: {}}}\n      slos:\n        - {{name: \
         available, method: service, target: {target}%, window: 28d}}\n",
        quoted(&name),
        quoted(service),
        written(operation),
    )
}

/// Writes an operation so that it means itself: `*` would stand for any text, `{x}` stands for itself in a route.
fn written(operation: &str) -> String {
    let count = |brace: char| operation.matches(brace).count();
    if !operation.contains('*') && count('{') == count('}') {
        return quoted(operation);
    }
    let mut regex = String::from("^");
    for c in operation.chars() {
        if !c.is_alphanumeric() && c.is_ascii() && !c.is_ascii_whitespace() {
            regex.push('\\');
        }
        regex.push(c);
    }
    regex.push('$');
    format!("{{regex: {}}}", quoted(&regex))
}

/// Writes a text as a double-quoted YAML scalar, which JSON's strings are.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Returns a DNS label that no step has: the words of the operation, without method, version and `api`.
fn label(live: &Live, operation: &str) -> String {
    let (method, path) = operation.split_once(' ').unwrap_or(("", operation));
    let is_word = |part: &&str| {
        !part.is_empty()
            && *part != "api"
            && !part.starts_with(['{', '<'])
            && !part.starts_with(':')
            && !is_version(part)
    };
    let parts: Vec<&str> = path.split(['/', '.']).filter(is_word).collect();
    let words = if parts.is_empty() { method.to_owned() } else { parts.join("-") };
    let label = dns_label(&words);
    let taken = |label: &str| live.registry.steps().any(|step| step.name == label);
    if !taken(&label) {
        return label;
    }
    let with_method = dns_label(&format!("{method}-{label}"));
    let numbered = (2..).map(|n| dns_label(&format!("{label}-{n}")));
    std::iter::once(with_method).chain(numbered).find(|label| !taken(label)).unwrap_or(label)
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

fn dns_label(words: &str) -> String {
    let mut label = String::new();
    for c in words.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => label.push(c.to_ascii_lowercase()),
            _ if label.ends_with('-') || label.is_empty() => {}
            _ => label.push('-'),
        }
    }
    label.truncate(LABEL_MAX - 4);
    let label = label.trim_matches('-');
    match label.bytes().next() {
        Some(first) if first.is_ascii_alphabetic() => label.to_owned(),
        Some(_) => format!("step-{label}"),
        None => "new-step".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_words_and_versions() {
        let check = |operation, expected| assert_eq!(without_ids(operation), expected);
        check("GET /price/b1", "GET /price/{id}");
        check("GET /api/v2/users/42/notes/7", "GET /api/v2/users/{id}/notes/{id2}");
        check("GET /cart", "GET /cart");
        check("GET /books/{book1}", "GET /books/{book1}");
        check("shop.v1.Cart/Add2", "shop.v1.Cart/Add2");
        check("POST checkout 3", "POST checkout 3");
    }
}
