//! Steps of the model: rules, conditions, thresholds, and the hash of what is measured.

use throughline_core::annotate::rules::FILTERS_MAX;
use throughline_core::id::{ProductId, StepId};
use throughline_core::model::slo::Method;
use throughline_core::model::step::{Action, Clauses, Expect, Filter, Step, THRESHOLDS_MAX};

use crate::compile::condition::{contains_text, test_text};
use crate::compile::{Compiler, clause, hash, put};
use crate::diagnostic::Code;
use crate::document::condition::ContainsDoc;
use crate::document::product::ProductDoc;
use crate::document::slo::SloDoc;
use crate::document::step::{ActionDoc, FilterDoc, StepDoc};

impl Compiler<'_> {
    pub(super) fn step(
        &mut self,
        product: &ProductDoc,
        doc: &StepDoc,
        owner: ProductId,
        slos: &[&SloDoc],
    ) -> Option<StepId> {
        let actions: Vec<_> = doc.actions.iter().map(|action| self.action(action)).collect();
        let (conditions, conditions_text) = self.conditions(doc);
        let thresholds = self.thresholds(doc, slos);
        let actions_text: Vec<_> = doc.actions.iter().map(action_text).collect();
        let measured = hash(&format!("{actions_text:?} {conditions_text} {thresholds:?}"));
        let id = self.book.step(&product.name.value, &doc.id.value, measured);
        let id = self.id(id, doc.id.place)?;
        let expect = doc.expect.as_ref().and_then(|contains| self.expect(contains));
        let step = Step {
            id,
            product: owner,
            name: doc.id.value.clone(),
            display_name: doc.name.clone(),
            description: doc.description.clone(),
            class: doc.class,
            actions,
            conditions,
            expect,
            thresholds,
            clauses: clauses(doc),
            measurement_hash: measured,
        };
        for slo in slos {
            self.slo(&product.name.value, &step, slo);
        }
        put(&mut self.registry.steps, id.index(), step);
        Some(id)
    }

    fn expect(&mut self, contains: &ContainsDoc) -> Option<Expect> {
        let words = format!("{} {}", contains.service, contains.operation.operation.text());
        Some(Expect { marker: self.marker(contains)?, child: contains.child, words })
    }

    fn action(&mut self, doc: &ActionDoc) -> Action {
        let filters = doc.filters.iter().filter_map(|filter| self.filter(filter)).collect();
        Action {
            service: doc.service.clone(),
            operation: doc.operation.operation.clone(),
            filters,
            part: doc.part,
            priority: doc.priority,
        }
    }

    fn filter(&mut self, filter: &FilterDoc) -> Option<Filter> {
        Some(match filter {
            FilterDoc::Attribute { key, test } => {
                let slot = self.slot(&key.value, key.place)?;
                self.filters.insert(filter_text(filter));
                if self.filters.len() > FILTERS_MAX {
                    let message =
                        format!("more than {FILTERS_MAX} different `where:` attributes in one registry");
                    let hint = "join values in a `{regex: ...}`, or tell the steps apart by operation";
                    self.problems.hint(Code::TooManyFilters, key.place, message, hint);
                    return None;
                }
                Filter::Attribute { slot, test: test.clone() }
            }
            FilterDoc::Contains(contains) => {
                Filter::Contains { marker: self.marker(contains)?, child: contains.child }
            }
        })
    }

    fn thresholds(&mut self, doc: &StepDoc, slos: &[&SloDoc]) -> Vec<u64> {
        let counted = slos.iter().filter(|slo| slo.method == Method::Service);
        let mut thresholds: Vec<_> = counted.filter_map(|slo| slo.latency_ns).collect();
        thresholds.sort_unstable();
        thresholds.dedup();
        if thresholds.len() > THRESHOLDS_MAX {
            let message = format!("`{}` has more than {THRESHOLDS_MAX} different latencies", doc.id.value);
            self.problems.hint(
                Code::TooManyThresholds,
                doc.id.place,
                message,
                "let two SLOs share one latency",
            );
            thresholds.truncate(THRESHOLDS_MAX);
        }
        thresholds
    }
}

/// Returns a canonical text of an action.
fn action_text(action: &ActionDoc) -> String {
    let filters: Vec<_> = action.filters.iter().map(filter_text).collect();
    format!(
        "{:?} {:?} {filters:?} {} {}",
        action.service,
        action.operation.key(),
        action.part,
        action.priority
    )
}

/// Returns a canonical text of a filter.
pub(crate) fn filter_text(filter: &FilterDoc) -> String {
    match filter {
        FilterDoc::Attribute { key, test } => format!("attribute {} {}", key.value, test_text(test)),
        FilterDoc::Contains(contains) => contains_text(contains),
    }
}

fn clauses(doc: &StepDoc) -> Clauses {
    let service = doc.actions.iter().find(|action| !action.part).map(|action| action.service.as_str());
    let words = clause::Words { service: service.unwrap_or("the service") };
    Clauses {
        start: words.start(doc.start.as_ref()),
        success: match &doc.success {
            Some(success) => words.all_of(success),
            None => words.default_success(),
        },
        failure: doc.failure.as_ref().map(|failure| words.any_of(failure)).unwrap_or_default(),
        exclude: doc.exclude.as_ref().map(|exclude| words.any_of(exclude)).unwrap_or_default(),
    }
}
