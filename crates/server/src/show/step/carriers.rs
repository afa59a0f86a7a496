//! The services that carry a step, and what else they hurt.

use throughline_core::id::ServiceId;
use throughline_core::model::registry::MarkerRule;
use throughline_core::model::step::Step;

use crate::live::Live;
use crate::show::counts::{cells, closed, total};
use crate::show::names::list;
use crate::show::reasons;
use crate::view::number::ppb;
use crate::view::prose::Prose;
use crate::view::step::Carrier;

/// Operations of a service that are named.
const OPERATIONS_MAX: usize = 4;

/// Returns the services that carried the step in the last 15 minutes: who takes the attempt first, then by
/// requests.
pub(super) fn carriers(live: &Live, step: &Step) -> Vec<Carrier> {
    let cells = cells(live, &closed(live, 15));
    let mut carriers: Vec<Carrier> = cells
        .iter()
        .filter(|((_, of), _)| *of == Some(step.id))
        .map(|((service, _), requests)| {
            let all = total(cells.iter().filter(|((other, _), _)| other == service).map(|(_, share)| *share));
            let (takes_attempt, operations) = part(live, step, *service);
            Carrier {
                service: live.interned.service_name(*service).to_string(),
                takes_attempt,
                operations,
                looked_for: looked_for(live, step, *service),
                requests: *requests,
                all_requests: all.of,
                of_all_ppb: ppb(requests.part, all.of),
            }
        })
        .collect();
    let order = |carrier: &Carrier| (!carrier.takes_attempt, std::cmp::Reverse(carrier.requests.of));
    carriers.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.service.cmp(&b.service)));
    carriers
}

/// Returns whether a service takes the attempt, and which operations of it the registry names.
fn part(live: &Live, step: &Step, service: ServiceId) -> (bool, Vec<String>) {
    let name = live.interned.service_name(service);
    let actions = || step.actions.iter().filter(|action| action.service == *name);
    let operations = actions().map(|action| action.operation.text().to_owned());
    (actions().any(|action| !action.part), operations.take(OPERATIONS_MAX).collect())
}

/// Returns the operations of a service that the step's conditions look for below the attempt.
fn looked_for(live: &Live, step: &Step, service: ServiceId) -> Vec<String> {
    let name = live.interned.service_name(service);
    let asked = |rule: &&MarkerRule| step.conditions.contains().any(|(_, marker, _)| marker == rule.marker);
    let rules = live.registry.markers.iter().filter(|rule| rule.service == *name).filter(asked);
    rules.map(|rule| rule.operation.text().to_owned()).take(OPERATIONS_MAX).collect()
}

/// Says what else the service hurts at which most failures begin; empty when nothing fails.
pub(super) fn say(live: &Live, step: &Step) -> Prose {
    let range = closed(live, 15);
    let Some(worst) = reasons::blames(live, step.id, &range).into_iter().next() else { return Prose::new() };
    let service = live.interned.service_name(worst.service);
    match reasons::other_steps(live, worst.service, step.id, &range) {
        others if others.is_empty() => format!("{service} fails no other step.").into(),
        others => format!("{service} also fails {}.", list(&others)).into(),
    }
}
