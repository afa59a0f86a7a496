//! One step: impact now, why attempts fail, which services carry it, what counts and how, its SLOs by method.

use schemars::JsonSchema;
use serde::Serialize;

use crate::view::chart::Attempts;
use crate::view::empty::Explained;
use crate::view::objective::People;
use crate::view::prose::{Link, Prose};
use crate::view::shell::ProductName;
use crate::view::sli::{Share, Sli};
use crate::view::time::At;
use crate::view::word::{Criticality, FeatureClass, Method, Severity, State};

/// `/p/{product}/steps/{step}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    pub product: ProductName,
    /// The DNS label.
    pub id: String,
    pub name: String,
    /// In the product manager's words, may be empty.
    pub description: String,
    pub say: Prose,
    pub criticality: Criticality,
    pub class: FeatureClass,
    pub state: State,
    pub objectives: Vec<InObjective>,
    pub impact: Impact,
    /// Why attempts failed in the last hour, most first.
    pub reasons: Vec<Reason>,
    /// Services that carry it in the last 15 minutes: who takes the attempt first, then by requests.
    pub services: Vec<Carrier>,
    /// One line under the services: what else they hurt.
    pub services_say: Prose,
    pub rules: Rules,
    pub attempts: Attempts,
    /// In file order; empty: the step has no SLO.
    pub slos: Vec<MethodColumn>,
    pub no_slo: Option<NoSlo>,
    pub before: Vec<Neighbour>,
    pub after: Vec<Neighbour>,
    /// Changes of the definition, newest first.
    pub definitions: Vec<Prose>,
    pub people: People,
    /// Set when the step is silent or late, or its state is not known.
    pub explained: Option<Explained>,
}

/// An objective that the step serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct InObjective {
    pub objective: Link,
    pub optional: bool,
    pub is_async: bool,
}

/// What users lose now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Impact {
    /// Bad of decided in the last 15 minutes, or too slow ones where a latency SLO is hurt; `null` while nothing is
    /// known.
    pub last_15_min: Option<Share>,
    /// Attempts lost beyond tolerance, of all, in the window that the severity looks at; `null` when none.
    pub lost: Option<Share>,
    /// Where that window begins; it ends now, in the open minute.
    pub since: At,
    /// Of the lost, those that were expected and never came.
    pub never_started: u64,
    /// lost / of; `null` when nothing is lost beyond tolerance.
    pub impact_ppb: Option<u64>,
    /// The lower 95 % limit, which rules use.
    pub at_least_ppb: Option<u64>,
    /// Lost since it began.
    pub so_far: Option<LostSoFar>,
    pub severity: Option<SeverityNow>,
}

/// Attempts lost since the trouble began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LostSoFar {
    pub attempts: u64,
    pub since: At,
}

/// The severity and the rule that fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SeverityNow {
    pub level: Severity,
    pub since: At,
    /// From 1, in file order.
    pub rule_number: u64,
    /// `core, impact over 20 %`.
    pub rule: String,
}

/// Why attempts failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reason {
    /// `HTTP 503, quota exceeded`.
    pub reason: String,
    /// Where the error began; `null` when the entry span alone is known.
    pub service: Option<String>,
    pub attempts: u64,
    /// Of all bad ones in the hour.
    pub share_ppb: u64,
    /// Id of a kept trace.
    pub example: Option<String>,
}

/// A service that carries the step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Carrier {
    pub service: String,
    /// Whether the attempt begins here.
    pub takes_attempt: bool,
    /// Its operations that the step's actions name, at most a few; empty where it is only reached on the way.
    pub operations: Vec<String>,
    /// Its operations that the step's conditions look for below the attempt, at most a few.
    pub looked_for: Vec<String>,
    /// Requests for this step, failed of all.
    pub requests: Share,
    /// All its requests for whatever step.
    pub all_requests: u64,
    /// Share of all its requests that fail for this step.
    pub of_all_ppb: Option<u64>,
}

/// What counts, as clauses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Rules {
    /// What an attempt is.
    pub attempt: Vec<Clause>,
    pub start: Vec<Clause>,
    /// All must hold.
    pub good: Vec<Clause>,
    /// Any suffices.
    pub bad: Vec<Clause>,
    pub excluded: Vec<Clause>,
    /// What good attempts usually bring about; empty where the step does not say.
    pub usually: Vec<Clause>,
    /// Attempts of batch and test traffic today, not counted.
    pub other_traffic_today: u64,
}

/// A clause in words and the rule as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Clause {
    pub words: String,
    pub rule: String,
}

/// An SLO as a column among its methods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MethodColumn {
    /// `Save draft is available`.
    pub slo: Link,
    pub method: Method,
    pub state: State,
    /// `205 of 205 failed in 5 min`, `no client event has come for this step`.
    pub note: String,
    pub sli: Sli,
    /// `null`: not measured yet; the page then says what is usual (article, Tables 4 to 6). So for the others.
    pub cost: Option<Trait>,
    pub confidence: Option<Trait>,
    pub latency: Option<Trait>,
    pub coverage: Option<Trait>,
}

/// A measured characteristic of an SLO.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Trait {
    /// `33,100 spans a day`.
    pub value: String,
    /// `nothing to deploy`, may be empty.
    pub note: String,
}

impl Trait {
    /// Pairs a value with its note.
    pub fn new(value: impl Into<String>, note: impl Into<String>) -> Self {
        Self { value: value.into(), note: note.into() }
    }
}

/// A step that nothing measures, with a draft that would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NoSlo {
    pub attempts_a_day: Option<u64>,
    /// Good and bad of its attempts as far as they are kept, with the period in words.
    pub so_far: Option<Share>,
    pub so_far_period: String,
    /// YAML to copy.
    pub draft: String,
    pub draft_target_ppb: u64,
}

/// The step before or after in a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Neighbour {
    pub step: Link,
    pub state: State,
    /// May be empty.
    pub note: String,
}
