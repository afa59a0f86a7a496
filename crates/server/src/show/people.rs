//! Who stands behind a product, by name: the activity of the RACI matrix that a page is about.

use throughline_core::model::people::RaciRow;
use throughline_core::model::registry::Product;

use crate::view::objective::People;

/// What people on a page are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// What users want, and what it is worth.
    Objective,
    /// What is fast and reliable enough.
    Step,
    /// What to do when it fails.
    Incident,
}

impl About {
    /// Returns words of activities, best first.
    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Objective => &["objective", "product", "intent"],
            Self::Step => &["reliable", "slo", "target", "step"],
            Self::Incident => &["incident", "respond", "on call", "on-call"],
        }
    }
}

/// Returns the names of the people of the activity; nobody where the matrix has no such activity.
pub(super) fn people(product: &Product, about: About) -> People {
    let row = row(product, about);
    let names = |ids: fn(&RaciRow) -> &Vec<String>| {
        row.map(|row| ids(row).iter().map(|id| name(product, id)).collect()).unwrap_or_default()
    };
    People {
        accountable: names(|row| &row.accountable),
        responsible: names(|row| &row.responsible),
        consulted: names(|row| &row.consulted),
        informed: names(|row| &row.informed),
    }
}

fn row(product: &Product, about: About) -> Option<&RaciRow> {
    let has = |row: &&RaciRow, word: &str| row.activity.to_lowercase().contains(word);
    about.words().iter().find_map(|word| product.raci.iter().find(|row| has(row, word)))
}

fn name(product: &Product, id: &str) -> String {
    let known = product.stakeholders.iter().find(|stakeholder| stakeholder.id == id);
    known.map_or_else(|| id.to_owned(), |stakeholder| stakeholder.name.clone())
}

/// Returns who owns the SLOs: the product's SRE, else its first stakeholder; empty without any.
pub(super) fn owner(product: &Product) -> String {
    let mut stakeholders = product.stakeholders.iter();
    let sre = stakeholders.clone().find(|stakeholder| stakeholder.role == "sre");
    sre.or_else(|| stakeholders.next()).map(|stakeholder| stakeholder.name.clone()).unwrap_or_default()
}
