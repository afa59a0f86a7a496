//! A step: one action a user takes; what starts it, what is good, bad or not counted, and which requests
//! carry it.

use crate::condition::{Conditions, Marker, Pattern, Test};
use crate::id::{ProductId, SlotId, StepId};

/// Feature class, of which severity guidelines speak (article, Table 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum FeatureClass {
    #[default]
    Core,
    Auxiliary,
}

impl FeatureClass {
    /// Returns the word used in YAML, API and pages.
    pub const fn word(self) -> &'static str {
        match self {
            FeatureClass::Core => "core",
            FeatureClass::Auxiliary => "auxiliary",
        }
    }
}

/// Distinct latency thresholds that a step's SLOs may have together.
pub const THRESHOLDS_MAX: usize = 4;

/// A step and how it is recognised and judged.
#[derive(Debug, Clone)]
pub struct Step {
    pub id: StepId,
    pub product: ProductId,
    /// The DNS label in the registry.
    pub name: String,
    pub display_name: String,
    pub description: String,
    pub class: FeatureClass,
    pub actions: Vec<Action>,
    pub conditions: Conditions,
    /// What good attempts usually bring about, where nothing at all is legitimate too.
    pub expect: Option<Expect>,
    /// Latency thresholds in ns, at most [`THRESHOLDS_MAX`], in the order of the SLOs' slots.
    pub thresholds: Vec<u64>,
    /// The clauses as they stand in the registry, for people.
    pub clauses: Clauses,
    /// A hash of what is measured (actions, conditions, thresholds): a change begins a new series.
    pub measurement_hash: u64,
}

/// A span that is usually below a good attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expect {
    pub marker: Marker,
    /// Among its direct children only.
    pub child: bool,
    /// Its service and operation, for people.
    pub words: String,
}

/// The conditions as text: each line a clause in words and the rule in YAML.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clauses {
    pub start: Vec<Clause>,
    pub success: Vec<Clause>,
    pub failure: Vec<Clause>,
    pub exclude: Vec<Clause>,
}

/// One clause: what a product manager would say, and the rule as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    pub words: String,
    pub rule: String,
}

/// A part of the interface or infrastructure that a step uses: a service and an operation.
#[derive(Debug, Clone)]
pub struct Action {
    pub service: String,
    pub operation: Operation,
    /// All must hold.
    pub filters: Vec<Filter>,
    /// Used by the step besides; never an attempt by itself.
    pub part: bool,
    /// Breaks ties only; higher wins.
    pub priority: i32,
}

/// What an action's operation matches, from most to least specific.
#[derive(Debug, Clone)]
pub enum Operation {
    Exact(String),
    /// `{x}` stands for one path segment; matched on raw paths, and exactly on routes.
    Template(Template),
    /// `*` stands for any characters.
    Glob(Pattern),
    Regex(Pattern),
}

/// An operation with `{x}` segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
}

impl Template {
    /// Wraps the text; `{x}` matches one non-empty segment without `/`.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned() }
    }

    /// Returns the text it was written as.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether an operation is an instance of the template (or the template itself).
    pub fn matches(&self, operation: &str) -> bool {
        let mut parts = self.text.split('/');
        let mut given = operation.split('/');
        loop {
            match (parts.next(), given.next()) {
                (None, None) => return true,
                (Some(part), Some(segment)) if segment_matches(part, segment) => {}
                _ => return false,
            }
        }
    }
}

/// Matches one segment, in which `{x}` may have text before and behind it.
fn segment_matches(part: &str, segment: &str) -> bool {
    let Some(open) = part.find('{') else { return part == segment };
    let Some(close) = part[open..].find('}') else { return part == segment };
    let (before, behind) = (&part[..open], &part[open + close + 1..]);
    segment.len() > before.len() + behind.len() && segment.starts_with(before) && segment.ends_with(behind)
}

impl Operation {
    /// Returns the text as it is written in the registry.
    pub fn text(&self) -> &str {
        match self {
            Operation::Exact(text) => text,
            Operation::Template(template) => template.text(),
            Operation::Glob(pattern) | Operation::Regex(pattern) => pattern.text(),
        }
    }

    /// Returns whether an operation matches.
    pub fn matches(&self, operation: &str) -> bool {
        match self {
            Operation::Exact(text) => text == operation,
            Operation::Template(template) => template.matches(operation),
            Operation::Glob(pattern) | Operation::Regex(pattern) => pattern.matches(operation),
        }
    }

    /// Returns the rank of the kind: exact 3, template 2, glob 1, regex 0 (`telemetry.md` 4).
    pub const fn rank(&self) -> u8 {
        match self {
            Operation::Exact(_) => 3,
            Operation::Template(_) => 2,
            Operation::Glob(_) => 1,
            Operation::Regex(_) => 0,
        }
    }
}

/// A further condition of an action (`where:`).
#[derive(Debug, Clone)]
pub enum Filter {
    Attribute {
        slot: SlotId,
        test: Test,
    },
    /// Known only from descendants.
    Contains {
        marker: Marker,
        child: bool,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_takes_one_segment() {
        let check = |template: &str, operation: &str, expected: bool| {
            assert_eq!(Template::new(template).matches(operation), expected, "{template} on {operation}");
        };
        check("GET /api/files/{name}", "GET /api/files/7", true);
        check("GET /api/files/{name}", "GET /api/files/{name}", true);
        check("GET /api/files/{name}", "GET /api/files/a/b", false);
        check("GET /api/files/{name}", "GET /api/files/", false);
        check("GET /v{n}.json", "GET /v12.json", true);
        check("GET /v{n}.json", "GET /v.json", false);
        check("{x}", "Find", true);
    }
}
