//! All SLOs, grouped objective -> step, with filters; an objective's head has counts per status, never a number.

use schemars::JsonSchema;
use serde::Serialize;

use crate::view::empty::{Empty, Loosened, NoHit};
use crate::view::path;
use crate::view::prose::{Link, Prose};
use crate::view::shell::ProductName;
use crate::view::sli::Sli;
use crate::view::time::At;
use crate::view::word::{Criticality, Method, State, Status, StatusCount, status_counts};

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
    /// The step's own: one that nothing measures may be silent.
    pub state: State,
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

impl Slos {
    /// Narrows a whole list to a filter: rows, counts of both choices, and the empty state when nothing fits.
    pub fn narrowed(mut self, filter: Filter) -> Self {
        if let Some(product) = &filter.product {
            self.groups.retain(|group| group.product.id == *product);
        }
        let all = || self.groups.iter().flat_map(|group| &group.rows).flat_map(|step| &step.slos);
        let by_method = |row: &&SloRow| filter.method.is_none_or(|method| row.method == method);
        let by_status = |row: &&SloRow| filter.status.is_none_or(|status| row.state.status == status);
        self.total = all().count() as u64;
        self.by_status = status_counts(all().filter(by_method).map(|row| row.state.status));
        self.by_method = Method::ALL
            .map(|method| MethodCount {
                method,
                count: all().filter(by_status).filter(|row| row.method == method).count() as u64,
            })
            .to_vec();
        let without = loosened(&filter, all().filter(by_method).count(), all().filter(by_status).count());
        let unmeasured = filter.method.is_none() && filter.status.is_none_or(|one| one == Status::NoSlo);
        for group in &mut self.groups {
            group.rows.retain_mut(|step| {
                let measured = !step.slos.is_empty();
                step.slos.retain(|row| by_method(&row) && by_status(&row));
                if measured { !step.slos.is_empty() } else { unmeasured }
            });
        }
        self.groups.retain(|group| !group.rows.is_empty());
        if self.groups.is_empty() && self.empty.is_none() && self.total > 0 {
            self.empty = Some(no_hit(&filter, self.total, without));
        }
        self.filter = filter;
        self
    }
}

fn loosened(filter: &Filter, in_method: usize, in_status: usize) -> Vec<Loosened> {
    let product = filter.product.as_deref();
    if filter.status.is_none() || filter.method.is_none() {
        return Vec::new();
    }
    let without =
        |text: &str, href: String, hits: usize| Loosened { link: Link::new(text, href), hits: hits as u64 };
    vec![
        without("the status", path::slos(product, None, filter.method), in_method),
        without("the method", path::slos(product, filter.status, None), in_status),
    ]
}

fn no_hit(filter: &Filter, total: u64, without: Vec<Loosened>) -> Empty {
    let method = filter.method.map(|method| format!("Method {}", method.word()));
    let status = filter.status.map(|status| format!("status {}", status.word()));
    let filters: Vec<String> = method.into_iter().chain(status).collect();
    let text = if filters.len() > 1 { "Clear both" } else { "Clear it" };
    let clear = Link::new(text, path::slos(filter.product.as_deref(), None, None));
    Empty::NoHit(NoHit { what: "SLOs".to_owned(), filters, total, clear, without })
}
