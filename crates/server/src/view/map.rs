//! The flow map of a product: objectives, their steps in flow order, how each works now. Layout is
//! `page::part::flow`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::view::empty::Empty;
use crate::view::path::Layer;
use crate::view::prose::{Link, Prose};
use crate::view::shell::ProductName;
use crate::view::sli::{Share, Sli};
use crate::view::word::{Criticality, Method, State, StatusCount};

/// `/p/{product}/map`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Map {
    pub product: ProductName,
    pub layer: Layer,
    /// What fails, what is not known, and that the rest works.
    pub say: Prose,
    pub flow: Flow,
    pub empty: Option<Empty>,
}

/// Objectives with their steps; each step stands once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Flow {
    /// By criticality, then registry order.
    pub objectives: Vec<FlowObjective>,
    /// Every step of the objectives, once, in the order of its first place.
    pub steps: Vec<FlowStep>,
}

/// An objective's band.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FlowObjective {
    pub objective: Link,
    pub criticality: Criticality,
    pub state: State,
    /// Of its steps, by status.
    pub counts: Vec<StatusCount>,
    /// In flow order.
    pub flow: Vec<Place>,
}

/// A step's place in an objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Place {
    /// [`FlowStep::id`].
    pub step: String,
    pub optional: bool,
    pub is_async: bool,
}

/// A step's box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FlowStep {
    /// The DNS label.
    pub id: String,
    pub step: Link,
    /// The highest over its objectives.
    pub criticality: Criticality,
    pub state: State,
    /// The SLO that the box speaks of: the worst that is measured; `null` without one.
    pub worst: Option<FlowSlo>,
    /// Bad of decided in the last 15 minutes, `null` while nothing is known.
    pub last_15_min: Option<Share>,
    /// Attempts a day as far as known, for steps without an SLO.
    pub attempts_a_day: Option<u64>,
    /// Said in the box: what fails now (`615 of 615 failed in 15 min`), or instead of numbers when the state is
    /// unknown (`deliveries since 11:02 not in yet`).
    pub note: Option<String>,
    /// All SLOs, for the SLO layer, in file order.
    pub slos: Vec<FlowSlo>,
}

/// An SLO in a box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FlowSlo {
    /// `available`.
    pub slo: Link,
    pub method: Method,
    pub state: State,
    pub sli: Sli,
}
