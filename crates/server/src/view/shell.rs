//! What surrounds every page: the products, the clock, the registry's version and its refused edits.

use schemars::JsonSchema;
use serde::Serialize;

use crate::view::time::At;

/// The frame of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Shell {
    /// In registry order; empty without a registry.
    pub products: Vec<ProductName>,
    /// The id of the product that this page is about; `null` on pages about all.
    pub product: Option<String>,
    /// End of the newest closed minute; `null` before the first tick.
    pub as_of: Option<At>,
    /// When the next minute closes.
    pub next: Option<At>,
    /// Said beside the clock when it is not the wall clock, such as `demo clock, 60 x`.
    pub clock: Option<String>,
    /// 16 hex digits; `null` without a registry.
    pub registry_version: Option<String>,
    /// The last edit of the registry, if it was refused; the version above is then the last good one.
    pub refused: Option<RefusedEdit>,
    /// SLOs of all products that this version cannot measure.
    pub slos_not_measured: u64,
}

/// A product's id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProductName {
    /// The DNS label.
    pub id: String,
    pub name: String,
}

impl ProductName {
    /// Pairs an id with a name.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into() }
    }
}

/// An edit of the registry that did not pass `check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RefusedEdit {
    pub at: At,
    /// The first few, errors before warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// Problems beyond those.
    pub more: u64,
}

/// One problem in a registry file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diagnostic {
    /// The stable code, such as `unknown-key`.
    pub code: String,
    /// `mail.yaml:12:5`.
    pub place: String,
    pub message: String,
    pub hint: Option<String>,
}
