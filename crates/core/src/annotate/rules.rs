//! Server rules: the steps' actions, indexed by service, and what they make of an operation.
//! Built once per registry version; asked only where the memo has no answer.

use std::collections::HashMap;
use std::sync::Arc;

use crate::annotate::names::Interned;
use crate::condition::{Marker, Test};
use crate::id::{ObjectiveId, ProductId, ServiceId, SlotId, StepId};
use crate::model::registry::Registry;
use crate::model::step::{Action, Filter, Operation};
use crate::observation::{Slots, slot};

/// Distinct attribute filters (`where:`) that a registry may have; their truth is one `u64`.
pub const FILTERS_MAX: usize = 64;

/// A match of an action, before the span's own truth and its trace are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    pub step: StepId,
    /// The action's place in its step.
    pub action: u16,
    pub rank: u32,
    pub part: bool,
    pub needs: u64,
    pub needs_children: u64,
}

#[derive(Debug, Clone)]
struct Rule {
    step: StepId,
    action: u16,
    operation: Operation,
    /// Bits of the filters that must hold.
    filters: u64,
    found: Match,
}

/// The operation of a span in all the ways in which a rule may name it.
#[derive(Debug, Clone, Copy, Default)]
pub struct OperationTexts<'a> {
    /// The span's name.
    pub name: &'a str,
    /// `http.request.method`
    pub method: &'a str,
    /// `http.route`, else the raw path without its query.
    pub path: &'a str,
    /// `rpc.service`
    pub rpc_service: &'a str,
    /// `rpc.method`
    pub rpc_method: &'a str,
}

impl<'a> OperationTexts<'a> {
    /// Reads the texts; with an `http.route` the raw path is not looked at.
    pub fn of(name: &'a str, slots: &Slots<'a>) -> Self {
        let first = |slots_in: &[SlotId]| slots_in.iter().find_map(|s| slots.get(*s).text()).unwrap_or("");
        let path = match slots.get(slot::ROUTE).text() {
            Some(route) => route,
            None => first(&[slot::PATH, slot::TARGET_OLD]).split(['?', '#']).next().unwrap_or(""),
        };
        let method = first(&[slot::METHOD, slot::METHOD_OLD]);
        let (rpc_service, rpc_method) = (first(&[slot::RPC_SERVICE]), first(&[slot::RPC_METHOD]));
        Self { name, method, path, rpc_service, rpc_method }
    }

    /// Returns the texts that rules are matched against: the name, `METHOD path`, `service/method`.
    pub fn all(&self) -> Vec<String> {
        let mut texts = vec![self.name.to_owned()];
        if !self.method.is_empty() && !self.path.is_empty() {
            texts.push(format!("{} {}", self.method, self.path));
        }
        match (self.rpc_service, self.rpc_method) {
            (_, "") => {}
            ("", method) => texts.push(method.to_owned()),
            (service, method) => texts.push(format!("{service}/{method}")),
        }
        texts
    }

    /// Returns the text that people would write in a rule.
    pub fn best(&self) -> String {
        self.all().pop().unwrap_or_default()
    }
}

/// All rules of a registry version.
#[derive(Debug)]
pub struct Rules {
    pub registry: Arc<Registry>,
    by_service: HashMap<ServiceId, Vec<Rule>>,
    filters: Vec<(SlotId, Test)>,
    markers: HashMap<ServiceId, Vec<(Marker, Operation)>>,
    /// The service that a marker's spans are recorded by, by marker.
    pub marker_services: Vec<ServiceId>,
    steps: HashMap<String, Vec<StepId>>,
    products: HashMap<String, ProductId>,
    objectives: HashMap<String, Vec<ObjectiveId>>,
    objectives_of: HashMap<StepId, Vec<ObjectiveId>>,
}

impl Rules {
    /// Compiles the actions of a registry.
    pub fn new(registry: Arc<Registry>, interned: &Interned) -> Self {
        let mut rules = Self::empty(Arc::clone(&registry));
        for step in registry.steps() {
            rules.steps.entry(step.name.clone()).or_default().push(step.id);
            for (index, action) in step.actions.iter().enumerate() {
                let rule = rules.rule(step.id, index, action);
                rules.by_service.entry(interned.service(&action.service)).or_default().extend(rule);
            }
        }
        for marker in &registry.markers {
            let service = interned.service(&marker.service);
            rules.markers.entry(service).or_default().push((marker.marker, marker.operation.clone()));
            rules.marker_services.push(service);
        }
        for objective in registry.objectives() {
            rules.objectives.entry(objective.name.clone()).or_default().push(objective.id);
            let steps = objective.flow.iter().map(|flow| flow.step);
            steps.for_each(|step| rules.objectives_of.entry(step).or_default().push(objective.id));
        }
        rules
    }

    fn empty(registry: Arc<Registry>) -> Self {
        let products = registry.products().map(|product| (product.name.clone(), product.id)).collect();
        Self {
            registry,
            products,
            by_service: HashMap::new(),
            filters: Vec::new(),
            markers: HashMap::new(),
            marker_services: Vec::new(),
            steps: HashMap::new(),
            objectives: HashMap::new(),
            objectives_of: HashMap::new(),
        }
    }

    /// Compiles one action; `None` when its filters do not fit the limit, which the registry refuses.
    fn rule(&mut self, step: StepId, index: usize, action: &Action) -> Option<Rule> {
        let (mut filters, mut needs, mut needs_children) = (0, 0, 0);
        for filter in &action.filters {
            match filter {
                Filter::Attribute { slot, test } => filters |= self.filter(*slot, test)?,
                Filter::Contains { marker, child: true } => needs_children |= marker.bit(),
                Filter::Contains { marker, child: false } => needs |= marker.bit(),
            }
        }
        let rank = rank(&action.operation, action.filters.len(), action.priority);
        let action_index = index as u16;
        let found = Match { step, action: action_index, rank, part: action.part, needs, needs_children };
        Some(Rule { step, action: action_index, operation: action.operation.clone(), filters, found })
    }

    fn filter(&mut self, slot: SlotId, test: &Test) -> Option<u64> {
        let known = self.filters.iter().position(|(other, asked)| *other == slot && asked == test);
        let at = known.unwrap_or(self.filters.len());
        if at == FILTERS_MAX {
            return None;
        }
        if known.is_none() {
            self.filters.push((slot, test.clone()));
        }
        Some(1 << at)
    }

    /// Returns which attribute filters the span passes.
    pub fn filter_bits(&self, slots: &Slots<'_>) -> u64 {
        let bits = self.filters.iter().enumerate();
        bits.fold(0, |bits, (n, (slot, test))| bits | u64::from(test.passes(slots.get(*slot))) << n)
    }

    /// Returns the best match of each step, parts apart, best first.
    pub fn matches(&self, service: ServiceId, texts: &OperationTexts<'_>, filter_bits: u64) -> Vec<Match> {
        let texts = texts.all();
        let rules = self.by_service.get(&service).map_or(&[][..], Vec::as_slice);
        let matching = rules.iter().filter(|rule| {
            rule.filters & !filter_bits == 0 && texts.iter().any(|text| rule.operation.matches(text))
        });
        let mut found: Vec<Match> = matching.map(|rule| rule.found).collect();
        found.sort_by_key(|found| (found.part, std::cmp::Reverse(found.rank), found.step, found.action));
        let mut best: Vec<Match> = Vec::with_capacity(found.len());
        for found in found {
            let known =
                best.iter().any(|b| (b.step, b.part) == (found.step, found.part) && covers(b, &found));
            if !known {
                best.push(found);
            }
        }
        best
    }

    /// Returns the actions of the service that an operation nearly matched, as (step, action, why not).
    pub fn nearly(&self, service: ServiceId, texts: &OperationTexts<'_>, bits: u64) -> Vec<Near> {
        let texts = texts.all();
        let rules = self.by_service.get(&service).map_or(&[][..], Vec::as_slice);
        let near = rules.iter().filter_map(|rule| {
            let operation = texts.iter().any(|text| rule.operation.matches(text));
            let filtered = operation && rule.filters & !bits != 0;
            let similar = !operation && texts.iter().any(|text| similar(text, rule.operation.text()));
            let why = match (filtered, similar) {
                (true, _) => NearWhy::Filter,
                (_, true) => NearWhy::Operation,
                _ => return None,
            };
            Some(Near { step: rule.step, action: rule.action, why })
        });
        near.take(5).collect()
    }

    /// Returns the markers that a span of this service and operation sets on its ancestors.
    pub fn markers(&self, service: ServiceId, texts: &OperationTexts<'_>) -> u64 {
        let Some(markers) = self.markers.get(&service) else { return 0 };
        let texts = texts.all();
        let hits = markers.iter().filter(|(_, operation)| texts.iter().any(|text| operation.matches(text)));
        hits.fold(0, |bits, (marker, _)| bits | marker.bit())
    }

    /// Returns the step that a client named, `None` when no single one is meant.
    pub fn step_named(&self, product: Option<ProductId>, name: &str) -> Option<StepId> {
        let of_product = |step: &&StepId| {
            product.is_none() || self.registry.step(**step).map(|step| step.product) == product
        };
        let mut named = self.steps.get(name)?.iter().filter(of_product);
        let first = named.next()?;
        named.next().is_none().then_some(*first)
    }

    /// Returns the product that a client named.
    pub fn product_named(&self, name: &str) -> Option<ProductId> {
        self.products.get(name).copied()
    }

    /// Returns the objective that a client named beside a step: one of that name in the step's product.
    pub fn objective_named(&self, step: StepId, name: &str) -> Option<ObjectiveId> {
        let product = self.registry.step(step)?.product;
        let of_product =
            |id: &&ObjectiveId| self.registry.objective(**id).is_some_and(|o| o.product == product);
        self.objectives.get(name)?.iter().find(of_product).copied()
    }

    /// Returns the objectives whose flow holds the step.
    pub fn objectives_of(&self, step: StepId) -> &[ObjectiveId] {
        self.objectives_of.get(&step).map_or(&[], Vec::as_slice)
    }

    /// Returns whether the step has no actions, so that any of its entry spans is an attempt.
    pub fn is_free(&self, step: StepId) -> bool {
        self.registry.step(step).is_some_and(|step| step.actions.is_empty())
    }
}

/// A rule that an operation did not match, but nearly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Near {
    pub step: StepId,
    pub action: u16,
    pub why: NearWhy,
}

/// What kept a rule from matching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NearWhy {
    /// The operation matched, an attribute filter did not.
    Filter,
    /// The operation is only similar.
    Operation,
}

/// Orders actions by kind of operation, then filters, then priority (`telemetry.md` 4); equal ranks tie.
pub fn rank(operation: &Operation, filters: usize, priority: i32) -> u32 {
    let filters = filters.min(255) as u32;
    let priority = (priority.clamp(-32_768, 32_767) + 32_768) as u32;
    u32::from(operation.rank()) << 24 | filters << 16 | priority
}

/// Returns whether a better match makes another of the same step pointless: it needs no more than it.
fn covers(better: &Match, other: &Match) -> bool {
    better.needs & !other.needs == 0 && better.needs_children & !other.needs_children == 0
}

/// Returns whether two operations begin alike for two thirds, or differ only in their method.
fn similar(text: &str, rule: &str) -> bool {
    if let (Some((_, path)), Some((_, rule_path))) = (text.split_once(' '), rule.split_once(' '))
        && path == rule_path
    {
        return true;
    }
    let shared = text.bytes().zip(rule.bytes()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    shared >= 6 && shared * 3 >= text.len().max(rule.len()) * 2
}
