//! Operations as they are written: exact texts, templates, globs and regular expressions. What they belong to is
//! written elsewhere.

use throughline_core::condition::Pattern;
use throughline_core::model::step::{Operation, Template};

use crate::diagnostic::Code;
use crate::parse::{Node, Value};
use crate::table::{Fault, Field, Format, Kind, Need, Object};
use crate::value;

pub(crate) static OPERATION: Object = Object {
    name: "a regular expression (`{regex: ...}`)",
    doc: "A regular expression; it matches the whole text only where it is anchored with ^ and $.",
    fields: &[Field {
        name: "regex",
        kind: Kind::Written(&value::REGEX),
        need: Need::Required,
        doc: "The expression.",
    }],
};

/// An operation as a text, which says of itself whether it is a template or a glob.
pub(crate) static TEXT: Format =
    Format { name: "an operation", pattern: r"\S", example: "`GET /mails/{id}`", check: check_text };

/// What may stand as an operation.
pub(crate) const OPERATION_KIND: Kind = Kind::ScalarOr(&Kind::Written(&TEXT), &OPERATION);

/// An operation that is well formed.
#[derive(Debug, Clone)]
pub(crate) struct OperationDoc {
    pub(crate) operation: Operation,
}

impl OperationDoc {
    /// Reads an operation: `{x}` makes it a template, `*` a glob, `{regex: ...}` an expression.
    pub(crate) fn read(node: &Node) -> Option<Self> {
        let operation = match &node.value {
            Value::Map(_) => Operation::Regex(Pattern::new(node.get("regex")?.text()?).ok()?),
            _ => match node.text()? {
                text if text.contains('*') => Operation::Glob(Pattern::glob(text).ok()?),
                text if is_template(text) => Operation::Template(Template::new(text)),
                text => Operation::Exact(text.to_owned()),
            },
        };
        Some(Self { operation })
    }

    /// Returns a text that is equal exactly for equal operations.
    pub(crate) fn key(&self) -> String {
        format!("{}:{}", self.operation.rank(), self.operation.text())
    }
}

fn is_template(text: &str) -> bool {
    text.split_once('{').is_some_and(|(_, rest)| rest.contains('}'))
}

/// Finds operations that no span can have. In a glob braces stand for themselves.
fn check_text(text: &str) -> Result<(), Fault> {
    if text.trim().is_empty() {
        let hint = "write the operation, such as `GET /mails/{id}`, or `\"*\"` for all of the service";
        return Err(Fault::new(Code::BadValue, "an empty operation matches no span", hint));
    }
    if text.contains('*') {
        let glob = Pattern::glob(text).map(drop);
        let hint = "a glob has at most 64 KiB when compiled; ask for its beginning";
        return glob.map_err(|why| Fault::new(Code::BadValue, format!("this is no glob: {why}"), hint));
    }
    let Some((at, brace)) = odd_brace(text) else { return Ok(()) };
    let what = if brace == '{' { "is never closed" } else { "closes nothing" };
    let message = format!("the `{brace}` at character {at} of `{text}` {what}");
    let hint =
        "`{x}` stands for one path segment; write `{regex: ...}` where a brace is a part of the operation";
    Err(Fault::new(Code::BadValue, message, hint))
}

/// Returns the first brace that has no partner, with its position from 1.
fn odd_brace(text: &str) -> Option<(usize, char)> {
    let mut open = Vec::new();
    for (at, c) in (1..).zip(text.chars()) {
        match c {
            '{' => open.push(at),
            '}' if open.pop().is_none() => return Some((at, c)),
            _ => {}
        }
    }
    open.first().map(|at| (*at, '{'))
}
