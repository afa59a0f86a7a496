//! Objectives and products: the worst of what users need, and how much of it is measured at all
//! (`slo.md` 10). Never a mean.

use crate::id::StepId;
use crate::judge::judgement::{Because, Judgement, ObjectiveJudgement, ProductJudgement, StepJudgement};
use crate::judge::sentence::because;
use crate::judge::status::{CauseKind, Status, StatusCounts};
use crate::model::objective::{Criticality, Objective};
use crate::model::registry::{Product, Registry};

/// Returns what each objective comes to.
pub(crate) fn objectives(registry: &Registry, judgement: &Judgement) -> Vec<ObjectiveJudgement> {
    registry.objectives().map(|objective| roll_up(objective, judgement)).collect()
}

/// A required step that nothing measures is not known, which is never green.
const fn required_status(step: &StepJudgement) -> Status {
    match step.status {
        Status::NoSlo => Status::CannotTell(CauseKind::NotMeasured),
        status => status,
    }
}

/// What a step is now (silent, failing) does not say that something measures it: its SLOs do.
fn is_measured(step: &StepJudgement, judgement: &Judgement) -> bool {
    let mut slos = judgement.slos_of(step.id);
    slos.any(|slo| slo.status != Status::CannotTell(CauseKind::NotMeasured))
}

fn roll_up(objective: &Objective, judgement: &Judgement) -> ObjectiveJudgement {
    let placed = || objective.flow.iter().filter_map(|flow| Some((flow, judgement.step(flow.step)?)));
    let required = || placed().filter(|(flow, _)| !flow.optional).map(|(_, step)| step);
    // Without required steps the optional ones must do.
    let any = || placed().map(|(_, step)| step);
    let by_status =
        |step: &&StepJudgement| (required_status(step), step.severity.as_ref().map_or(3, |s| s.level as u8));
    let worst = required().min_by_key(by_status).or_else(|| any().min_by_key(by_status));
    let status = worst.map_or(Status::CannotTell(CauseKind::NotMeasured), required_status);
    let mut counts = Counted::default();
    any().for_each(|step| counts.add(step, judgement));
    ObjectiveJudgement {
        id: objective.id,
        status,
        because: worst.filter(|_| status != Status::Met).map(|step| why(judgement, step)),
        severity: any().filter_map(|step| step.severity.as_ref().map(|severity| severity.level)).min(),
        steps: counts.steps,
        slos: counts.slos,
        required: required().count() as u32,
        measured: required().filter(|step| is_measured(step, judgement)).count() as u32,
        slos_not_measured: counts.not_measured,
    }
}

fn why(judgement: &Judgement, step: &StepJudgement) -> Because {
    Because { step: step.id, text: because(judgement, step) }
}

/// Statuses of steps and of their measured SLOs.
#[derive(Debug, Default)]
struct Counted {
    steps: StatusCounts,
    slos: StatusCounts,
    not_measured: u32,
}

impl Counted {
    fn add(&mut self, step: &StepJudgement, judgement: &Judgement) {
        self.steps.add(step.status);
        self.not_measured += step.slos_not_measured;
        let slos = judgement.slos_of(step.id).map(|slo| slo.status);
        slos.filter(|status| *status != Status::CannotTell(CauseKind::NotMeasured))
            .for_each(|s| self.slos.add(s));
    }
}

/// Returns what each product comes to.
pub(crate) fn products(registry: &Registry, judgement: &Judgement) -> Vec<ProductJudgement> {
    let mut products: Vec<_> =
        registry.products().map(|product| product_of(registry, product, judgement)).collect();
    products.sort_by_key(|product| product.id);
    products
}

fn product_of(registry: &Registry, product: &Product, judgement: &Judgement) -> ProductJudgement {
    let ids = product.objectives.iter().filter_map(|id| registry.objective(*id));
    let objectives: Vec<(&Objective, &ObjectiveJudgement)> =
        ids.filter_map(|objective| Some((objective, judgement.objective(objective.id)?))).collect();
    let worst = worst_objective(&objectives);
    let steps = || product.steps.iter().filter_map(|id| judgement.step(*id));
    let mut counts = Counted::default();
    steps().for_each(|step| counts.add(step, judgement));
    let mut by_objective = StatusCounts::default();
    objectives.iter().for_each(|(_, objective)| by_objective.add(objective.status));
    let is_required = |step: StepId| {
        let flows = objectives.iter().flat_map(|(objective, _)| &objective.flow);
        flows.filter(|flow| !flow.optional).any(|flow| flow.step == step)
    };
    let required = || steps().filter(|step| is_required(step.id));
    let severe = steps().filter_map(|step| Some((step.severity.as_ref()?.level, step.status, step.id))).min();
    ProductJudgement {
        id: product.id,
        status: worst.map_or(Status::NoSlo, |objective| objective.status),
        because: worst.and_then(|objective| Some((objective.id, objective.because.clone()?))),
        severity: severe.map(|(level, ..)| level),
        worst_step: severe.map(|(.., step)| step),
        objectives: by_objective,
        steps: counts.steps,
        slos: counts.slos,
        required: required().count() as u32,
        measured: required().filter(|step| is_measured(step, judgement)).count() as u32,
        slos_not_measured: counts.not_measured,
    }
}

/// Returns the worst critical objective; if that is met the worst important one, then the worst of the rest.
fn worst_objective<'a>(
    objectives: &[(&Objective, &'a ObjectiveJudgement)],
) -> Option<&'a ObjectiveJudgement> {
    let worst_of = |criticality: Criticality| {
        let same = objectives.iter().filter(move |(objective, _)| objective.criticality == criticality);
        same.map(|(_, judged)| *judged).min_by_key(|judged| judged.status)
    };
    let all = [Criticality::Critical, Criticality::Important, Criticality::None].map(worst_of);
    let bad = all.iter().flatten().find(|objective| objective.status != Status::Met);
    bad.or(all.iter().flatten().next()).copied()
}
