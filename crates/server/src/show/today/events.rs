//! What happened since yesterday's same hour, from the logs of the judgement.

use throughline_core::id::StepId;
use throughline_core::judge::log::{AlertEpisode, SeverityEpisode, SilenceEpisode};
use throughline_core::model::registry::Product;

use crate::live::Live;
use crate::show::explained;
use crate::show::names::{now, slo_link, step_link};
use crate::view::number::plural;
use crate::view::prose::Prose;
use crate::view::time::At;
use crate::view::today::Event;

/// Events that a page lists.
const EVENTS_MAX: usize = 40;
const DAY_SECONDS: u64 = 86_400;

/// Returns what happened to a product, newest first.
pub(super) fn events(live: &Live, product: &Product) -> Vec<Event> {
    let logs = &live.judgement.logs;
    let of_product = |step: &StepId| product.steps.contains(step);
    let alerts = logs.alerts.iter().filter(|one| of_product(&one.step)).flat_map(|one| alert(live, one));
    let silences =
        logs.silences.iter().filter(|one| of_product(&one.step)).flat_map(|one| silence(live, one));
    let severities = logs.severities.iter().filter(|one| one.product == product.id);
    let severities = severities.flat_map(|one| severity(live, one, &logs.severities));
    let since = now(live).minus_seconds(DAY_SECONDS);
    let all = alerts.chain(silences).chain(severities).chain(refused(live));
    let mut events: Vec<Event> = all.filter(|event| event.at >= since).collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.at));
    events.truncate(EVENTS_MAX);
    events
}

/// Returns when the last trouble of a product ended; `None` when there was none.
pub(super) fn last_trouble(live: &Live, product: &Product) -> Option<At> {
    let logs = &live.judgement.logs;
    let of_product = |step: &StepId| product.steps.contains(step);
    let alerts = logs.alerts.iter().filter(|one| of_product(&one.step)).filter_map(|one| one.ended);
    let silences = logs.silences.iter().filter(|one| of_product(&one.step)).filter_map(|one| one.to);
    let severities = logs.severities.iter().filter(|one| one.product == product.id).filter_map(|one| one.to);
    alerts.chain(severities).map(At::from).chain(silences.map(At::from)).max()
}

/// Begins a sentence with a step's name.
fn about(live: &Live, step: StepId) -> Option<Prose> {
    let link = step_link(&live.registry, live.registry.step(step)?);
    Some(Prose::new().link(link.text, link.href))
}

fn alert(live: &Live, episode: &AlertEpisode) -> Vec<Event> {
    let Some(step) = about(live, episode.step) else { return Vec::new() };
    let name = match episode.tier {
        Some(tier) => tier.word(),
        None => episode.name.label().trim_start_matches("Throughline"),
    };
    let name = format!("alert {}", name.to_lowercase());
    let named = |step: Prose| match episode.slo.and_then(|slo| live.registry.slo(slo)) {
        Some(slo) => {
            let link = slo_link(slo, name.clone());
            step.text(": ").link(link.text, link.href)
        }
        None => step.text(format!(": {name}")),
    };
    let started = named(step.clone()).text(format!(", {}", episode.notify.word()));
    let ended = episode.ended.map(|at| Event { at: at.into(), text: named(step).text(" ended") });
    std::iter::once(Event { at: episode.started.into(), text: started }).chain(ended).collect()
}

fn silence(live: &Live, episode: &SilenceEpisode) -> Vec<Event> {
    let Some(step) = about(live, episode.step) else { return Vec::new() };
    let why = explained::cause(episode.cause);
    let fell = step.clone().text(format!(" fell silent: {why}"));
    let heard = episode.to.map(|at| Event { at: at.into(), text: step.text(" is heard again") });
    std::iter::once(Event { at: episode.from.into(), text: fell }).chain(heard).collect()
}

fn severity(live: &Live, episode: &SeverityEpisode, all: &[SeverityEpisode]) -> Vec<Event> {
    let Some(step) = about(live, episode.step) else { return Vec::new() };
    let others = || all.iter().filter(|other| other.step == episode.step);
    let before = others().find(|other| other.to == Some(episode.from));
    let became = if before.is_some() { " became " } else { " began to be hurt: " };
    let began = step.clone().text(became).severity(episode.level.into());
    let began = began.text(format!(" by rule {} ({})", episode.rule + 1, episode.text));
    // A change of level is one event, not an end and a beginning.
    let goes_on = others().any(|other| Some(other.from) == episode.to);
    let ended = episode.to.filter(|_| !goes_on);
    let ended = ended.map(|at| Event { at: at.into(), text: step.text(" is not hurt any more") });
    std::iter::once(Event { at: episode.from.into(), text: began }).chain(ended).collect()
}

fn refused(live: &Live) -> Option<Event> {
    let edit = live.source.refused.as_ref()?;
    let problems = plural(edit.diagnostics.len() as u64, "problem");
    Some(Event { at: edit.at.into(), text: format!("registry: an edit was refused, {problems}").into() })
}
