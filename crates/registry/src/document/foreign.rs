//! Documents of other tools: named, so that nobody wonders why they have no effect, and left aside; of OpenSLO
//! just enough is read to find an SLO that can never be missed.

use crate::diagnostic::{Code, Problems};
use crate::document::{API_VERSION, KINDS, head};
use crate::parse::{Entry, Node, Value};
use crate::suggest;

/// Returns what a document is, `None` when it is ours or was meant to be.
pub(crate) fn name(node: &Node) -> Option<String> {
    let text = |key| node.get(key).and_then(Node::text);
    let kind = text("kind").unwrap_or("document");
    if text("version").is_some_and(|version| version.starts_with("prometheus/")) {
        return Some("a Sloth spec".to_owned());
    }
    let Some(version) = text("apiVersion") else { return headless(node) };
    let group = version.split('/').next().unwrap_or_default();
    match group {
        "throughline.dev" => None,
        "openslo" | "openslo.com" => Some(format!("an OpenSLO {kind}")),
        "sloth.slok.dev" => Some(format!("a Sloth {kind}")),
        "pyrra.dev" => Some(format!("a Pyrra {kind}")),
        _ if KINDS.contains(&kind) && suggest::nearest(version, [API_VERSION]).is_some() => None,
        _ => Some(format!("a {kind} of {version}")),
    }
}

/// A document without a header is ours only if something in it is.
fn headless(node: &Node) -> Option<String> {
    let ours = ["apiVersion", "kind", "metadata", "spec", "stakeholders", "objectives", "steps", "slos"];
    let known = node.entries().iter().any(|entry| suggest::nearest(&entry.key, ours).is_some());
    (!known).then(|| "a document without `apiVersion` and `kind`".to_owned())
}

/// Says that the document is not read, and finds ratios of a thing to itself.
pub(crate) fn check(node: &Node, what: &str, problems: &mut Problems) {
    let known = ["an OpenSLO", "a Sloth", "a Pyrra"].iter().any(|tool| what.starts_with(tool));
    let hint = if known {
        "importing it comes in a later version; write it at its step until then"
    } else {
        "keep it outside of the registry's folder"
    };
    problems.hint(Code::ForeignKind, head(node), format!("this is {what}, it is not read"), hint);
    if what.starts_with("an OpenSLO") {
        check_ratios(node, problems);
    }
}

fn check_ratios(node: &Node, problems: &mut Problems) {
    match &node.value {
        Value::Scalar { .. } => {}
        Value::List(items) => items.iter().for_each(|item| check_ratios(item, problems)),
        Value::Map(entries) => {
            check_ratio(entries, problems);
            entries.iter().for_each(|entry| check_ratios(&entry.value, problems));
        }
    }
}

fn check_ratio(entries: &[Entry], problems: &mut Problems) {
    let find = |key| entries.iter().find(|entry: &&Entry| entry.key == key);
    let Some(total) = find("total") else { return };
    for (counted, always) in [("good", "100 %"), ("bad", "0 %")] {
        let Some(entry) = find(counted) else { continue };
        if matches!(entry.value.value, Value::Map(_)) && same(&entry.value, &total.value) {
            let message =
                format!("`{counted}` and `total` are the same query: this SLO is at {always} for ever");
            let hint = format!(
                "let `{counted}` select only the {counted} requests; `total` stands in line {}",
                total.place.line
            );
            problems.hint(Code::GoodEqualsTotal, entry.place, message, hint);
        }
    }
}

/// Returns whether two nodes say the same but for blanks and the order of keys.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Scalar { text: a, .. }, Value::Scalar { text: b, .. }) => {
            without_blanks(a) == without_blanks(b)
        }
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one.iter().all(|entry| b.get(&entry.key).is_some_and(|value| same(&entry.value, value)))
        }
        _ => false,
    }
}

/// Blanks inside quotes belong to what is asked for.
fn without_blanks(query: &str) -> String {
    let mut quote = None;
    let mut kept = String::new();
    for c in query.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            _ => {}
        }
        if quote.is_some() || !c.is_whitespace() {
            kept.push(c);
        }
    }
    kept
}
