//! What is defined and not used, and what is used and not measured.

use std::collections::{BTreeSet, HashSet};

use throughline_core::model::objective::Criticality;

use crate::compile::Whole;
use crate::diagnostic::{Code, Problems};
use crate::document::objective::ObjectiveDoc;
use crate::document::product::ProductDoc;
use crate::document::step::StepDoc;
use crate::suggest;

pub(super) fn check(whole: &Whole, product: &ProductDoc, problems: &mut Problems) {
    if product.broken.has("objectives") || product.broken.has("steps") {
        return;
    }
    if product.objectives.is_empty() {
        let message =
            format!("`{}` has no objective, so nobody knows what its steps are for", product.name.value);
        problems.hint(
            Code::NoObjective,
            product.name.place,
            message,
            "add `objectives:` with a flow of steps",
        );
        return;
    }
    unused_steps(product, problems);
    let bare =
        |step: &&StepDoc| !step.broken.has("slos") && whole.slos_of(&product.name.value, step).is_empty();
    let bare: Vec<_> = product.steps.iter().filter(bare).map(|step| step.id.value.as_str()).collect();
    let unmeasured: Vec<_> =
        product.objectives.iter().filter(|objective| !objective_measured(objective, &bare)).collect();
    unmeasured.iter().for_each(|objective| without_slo(objective, problems));
    product.objectives.iter().for_each(|objective| no_criticality(objective, problems));
    steps_without_slo(product, &bare, &unmeasured, problems);
}

fn unused_steps(product: &ProductDoc, problems: &mut Problems) {
    if product.objectives.iter().any(|objective| objective.broken.has("flow")) {
        return;
    }
    let known: BTreeSet<_> = product.steps.iter().map(|step| step.id.value.as_str()).collect();
    let flows = product.objectives.iter().flat_map(|objective| &objective.flow);
    let used: HashSet<_> = flows.filter_map(|flow| meant(&flow.step.value, &known)).collect();
    for step in &product.steps {
        if !used.contains(step.id.value.as_str()) {
            let message = format!("no objective uses the step `{}`", step.id.value);
            problems.hint(
                Code::StepUnused,
                step.id.place,
                message,
                "add it to an objective's `flow:`, or remove it",
            );
        }
    }
}

/// Returns the step that a flow names; a misspelt name was told, and means the nearest.
fn meant<'a>(name: &'a str, known: &BTreeSet<&'a str>) -> Option<&'a str> {
    if known.contains(name) { Some(name) } else { suggest::nearest(name, known.iter().copied()) }
}

/// Returns whether an objective has a required step that is not bare of SLOs; what cannot be read or is unknown may
/// have some.
fn objective_measured(objective: &ObjectiveDoc, bare: &[&str]) -> bool {
    let worthless = objective.criticality.unwrap_or_default() == Criticality::None;
    worthless || objective.broken.has("flow") || required(objective).any(|step| !bare.contains(&step))
}

fn required(objective: &ObjectiveDoc) -> impl Iterator<Item = &str> {
    objective.flow.iter().filter(|flow| !flow.optional).map(|flow| flow.step.value.as_str())
}

fn without_slo(objective: &ObjectiveDoc, problems: &mut Problems) {
    let message =
        format!("no required step of `{}` has an SLO: it can never be said to work", objective.id.value);
    problems.hint(
        Code::ObjectiveWithoutSlo,
        objective.id.place,
        message,
        "add `slos:` to its most important step",
    );
}

fn no_criticality(objective: &ObjectiveDoc, problems: &mut Problems) {
    if objective.criticality.is_none() && !objective.broken.has("criticality") {
        let message =
            format!("`{}` does not say what it is worth, so it counts as `none`", objective.id.value);
        problems.hint(
            Code::NoCriticality,
            objective.id.place,
            message,
            "add `criticality: critical`, `important` or `none`",
        );
    }
}

/// Reports required steps that nothing measures, unless their whole objective was reported.
fn steps_without_slo(
    product: &ProductDoc,
    bare: &[&str],
    reported: &[&ObjectiveDoc],
    problems: &mut Problems,
) {
    let worth = |objective: &&ObjectiveDoc| {
        let is_reported = reported.iter().any(|other| std::ptr::eq(*other, *objective));
        objective.criticality.unwrap_or_default() != Criticality::None && !is_reported
    };
    let needed: Vec<_> = product.objectives.iter().filter(worth).flat_map(required).collect();
    for step in &product.steps {
        let name = step.id.value.as_str();
        if needed.contains(&name) && bare.contains(&name) {
            let message =
                format!("`{name}` is required and has no SLO, so its objective is never known to work");
            problems.hint(
                Code::StepWithoutSlo,
                step.id.place,
                message,
                "add `slos: [{name: available, target: 99.9%}]`",
            );
        }
    }
}
