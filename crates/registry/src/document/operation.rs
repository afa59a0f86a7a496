//! Operations as they are written: exact texts, templates, globs and regular expressions. What they belong to is
//! written elsewhere.

use throughline_core::condition::Pattern;
use throughline_core::model::step::{Operation, Template};

use crate::parse::{Node, Value};
use crate::table::{Field, Kind, Need, Object};
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
