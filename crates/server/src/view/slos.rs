//! All SLOs, grouped objective -> step, with filters; an objective's head has counts per status, never a number.

use schemars::JsonSchema;
use serde::Serialize;

use crate::view::empty::Empty;
use crate::view::prose::{Link, Prose};
use crate::view::shell::ProductName;
use crate::view::sli::Sli;
use crate::view::time::At;
use crate::view::word::{Criticality, Method, State, Status, StatusCount};

/// `/slos`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Slos {
    pub say: Prose,
    pub filter: Filter,
    /// All SLOs of the product filter, before the other filters.
    pub total: u64,
    /// By status, within the method filter.
    pub by_status: Vec<StatusCount>,
    /// By method, within the status filter.
    pub by_method: Vec<MethodCount>,
    /// By criticality, then registry order; a shared step stands in its most critical objective.
    pub groups: Vec<Group>,
    pub empty: Option<Empty>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Filter {
    pub product: Option<String>,
    pub status: Option<Status>,
    pub method: Option<Method>,
}

/// How many SLOs have a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MethodCount {
    pub method: Method,
    pub count: u64,
}

/// An objective with its steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Group {
    pub product: ProductName,
    pub objective: Link,
    pub criticality: Criticality,
    /// Of its steps, by status.
    pub counts: Vec<StatusCount>,
    pub steps: u64,
    /// Names of its steps that stand in another group.
    pub shared: Vec<String>,
    pub slos_not_measured: u64,
    pub rows: Vec<StepGroup>,
}

/// A step with its SLOs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StepGroup {
    pub step: Link,
    /// `optional`, `async`, `important`, `also in Read mail`.
    pub marks: Vec<String>,
    /// Empty: nothing measures it.
    pub slos: Vec<SloRow>,
    pub attempts_a_day: Option<u64>,
}

/// An SLO in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SloRow {
    /// `product/step/name`.
    pub id: String,
    /// `available`.
    pub name: String,
    pub method: Method,
    pub state: State,
    pub sli: Sli,
    /// The tier that fires, or why there is no verdict; empty otherwise.
    pub alert_or_cause: Prose,
    /// `null` when nothing was measured.
    pub as_of: Option<At>,
}
