//! The sentence above a map or an objective: what fails, what is not known, and whether the rest works.

use throughline_core::id::ObjectiveId;
use throughline_core::model::objective::Objective;
use throughline_core::model::step::Step;

use crate::live::Live;
use crate::show::hurt::{self, Hurt};
use crate::show::names::{list, step_link};
use crate::show::state::step_state;
use crate::view::number::plural;
use crate::view::prose::Prose;
use crate::view::word::{State, Status};

/// Steps whose trouble is told one by one.
const TOLD_MAX: usize = 3;

/// Says how some steps work, and which of the objectives they break.
pub(super) fn steps(live: &Live, steps: &[&Step], objectives: &[&Objective]) -> Prose {
    let mut hurt: Vec<Hurt<'_>> = steps.iter().filter_map(|step| hurt::of(live, step)).collect();
    hurt.sort_by_key(|hurt| (hurt.severity().is_none(), hurt.severity(), hurt.state, hurt.since));
    let others: Vec<(&Step, State)> = steps
        .iter()
        .filter(|step| hurt.iter().all(|hurt| hurt.step.id != step.id))
        .map(|step| (*step, step_state(live, step)))
        .collect();
    let mut say = Prose::new();
    let mut told = Vec::new();
    for (index, one) in hurt.iter().take(TOLD_MAX).enumerate() {
        say = said(say, index).status(one.state).text(" ").then(one.linked(live));
        say = say.text(broken(one, objectives, &mut told)).text(".");
    }
    if hurt.len() > TOLD_MAX {
        let more = plural((hurt.len() - TOLD_MAX) as u64, "more step");
        say = say.text(format!(" {more} are hurt."));
    }
    let without = steps.iter().filter(|step| live.registry.slos_of(step.id).next().is_none()).count();
    rest(not_known(live, say, &others), &others, without)
}

fn said(say: Prose, index: usize) -> Prose {
    if index == 0 { say } else { say.text(" ") }
}

/// Returns which objectives a step breaks: those that require it; each is told once.
fn broken(hurt: &Hurt<'_>, objectives: &[&Objective], told: &mut Vec<ObjectiveId>) -> String {
    if !matches!(hurt.state.status, Status::Failing | Status::Silent) {
        return String::new();
    }
    let requires = |objective: &&&Objective| {
        objective.flow.iter().any(|place| place.step == hurt.step.id && !place.optional)
    };
    let news = objectives.iter().filter(requires).filter(|objective| !told.contains(&objective.id));
    let (ids, names): (Vec<ObjectiveId>, Vec<String>) =
        news.map(|objective| (objective.id, objective.display_name.clone())).unzip();
    told.extend(ids);
    match names.len() {
        0 => String::new(),
        1 => format!(", so {} is broken", names[0]),
        _ => format!(", so {} are broken", list(&names)),
    }
}

/// Says what nobody can tell and what was missed, by status.
fn not_known(live: &Live, mut say: Prose, others: &[(&Step, State)]) -> Prose {
    let mut states: Vec<State> =
        others.iter().map(|(_, state)| *state).filter(|state| is_told(*state)).collect();
    states.sort_unstable();
    states.dedup();
    for state in states {
        let of: Vec<&Step> =
            others.iter().filter(|(_, other)| *other == state).map(|(step, _)| *step).collect();
        say = if say.is_empty() { say } else { say.text(" ") };
        say = match of.as_slice() {
            many if many.len() > TOLD_MAX => say.text(plural(many.len() as u64, "step")),
            few => links(live, say, few),
        };
        say = match (state.status, of.len()) {
            (Status::LowBudget, 1) => say.text(" is low on budget."),
            (Status::LowBudget, _) => say.text(" are low on budget."),
            _ => say.text(": ").status(state).text("."),
        };
    }
    say
}

fn is_told(state: State) -> bool {
    matches!(state.status, Status::Missed | Status::CannotTell | Status::Late | Status::LowBudget)
}

fn links(live: &Live, mut say: Prose, steps: &[&Step]) -> Prose {
    for (index, step) in steps.iter().enumerate() {
        let link = step_link(&live.registry, step);
        let between = match index {
            0 => "",
            last if last + 1 == steps.len() => " and ",
            _ => ", ",
        };
        say = say.text(between).link(link.text, link.href);
    }
    say
}

/// Says how many of the rest are met, and how many of all steps have no SLO.
fn rest(say: Prose, others: &[(&Step, State)], without: usize) -> Prose {
    let count = |wanted: &[Status]| others.iter().filter(|(_, state)| wanted.contains(&state.status)).count();
    let (met, unmeasured) = (count(&[Status::Met]), count(&[Status::NoSlo]));
    let all = met + unmeasured == others.len() && say.is_empty();
    let mut text = match (met, all) {
        (0, _) => String::new(),
        (_, true) => "Every measured step is met.".to_owned(),
        (1, _) => "1 other measured step is met.".to_owned(),
        (n, _) => format!("The other {n} measured steps are met."),
    };
    if without > 0 {
        let lead = match (text.is_empty(), all) {
            (true, _) => "",
            (_, true) => " ",
            _ => "; ",
        };
        if !all {
            text.truncate(text.trim_end_matches('.').len());
        }
        let steps = plural(without as u64, "step");
        text += &match without {
            1 => format!("{lead}{steps} has no SLO."),
            _ => format!("{lead}{steps} have no SLO."),
        };
    }
    match (say.is_empty(), text.is_empty()) {
        (true, _) => text.into(),
        (false, true) => say,
        (false, false) => say.text(format!(" {text}")),
    }
}
