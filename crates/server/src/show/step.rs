//! One step: impact now, why attempts fail, which services carry it, what counts and how, its SLOs by method.

mod carriers;
mod methods;
mod no_slo;

use throughline_core::id::StepId;
use throughline_core::judge::sentence;
use throughline_core::model::slo::Sli;
use throughline_core::model::step::{Action, Clause as Written, Expect, Step as Registered};
use throughline_core::observation::TrafficClass;
use throughline_core::time::Minute;

use crate::live::Live;
use crate::show::charts::Whose;
use crate::show::counts::{attempts, attempts_above, closed, known};
use crate::show::hurt::Hurt;
use crate::show::names::{now, objective_link, place_in, product_name, product_named, step_link, step_named};
use crate::show::people::{About, people};
use crate::show::state::{step_state, worst_slo};
use crate::show::{charts, explained, flow, hurt, reasons, sli, slow};
use crate::view::graph::graph;
use crate::view::number::{of, plural};
use crate::view::prose::Prose;
use crate::view::sli::Share;
use crate::view::step::{
    Clause, Impact, InObjective, LostSoFar, Neighbour, Reason, Rules, SeverityNow, Step,
};

/// Returns a step's page, `None` when there is none of that name.
pub fn step(live: &Live, product: &str, step: &str) -> Option<Step> {
    let registry = &live.registry;
    let product = product_named(registry, product)?;
    let of = step_named(registry, product, step)?;
    let slos: Vec<_> = registry.slos_of(of.id).collect();
    let said = say(live, of);
    Some(Step {
        product: product_name(product),
        id: of.name.clone(),
        name: of.display_name.clone(),
        description: of.description.clone(),
        say: said.clone(),
        criticality: registry.criticality_of(of.id).into(),
        class: of.class.into(),
        state: step_state(live, of),
        objectives: objectives(live, of),
        impact: impact(live, of),
        reasons: why(live, of),
        services: carriers::carriers(live, of),
        services_say: carriers::say(live, of),
        rules: rules(live, of),
        attempts: charts::attempts_of(live, Whose::Step { step: of.id, latency: slow::looked_at(live, of) }),
        slos: methods::columns(live, of, &slos),
        no_slo: slos.is_empty().then(|| no_slo::no_slo(live, of)),
        before: neighbours(live, of, Side::Before),
        after: neighbours(live, of, Side::After),
        definitions: Vec::new(),
        people: people(product, About::Step),
        explained: explained::step(live, of).map(|explained| explained.after(&said)),
    })
}

/// Says what happens at the step; that its good attempts are useless comes last, since no count says it.
fn say(live: &Live, of: &Registered) -> Prose {
    let useless = live.judgement.step(of.id).and_then(|judged| judged.useless);
    let useless = useless.map(|now| format!(" {}", sentence::useless(Some(of), &now)));
    say_counted(live, of).text(useless.unwrap_or_default())
}

fn say_counted(live: &Live, of: &Registered) -> Prose {
    if let Some(hurt) = hurt::of(live, of) {
        let say: Prose = hurt.sentence(now(live)).into();
        let say = match hurt.lost(live) {
            Some(lost) => say.text(format!(": {} {}", lost.of_all(), lost.since_when())),
            None => say,
        };
        return say.text(".").then(where_it_begins(live, &hurt));
    }
    if let Some(explained) = explained::step(live, of) {
        return explained.why;
    }
    let say = Prose::new().status(step_state(live, of));
    let say = match worst_slo(live, of.id).and_then(|(slo, _)| sli::named(live, slo)) {
        Some(words) => say.text(format!(": {words}")),
        None => say,
    };
    let lately = live.judgement.step(of.id).and_then(|judged| known(judged.recent.m15));
    match lately {
        Some(share) => {
            say.text(format!("; {} failed in the last 15 minutes.", self::of(share.part, share.of)))
        }
        None => say.text("; no attempt in the last 15 minutes."),
    }
}

/// Returns why attempts went wrong in the last hour: where they are only too slow, that.
fn why(live: &Live, of: &Registered) -> Vec<Reason> {
    let range = closed(live, 60);
    match hurt::of(live, of).and_then(|hurt| hurt.slow) {
        Some(slo) => reasons::of_slo(live, slo, &range),
        None => reasons::of_step(live, of.id, &range),
    }
}

/// Says where most failures begin, or where the time of slow attempts goes.
fn where_it_begins(live: &Live, hurt: &Hurt<'_>) -> Prose {
    if let Some(slo) = hurt.slow {
        let place = slow::place(live, slo);
        return place.map_or_else(Prose::new, |place| {
            let traces = self::of(place.traces.part, place.traces.of);
            format!(
                " Most of the time goes in {}, in {traces} kept traces: {}.",
                place.service, place.example
            )
            .into()
        });
    }
    let blames = reasons::blames(live, hurt.step.id, &closed(live, 15));
    // Where nobody comes, the few that failed tell nothing of those that did not come.
    let Some(blame) = blames.first().filter(|_| !hurt.is_silent()) else { return Prose::new() };
    let service = live.interned.service_name(blame.service);
    format!(" Most began at {service}: {}.", reasons::text(live, blame)).into()
}

fn objectives(live: &Live, of: &Registered) -> Vec<InObjective> {
    let mut found: Vec<_> = live.registry.objectives_of(of.id).collect();
    found.sort_by_key(|objective| objective.criticality);
    let place = |objective: &&_| place_in(objective, of.id).map(|place| (place.optional, place.is_async));
    let placed = found.iter().filter_map(|objective| Some((objective, place(objective)?)));
    placed
        .map(|(objective, (optional, is_async))| InObjective {
            objective: objective_link(&live.registry, objective),
            optional,
            is_async,
        })
        .collect()
}

/// Returns what users lose at the step now.
pub(super) fn impact(live: &Live, of: &Registered) -> Impact {
    let Some(judged) = live.judgement.step(of.id) else {
        return Impact { since: hurt::window_since(live, 15), ..Impact::default() };
    };
    let lost = judged.impact.as_ref();
    Impact {
        last_15_min: lately(live, of),
        lost: lost.map(|impact| Share::new(impact.lost, impact.attempts)),
        since: lost.map_or_else(|| hurt::window_since(live, 15), |impact| impact.from.into()),
        never_started: lost.map_or(0, |impact| impact.never_started),
        impact_ppb: lost.map(|impact| impact.share.ppb()),
        at_least_ppb: lost.map(|impact| impact.at_least.ppb()),
        so_far: judged
            .lost_so_far
            .map(|lost| LostSoFar { attempts: lost.attempts, since: lost.since.into() }),
        severity: severity(live, of),
    }
}

/// Returns the attempts of the last 15 closed minutes that failed, or were slower than the SLO that the step's chart
/// looks at; `None` while nothing is decided.
fn lately(live: &Live, of: &Registered) -> Option<Share> {
    let counts = live.book.judged.history.step(of.id).sum(closed(live, 15));
    let counts = match slow::looked_at(live, of).map(|slo| &slo.sli) {
        Some(Sli::Latency { slot, .. }) => attempts_above(&counts, *slot),
        _ => attempts(&counts),
    };
    let decided = counts.decided();
    (decided > 0).then(|| Share::new(counts.bad + counts.slow, decided))
}

/// Returns the step's severity and the rule that fired.
pub(super) fn severity(live: &Live, of: &Registered) -> Option<SeverityNow> {
    let severity = live.judgement.step(of.id)?.severity.as_ref()?;
    Some(SeverityNow {
        level: severity.level.into(),
        since: severity.level_since.into(),
        rule_number: severity.rule as u64 + 1,
        rule: severity.text.clone(),
    })
}

fn rules(live: &Live, of: &Registered) -> Rules {
    let (parts, attempts): (Vec<&Action>, Vec<&Action>) = of.actions.iter().partition(|action| action.part);
    let attempt = attempts.into_iter().map(|action| clause(action, "is asked for"));
    let parts = parts.into_iter().map(|action| clause(action, "takes part, never an attempt by itself"));
    let mut attempt: Vec<Clause> = attempt.chain(parts).collect();
    if of.actions.is_empty() {
        let words = "the client says that a request is this step".to_owned();
        attempt.push(Clause { words, rule: format!("throughline.step={}", of.name) });
    }
    Rules {
        attempt,
        start: written(&of.clauses.start),
        good: written(&of.clauses.success),
        bad: written(&of.clauses.failure),
        excluded: written(&of.clauses.exclude),
        usually: of.expect.iter().map(usually).collect(),
        other_traffic_today: other_traffic_today(live, of.id),
    }
}

fn clause(action: &Action, does: &str) -> Clause {
    let filters = match action.filters.len() {
        0 => String::new(),
        n => format!(", {}", plural(n as u64, "further condition")),
    };
    Clause {
        words: format!("{} {does}{filters}", action.service),
        rule: format!("{} {}", action.service, action.operation.text()),
    }
}

/// Returns what good attempts usually bring about; it decides no attempt.
fn usually(expect: &Expect) -> Clause {
    let rule = format!("expect: contains {}", expect.words);
    Clause { words: "a good attempt leads to it; one that does not is good too".to_owned(), rule }
}

fn written(clauses: &[Written]) -> Vec<Clause> {
    clauses.iter().map(|one| Clause { words: one.words.clone(), rule: one.rule.clone() }).collect()
}

/// Returns attempts of batch and test traffic since midnight UTC.
pub(super) fn other_traffic_today(live: &Live, step: StepId) -> u64 {
    let end = live.judgement.as_of.minute();
    let midnight = Minute(end.0 - end.0 % 1_440);
    let classes = [TrafficClass::Batch, TrafficClass::Test];
    let history = &live.book.judged.history;
    classes.map(|class| attempts(&history.class(step, class).sum(midnight..end)).started).iter().sum()
}

/// Which side of a step in its flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// Returns the steps on one side, by the lines that the map draws in each objective.
fn neighbours(live: &Live, of: &Registered, side: Side) -> Vec<Neighbour> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let objectives: Vec<_> = live.registry.objectives_of(of.id).collect();
    for objective in &objectives {
        let flow = flow::flow(live, &[*objective]);
        let is_here = |at: usize| flow.steps[at].id == of.name;
        for edge in graph(&flow, |_| 0.0).edges {
            let (here, there) = match side {
                Side::Before => (edge.to, edge.from),
                Side::After => (edge.from, edge.to),
            };
            if is_here(here) {
                add(&mut found, &flow.steps[there].id, &objective.display_name);
            }
        }
    }
    let steps = || objectives.iter().flat_map(|objective| &objective.flow);
    let named = |name: &str| {
        let mut steps = steps().filter_map(|place| live.registry.step(place.step));
        steps.find(|step| step.name == name)
    };
    let neighbour = |(name, names): (String, Vec<String>)| {
        let step = named(&name)?;
        let note = if objectives.len() > 1 { format!("in {}", names.join(", ")) } else { String::new() };
        Some(Neighbour { step: step_link(&live.registry, step), state: step_state(live, step), note })
    };
    found.into_iter().filter_map(neighbour).collect()
}

fn add(found: &mut Vec<(String, Vec<String>)>, step: &str, objective: &str) {
    match found.iter_mut().find(|(known, _)| known == step) {
        Some((_, names)) if names.iter().any(|name| name == objective) => {}
        Some((_, names)) => names.push(objective.to_owned()),
        None => found.push((step.to_owned(), vec![objective.to_owned()])),
    }
}
