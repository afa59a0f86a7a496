//! The impact matrix, service x step: "2 % of a service's errors are 100 % of save draft".

use schemars::JsonSchema;
use serde::Serialize;

use crate::view::empty::Empty;
use crate::view::path::By;
use crate::view::prose::{Link, Prose};
use crate::view::shell::ProductName;
use crate::view::sli::Share;
use crate::view::step::{Impact as Lost, SeverityNow};
use crate::view::time::At;
use crate::view::word::{Criticality, State};

/// `/impact`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Impact {
    pub product: ProductName,
    pub by: By,
    pub window_minutes: u32,
    /// The windows that can be asked for, ascending.
    pub windows: Vec<u32>,
    pub from: At,
    pub to: At,
    pub say: Prose,
    /// By criticality, then flow; the last is "no step".
    pub columns: Vec<Column>,
    /// By errors, most first.
    pub rows: Vec<Row>,
    /// Of the cell that was asked for, else of the worst; `null` when no error has a kept trace.
    pub examples: Option<Examples>,
    /// What the worst column means; `null` when no step is hurt.
    pub meaning: Option<Meaning>,
    pub empty: Option<Empty>,
}

/// A step's column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Column {
    /// `null`: requests without a step.
    pub step: Option<Link>,
    /// The step's id, `null` likewise.
    pub id: Option<String>,
    pub criticality: Criticality,
    /// Failing attempts of decided ones; requests for the last column.
    pub failed: Share,
    /// What the head says instead where failures do not tell it: `98 of 179 too slow`, `0 of 438 expected came`.
    pub note: String,
    /// The worst step: outlined.
    pub worst: bool,
}

/// A service's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Row {
    pub service: String,
    /// Errors of its requests.
    pub errors: Share,
    pub errors_ppb: Option<u64>,
    /// One a column; `null` where the service has no error for that step and no bad attempt began there.
    pub cells: Vec<Option<Cell>>,
}

/// Errors of a service that hit a step, or bad attempts that began there without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cell {
    pub errors: u64,
    /// Failing attempts that they touch.
    pub attempts: u64,
    /// Of this service's errors.
    pub of_service_ppb: u64,
    /// Of this step's failing attempts; `null` in the last column.
    pub of_step_ppb: Option<u64>,
}

/// Traces behind a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Examples {
    pub service: String,
    /// The step's name, or `no step`.
    pub step: String,
    pub rows: Vec<Example>,
}

/// A kept trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Example {
    pub at: At,
    /// 32 hex digits.
    pub trace: String,
    /// The way of the error, from the attempt to where it began.
    pub what: Prose,
    /// `null` while the trace is not read again.
    pub took_ns: Option<u64>,
}

/// What the worst column means for users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Meaning {
    pub objective: Link,
    pub state: State,
    pub severity: Option<SeverityNow>,
    pub lost: Lost,
    /// Requests with a step, of all entry requests in the window.
    pub annotated: Share,
    pub annotated_ppb: Option<u64>,
}
