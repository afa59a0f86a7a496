//! Canonical YAML: the same meaning always printed the same way, whatever the order of keys, quotes and comments
//! it was written with. Reading it again gives an equal model.

use crate::parse::{Entry, Node, Value};
use crate::table::{Fields, Kind, Need, Object};

/// Returns a node in block style, ending with a line break.
pub(crate) fn block(node: &Node, kind: &Kind) -> String {
    let mut out = String::new();
    write_block(node, kind, 0, &mut out);
    out
}

/// Returns a node on one line.
pub(crate) fn flow(node: &Node) -> String {
    match &node.value {
        Value::Scalar { text, plain } => scalar(text, *plain),
        Value::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let pair = |entry: &Entry| format!("{}: {}", scalar(&entry.key, true), flow(&entry.value));
            format!("{{{}}}", entries.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Returns a scalar so that it is read as the same text again, and as text if it was quoted.
pub(crate) fn scalar(text: &str, plain: bool) -> String {
    let safe = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '_' | '-' | '/' | '%' | '+');
    let begins = text.starts_with(|c: char| c.is_alphanumeric() || c == '/');
    let is_safe = begins && !text.ends_with(' ') && text.chars().all(safe);
    let is_range = text.bytes().all(|b| b.is_ascii_digit() || b == b'-') && text.contains('-');
    let looks_typed = matches!(text, "true" | "false" | "null") || text.parse::<f64>().is_ok();
    if is_safe && !is_range && (plain || !looks_typed) || plain && is_nothing(text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

fn is_nothing(text: &str) -> bool {
    matches!(text, "~" | "null")
}

/// JSON's strings are YAML's double-quoted ones.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

fn indent(level: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", level));
}

fn write_block(node: &Node, kind: &Kind, level: usize, out: &mut String) {
    match (&node.value, kind) {
        (Value::Map(entries), Kind::Object(object) | Kind::ScalarOr(_, object)) if !entries.is_empty() => {
            for (entry, kind) in ordered(entries, object) {
                write_entry(entry, kind, level, out);
            }
        }
        (Value::Map(entries), Kind::Map(kind) | Kind::Named(kind)) if !entries.is_empty() => {
            entries.iter().for_each(|entry| write_entry(entry, kind, level, out));
        }
        (Value::List(items), Kind::List(kind) | Kind::OneOrMany(kind)) if !items.is_empty() => {
            items.iter().for_each(|item| write_item(item, kind, level, out));
        }
        _ => {
            indent(level, out);
            out.push_str(&flow(node));
            out.push('\n');
        }
    }
}

/// Returns the entries in the order of the table, without those that say what is the default anyway.
fn ordered<'a>(entries: &'a [Entry], object: &'static Object) -> Vec<(&'a Entry, &'static Kind)> {
    let fields = Fields::of(entries, object);
    let known = object.fields.iter().filter_map(|field| Some((fields.entry(field.name)?, field)));
    let said = known.filter(|(entry, field)| match field.need {
        Need::Default(default) => entry.value.text() != Some(default),
        Need::Required | Need::Optional => true,
    });
    said.map(|(entry, field)| (entry, &field.kind)).collect()
}

fn write_entry(entry: &Entry, kind: &Kind, level: usize, out: &mut String) {
    indent(level, out);
    out.push_str(&scalar(&entry.key, false));
    out.push(':');
    write_value(&entry.value, kind, level, out);
}

fn write_item(item: &Node, kind: &Kind, level: usize, out: &mut String) {
    let mut below = String::new();
    write_block(item, kind, level + 1, &mut below);
    indent(level, out);
    out.push_str("- ");
    out.push_str(below.trim_start_matches(' '));
}

fn write_value(node: &Node, kind: &Kind, level: usize, out: &mut String) {
    if is_block(node, kind) {
        out.push('\n');
        write_block(node, kind, level + 1, out);
    } else {
        out.push(' ');
        out.push_str(&flow(node));
        out.push('\n');
    }
}

fn is_block(node: &Node, kind: &Kind) -> bool {
    match (&node.value, kind) {
        (Value::Scalar { .. }, _) => false,
        (Value::List(items), Kind::List(_) | Kind::OneOrMany(_)) => !items.is_empty(),
        (Value::Map(entries), Kind::Object(_) | Kind::ScalarOr(..) | Kind::Map(_) | Kind::Named(_)) => {
            !entries.is_empty()
        }
        _ => false,
    }
}
