//! Names that are given twice, within a file and across files.

use std::collections::HashMap;

use crate::compile::Whole;
use crate::diagnostic::{Code, Problems};
use crate::document::product::ProductDoc;
use crate::document::slo::SloDoc;
use crate::source::{At, Place};

pub(super) fn check(whole: &Whole, problems: &mut Problems) {
    unique(whole, "a product", whole.products.iter().map(|product| &product.name), problems);
    for product in &whole.products {
        let people = &product.people;
        let stakeholders: Vec<_> =
            people.stakeholders.iter().map(|at| At::new(at.value.id.clone(), at.place)).collect();
        let kpis: Vec<_> = people.kpis.iter().map(|at| At::new(at.value.id.clone(), at.place)).collect();
        unique(whole, "a stakeholder", &stakeholders, problems);
        unique(whole, "a KPI", &kpis, problems);
        for objective in &product.objectives {
            unique(whole, "in this flow the step", objective.flow.iter().map(|flow| &flow.step), problems);
        }
        slo_names(whole, product, problems);
    }
}

fn slo_names(whole: &Whole, product: &ProductDoc, problems: &mut Problems) {
    for step in &product.steps {
        let slos = whole.slos_of(&product.name.value, step);
        unique(whole, "an SLO of this step,", slos.iter().map(|slo| &slo.name), problems);
        for slo in &slos {
            former_name(&slos, slo, problems);
        }
    }
}

/// An earlier name that is still in use would give two SLOs one history.
fn former_name(slos: &[&SloDoc], slo: &SloDoc, problems: &mut Problems) {
    let Some(formerly) = &slo.formerly else { return };
    let same = |other: &&&SloDoc| {
        let also = other
            .formerly
            .as_ref()
            .is_some_and(|also| also.value == formerly.value && also.place != formerly.place);
        other.name.value == formerly.value || also
    };
    if slos.iter().find(same).is_some() {
        let message = format!("`{}` still names an SLO of this step", formerly.value);
        problems.hint(
            Code::DuplicateId,
            formerly.place,
            message,
            "one history belongs to one SLO; drop one of the two names",
        );
    }
}

fn unique<'a>(
    whole: &Whole,
    what: &str,
    names: impl IntoIterator<Item = &'a At<String>>,
    problems: &mut Problems,
) {
    let mut seen: HashMap<&str, Place> = HashMap::new();
    for name in names {
        match seen.get(name.value.as_str()) {
            None => {
                seen.insert(&name.value, name.place);
            }
            Some(first) => {
                let message = format!("there already is {what} `{}`", name.value);
                let file = whole.files.get(first.file as usize).map_or("", String::as_str);
                let hint = format!("the first stands in {file}:{}", first.line);
                problems.hint(Code::DuplicateId, name.place, message, hint);
            }
        }
    }
}
