//! The start page: who cannot do what, objectives critical first, what needs somebody, what changed.

mod events;
mod needs;

use throughline_core::annotate::decision::Outcome;
use throughline_core::judge::judgement::TierJudgement;
use throughline_core::model::objective::Objective;
use throughline_core::model::registry::Product;
use throughline_core::model::slo::Slo;
use throughline_core::model::step::Step;

use crate::live::Live;
use crate::show::counts::closed;
use crate::show::hurt::{self, Hurt};
use crate::show::names::{
    list, now, objective_link, objectives_of, product_name, slo_link, step_link, steps_of,
};
use crate::show::people::{About, people};
use crate::show::state::{objective_state, step_counts, step_state};
use crate::show::{empty, impact, reasons, slow};
use crate::view::number::{self, exact};
use crate::view::path::{self, By};
use crate::view::prose::Prose;
use crate::view::sli::Share;
use crate::view::time::At;
use crate::view::today::{Alarm, Calm, ObjectiveRow, ProductToday, Today};
use crate::view::word::Status;

/// Returns the start page.
pub fn today(live: &Live) -> Today {
    let empty = empty::nothing(live);
    let judged = empty.is_none();
    let products = live.registry.products().map(|product| product_today(live, product, judged));
    Today { now: now(live), products: products.collect(), empty }
}

fn product_today(live: &Live, product: &Product, judged: bool) -> ProductToday {
    let hurt = hurt::hurt(live, product);
    let alarm = alarm(live, product, &hurt);
    let calm = (judged && alarm.is_none()).then(|| calm(live, product)).flatten();
    let objectives = objectives_of(&live.registry, product);
    ProductToday {
        product: product_name(product),
        alarm,
        calm,
        objectives: objectives.into_iter().map(|objective| objective_row(live, objective)).collect(),
        needs: needs::needs(live, product),
        events: events::events(live, product),
    }
}

fn alarm(live: &Live, product: &Product, hurt: &[Hurt<'_>]) -> Option<Alarm> {
    let worst = hurt.first()?;
    let lost = hurt.iter().filter_map(|hurt| hurt.judged.lost_so_far).map(|lost| lost.attempts).sum();
    Some(Alarm {
        title: title(live, worst, hurt[1..].iter().filter(is_now).count()),
        severity: worst.severity(),
        since: worst.since,
        lost,
        says: hurt.iter().map(|hurt| says(live, hurt)).collect(),
        more: more(live, product, hurt),
    })
}

/// Returns whether users are hurt now: a budget that burns slowly is a ticket.
fn is_now(hurt: &&Hurt<'_>) -> bool {
    hurt.state.status != Status::Burning || hurt.judged.severity.is_some() || hurt.judged.impact.is_some()
}

/// Returns `Save draft fails for everyone since 13:42. Major since 13:43.`; one time where both are the same.
fn title(live: &Live, worst: &Hurt<'_>, others: usize) -> String {
    let others = match others {
        0 => String::new(),
        1 => "; 1 more step is hurt".to_owned(),
        n => format!("; {n} more steps are hurt"),
    };
    let sentence = worst.sentence(now(live));
    let Some(severity) = &worst.judged.severity else { return format!("{sentence}{others}.") };
    let level = crate::show::names::capital(severity.level.word());
    let since = At::from(severity.level_since).near(now(live));
    match worst.since.near(now(live)) == since {
        true => format!("{}{others}. {level} since {since}.", worst.what()),
        false => format!("{sentence}{others}. {level} since {since}."),
    }
}

/// Says of one hurt step what users lost, and where it begins.
fn says(live: &Live, hurt: &Hurt<'_>) -> Prose {
    let say = match bad_lately(live, hurt) {
        Some(say) if hurt.state.status != Status::Silent => say,
        _ => hurt.linked(live),
    };
    let lost = hurt.judged.lost_so_far.filter(|lost| lost.attempts > 0);
    let say = match lost.map(|lost| (lost, exact(lost.attempts), At::from(lost.since).near(now(live)))) {
        Some((lost, attempts, _)) if lost.never_started == lost.attempts => {
            say.text(format!(": {attempts} attempts never came"))
        }
        Some((lost, attempts, since)) => {
            let say = say.text(format!("; {attempts} lost since {since}"));
            match lost.never_started {
                0 => say,
                never => say.text(format!(", {} of them never started", exact(never))),
            }
        }
        None => say,
    };
    say.text(".").then(begins_at(live, hurt))
}

/// Returns `615 of 615 attempts at Save draft failed since 13:51`; `None` without attempts.
fn bad_lately(live: &Live, hurt: &Hurt<'_>) -> Option<Prose> {
    let lost = hurt.lost(live)?;
    let link = step_link(&live.registry, hurt.step);
    let say = Prose::new().text(format!("{} attempts at ", lost.of_all()));
    Some(say.link(link.text, link.href).text(format!(" {}", lost.since_when())))
}

/// Says at which service most failures of the last 15 minutes began, and what that is of its requests.
fn begins_at(live: &Live, hurt: &Hurt<'_>) -> Prose {
    if let Some(place) = hurt.slow.and_then(|slo| slow::place(live, slo)) {
        let traces = number::of(place.traces.part, place.traces.of);
        let (service, example) = (place.service, place.example);
        return format!(" Most of the time goes in {service}, in {traces} kept traces: {example}.").into();
    }
    let range = closed(live, 15);
    let blames = reasons::blames(live, hurt.step.id, &range);
    let tells = hurt.slow.is_none() && !hurt.is_silent();
    let Some(worst) = blames.first().filter(|_| tells) else { return Prose::new() };
    let service = live.interned.service_name(worst.service);
    if worst.outcome == Outcome::Useless {
        let lacks =
            reasons::lacks(live, hurt.step.id, worst).map_or(String::new(), |lacks| format!(": {lacks}"));
        return format!(" {service} answers without an error, but not with what the step needs{lacks}.")
            .into();
    }
    let why = reasons::text(live, worst);
    let shares = impact::shares(live, worst.service, hurt.step.id, &range);
    let text = format!(" It begins at {service} ({why})");
    match shares {
        Some(shares) => Prose::new().text(format!("{text}: {shares}.")),
        None => Prose::new().text(format!("{text}.")),
    }
}

/// Names the alerts that fire, who is responsible, and what else the service behind it hurts.
fn more(live: &Live, product: &Product, hurt: &[Hurt<'_>]) -> Prose {
    let mut parts = vec![alerts(live, hurt)];
    let responsible = people(product, About::Incident).responsible;
    parts.extend((!responsible.is_empty()).then(|| Prose::from(list(&responsible))));
    parts.push(elsewhere(live, product, hurt));
    let mut more = Prose::new();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        more = if more.is_empty() { part } else { more.text(" · ").then(part) };
    }
    more
}

fn alerts(live: &Live, hurt: &[Hurt<'_>]) -> Prose {
    let mut alerts = Prose::new();
    for slo in hurt.iter().flat_map(|hurt| live.judgement.slos_of(hurt.step.id)) {
        let Some(registered) = live.registry.slo(slo.id) else { continue };
        let told = slo.tiers.iter().filter(|tier| tier.held_back_by.is_none());
        for (tier, since) in told.filter_map(|tier| Some((tier, tier.state.since()?))) {
            let between = if alerts.is_empty() { "Alerts: " } else { "; " };
            let link = slo_link(registered, alert_name(live, registered, tier, hurt.len() > 1));
            let first = hurt::first_page(live, slo).filter(|(name, _)| *name != tier.name);
            let first =
                first.map_or_else(String::new, |(name, at)| format!(" (first page {at}: {})", name.word()));
            let since = format!(" since {}{first}", At::from(since).near(now(live)));
            alerts = alerts.text(between).link(link.text, link.href).text(since);
        }
    }
    for hurt in hurt {
        let Some(silence) = &hurt.judged.silence else { continue };
        let Some(notify) = silence.alert else { continue };
        let between = if alerts.is_empty() { "Alerts: " } else { "; " };
        let link = step_link(&live.registry, hurt.step);
        let since =
            At::from(hurt::silence_alerted(live, hurt.step.id).unwrap_or(silence.proven)).near(now(live));
        let text = format!(": silence, {} since {since}", notify.word());
        alerts = alerts.text(between).link(link.text, link.href).text(text);
    }
    alerts
}

/// Returns `outage, page`, with the step where several are hurt.
fn alert_name(live: &Live, slo: &Slo, tier: &TierJudgement, with_step: bool) -> String {
    let name = format!("{}, {}", tier.name.word(), tier.notify.word());
    match live.registry.step(slo.step).filter(|_| with_step) {
        Some(step) => format!("{}: {name}", step.display_name),
        None => name,
    }
}

/// Says what else is hurt by the service where the worst trouble begins.
fn elsewhere(live: &Live, product: &Product, hurt: &[Hurt<'_>]) -> Prose {
    let range = closed(live, 15);
    let Some(worst) = hurt.first() else { return Prose::new() };
    let Some(blame) = reasons::blames(live, worst.step.id, &range).into_iter().next() else {
        return Prose::new();
    };
    let service = live.interned.service_name(blame.service);
    let names = reasons::other_steps(live, blame.service, worst.step.id, &range);
    if names.is_empty() {
        return Prose::new();
    }
    let href = path::impact(&product.name, By::Service, None);
    Prose::new().link(format!("what else {service} hurts"), href).text(format!(": {}", list(&names)))
}

/// Says how long nobody has been hurt; `None` while no step tells.
fn calm(live: &Live, product: &Product) -> Option<Calm> {
    let steps = || steps_of(&live.registry, product);
    let tell = steps().filter(|step| hurt::tells(live, step)).count() as u64;
    let is_useless =
        |step: &Step| live.judgement.step(step.id).is_some_and(|judged| judged.useless.is_some());
    (tell > 0 && !steps().any(is_useless)).then(|| Calm {
        since: events::last_trouble(live, product),
        looked: now(live),
        measured: Share::new(tell, steps().count() as u64),
    })
}

fn objective_row(live: &Live, objective: &Objective) -> ObjectiveRow {
    let judged = live.judgement.objective(objective.id);
    ObjectiveRow {
        objective: objective_link(&live.registry, objective),
        criticality: objective.criticality.into(),
        state: objective_state(live, objective),
        because: because(live, objective),
        steps: objective.flow.len() as u64,
        counts: step_counts(live, objective),
        severity: judged.and_then(|judged| judged.severity).map(Into::into),
    }
}

/// Returns the worst step and its reason; empty when all is met.
pub(super) fn because(live: &Live, objective: &Objective) -> Prose {
    if objective_state(live, objective).status == Status::Met {
        return Prose::new();
    }
    let said = live.judgement.objective(objective.id).and_then(|judged| judged.because.as_ref());
    let step = said.and_then(|because| live.registry.step(because.step));
    // What is lost now is one number on all pages.
    if let Some(lost) = step.and_then(|step| hurt::of(live, step)).and_then(|hurt| hurt.lost(live))
        && let Some(step) = step
    {
        return format!("{}: {} {}", step.display_name, lost.of_all(), lost.since_when()).into();
    }
    if let Some(because) = said
        && let Some(step) = step
        && !because.text.is_empty()
    {
        return format!("{}: {}", step.display_name, because.text).into();
    }
    let required = objective.flow.iter().filter(|place| !place.optional);
    let worst = required.filter_map(|place| live.registry.step(place.step));
    let worst = worst.min_by_key(|step| step_state(live, step));
    worst.map_or(Prose::new(), |step| {
        format!("{}: {}", step.display_name, step_state(live, step).words()).into()
    })
}
