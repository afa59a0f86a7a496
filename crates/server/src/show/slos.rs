//! All SLOs, grouped objective -> step, with filters.

use throughline_core::judge::judgement::SilenceNow;
use throughline_core::model::objective::{Criticality as Registered, Objective};
use throughline_core::model::registry::Product;
use throughline_core::model::slo::Slo;
use throughline_core::model::step::Step;

use crate::live::Live;
use crate::show::counts::attempts_a_day;
use crate::show::names::{
    as_of, home_of, list, now, objective_link, objectives_of, place_in, product_name, slo_link, slo_title,
    step_link, steps_of,
};
use crate::show::state::{is_measured, slo_state, step_counts, step_state};
use crate::show::{empty, explained, hurt, sli};
use crate::view::empty::{Empty, Loosened, NoHit};
use crate::view::number::plural;
use crate::view::path::{self, Layer};
use crate::view::prose::{Link, Prose};
use crate::view::slos::{Filter, Group, MethodCount, SloRow, Slos, StepGroup};
use crate::view::time::At;
use crate::view::word::{Criticality, Method, Status, status_counts};

/// Returns the SLOs that fit the filter.
pub fn slos(live: &Live, filter: &Filter) -> Slos {
    let all = of_product(live, filter);
    let fits = |method: Option<Method>, status: Option<Status>| {
        all.iter().filter(move |slo| fits(live, slo, method, status)).count() as u64
    };
    let by_method =
        Method::ALL.map(|method| MethodCount { method, count: fits(Some(method), filter.status) });
    let in_method = all.iter().filter(|slo| fits_method(slo, filter.method));
    let groups = groups(live, filter);
    let missing = groups.is_empty().then(|| no_hit(filter, all.len() as u64, &fits)).flatten();
    Slos {
        say: say(live, filter, &all),
        filter: filter.clone(),
        total: all.len() as u64,
        by_status: status_counts(in_method.map(|slo| slo_state(live, slo).status)),
        by_method: by_method.into_iter().filter(|one| one.count > 0).collect(),
        groups,
        empty: empty::nothing(live).or(missing),
    }
}

fn fits_method(slo: &Slo, method: Option<Method>) -> bool {
    method.is_none_or(|method| Method::from(slo.method) == method)
}

fn fits(live: &Live, slo: &Slo, method: Option<Method>, status: Option<Status>) -> bool {
    fits_method(slo, method) && status.is_none_or(|status| slo_state(live, slo).status == status)
}

/// Returns the products that are asked for.
fn products<'a>(live: &'a Live, filter: &'a Filter) -> impl Iterator<Item = &'a Product> {
    let wanted = |product: &&Product| filter.product.as_ref().is_none_or(|name| *name == product.name);
    live.registry.products().filter(wanted)
}

fn of_product<'a>(live: &'a Live, filter: &'a Filter) -> Vec<&'a Slo> {
    let steps = products(live, filter).flat_map(|product| &product.steps);
    steps.flat_map(|step| live.registry.slos_of(*step)).collect()
}

fn groups(live: &Live, filter: &Filter) -> Vec<Group> {
    let mut groups = Vec::new();
    for product in products(live, filter) {
        for objective in objectives_of(&live.registry, product) {
            groups.push(group(live, filter, product, objective));
        }
        groups.push(outside(live, filter, product));
    }
    groups.retain(|group| !group.rows.is_empty());
    groups
}

fn group(live: &Live, filter: &Filter, product: &Product, objective: &Objective) -> Group {
    let registry = &live.registry;
    let places = objective.flow.iter().filter_map(|place| registry.step(place.step));
    let is_home = |step: &&Step| home_of(registry, step.id).is_some_and(|home| home.id == objective.id);
    let (here, shared): (Vec<&Step>, Vec<&Step>) = places.partition(is_home);
    let mut here = here;
    here.sort_by_key(|step| place(objective, step));
    let rows = here.iter().filter_map(|step| step_group(live, filter, step, Some(objective)));
    let slos = here.iter().flat_map(|step| registry.slos_of(step.id));
    Group {
        product: product_name(product),
        objective: objective_link(registry, objective),
        criticality: objective.criticality.into(),
        counts: step_counts(live, objective),
        steps: objective.flow.len() as u64,
        shared: shared.iter().map(|step| step.display_name.clone()).collect(),
        slos_not_measured: slos.filter(|slo| !is_measured(slo)).count() as u64,
        rows: rows.collect(),
    }
}

/// Orders steps: those that the objective requires in flow order, then the optional ones by criticality.
pub(super) fn place(objective: &Objective, step: &Step) -> (bool, Option<Registered>) {
    let place = place_in(objective, step.id);
    let optional = place.filter(|place| place.optional);
    (optional.is_some(), optional.map(|place| place.criticality))
}

/// Returns the steps that no objective uses, so that the list is whole.
fn outside(live: &Live, filter: &Filter, product: &Product) -> Group {
    let registry = &live.registry;
    let steps: Vec<&Step> =
        steps_of(registry, product).filter(|step| home_of(registry, step.id).is_none()).collect();
    let slos = steps.iter().flat_map(|step| registry.slos_of(step.id));
    Group {
        product: product_name(product),
        objective: Link::new("in no objective", path::map(&product.name, Layer::Steps)),
        criticality: Criticality::None,
        counts: status_counts(steps.iter().map(|step| step_state(live, step).status)),
        steps: steps.len() as u64,
        shared: Vec::new(),
        slos_not_measured: slos.filter(|slo| !is_measured(slo)).count() as u64,
        rows: steps.iter().filter_map(|step| step_group(live, filter, step, None)).collect(),
    }
}

/// Returns a step with its SLOs that fit; `None` where none does. A step without any SLO stands in the whole list
/// and where `no SLO` is asked for.
fn step_group(live: &Live, filter: &Filter, step: &Step, home: Option<&Objective>) -> Option<StepGroup> {
    let slos = || live.registry.slos_of(step.id);
    let fitting = slos().filter(|slo| fits(live, slo, filter.method, filter.status));
    let rows: Vec<SloRow> = fitting.map(|slo| row(live, slo)).collect();
    let no_slo = slos().next().is_none();
    let listed = filter.method.is_none() && filter.status.is_none_or(|status| status == Status::NoSlo);
    (!rows.is_empty() || no_slo && listed).then(|| StepGroup {
        step: step_link(&live.registry, step),
        marks: marks(live, step, home),
        state: step_state(live, step),
        slos: rows,
        attempts_a_day: attempts_a_day(live, step.id),
    })
}

/// Returns what a step is in its objective: `optional`, `async`, `important`, `also in Read mail`.
pub(super) fn marks(live: &Live, step: &Step, home: Option<&Objective>) -> Vec<String> {
    let mut marks = Vec::new();
    if let Some((home, place)) = home.and_then(|home| Some((home, place_in(home, step.id)?))) {
        marks.extend(place.optional.then(|| "optional".to_owned()));
        marks.extend(place.is_async.then(|| "async".to_owned()));
        let differs = place.criticality != home.criticality;
        marks.extend(differs.then(|| Criticality::from(place.criticality).word().to_owned()));
    }
    let others = live.registry.objectives_of(step.id);
    let others = others.filter(|other| home.is_none_or(|home| home.id != other.id));
    let names: Vec<String> = others.map(|objective| objective.display_name.clone()).collect();
    if !names.is_empty() {
        marks.push(format!("also in {}", list(&names)));
    }
    marks
}

fn row(live: &Live, slo: &Slo) -> SloRow {
    let judged = live.judgement.slo(slo.id);
    let has_data = judged.is_some_and(|judged| judged.window.decided() + judged.window.unknown.total() > 0);
    SloRow {
        id: slo.slo_id.clone(),
        name: slo.name.replace('-', " "),
        method: slo.method.into(),
        state: slo_state(live, slo),
        sli: sli::sli(live, slo),
        alert_or_cause: alert_or_cause(live, slo),
        as_of: if has_data { as_of(live) } else { None },
    }
}

fn alert_or_cause(live: &Live, slo: &Slo) -> Prose {
    let Some(judged) = live.judgement.slo(slo.id) else {
        return slo.not_measured().unwrap_or_default().into();
    };
    if let Some(tier) = judged.firing()
        && let Some(since) = tier.state.since()
    {
        let since = At::from(since).near(now(live));
        let now_fires = format!("{}, {}, since {since}", tier.name.word(), tier.notify.word());
        return match hurt::first_page(live, judged).filter(|(name, _)| *name != tier.name) {
            Some((name, at)) => format!("{now_fires}; first page {at}, {}", name.word()).into(),
            None => now_fires.into(),
        };
    }
    let silence = live.judgement.step(slo.step).and_then(|step| step.silence.as_ref());
    if let Some(silence) = silence.filter(|_| slo_state(live, slo).status == Status::Silent) {
        return silence_note(live, slo, silence).into();
    }
    explained::note(live, judged).unwrap_or_default().into()
}

/// Returns `silence, page, since 13:48`, or by what it is held back.
fn silence_note(live: &Live, slo: &Slo, silence: &SilenceNow) -> String {
    let by = silence.by.and_then(|by| live.registry.step(by)).map(|by| by.display_name.as_str());
    match (silence.alert, by) {
        (Some(notify), _) => {
            let since = hurt::silence_alerted(live, slo.step).unwrap_or(silence.proven);
            format!("silence, {}, since {}", notify.word(), At::from(since).near(now(live)))
        }
        (None, Some(by)) => format!("told once, at {by}, before it"),
        (None, None) => explained::cause(silence.cause).to_owned(),
    }
}

/// Says how many SLOs stand how, worst first, and how many steps have none.
fn say(live: &Live, filter: &Filter, all: &[&Slo]) -> Prose {
    if all.is_empty() {
        return "The registry has no SLO yet.".into();
    }
    let unmeasured = all.iter().filter(|slo| !is_measured(slo)).count() as u64;
    let measured: Vec<&&Slo> = all.iter().filter(|slo| is_measured(slo)).collect();
    let counts = status_counts(measured.iter().map(|slo| slo_state(live, slo).status));
    let mut say = Prose::new().text(format!("{}: ", plural(all.len() as u64, "SLO")));
    for (index, one) in counts.iter().enumerate() {
        say = if index > 0 { say.text(", ") } else { say };
        say = say.text(format!("{} {}", one.count, one.status.word()));
        let first = measured.iter().find(|slo| slo_state(live, slo).status == one.status);
        if let Some(slo) = first.filter(|_| one.count == 1 && one.status != Status::Met) {
            let link = slo_link(slo, slo_title(&live.registry, slo));
            say = say.text(" (").link(link.text, link.href).text(")");
        }
    }
    if unmeasured > 0 {
        let between = if counts.is_empty() { "" } else { ", " };
        say = say.text(format!("{between}{unmeasured} not measured yet"));
    }
    let without = products(live, filter).flat_map(|product| steps_of(&live.registry, product));
    let without = without.filter(|step| live.registry.slos_of(step.id).next().is_none()).count() as u64;
    match without {
        0 => say.text("."),
        1 => say.text("; 1 step has none."),
        n => say.text(format!("; {} have none.", plural(n, "step"))),
    }
}

/// Returns why no SLO fits, with what is left without each filter; `None` without filters.
fn no_hit(
    filter: &Filter,
    total: u64,
    fits: &dyn Fn(Option<Method>, Option<Status>) -> u64,
) -> Option<Empty> {
    let product = filter.product.as_deref();
    let mut filters = Vec::new();
    let mut without = Vec::new();
    if let Some(method) = filter.method {
        filters.push(format!("method {}", method.word()));
        let link = Link::new("the method", path::slos(product, filter.status, None));
        without.push(Loosened { link, hits: fits(None, filter.status) });
    }
    if let Some(status) = filter.status {
        filters.push(format!("status {}", status.word()));
        let link = Link::new("the status", path::slos(product, None, filter.method));
        without.push(Loosened { link, hits: fits(filter.method, None) });
    }
    if let Some(product) = product.filter(|_| total == 0) {
        filters.push(format!("product {product}"));
    }
    let what = "SLOs".to_owned();
    let clear = Link::new("Clear all", path::slos(None, None, None));
    (!filters.is_empty()).then_some(Empty::NoHit(NoHit { what, filters, total, clear, without }))
}
