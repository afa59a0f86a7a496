//! What judging needs to know of a registry, looked up once per version: the steps in the order of their flows,
//! who comes before whom, and the SLOs with their tiers.

use std::collections::BTreeMap;

use crate::id::{ProductId, SloId, StepId};
use crate::judge::log::{AlertEpisode, AlertName, Labels};
use crate::judge::tier::{Tier, tiers};
use crate::judge::word::Notify;
use crate::model::objective::Criticality;
use crate::model::registry::{Product, Registry};
use crate::model::severity::{RuleSteps, SeverityRule};
use crate::model::slo::Slo;
use crate::model::step::Step;
use crate::time::UnixNanos;

/// A registry as the judge looks at it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    pub(crate) version: Option<u64>,
    /// By id.
    pub(crate) steps: Vec<StepPlan>,
    /// Places in `steps`, what comes earlier in a flow first.
    pub(crate) order: Vec<usize>,
    /// By id.
    pub(crate) slos: Vec<SloPlan>,
    /// In file order.
    pub(crate) severity: BTreeMap<ProductId, Vec<SeverityRule>>,
}

/// A step's surroundings. Steps are named by their place in the plan.
#[derive(Debug, Clone)]
pub(crate) struct StepPlan {
    pub(crate) id: StepId,
    pub(crate) product: ProductId,
    pub(crate) criticality: Criticality,
    /// The nearest earlier required step of each flow; empty for an entry step.
    pub(crate) upstreams: Vec<usize>,
    /// Services whose records prove that the step could be seen; empty where any may carry it.
    pub(crate) services: Vec<String>,
    /// Places of the measured SLOs.
    pub(crate) slos: Vec<usize>,
    /// Indexes of the severity rules that look at this step.
    pub(crate) rules: Vec<usize>,
    /// SLOs that nothing measures, and what is missing at the first.
    pub(crate) not_measured: u32,
    pub(crate) missing: Option<&'static str>,
    /// Window lengths in minutes whose sums are needed.
    pub(crate) lengths: Vec<u32>,
    pub(crate) labels: Labels,
}

impl StepPlan {
    /// Returns whom an alert of the step itself asks for.
    pub(crate) fn notify(&self) -> Notify {
        if self.criticality == Criticality::Critical { Notify::Page } else { Notify::Ticket }
    }

    /// Returns an alert of the step itself, of none of its SLOs.
    pub(crate) fn alert(&self, name: AlertName, started: UnixNanos, summary: String) -> AlertEpisode {
        AlertEpisode {
            name,
            slo: None,
            step: self.id,
            tier: None,
            notify: self.notify(),
            started,
            ended: None,
            labels: self.labels.clone(),
            summary,
        }
    }
}

/// An SLO and its tiers.
#[derive(Debug, Clone)]
pub(crate) struct SloPlan {
    pub(crate) slo: Slo,
    /// The step's place.
    pub(crate) step: usize,
    pub(crate) tiers: Vec<Tier>,
}

/// Lengths that every step needs: the recent tallies, and a day.
const ALWAYS: [u32; 5] = [5, 15, 60, 240, 1_440];

impl Plan {
    /// Looks a registry over.
    pub(crate) fn new(registry: &Registry) -> Self {
        let places: BTreeMap<StepId, usize> =
            registry.steps().enumerate().map(|(at, s)| (s.id, at)).collect();
        let mut steps: Vec<StepPlan> = registry.steps().map(|step| step_plan(registry, step)).collect();
        let mut ranks = vec![0; steps.len()];
        link_flows(registry, &places, &mut steps, &mut ranks);
        let measured = |slo: &&Slo| places.contains_key(&slo.step);
        let slos: Vec<SloPlan> =
            registry.slos().filter(measured).map(|slo| slo_plan(&steps, &places, slo)).collect();
        for (at, plan) in slos.iter().enumerate().filter(|(_, plan)| plan.slo.not_measured().is_none()) {
            let step = &mut steps[plan.step];
            step.slos.push(at);
            step.lengths.push(plan.slo.window.buckets());
            step.lengths.extend(plan.tiers.iter().flat_map(|tier| [tier.long, tier.short]));
        }
        let mut order: Vec<usize> = (0..steps.len()).collect();
        order.sort_by_key(|at| (ranks[*at], *at));
        let severity = registry.products().map(|product| (product.id, product.severity.clone())).collect();
        Self { version: Some(registry.version), steps, order, slos, severity }
    }

    /// Returns the severity rules of a product.
    pub(crate) fn severity_of(&self, product: ProductId) -> &[SeverityRule] {
        self.severity.get(&product).map(Vec::as_slice).unwrap_or_default()
    }
}

fn step_plan(registry: &Registry, step: &Step) -> StepPlan {
    let product = registry.product(step.product);
    let unmeasured = || registry.slos_of(step.id).filter_map(Slo::not_measured);
    let mut services: Vec<String> =
        step.actions.iter().filter(|action| !action.part).map(|action| action.service.clone()).collect();
    services.dedup();
    StepPlan {
        id: step.id,
        product: step.product,
        criticality: registry.criticality_of(step.id),
        upstreams: Vec::new(),
        services,
        slos: Vec::new(),
        rules: product.map(|product| rules_of(product, step)).unwrap_or_default(),
        not_measured: unmeasured().count() as u32,
        missing: unmeasured().next(),
        lengths: ALWAYS.to_vec(),
        labels: labels(registry, product, step),
    }
}

fn rules_of(product: &Product, step: &Step) -> Vec<usize> {
    let looks_at = |of: &RuleSteps| match of {
        RuleSteps::All => true,
        RuleSteps::Class(class) => *class == step.class,
        RuleSteps::Steps(steps) => steps.contains(&step.id),
    };
    let rules = product.severity.iter().enumerate();
    rules.filter(|(_, rule)| looks_at(&rule.of)).map(|(at, _)| at).collect()
}

fn labels(registry: &Registry, product: Option<&Product>, step: &Step) -> Labels {
    let placed = registry.objectives_of(step.id).min_by_key(|objective| {
        objective.flow.iter().find(|flow| flow.step == step.id).map(|flow| flow.criticality)
    });
    let owner =
        product.and_then(|p| p.stakeholders.iter().find(|s| s.role == "sre").or(p.stakeholders.first()));
    Labels {
        slo_id: String::new(),
        product: product.map(|p| p.name.clone()).unwrap_or_default(),
        objective: placed.map(|objective| objective.name.clone()).unwrap_or_default(),
        step: step.name.clone(),
        method: "service",
        criticality: registry.criticality_of(step.id),
        owner: owner.map(|stakeholder| stakeholder.id.clone()).unwrap_or_default(),
    }
}

/// Notes for each step what comes before it. Asynchronous steps are not on the users' way: they are nobody's
/// upstream and have none.
fn link_flows(
    registry: &Registry,
    places: &BTreeMap<StepId, usize>,
    steps: &mut [StepPlan],
    ranks: &mut [usize],
) {
    for objective in registry.objectives() {
        let mut before: Option<usize> = None;
        for (rank, flow) in objective.flow.iter().enumerate().filter(|(_, flow)| !flow.is_async) {
            let Some(&at) = places.get(&flow.step) else { continue };
            ranks[at] = ranks[at].max(rank);
            if let Some(upstream) = before.filter(|upstream| *upstream != at)
                && !steps[at].upstreams.contains(&upstream)
            {
                steps[at].upstreams.push(upstream);
            }
            if !flow.optional {
                before = Some(at);
            }
        }
    }
}

fn slo_plan(steps: &[StepPlan], places: &BTreeMap<StepId, usize>, slo: &Slo) -> SloPlan {
    let step = places[&slo.step];
    let tiers = match slo.not_measured() {
        None => tiers(slo.window, steps[step].criticality),
        Some(_) => Vec::new(),
    };
    SloPlan { slo: slo.clone(), step, tiers }
}

impl SloPlan {
    pub(crate) const fn id(&self) -> SloId {
        self.slo.id
    }

    /// Returns whether another version's SLO is the same and gets the same answers from the same counts.
    pub(crate) fn is_judged_as(&self, other: &SloPlan) -> bool {
        let Slo { id, target, window, method, ref sli, .. } = self.slo;
        let new = &other.slo;
        (id, target, window, method, sli) == (new.id, new.target, new.window, new.method, &new.sli)
            && self.tiers == other.tiers
    }
}
