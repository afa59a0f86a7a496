//! One objective: the intent, which step breaks it, which severity rule fires, whom it concerns.

use throughline_core::judge::judgement::StepJudgement;
use throughline_core::model::objective::Objective as Registered;
use throughline_core::model::registry::Product;
use throughline_core::model::severity::{RuleSteps, SeverityRule};
use throughline_core::model::step::Step;

use crate::live::Live;
use crate::show::counts::{closed, known};
use crate::show::names::{capital, product_name, product_named, step_link};
use crate::show::people::{About, people};
use crate::show::state::{is_measured, objective_state, step_counts, step_state, worst_slo};
use crate::show::{explained, flow, hurt, reasons, say, sli, slos};
use crate::view::empty::Explained;
use crate::view::number::{at_least, of, share};
use crate::view::objective::{Objective, RuleRow, RuleState, SloCoverage, StepRow};
use crate::view::prose::Prose;
use crate::view::word::{Status, StatusCount};

/// Returns an objective's page, `None` when there is none of that name.
pub fn objective(live: &Live, product: &str, objective: &str) -> Option<Objective> {
    let registry = &live.registry;
    let product = product_named(registry, product)?;
    let of =
        product.objectives.iter().filter_map(|id| registry.objective(*id)).find(|o| o.name == objective)?;
    let mut steps = flow::steps(live, &[of]);
    steps.sort_by_key(|step| slos::place(of, step));
    let state = objective_state(live, of);
    let judged = live.judgement.objective(of.id);
    let counts: Vec<StatusCount> = step_counts(live, of);
    Some(Objective {
        product: product_name(product),
        id: of.name.clone(),
        name: of.display_name.clone(),
        job: of.job.clone(),
        say: say::steps(live, &steps, &[of]),
        criticality: of.criticality.into(),
        state,
        severity: judged.and_then(|judged| judged.severity).map(Into::into),
        counts,
        flow: flow::flow(live, &[of]),
        steps: steps.iter().map(|step| step_row(live, step, of)).collect(),
        slos: coverage(live, &steps),
        rules: rules(live, product, &steps),
        kpis: kpis(product, of),
        people: people(product, About::Objective),
        definitions: Vec::new(),
        explained: explained::is_unknown(state).then(|| explained(live, of)),
    })
}

fn step_row(live: &Live, step: &Step, home: &Registered) -> StepRow {
    let judged = live.judgement.step(step.id);
    let impact = judged.and_then(|judged| judged.impact);
    StepRow {
        step: step_link(&live.registry, step),
        marks: slos::marks(live, step, Some(home)),
        state: step_state(live, step),
        because: because(live, step),
        last_15_min: worst_slo(live, step.id)
            .map(|(_, judged)| judged.recent.m15)
            .or_else(|| judged.map(|judged| judged.recent.m15))
            .and_then(known),
        severity: judged.and_then(|judged| judged.severity.as_ref()).map(|severity| severity.level.into()),
        impact_ppb: impact.map(|impact| impact.share.ppb()),
    }
}

/// Returns why a step stands as it does: the main reason, or SLI / target and budget left.
fn because(live: &Live, step: &Step) -> Prose {
    let state = step_state(live, step);
    let worst = worst_slo(live, step.id);
    match state.status {
        Status::NoSlo => "nothing measures it".into(),
        Status::Failing | Status::Burning => {
            let blames = reasons::blames(live, step.id, &closed(live, 60));
            if let Some(slow) = hurt::of(live, step).and_then(|hurt| hurt.slow) {
                return sli::within(slow).map(sli::too_slow).unwrap_or_default().into();
            }
            let Some(blame) = blames.first() else { return state.words().into() };
            let service = live.interned.service_name(blame.service);
            format!("{service}: {}", reasons::text(live, blame)).into()
        }
        Status::Silent => match explained::step(live, step) {
            Some(explained) => explained.why,
            None => state.words().into(),
        },
        Status::CannotTell | Status::Late => {
            let note = worst.and_then(|(_, judged)| explained::note(live, judged));
            note.unwrap_or_else(|| state.words()).into()
        }
        _ => worst.and_then(|(slo, _)| sli::named(live, slo)).unwrap_or_default().into(),
    }
}

fn coverage(live: &Live, steps: &[&Step]) -> SloCoverage {
    let slos: Vec<_> = steps.iter().flat_map(|step| live.registry.slos_of(step.id)).collect();
    let with = steps.iter().filter(|step| slos.iter().any(|slo| slo.step == step.id));
    SloCoverage {
        slos: slos.len() as u64,
        not_measured: slos.iter().filter(|slo| !is_measured(slo)).count() as u64,
        steps: steps.len() as u64,
        steps_with: with.count() as u64,
    }
}

fn kpis(product: &Product, objective: &Registered) -> Vec<String> {
    let named = objective.kpis.iter().filter_map(|id| product.kpis.iter().find(|kpi| kpi.id == *id));
    named
        .map(|kpi| if kpi.unit.is_empty() { kpi.name.clone() } else { format!("{}, {}", kpi.name, kpi.unit) })
        .collect()
}

fn explained(live: &Live, objective: &Registered) -> Explained {
    let why = crate::show::today::because(live, objective);
    let required = objective.flow.iter().filter(|place| !place.optional);
    let worst = required.filter_map(|place| live.registry.step(place.step));
    let worst = worst.min_by_key(|step| step_state(live, step));
    let of_step = worst.and_then(|step| explained::step(live, step));
    let (next, copy) = of_step.map(|of_step| (of_step.next, of_step.copy)).unwrap_or_default();
    Explained { why, next, copy }
}

/// Returns the product's severity rules and how they stand for some steps.
fn rules(live: &Live, product: &Product, steps: &[&Step]) -> Vec<RuleRow> {
    let named = named_rule(live, steps);
    let rules = product.severity.iter().enumerate();
    rules.map(|(index, rule)| rule_row(live, (index, rule), steps, named)).collect()
}

/// Returns the rule that names the severity: that of the severest step.
fn named_rule(live: &Live, steps: &[&Step]) -> Option<usize> {
    let severities = steps.iter().filter_map(|step| live.judgement.step(step.id)?.severity.as_ref());
    severities.min_by_key(|severity| (severity.level, severity.rule)).map(|severity| severity.rule)
}

fn rule_row(
    live: &Live,
    (index, rule): (usize, &SeverityRule),
    steps: &[&Step],
    named: Option<usize>,
) -> RuleRow {
    let looked_at: Vec<&Step> = steps.iter().copied().filter(|step| looks_at(rule, step)).collect();
    let judged = |step: &Step| live.judgement.step(step.id);
    let holding =
        looked_at.iter().copied().find(|step| judged(step).is_some_and(|judged| holds(rule, judged)));
    let unknown = looked_at.iter().any(|step| is_unknown(live, step));
    let fires = named == Some(index);
    let (now, says) = match (fires, holding) {
        (true, holding) => {
            (RuleState::Fires, fires_words(live, holding.or_else(|| looked_at.first().copied())))
        }
        (false, Some(_)) => (RuleState::Holds, higher(named).into()),
        (false, None) if unknown => (RuleState::CannotTell, "cannot tell: not every step has data".into()),
        (false, None) => (RuleState::No, no_words(live, &looked_at)),
    };
    RuleRow { number: index as u64 + 1, level: rule.level.into(), when: rule.text.clone(), now, says }
}

fn looks_at(rule: &SeverityRule, step: &Step) -> bool {
    match &rule.of {
        RuleSteps::All => true,
        RuleSteps::Class(class) => step.class == *class,
        RuleSteps::Steps(steps) => steps.contains(&step.id),
    }
}

/// Returns whether a rule is true of a step: the lower limit of the impact is above its threshold.
fn holds(rule: &SeverityRule, judged: &StepJudgement) -> bool {
    judged.impact.is_some_and(|impact| match rule.above_ppb {
        0 => impact.beyond_tolerance && impact.lost > 0,
        above => impact.at_least.ppb() > above,
    })
}

fn is_unknown(live: &Live, step: &Step) -> bool {
    use throughline_core::judge::status::DataState;
    live.judgement.step(step.id).is_none_or(|judged| judged.data == DataState::None)
}

fn fires_words(live: &Live, step: Option<&Step>) -> Prose {
    let Some(step) = step else { return "fires".into() };
    let impact = live.judgement.step(step.id).and_then(|judged| judged.impact);
    let link = step_link(&live.registry, step);
    let say = Prose::new().text("fires: ").link(link.text, link.href);
    match impact {
        Some(impact) => {
            let limit = at_least(impact.at_least.ppb());
            say.text(format!(", {}, {limit}", share(impact.share.ppb())))
        }
        None => say,
    }
}

fn higher(named: Option<usize>) -> String {
    match named {
        Some(named) => format!("true too; rule {} is higher", named + 1),
        None => "true, not yet for long enough".to_owned(),
    }
}

fn no_words(live: &Live, steps: &[&Step]) -> Prose {
    let [only] = steps else { return "no".into() };
    let recent = live.judgement.step(only.id).map(|judged| judged.recent.m15).unwrap_or_default();
    match recent.decided {
        0 => "no".into(),
        decided => format!("no: {} {}", capital(&only.display_name), of(recent.bad, decided)).into(),
    }
}
