//! What waits for a person: each with why and the next action, by criticality, then status, then budget left.

use throughline_core::judge::sentence;
use throughline_core::model::registry::Product;
use throughline_core::model::step::Step;

use crate::live::Live;
use crate::show::counts::attempts_a_day;
use crate::show::names::{now, slo_link, step_link, steps_of};
use crate::show::sli::{self, sli};
use crate::show::state::{is_measured, left, step_state, worst_slo};
use crate::show::{explained, operations, shell};
use crate::view::number::{self, count, exact, plural};
use crate::view::path;
use crate::view::prose::{Link, Prose};
use crate::view::time::At;
use crate::view::today::Need;
use crate::view::word::{Cause, Criticality, State, Status};

/// Steps with the same missing verdict that are told one by one; more are one row.
const ALIKE_MAX: usize = 3;

/// A row with what orders it.
type Ranked = ((Criticality, State, i64), Need);

/// Returns what a person should do for a product.
pub(super) fn needs(live: &Live, product: &Product) -> Vec<Need> {
    let steps: Vec<&Step> = steps_of(&live.registry, product).filter(|step| waits(live, step)).collect();
    let mut ranked: Vec<Ranked> = Vec::new();
    let mut alike: Vec<State> = steps.iter().map(|step| step_state(live, step)).collect();
    alike.sort_unstable();
    alike.dedup();
    for state in alike {
        let of: Vec<&Step> = steps.iter().copied().filter(|step| step_state(live, step) == state).collect();
        if of.len() > ALIKE_MAX && state.status == Status::CannotTell {
            ranked.push(together(live, product, state, &of));
        } else {
            ranked.extend(of.iter().map(|step| of_step(live, step)));
        }
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    let steps = ranked.into_iter().map(|(_, need)| need);
    let steps = useless(live, product).into_iter().chain(steps);
    steps.chain(refused(live)).chain(not_measured(live, product)).chain(strays(live)).collect()
}

/// Returns whether a step waits for somebody; what fails or burns now is the alarm's.
fn waits(live: &Live, step: &Step) -> bool {
    !matches!(step_state(live, step).status, Status::Failing | Status::Burning | Status::Met)
}

/// Returns the steps whose good attempts bring about too little: whatever their status says.
fn useless(live: &Live, product: &Product) -> Vec<Need> {
    let need = |step: &Step| {
        let now = live.judgement.step(step.id)?.useless?;
        let link = step_link(&live.registry, step);
        Some(Need {
            state: None,
            why: sentence::useless(Some(step), &now).into(),
            next: Prose::new().link("look at its good traces", link.href.clone()),
            what: link,
        })
    };
    steps_of(&live.registry, product).filter_map(need).collect()
}

fn of_step(live: &Live, step: &Step) -> Ranked {
    let state = step_state(live, step);
    let criticality = live.registry.criticality_of(step.id).into();
    let link = step_link(&live.registry, step);
    let (why, next) = match state.status {
        Status::NoSlo => no_slo(live, step, &link),
        Status::LowBudget => (budget(live, step), "hold risky changes to it".into()),
        Status::Missed => (missed(live, step), missed_next(live, step)),
        _ => unknown(live, step),
    };
    let budget = worst_slo(live, step.id).map_or(i64::MAX, |(_, judged)| left(judged));
    ((criticality, state, budget), Need { state: Some(state), what: link, why, next })
}

fn no_slo(live: &Live, step: &Step, link: &Link) -> (Prose, Prose) {
    let why = match attempts_a_day(live, step.id) {
        Some(attempts) => format!("{} attempts in the last day, unmeasured", count(attempts)),
        None => match live.judgement.step(step.id).map_or(0, |judged| judged.started_1d) {
            0 => "nothing measures it, and no attempt came".to_owned(),
            attempts => format!("{} so far, unmeasured", plural(attempts, "attempt")),
        },
    };
    (why.into(), Prose::new().link("copy the draft SLO", link.href.clone()))
}

fn missed(live: &Live, step: &Step) -> Prose {
    let words = worst_slo(live, step.id).and_then(|(slo, _)| {
        let window = number::window(&slo.window.text());
        Some(format!("{} in {window}", sli::named(live, slo)?))
    });
    words.map_or_else(|| budget(live, step), Prose::from)
}

fn budget(live: &Live, step: &Step) -> Prose {
    let Some((slo, _)) = worst_slo(live, step.id) else { return Prose::new() };
    let sli = sli(live, slo);
    let window = number::window(&sli.window);
    match sli.left_ppb {
        Some(left @ 0..) => format!("{} of the budget of {window} left", number::left_fine(left)).into(),
        Some(left) => format!("budget of {window} {}", number::left_fine(left)).into(),
        None => format!("target of {window} is missed").into(),
    }
}

fn missed_next(live: &Live, step: &Step) -> Prose {
    match worst_slo(live, step.id) {
        Some((slo, _)) => {
            let link = slo_link(slo, "see when it went");
            Prose::new().link(link.text, link.href).text(", and what it cost users")
        }
        None => Prose::new(),
    }
}

fn unknown(live: &Live, step: &Step) -> (Prose, Prose) {
    match explained::step(live, step) {
        Some(explained) => (explained.why, explained.next),
        None => (step_state(live, step).words().into(), Prose::new()),
    }
}

/// Returns one row for many steps of which nobody can tell for the same cause.
fn together(live: &Live, product: &Product, state: State, steps: &[&Step]) -> Ranked {
    let criticality =
        steps.iter().map(|step| live.registry.criticality_of(step.id)).min().unwrap_or_default();
    let first = steps.first().map(|step| unknown(live, step)).unwrap_or_default();
    let (why, next) = match state.cause {
        Some(Cause::NoData) => (
            "no attempt has been seen".into(),
            Prose::new().link("see which requests have no step", path::OPERATIONS),
        ),
        Some(Cause::TooYoung) => ("too few hours of data so far".into(), first.1),
        _ => (state.words().into(), first.1),
    };
    let href = path::slos(Some(&product.name), Some(Status::CannotTell), None);
    let what = Link::new(plural(steps.len() as u64, "step"), href);
    ((criticality.into(), state, i64::MAX), Need { state: Some(state), what, why, next })
}

/// Returns the row for an edit of the registry that was refused.
fn refused(live: &Live) -> Option<Need> {
    let edit = live.source.refused.as_ref()?;
    let why = format!(
        "the edit of {} has {}; version {} still counts",
        At::from(edit.at).near(now(live)),
        plural(edit.diagnostics.len() as u64, "problem"),
        shell::version(live),
    );
    let what = Link::new("The registry", path::TODAY);
    Some(Need { state: None, what, why: why.into(), next: Prose::new().code("throughline check") })
}

/// Returns one row for the SLOs that this version cannot measure.
fn not_measured(live: &Live, product: &Product) -> Option<Need> {
    let of_product = |slo: &&_| {
        let slo: &throughline_core::model::slo::Slo = slo;
        !is_measured(slo) && product.steps.contains(&slo.step)
    };
    let unmeasured: Vec<_> = live.registry.slos().filter(of_product).collect();
    let first = unmeasured.first()?;
    let mut methods: Vec<String> = unmeasured.iter().map(|slo| slo.method.word().to_owned()).collect();
    methods.sort_unstable();
    methods.dedup();
    let methods = crate::show::names::list(&methods);
    let href = path::slos(Some(&product.name), Some(Status::CannotTell), None);
    let why = match unmeasured.as_slice() {
        [one] => one.not_measured().unwrap_or_default().to_owned(),
        _ => format!("this version does not feed their methods: {methods}"),
    };
    Some(Need {
        state: Some(State::cannot_tell(Cause::NotMeasured)),
        what: match unmeasured.len() {
            1 => slo_link(first, crate::show::names::slo_title(&live.registry, first)),
            n => Link::new(plural(n as u64, "SLO"), href),
        },
        why: why.into(),
        next: match unmeasured.as_slice() {
            [one] => explained::slo(live, one).map(|explained| explained.next).unwrap_or_default(),
            _ => "measure the same steps by service until then".into(),
        },
    })
}

/// Returns the row for requests without a step.
fn strays(live: &Live) -> Option<Need> {
    let range = operations::since_last_hour(live);
    let without = operations::without_in(live, &range);
    (without.part > 0).then(|| Need {
        state: None,
        what: Link::new("Requests without a step", path::OPERATIONS),
        why: format!("{} since {}", exact(without.part), At::from(range.start).near(now(live))).into(),
        next: Prose::new().link("copy the draft rule", path::OPERATIONS),
    })
}
