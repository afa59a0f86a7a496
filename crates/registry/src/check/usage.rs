//! What is defined and not used, and what is used and not measured.

use std::collections::HashSet;

use throughline_core::model::objective::Criticality;

use crate::compile::Whole;
use crate::diagnostic::{Code, Problems};
use crate::document::objective::ObjectiveDoc;
use crate::document::product::ProductDoc;
use crate::document::step::StepDoc;

pub(super) fn check(whole: &Whole, product: &ProductDoc, problems: &mut Problems) {
    if product.is_broken("objectives") || product.is_broken("steps") {
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
    let measured = |step: &&StepDoc| step.slos_broken || !whole.slos_of(&product.name.value, step).is_empty();
    let measured: Vec<_> = product.steps.iter().filter(measured).map(|step| step.id.value.as_str()).collect();
    let unmeasured: Vec<_> =
        product.objectives.iter().filter(|objective| !objective_measured(objective, &measured)).collect();
    unmeasured.iter().for_each(|objective| without_slo(objective, problems));
    product.objectives.iter().for_each(|objective| no_criticality(objective, problems));
    steps_without_slo(product, &measured, &unmeasured, problems);
}

fn unused_steps(product: &ProductDoc, problems: &mut Problems) {
    if product.objectives.iter().any(|objective| objective.flow_broken) {
        return;
    }
    let flows = product.objectives.iter().flat_map(|objective| &objective.flow);
    let used: HashSet<_> = flows.map(|flow| flow.step.value.as_str()).collect();
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

fn objective_measured(objective: &ObjectiveDoc, measured: &[&str]) -> bool {
    let worthless = objective.criticality.unwrap_or_default() == Criticality::None;
    worthless || objective.flow_broken || required(objective).any(|step| measured.contains(&step))
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
    if objective.criticality.is_none() && !objective.criticality_broken {
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
    measured: &[&str],
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
        if needed.contains(&name) && !measured.contains(&name) {
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
