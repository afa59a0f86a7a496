//! Names with their links, the order of things, and the registry's things by the names that URLs carry.

use throughline_core::id::StepId;
use throughline_core::model::objective::{FlowStep, Objective};
use throughline_core::model::registry::{Product, Registry};
use throughline_core::model::slo::{Sli, Slo};
use throughline_core::model::step::Step;

use crate::live::Live;
use crate::view::path;
use crate::view::prose::Link;
use crate::view::shell::ProductName;
use crate::view::time::At;

/// Returns the instant that pages speak of: that of the last look, before the first that of the start.
pub(super) fn now(live: &Live) -> At {
    match live.judgement.now.0 {
        0 => live.receiving.since.into(),
        now => At(now),
    }
}

/// Returns the end of the newest closed minute, `None` before the first look.
pub(super) fn as_of(live: &Live) -> Option<At> {
    (live.judgement.as_of.0 > 0).then(|| live.judgement.as_of.into())
}

pub(super) fn product_named<'a>(registry: &'a Registry, name: &str) -> Option<&'a Product> {
    registry.products().find(|product| product.name == name)
}

pub(super) fn step_named<'a>(registry: &'a Registry, product: &'a Product, name: &str) -> Option<&'a Step> {
    steps_of(registry, product).find(|step| step.name == name)
}

pub(super) fn steps_of<'a>(registry: &'a Registry, product: &'a Product) -> impl Iterator<Item = &'a Step> {
    product.steps.iter().filter_map(|id| registry.step(*id))
}

/// Returns a product's objectives, by criticality, then registry order.
pub(super) fn objectives_of<'a>(registry: &'a Registry, product: &Product) -> Vec<&'a Objective> {
    let mut objectives: Vec<_> = product.objectives.iter().filter_map(|id| registry.objective(*id)).collect();
    objectives.sort_by_key(|objective| objective.criticality);
    objectives
}

/// Returns the most critical objective that uses the step.
pub(super) fn home_of(registry: &Registry, step: StepId) -> Option<&Objective> {
    let product = registry.product(registry.step(step)?.product)?;
    objectives_of(registry, product).into_iter().find(|objective| place_in(objective, step).is_some())
}

pub(super) fn place_in(objective: &Objective, step: StepId) -> Option<&FlowStep> {
    objective.flow.iter().find(|place| place.step == step)
}

pub(super) fn product_name(product: &Product) -> ProductName {
    ProductName::new(&product.name, &product.display_name)
}

/// Returns the DNS label of a step's product.
pub(super) fn product_label<'a>(registry: &'a Registry, step: &Step) -> &'a str {
    registry.product(step.product).map_or("", |product| product.name.as_str())
}

pub(super) fn step_link(registry: &Registry, step: &Step) -> Link {
    Link::new(&step.display_name, path::step(product_label(registry, step), &step.name))
}

pub(super) fn objective_link(registry: &Registry, objective: &Objective) -> Link {
    let product = registry.product(objective.product).map_or("", |product| product.name.as_str());
    Link::new(&objective.display_name, path::objective(product, &objective.name))
}

/// Returns what an SLO promises about its step: `Save draft is available`.
pub(super) fn slo_title(registry: &Registry, slo: &Slo) -> String {
    let step = registry.step(slo.step).map_or("", |step| step.display_name.as_str());
    let words = slo.name.replace('-', " ");
    let is_adjective = matches!(slo.sli, Sli::Availability if words == "available")
        || ["fast", "correct", "complete", "fresh", "delivered"].contains(&words.as_str());
    let begins_with_verb = words.split_once(' ').is_some_and(|(first, _)| first.ends_with('s'));
    match (is_adjective, begins_with_verb) {
        (true, _) => format!("{step} is {words}"),
        (_, true) => format!("{step} {words}"),
        _ => format!("{step}: {words}"),
    }
}

pub(super) fn slo_link(slo: &Slo, text: impl Into<String>) -> Link {
    Link::new(text, path::slo(&slo.slo_id))
}

/// Joins words: `a`, `a and b`, `a, b and c`.
pub(super) fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Makes the first letter a capital one.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
