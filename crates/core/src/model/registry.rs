//! The registry: the compiled, immutable whole that every number refers to by its version.
//! It is replaced as one value on reload and never changed.

use std::collections::BTreeMap;

use crate::condition::Marker;
use crate::id::{ObjectiveId, ProductId, SloId, StepId};
use crate::model::objective::{Criticality, Objective};
use crate::model::people::{Kpi, RaciRow, Stakeholder};
use crate::model::severity::SeverityRule;
use crate::model::slo::Slo;
use crate::model::step::{Operation, Step};
use crate::observation::SlotTable;

/// What users use; owns objectives, stakeholders, KPIs and guidelines.
#[derive(Debug, Clone)]
pub struct Product {
    pub id: ProductId,
    pub name: String,
    pub display_name: String,
    pub description: String,
    pub stakeholders: Vec<Stakeholder>,
    pub raci: Vec<RaciRow>,
    pub kpis: Vec<Kpi>,
    /// In file order, which breaks ties.
    pub severity: Vec<SeverityRule>,
    /// In file order.
    pub objectives: Vec<ObjectiveId>,
    /// In file order.
    pub steps: Vec<StepId>,
}

/// A `contains` predicate: the service that recorded the span, and its operation.
#[derive(Debug, Clone)]
pub struct MarkerRule {
    pub marker: Marker,
    pub service: String,
    pub operation: Operation,
}

/// The whole registry. Tables are indexed by id; a slot is `None` where an id of an earlier version is no
/// longer defined.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    /// A hash of the documents; 16 hex digits on pages.
    pub version: u64,
    pub products: Vec<Option<Product>>,
    pub objectives: Vec<Option<Objective>>,
    pub steps: Vec<Option<Step>>,
    pub slos: Vec<Option<Slo>>,
    pub markers: Vec<MarkerRule>,
    pub slots: SlotTable,
}

impl Registry {
    /// Returns the products in load order.
    pub fn products(&self) -> impl Iterator<Item = &Product> {
        self.products.iter().flatten()
    }

    /// Returns the steps by id.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().flatten()
    }

    /// Returns the objectives by id.
    pub fn objectives(&self) -> impl Iterator<Item = &Objective> {
        self.objectives.iter().flatten()
    }

    /// Returns the SLOs by id.
    pub fn slos(&self) -> impl Iterator<Item = &Slo> {
        self.slos.iter().flatten()
    }

    /// Returns a step, `None` when this version no longer defines it.
    pub fn step(&self, id: StepId) -> Option<&Step> {
        self.steps.get(id.index())?.as_ref()
    }

    /// Returns a product, `None` when this version no longer defines it.
    pub fn product(&self, id: ProductId) -> Option<&Product> {
        self.products.get(id.index())?.as_ref()
    }

    /// Returns an objective, `None` when this version no longer defines it.
    pub fn objective(&self, id: ObjectiveId) -> Option<&Objective> {
        self.objectives.get(id.index())?.as_ref()
    }

    /// Returns an SLO, `None` when this version no longer defines it.
    pub fn slo(&self, id: SloId) -> Option<&Slo> {
        self.slos.get(id.index())?.as_ref()
    }

    /// Returns the SLOs of a step, in file order.
    pub fn slos_of(&self, step: StepId) -> impl Iterator<Item = &Slo> {
        self.slos().filter(move |slo| slo.step == step)
    }

    /// Returns the objectives whose flow holds the step, in file order.
    pub fn objectives_of(&self, step: StepId) -> impl Iterator<Item = &Objective> {
        self.objectives().filter(move |objective| objective.flow.iter().any(|flow| flow.step == step))
    }

    /// Returns the step's criticality: the highest over its objectives (`slo.md` 11).
    pub fn criticality_of(&self, step: StepId) -> Criticality {
        let places = self.objectives().flat_map(|objective| &objective.flow);
        places.filter(|flow| flow.step == step).map(|flow| flow.criticality).min().unwrap_or_default()
    }

    /// Returns the longest SLO window in ns, 28 days without SLOs; older attempts are `too_old`.
    pub fn longest_window_ns(&self) -> u64 {
        let longest = self.slos().map(|slo| slo.window.ns()).max();
        longest.unwrap_or(crate::model::slo::Window::days(28).ns())
    }
}

/// Ids that keep their meaning from one version of the registry to the next, by name.
#[derive(Debug, Clone, Default)]
pub struct IdBook {
    products: BTreeMap<String, ProductId>,
    objectives: BTreeMap<(String, String), ObjectiveId>,
    steps: BTreeMap<(String, String, u64), StepId>,
    slos: BTreeMap<(String, u64), SloId>,
}

/// An id table is full: 65,536 of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdsFull;

fn keep<K: Ord, I: Copy>(book: &mut BTreeMap<K, I>, key: K, new: fn(u16) -> I) -> Result<I, IdsFull> {
    let next = u16::try_from(book.len()).map_err(|_| IdsFull);
    match book.get(&key) {
        Some(id) => Ok(*id),
        None => {
            let id = new(next?);
            book.insert(key, id);
            Ok(id)
        }
    }
}

impl IdBook {
    /// Returns the product's id.
    ///
    /// # Errors
    /// [`IdsFull`] when the table is full; so for the others.
    pub fn product(&mut self, name: &str) -> Result<ProductId, IdsFull> {
        keep(&mut self.products, name.to_owned(), ProductId::new)
    }

    /// Returns the objective's id.
    pub fn objective(&mut self, product: &str, name: &str) -> Result<ObjectiveId, IdsFull> {
        keep(&mut self.objectives, (product.to_owned(), name.to_owned()), ObjectiveId::new)
    }

    /// Returns the id of a step as it is measured now.
    pub fn step(&mut self, product: &str, name: &str, measurement_hash: u64) -> Result<StepId, IdsFull> {
        keep(&mut self.steps, (product.to_owned(), name.to_owned(), measurement_hash), StepId::new)
    }

    /// Returns the id of an SLO over what it measures: its step's definition, method and SLI.
    pub fn slo(&mut self, slo_id: &str, measurement_hash: u64) -> Result<SloId, IdsFull> {
        keep(&mut self.slos, (slo_id.to_owned(), measurement_hash), SloId::new)
    }
}
