//! Names that name nothing.

use crate::compile::Whole;
use crate::diagnostic::{Code, Problems};
use crate::document::product::ProductDoc;
use crate::document::severity::OfDoc;
use crate::document::test::TestDoc;
use crate::source::At;
use crate::{suggest, table};

pub(super) fn check(whole: &Whole, problems: &mut Problems) {
    let path = |product: &ProductDoc, step: &str| format!("{}/{step}", product.name.value);
    let paths: Vec<_> =
        whole.products.iter().flat_map(|p| p.steps.iter().map(|step| path(p, &step.id.value))).collect();
    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
    let broken = whole.products.iter().any(|product| product.broken.has("steps"));
    let is_unknown = |step: &&At<String>| !broken && !paths.contains(&step.value.as_str());
    for step in whole.slos.iter().map(|document| &document.step).filter(is_unknown) {
        unknown("step", step, &paths, problems);
    }
    for product in &whole.products {
        // Names in what cannot be read are not known, and that was told.
        if !product.broken.has("steps") {
            steps(product, problems);
        }
        if !product.broken.has("kpis") {
            kpis(product, problems);
        }
        if !product.broken.has("stakeholders") {
            raci(product, problems);
        }
    }
}

fn steps(product: &ProductDoc, problems: &mut Problems) {
    let steps: Vec<_> = product.steps.iter().map(|step| step.id.value.as_str()).collect();
    let flows = product.objectives.iter().flat_map(|objective| &objective.flow);
    flows.for_each(|flow| known("step", &flow.step, &steps, problems));
    severity(product, &steps, problems);
    let at_steps = product.steps.iter().flat_map(|step| &step.tests);
    at_steps.chain(&product.tests).for_each(|test| tested(test, &steps, problems));
}

fn kpis(product: &ProductDoc, problems: &mut Problems) {
    let kpis: Vec<_> = product.people.kpis.iter().map(|kpi| kpi.value.id.as_str()).collect();
    let moved = product.objectives.iter().flat_map(|objective| &objective.kpis);
    moved.for_each(|kpi| known("KPI", kpi, &kpis, problems));
}

fn raci(product: &ProductDoc, problems: &mut Problems) {
    let people: Vec<_> = product.people.stakeholders.iter().map(|at| at.value.id.as_str()).collect();
    for row in &product.people.raci {
        let named = row.accountable.iter().chain(&row.responsible).chain(&row.consulted).chain(&row.informed);
        named.for_each(|name| known("stakeholder", name, &people, problems));
    }
}

fn severity(product: &ProductDoc, steps: &[&str], problems: &mut Problems) {
    for rule in &product.severity {
        if let OfDoc::Steps(names) = &rule.of {
            names.iter().for_each(|name| known("step", name, steps, problems));
        }
    }
}

fn tested(test: &TestDoc, steps: &[&str], problems: &mut Problems) {
    if let Some(step) = test.step.as_ref().filter(|step| step.value != "none") {
        known("step", step, steps, problems);
    }
}

/// What is no id at all was told.
fn known(what: &str, name: &At<String>, names: &[&str], problems: &mut Problems) {
    if table::is_id(&name.value) && !names.contains(&name.value.as_str()) {
        unknown(what, name, names, problems);
    }
}

fn unknown(what: &str, name: &At<String>, names: &[&str], problems: &mut Problems) {
    let hint = suggest::hint(&name.value, names, what);
    problems.hint(Code::UnknownReference, name.place, format!("there is no {what} `{}`", name.value), hint);
}
