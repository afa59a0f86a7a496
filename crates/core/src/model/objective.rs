//! A user objective: an intent that groups steps in the order of a flow; never a number.

use crate::id::{ObjectiveId, ProductId, StepId};

/// What an objective or a step of it is worth (article, Table 3). The order is from most to least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Criticality {
    Critical,
    Important,
    #[default]
    None,
}

impl Criticality {
    /// Returns the word used in YAML, API and pages.
    pub const fn word(self) -> &'static str {
        match self {
            Criticality::Critical => "critical",
            Criticality::Important => "important",
            Criticality::None => "none",
        }
    }
}

/// A user objective.
#[derive(Debug, Clone)]
pub struct Objective {
    pub id: ObjectiveId,
    pub product: ProductId,
    /// The DNS label in the registry.
    pub name: String,
    pub display_name: String,
    /// The user's intent in their words, may be empty.
    pub job: String,
    pub criticality: Criticality,
    /// Ids of the product's KPIs.
    pub kpis: Vec<String>,
    /// In the order of the flow.
    pub flow: Vec<FlowStep>,
}

/// A step's place in an objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowStep {
    pub step: StepId,
    pub optional: bool,
    pub is_async: bool,
    /// The objective's, unless the flow overrides it for this step.
    pub criticality: Criticality,
}
