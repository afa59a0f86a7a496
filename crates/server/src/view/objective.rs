//! One objective: the intent, which step breaks it, which severity rule fires, whom it concerns.

use schemars::JsonSchema;
use serde::Serialize;

use crate::view::empty::Explained;
use crate::view::map::Flow;
use crate::view::prose::{Link, Prose};
use crate::view::shell::ProductName;
use crate::view::sli::Share;
use crate::view::word::{Criticality, Severity, State, StatusCount};

/// `/p/{product}/objectives/{objective}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Objective {
    pub product: ProductName,
    /// The DNS label.
    pub id: String,
    pub name: String,
    /// The user's intent in their words, may be empty.
    pub job: String,
    pub say: Prose,
    pub criticality: Criticality,
    pub state: State,
    pub severity: Option<Severity>,
    /// Of its steps, by status.
    pub counts: Vec<StatusCount>,
    /// This objective alone.
    pub flow: Flow,
    /// In flow order.
    pub steps: Vec<StepRow>,
    pub slos: SloCoverage,
    /// The product's severity rules, in file order.
    pub rules: Vec<RuleRow>,
    /// Names of the KPIs that it moves, with their units.
    pub kpis: Vec<String>,
    pub people: People,
    /// Changes of the definition, newest first.
    pub definitions: Vec<Prose>,
    /// Set when the state is not known.
    pub explained: Option<Explained>,
}

/// A step of the objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StepRow {
    pub step: Link,
    /// `optional`, `async`, `important`, `shared with Read mail`.
    pub marks: Vec<String>,
    pub state: State,
    /// Why, in a few words: the main reason, or SLI / target and budget left.
    pub because: Prose,
    /// Bad of decided by the step's worst SLO, by its results without one; `null` while nothing is known.
    pub last_15_min: Option<Share>,
    pub severity: Option<Severity>,
    /// The share of attempts lost beyond tolerance, `null` when none.
    pub impact_ppb: Option<u64>,
}

/// How much of an objective is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SloCoverage {
    pub slos: u64,
    /// Of these, SLOs that nothing feeds yet.
    pub not_measured: u64,
    pub steps: u64,
    /// Steps with at least one SLO.
    pub steps_with: u64,
}

/// A severity rule and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuleRow {
    /// From 1, in file order.
    pub number: u64,
    pub level: Severity,
    /// `a core step, impact over 20 %`.
    pub when: String,
    pub now: RuleState,
    /// `fires: Save draft, 100 %, at least 99.4 %`, `true too; rule 2 is higher`, `no`.
    pub says: Prose,
}

/// Whether a severity rule is what names the severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    /// True, and the one that is named.
    Fires,
    /// True, but a higher one is named.
    Holds,
    No,
    /// What it looks at is not known.
    CannotTell,
}

/// RACI of the activity that concerns this page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct People {
    /// Names, not ids.
    pub accountable: Vec<String>,
    pub responsible: Vec<String>,
    pub consulted: Vec<String>,
    pub informed: Vec<String>,
}
