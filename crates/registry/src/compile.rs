//! Documents to the model: names become ids, conditions become atoms and trees, rules become patterns. Mistakes
//! have been found before; only limits are found here.

mod clause;
pub(crate) mod condition;
mod people;
mod slo;
pub(crate) mod step;

use std::collections::{HashMap, HashSet};

use throughline_core::condition::{MARKERS_MAX, Marker};
use throughline_core::id::{ProductId, SlotId, StepId};
use throughline_core::model::objective::{FlowStep, Objective};
use throughline_core::model::registry::{IdBook, IdsFull, MarkerRule, Product, Registry};

use crate::diagnostic::{Code, Problems};
use crate::document::condition::ContainsDoc;
use crate::document::objective::ObjectiveDoc;
use crate::document::product::ProductDoc;
use crate::document::slo::{SloDoc, SloDocument};
use crate::document::step::StepDoc;
use crate::source::Place;

/// All documents of ours, in load order.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    pub(crate) products: Vec<ProductDoc>,
    pub(crate) slos: Vec<SloDocument>,
    /// The names of the sources.
    pub(crate) files: Vec<String>,
}

impl Whole {
    /// Returns the SLOs of a step, those at it first.
    pub(crate) fn slos_of<'a>(&'a self, product: &str, step: &'a StepDoc) -> Vec<&'a SloDoc> {
        let path = format!("{product}/{}", step.id.value);
        let beside = self.slos.iter().filter(|document| document.step.value == path);
        step.slos.iter().chain(beside.map(|document| &document.slo)).collect()
    }
}

/// Compiles all documents; ids are taken from the book.
pub(crate) fn compile(whole: &Whole, version: u64, book: &mut IdBook, problems: &mut Problems) -> Registry {
    let registry = Registry { version, ..Registry::default() };
    let (markers, filters) = (HashMap::new(), HashSet::new());
    let mut compiler = Compiler { registry, book, problems, markers, filters };
    for product in &whole.products {
        compiler.product(whole, product);
    }
    compiler.registry
}

struct Compiler<'a> {
    registry: Registry,
    book: &'a mut IdBook,
    problems: &'a mut Problems,
    markers: HashMap<(String, String), Marker>,
    /// Attributes of `where:`, as canonical texts.
    filters: HashSet<String>,
}

/// The ids of a product's steps by name.
type StepIds = HashMap<String, StepId>;

impl Compiler<'_> {
    fn product(&mut self, whole: &Whole, doc: &ProductDoc) {
        let id = self.book.product(&doc.name.value);
        let Some(id) = self.id(id, doc.place) else { return };
        let steps = self.steps(whole, doc, id);
        let objectives = self.objectives(doc, id, &steps);
        let order = doc.steps.iter().filter_map(|step| steps.get(&step.id.value).copied());
        let product = Product {
            id,
            name: doc.name.value.clone(),
            display_name: doc.display_name.clone(),
            description: doc.description.clone(),
            stakeholders: doc.people.stakeholders.iter().map(|at| at.value.clone()).collect(),
            raci: people::raci(&doc.people),
            kpis: doc.people.kpis.iter().map(|at| at.value.clone()).collect(),
            severity: people::severity(doc, &steps),
            objectives,
            steps: order.collect(),
        };
        put(&mut self.registry.products, id.index(), product);
    }

    fn steps(&mut self, whole: &Whole, doc: &ProductDoc, product: ProductId) -> StepIds {
        let mut ids = StepIds::new();
        for step in &doc.steps {
            let slos = whole.slos_of(&doc.name.value, step);
            if let Some(id) = self.step(doc, step, product, &slos) {
                ids.insert(step.id.value.clone(), id);
            }
        }
        ids
    }

    fn objectives(
        &mut self,
        doc: &ProductDoc,
        product: ProductId,
        steps: &StepIds,
    ) -> Vec<throughline_core::id::ObjectiveId> {
        let mut ids = Vec::new();
        for objective in &doc.objectives {
            let id = self.book.objective(&doc.name.value, &objective.id.value);
            let Some(id) = self.id(id, objective.id.place) else { continue };
            let compiled = Objective {
                id,
                product,
                name: objective.id.value.clone(),
                display_name: objective.name.clone(),
                job: objective.job.clone(),
                criticality: objective.criticality.unwrap_or_default(),
                kpis: objective.kpis.iter().map(|kpi| kpi.value.clone()).collect(),
                flow: flow(objective, steps),
            };
            put(&mut self.registry.objectives, id.index(), compiled);
            ids.push(id);
        }
        ids
    }

    fn id<I>(&mut self, id: Result<I, IdsFull>, place: Place) -> Option<I> {
        if id.is_err() {
            let hint = "ids are kept across reloads; restart to forget those that are no longer used";
            self.problems.hint(Code::TooManyIds, place, "more than 65,536 ids of one kind", hint);
        }
        id.ok()
    }

    fn slot(&mut self, key: &str, place: Place) -> Option<SlotId> {
        let slot = self.registry.slots.slot(key).ok();
        if slot.is_none() {
            let room = 64 - throughline_core::observation::SlotTable::default().len();
            let message = format!("all conditions together read more than {room} attributes of their own");
            self.problems.hint(
                Code::TooManyAttributes,
                place,
                message,
                "use one attribute where two say the same",
            );
        }
        slot
    }

    fn marker(&mut self, contains: &ContainsDoc) -> Option<Marker> {
        let key = (contains.service.clone(), contains.operation.key());
        if let Some(marker) = self.markers.get(&key) {
            return Some(*marker);
        }
        let index = self.registry.markers.len();
        if index == MARKERS_MAX {
            let message = format!("more than {MARKERS_MAX} different `contains` in one registry");
            self.problems.hint(
                Code::TooManyContains,
                contains.place,
                message,
                "ask for one span that stands for the others",
            );
            return None;
        }
        let marker = Marker(index as u8);
        let operation = contains.operation.operation.clone();
        self.registry.markers.push(MarkerRule { marker, service: contains.service.clone(), operation });
        self.markers.insert(key, marker);
        Some(marker)
    }
}

fn flow(objective: &ObjectiveDoc, steps: &StepIds) -> Vec<FlowStep> {
    let place = |flow: &crate::document::objective::FlowDoc| {
        let step = *steps.get(&flow.step.value)?;
        Some(FlowStep {
            step,
            optional: flow.optional,
            is_async: flow.is_async,
            criticality: flow.criticality,
        })
    };
    objective.flow.iter().filter_map(place).collect()
}

fn put<T>(table: &mut Vec<Option<T>>, index: usize, value: T) {
    if table.len() <= index {
        table.resize_with(index + 1, || None);
    }
    table[index] = Some(value);
}

/// Hashes a canonical text.
pub(crate) fn hash(text: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(text.as_bytes())
}
