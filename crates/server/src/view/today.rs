//! The start page: who cannot do what, objectives critical first, what needs somebody, what changed.

use schemars::JsonSchema;
use serde::Serialize;

use crate::view::empty::Empty;
use crate::view::prose::{Link, Prose};
use crate::view::shell::ProductName;
use crate::view::time::At;
use crate::view::word::{Criticality, Severity, State, StatusCount};

/// `/`, one section a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Today {
    /// The instant the page speaks of.
    pub now: At,
    /// In registry order.
    pub products: Vec<ProductToday>,
    /// Set when there is nothing to judge; products may still be listed below it.
    pub empty: Option<Empty>,
}

/// One product today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProductToday {
    pub product: ProductName,
    /// The one alarm; `null` when nobody is hurt.
    pub alarm: Option<Alarm>,
    /// Shown without an alarm.
    pub calm: Option<Calm>,
    /// By criticality, then registry order.
    pub objectives: Vec<ObjectiveRow>,
    /// What a person should do, most urgent first.
    pub needs: Vec<Need>,
    /// Newest first, back to yesterday's same hour.
    pub events: Vec<Event>,
}

/// Users are hurt now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Alarm {
    /// `Save draft fails for everyone. Major since 13:42.`
    pub title: String,
    pub severity: Option<Severity>,
    pub since: At,
    /// Attempts lost since then.
    pub lost: u64,
    /// Which step, since when, how many, and by which service; one sentence a step, worst first.
    pub says: Vec<Prose>,
    /// Alerts that fire, who is responsible, what else is hurt: one line with links.
    pub more: Prose,
}

/// Nobody is hurt, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Calm {
    /// Since when no step fails, burns or is silent; `null` since the start.
    pub since: Option<At>,
    /// When it was last looked at.
    pub looked: At,
    /// Steps that are measured, of all.
    pub measured: crate::view::sli::Share,
}

/// An objective in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ObjectiveRow {
    pub objective: Link,
    pub criticality: Criticality,
    pub state: State,
    /// The worst step and its reason: `Save draft: 615 of 615 failed in 15 min`; empty when all is met.
    pub because: Prose,
    pub steps: u64,
    /// Of its steps, by status.
    pub counts: Vec<StatusCount>,
    pub severity: Option<Severity>,
}

/// Something that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Need {
    /// `null` for what is not a step or an SLO.
    pub state: Option<State>,
    pub what: Link,
    pub why: Prose,
    pub next: Prose,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Event {
    pub at: At,
    pub text: Prose,
}
