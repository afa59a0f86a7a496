//! The words of the judgement as pages say them. What was never judged is `cannot tell: no data`, never green.

use throughline_core::id::StepId;
use throughline_core::judge::judgement::SloJudgement;
use throughline_core::judge::status::{CauseKind, DataState as Data, Status as Judged};
use throughline_core::model::objective::Objective;
use throughline_core::model::slo::Slo;
use throughline_core::model::step::Step;

use crate::live::Live;
use crate::view::word::{Cause, DataState, State, Status, StatusCount, status_counts};

pub(super) fn state(status: Judged) -> State {
    match status {
        Judged::Failing => Status::Failing.into(),
        Judged::Silent => Status::Silent.into(),
        Judged::Burning => Status::Burning.into(),
        Judged::Missed => Status::Missed.into(),
        Judged::CannotTell(why) => State::cannot_tell(cause(why)),
        Judged::Late => Status::Late.into(),
        Judged::LowBudget => Status::LowBudget.into(),
        Judged::Met => Status::Met.into(),
        Judged::NoSlo => Status::NoSlo.into(),
    }
}

fn cause(cause: CauseKind) -> Cause {
    match cause {
        CauseKind::NotMeasured => Cause::NotMeasured,
        CauseKind::NoData => Cause::NoData,
        CauseKind::TooYoung => Cause::TooYoung,
        CauseKind::MeasurementChanged => Cause::MeasurementChanged,
        CauseKind::LateData => Cause::LateData,
        CauseKind::SilentData => Cause::SilentData,
        CauseKind::LostData => Cause::LostData,
        CauseKind::Sampled => Cause::Sampled,
        CauseKind::TooLittleData => Cause::TooLittleData,
    }
}

pub(super) fn data(data: Data) -> DataState {
    match data {
        Data::None => DataState::None,
        Data::Flowing => DataState::Flowing,
        Data::Late => DataState::Late,
        Data::Silent => DataState::Silent,
    }
}

/// Returns whether this version measures the SLO.
pub(super) fn is_measured(slo: &Slo) -> bool {
    slo.not_measured().is_none()
}

pub(super) fn slo_state(live: &Live, slo: &Slo) -> State {
    match live.judgement.slo(slo.id) {
        Some(judged) => state(judged.status),
        None if is_measured(slo) => State::cannot_tell(Cause::NoData),
        None => State::cannot_tell(Cause::NotMeasured),
    }
}

pub(super) fn step_state(live: &Live, step: &Step) -> State {
    match live.judgement.step(step.id) {
        Some(judged) => state(judged.status),
        None => match live.registry.slos_of(step.id).next() {
            Some(_) => State::cannot_tell(Cause::NoData),
            None => Status::NoSlo.into(),
        },
    }
}

pub(super) fn objective_state(live: &Live, objective: &Objective) -> State {
    let judged = live.judgement.objective(objective.id);
    judged.map_or(State::cannot_tell(Cause::NoData), |judged| state(judged.status))
}

/// Returns how many of the objective's steps have each status.
pub(super) fn step_counts(live: &Live, objective: &Objective) -> Vec<StatusCount> {
    let steps = objective.flow.iter().filter_map(|place| live.registry.step(place.step));
    status_counts(steps.map(|step| step_state(live, step).status))
}

/// Returns the SLO that a step's box speaks of: the worst measured one, then the least budget left.
pub(super) fn worst_slo(live: &Live, step: StepId) -> Option<(&Slo, &SloJudgement)> {
    let measured = live.registry.slos_of(step).filter(|slo| is_measured(slo));
    let judged = measured.filter_map(|slo| Some((slo, live.judgement.slo(slo.id)?)));
    judged.min_by_key(|(_, judged)| (state(judged.status), left(judged)))
}

/// Returns the budget left as an order: what has none is last.
pub(super) fn left(judged: &SloJudgement) -> i64 {
    judged.budget.remaining_ppb.unwrap_or(i64::MAX)
}
