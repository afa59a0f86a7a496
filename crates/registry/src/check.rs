//! Checks of what documents say together, one file per family of mistakes. Shapes have been checked before;
//! nothing is compiled here.

mod condition;
mod identity;
mod outcome;
mod overlap;
mod people;
mod reference;
mod rule;
mod severity;
mod slo;
mod target;
mod together;
mod usage;

use throughline_core::model::objective::Criticality;

use crate::compile::Whole;
use crate::diagnostic::Problems;
use crate::document::objective::ObjectiveDoc;
use crate::document::product::ProductDoc;

/// Reports all that is wrong with the documents.
pub(crate) fn all(whole: &Whole, problems: &mut Problems) {
    identity::check(whole, problems);
    reference::check(whole, problems);
    rule::check(whole, problems);
    overlap::check(whole, problems);
    slo::check(whole, problems);
    for product in &whole.products {
        condition::check(whole, product, problems);
        people::check(product, problems);
        severity::check(product, problems);
        target::check(whole, product, problems);
        usage::check(whole, product, problems);
    }
}

/// Returns what a step is worth: the highest over its objectives, `None` when no objective uses it or what one is
/// worth cannot be read.
fn criticality(product: &ProductDoc, step: &str) -> Option<Criticality> {
    let worth = |objective: &ObjectiveDoc| {
        let places = objective.flow.iter().filter(|flow| flow.step.value == step);
        let worth = places.map(|flow| flow.criticality).min()?;
        Some((!objective.broken.has("criticality") && !objective.broken.has("flow")).then_some(worth))
    };
    let worths: Option<Vec<_>> = product.objectives.iter().filter_map(worth).collect();
    worths?.into_iter().min()
}
