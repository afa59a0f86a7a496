//! Objectives with their steps in flow order, for the map and for one objective.

use throughline_core::id::StepId;
use throughline_core::judge::judgement::{SloJudgement, StepJudgement};
use throughline_core::judge::sentence::because;
use throughline_core::judge::status::{Cause, Verdict};
use throughline_core::model::objective::Objective;
use throughline_core::model::slo::Slo;
use throughline_core::model::step::Step;

use crate::live::Live;
use crate::show::counts::{attempts_a_day, known};
use crate::show::explained;
use crate::show::names::{objective_link, slo_link, step_link};
use crate::show::sli::sli;
use crate::show::state::{objective_state, slo_state, step_counts, step_state, worst_slo};
use crate::view::map::{Flow, FlowObjective, FlowSlo, FlowStep, Place};
use crate::view::number::exact;
use crate::view::word::Status;

/// Returns the objectives' flow; each step stands once, in the order of its first place.
pub(super) fn flow(live: &Live, objectives: &[&Objective]) -> Flow {
    Flow {
        objectives: objectives.iter().map(|objective| band(live, objective)).collect(),
        steps: steps(live, objectives).into_iter().map(|step| step_box(live, step)).collect(),
    }
}

/// Returns the steps of objectives, each once, in the order of their first place.
pub(super) fn steps<'a>(live: &'a Live, objectives: &[&Objective]) -> Vec<&'a Step> {
    let mut ids: Vec<StepId> = Vec::new();
    for place in objectives.iter().flat_map(|objective| &objective.flow) {
        if !ids.contains(&place.step) {
            ids.push(place.step);
        }
    }
    ids.into_iter().filter_map(|id| live.registry.step(id)).collect()
}

fn band(live: &Live, objective: &Objective) -> FlowObjective {
    let place = |step: &Step, optional, is_async| Place { step: step.name.clone(), optional, is_async };
    let places = objective.flow.iter();
    let flow = places.filter_map(|at| Some(place(live.registry.step(at.step)?, at.optional, at.is_async)));
    FlowObjective {
        objective: objective_link(&live.registry, objective),
        criticality: objective.criticality.into(),
        state: objective_state(live, objective),
        counts: step_counts(live, objective),
        flow: flow.collect(),
    }
}

fn step_box(live: &Live, step: &Step) -> FlowStep {
    let state = step_state(live, step);
    let worst = worst_slo(live, step.id);
    let judged = live.judgement.step(step.id);
    let note = match state.status {
        Status::Failing => judged.map(|judged| because(&live.judgement, judged)),
        Status::Silent => judged.and_then(came),
        _ => explained::is_unknown(state).then(|| note(live, step, worst)).flatten(),
    };
    FlowStep {
        id: step.name.clone(),
        step: step_link(&live.registry, step),
        criticality: live.registry.criticality_of(step.id).into(),
        state,
        worst: worst.map(|(slo, _)| slo_box(live, slo)),
        last_15_min: judged.and_then(|step| known(step.recent.m15)),
        attempts_a_day: attempts_a_day(live, step.id),
        note,
        slos: live.registry.slos_of(step.id).map(|slo| slo_box(live, slo)).collect(),
    }
}

fn slo_box(live: &Live, slo: &Slo) -> FlowSlo {
    FlowSlo {
        slo: slo_link(slo, slo.name.replace('-', " ")),
        method: slo.method.into(),
        state: slo_state(live, slo),
        sli: sli(live, slo),
    }
}

/// Returns `0 of 554 came`.
fn came(judged: &StepJudgement) -> Option<String> {
    let silence = judged.silence.as_ref()?;
    Some(format!("{} of {} came", exact(silence.seen), exact(silence.expected.round() as u64)))
}

/// Returns why nobody can tell, in words that a box has room for.
fn note(live: &Live, step: &Step, worst: Option<(&Slo, &SloJudgement)>) -> Option<String> {
    let Some((_, judged)) = worst else {
        return live.judgement.step(step.id)?.not_measured.map(|_| "not measured".to_owned());
    };
    match judged.verdict {
        Verdict::CannotTell(Cause::NotMeasured(_)) => Some("not measured".to_owned()),
        Verdict::CannotTell(Cause::NoData) => Some("no attempt seen yet".to_owned()),
        _ => explained::note(live, judged),
    }
}
