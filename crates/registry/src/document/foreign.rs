//! Documents of other tools: named, so that nobody wonders why they have no effect, and left aside; of SLOs just
//! enough is read to find a ratio of a thing to itself.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Problems};
use crate::document::{API_VERSION, KINDS, head};
use crate::parse::{Entry, Node, Value};
use crate::suggest;

/// Kinds of a list that are named.
const KINDS_TOLD: usize = 5;

/// What tools call a part of a ratio and the whole of it, and which requests the part is to hold.
const RATIOS: [(&str, &str, &str); 6] = [
    ("good", "total", "good"),
    ("bad", "total", "bad"),
    ("success", "total", "good"),
    ("errors", "total", "bad"),
    ("error_query", "total_query", "bad"),
    ("errorQuery", "totalQuery", "bad"),
];

/// Returns what a document is, `None` when it is no mapping, ours, or was meant to be.
pub(crate) fn name(node: &Node) -> Option<String> {
    if !node.is_map() {
        return None;
    }
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
        _ => Some(format!("{} {kind} of {version}", article(kind))),
    }
}

fn article(kind: &str) -> &'static str {
    if kind.starts_with(['A', 'E', 'I', 'O']) || kind.starts_with("SL") { "an" } else { "a" }
}

/// A document without a header is ours only if something in it is.
fn headless(node: &Node) -> Option<String> {
    let ours = ["apiVersion", "kind", "metadata", "spec", "stakeholders", "objectives", "steps", "slos"];
    let known = node.entries().iter().any(|entry| suggest::nearest(&entry.key, ours).is_some());
    (!known).then(|| "a document without `apiVersion` and `kind`".to_owned())
}

/// Says that the document is not read, and finds ratios of a thing to itself.
pub(crate) fn check(node: &Node, what: &str, problems: &mut Problems) {
    problems.hint(Code::ForeignKind, head(node), format!("this is {what}, it is not read"), way_out(what));
    if is_known(what) {
        check_ratios(node, problems);
    }
}

/// Says once of a list of documents that they are not read, and finds ratios of a thing to itself.
pub(crate) fn check_list(list: &Node, documents: &[(&Node, &str)], problems: &mut Problems) {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    documents.iter().for_each(|(_, what)| *kinds.entry(what).or_default() += 1);
    let mut words: Vec<_> = kinds.iter().take(KINDS_TOLD).map(|(kind, n)| times(kind, *n)).collect();
    let others: usize = kinds.values().skip(KINDS_TOLD).sum();
    words.extend((others > 0).then(|| format!("{others} more")));
    let message =
        format!("this list holds documents of other tools, they are not read: {}", words.join(", "));
    let known = documents.iter().find(|(_, what)| is_known(what));
    let hint = way_out(known.map_or("", |(_, what)| what));
    problems.hint(Code::ForeignKind, head(list), message, hint);
    let read = documents.iter().filter(|(_, what)| is_known(what));
    read.for_each(|(document, _)| check_ratios(document, problems));
}

fn times(kind: &str, n: usize) -> String {
    let kind = kind.split_once(' ').map_or(kind, |(_article, kind)| kind);
    if n == 1 { kind.to_owned() } else { format!("{kind} ({n})") }
}

/// Returns whether the document is of a tool whose SLOs are known.
fn is_known(what: &str) -> bool {
    ["an OpenSLO", "a Sloth", "a Pyrra"].iter().any(|tool| what.starts_with(tool))
}

fn way_out(what: &str) -> &'static str {
    match is_known(what) {
        true => "importing it comes in a later version; write it at its step until then",
        false => "keep it outside of the registry's folder",
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
    let find = |key| entries.iter().find(|entry: &&Entry| entry.key == key && !entry.value.is_nothing());
    for (part, whole, which) in RATIOS {
        let (Some(counted), Some(total)) = (find(part), find(whole)) else { continue };
        let is_query = counted.value.is_map() || part.ends_with("uery");
        if is_query && same(&counted.value, &total.value) {
            let always = if which == "good" { "100 %" } else { "0 %" };
            let message =
                format!("`{part}` and `{whole}` are the same query: this SLO is at {always} for ever");
            let line = total.place.line;
            let hint =
                format!("let `{part}` select only the {which} requests; `{whole}` stands in line {line}");
            problems.hint(Code::GoodEqualsTotal, counted.place, message, hint);
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
