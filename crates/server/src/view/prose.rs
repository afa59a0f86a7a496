//! Sentences with marked words: what a page shows as rich text and JSON as a plain string, so that the two
//! never differ. It knows no HTML.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::view::word::{Severity, State};

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Text(String),
    Strong(String),
    Muted(String),
    /// An id, a rule, an operation: set in a fixed width.
    Code(String),
    Link {
        text: String,
        href: String,
    },
    /// A link to a trace: a short id, set in a fixed width.
    Trace {
        text: String,
        href: String,
    },
    /// The status with its shape.
    Status(State),
    /// The severity with its bars.
    Severity(Severity),
}

/// A sentence or a few; serializes as its plain text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prose(Vec<Part>);

impl Prose {
    /// Returns an empty sentence, to which parts are added in order.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds plain text.
    pub fn text(self, text: impl Into<String>) -> Self {
        self.with(Part::Text(text.into()))
    }

    /// Adds words that stand out.
    pub fn strong(self, text: impl Into<String>) -> Self {
        self.with(Part::Strong(text.into()))
    }

    /// Adds words that stand back.
    pub fn muted(self, text: impl Into<String>) -> Self {
        self.with(Part::Muted(text.into()))
    }

    /// Adds text in a fixed width.
    pub fn code(self, text: impl Into<String>) -> Self {
        self.with(Part::Code(text.into()))
    }

    /// Adds a link; `href` comes from [`crate::view::path`].
    pub fn link(self, text: impl Into<String>, href: impl Into<String>) -> Self {
        self.with(Part::Link { text: text.into(), href: href.into() })
    }

    /// Adds a link to a trace, shown by its short id.
    pub fn trace(self, id: &str) -> Self {
        let (text, href) = (crate::view::number::short_id(id), crate::view::path::trace(id));
        self.with(Part::Trace { text, href })
    }

    /// Adds a status with its shape.
    pub fn status(self, state: impl Into<State>) -> Self {
        self.with(Part::Status(state.into()))
    }

    /// Adds a severity with its bars.
    pub fn severity(self, severity: Severity) -> Self {
        self.with(Part::Severity(severity))
    }

    /// Adds all parts of another sentence.
    pub fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Returns the parts in order.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// Returns whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the words alone, as JSON and the terminal print them.
    pub fn plain(&self) -> String {
        let mut plain = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) | Part::Strong(text) | Part::Muted(text) | Part::Code(text) => {
                    plain.push_str(text);
                }
                Part::Link { text, .. } | Part::Trace { text, .. } => plain.push_str(text),
                Part::Status(state) => plain.push_str(&state.words()),
                Part::Severity(severity) => plain.push_str(severity.word()),
            }
        }
        plain
    }

    fn with(mut self, part: Part) -> Self {
        self.0.push(part);
        self
    }
}

impl From<&str> for Prose {
    fn from(text: &str) -> Self {
        Self::new().text(text)
    }
}

impl From<String> for Prose {
    fn from(text: String) -> Self {
        Self::new().text(text)
    }
}

impl Serialize for Prose {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.plain())
    }
}

impl JsonSchema for Prose {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Prose".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

/// A name that leads to its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Link {
    pub text: String,
    /// A path on this server.
    pub href: String,
}

impl Link {
    /// Pairs a text with a path of [`crate::view::path`].
    pub fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: text.into(), href: href.into() }
    }
}
