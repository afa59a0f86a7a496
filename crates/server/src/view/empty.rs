//! Nothing to show, and why: each kind has its word, its cause and its next action (`ui.md` 8). None is green.

use schemars::JsonSchema;
use serde::Serialize;

use crate::view::prose::{Link, Prose};
use crate::view::time::At;

/// Why a page has nothing to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Empty {
    NoRegistry(NoRegistry),
    NoTelemetry(NoTelemetry),
    NoStepFits(NoStepFits),
    /// The filters fit nothing.
    NoHit(NoHit),
}

/// There is no registry, or none of its files could be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NoRegistry {
    /// Where it was looked for, as given.
    pub looked_in: String,
    /// YAML files found there.
    pub yaml_files: u64,
    /// Of these, files with `apiVersion: throughline.dev/v1` (then the banner says what is wrong with them).
    pub ours: u64,
    /// A command that shows something at once.
    pub command: String,
}

/// Nothing was received since the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NoTelemetry {
    pub since: At,
    /// `host:port` of OTLP/gRPC.
    pub grpc: Option<String>,
    /// `host:port` of OTLP/HTTP.
    pub http: Option<String>,
    pub refused: Option<RefusedRequest>,
    /// A setting that makes an exporter send here.
    pub command: String,
}

/// The last request that a receiver refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RefusedRequest {
    pub at: At,
    pub status: u16,
    pub why: String,
}

/// Requests come, but no action of the registry names any of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NoStepFits {
    pub requests: u64,
    pub services: u64,
    pub minutes: u64,
    /// The most frequent operation, if any request was an entry request.
    pub top: Option<TopOperation>,
}

/// A service's operation with the beginning of a rule for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TopOperation {
    pub service: String,
    pub operation: String,
    /// YAML that names it as an action.
    pub draft: String,
}

/// No row fits the filters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NoHit {
    /// What is listed, in the plural: `SLOs`.
    pub what: String,
    /// Each filter that is set, such as `method client`.
    pub filters: Vec<String>,
    pub total: u64,
    /// Removes all filters.
    pub clear: Link,
    /// Removes one filter each, with what is then left.
    pub without: Vec<Loosened>,
}

/// What is left without one of the filters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Loosened {
    pub link: Link,
    pub hits: u64,
}

/// Why there is no verdict, or why a step is silent or late, and what to do: shown under the head of an SLO or
/// a step whose state is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Explained {
    /// Empty where the page's first sentence says it.
    pub why: Prose,
    /// Empty when nothing is to be done but wait.
    pub next: Prose,
    /// A command or YAML to copy.
    pub copy: Option<String>,
}

impl Explained {
    /// Returns whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.why.is_empty() && self.next.is_empty() && self.copy.is_none()
    }

    /// Returns it without what was said before it.
    pub fn after(mut self, said: &Prose) -> Self {
        if self.why.plain() == said.plain() {
            self.why = Prose::new();
        }
        self
    }
}

/// A word in a query that its name does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownWord {
    pub name: String,
    pub said: String,
    /// `failing, silent, ...`
    pub known: String,
}

impl UnknownWord {
    /// Returns what is wrong and what would be right.
    pub fn words(&self) -> String {
        format!("`{}` is no {}: one of {}", self.said, self.name, self.known)
    }
}
