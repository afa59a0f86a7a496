//! The impact matrix, service x step. Rows are errors of requests, columns failing attempts.

use std::ops::Range;

use throughline_core::count::tally::{self, ExampleOf};
use throughline_core::id::{ServiceId, StepId, TraceId};
use throughline_core::model::registry::Product;
use throughline_core::model::slo::Slo;
use throughline_core::model::step::Step;
use throughline_core::time::{Minute, UnixNanos};

use crate::kept::EACH;
use crate::live::Live;
use crate::show::counts::{Cell as Counted, attempts_for, cells, closed, failed, total};
use crate::show::hurt::{self, Hurt};
use crate::show::names::{
    home_of, now, objective_link, objectives_of, product_name, product_named, step_link, steps_of,
};
use crate::show::state::objective_state;
use crate::show::{empty, flow, reasons, sli, slow, step, trace};
use crate::view::impact::{Cell, Column, Example, Examples, Impact, Meaning, Row};
use crate::view::number::{of, plural, ppb, share};
use crate::view::path::By;
use crate::view::prose::Prose;
use crate::view::sli::Share;
use crate::view::time::At;
use crate::view::word::Criticality;

/// The windows that can be asked for, in minutes; the first is the default's.
pub const WINDOWS: [u32; 3] = [15, 60, 360];

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ask<'a> {
    pub product: &'a str,
    pub by: By,
    /// One of [`WINDOWS`], else the first.
    pub window_minutes: Option<u32>,
    /// The cell whose examples are shown; `step` is the id, `None` for requests without a step.
    pub cell: Option<(&'a str, Option<&'a str>)>,
}

/// What the matrix is made of.
struct Sums<'a> {
    live: &'a Live,
    steps: Vec<&'a Step>,
    cells: Vec<Counted>,
    range: Range<Minute>,
}

/// Returns the matrix, `None` when there is no such product.
pub fn impact(live: &Live, ask: &Ask<'_>) -> Option<Impact> {
    let product = product_named(&live.registry, ask.product)?;
    let window = ask.window_minutes.filter(|minutes| WINDOWS.contains(minutes)).unwrap_or(WINDOWS[0]);
    let range = closed(live, window);
    let sums = Sums { live, steps: columns_of(live, product), cells: cells(live, &range), range };
    let hurt = hurt::hurt(live, product);
    let worst = hurt.first();
    let shown = shown(&sums, ask, worst);
    Some(Impact {
        product: product_name(product),
        by: ask.by,
        window_minutes: window,
        windows: WINDOWS.to_vec(),
        from: sums.range.start.into(),
        to: sums.range.end.into(),
        say: say(&sums, worst, window),
        columns: sums.columns(worst),
        rows: sums.rows(),
        examples: match (ask.cell, worst.and_then(|worst| worst.slow)) {
            (None, Some(slo)) => slow_examples(&sums, slo),
            _ => shown.and_then(|(service, step)| examples(&sums, service, step)),
        },
        meaning: worst.and_then(|worst| meaning(&sums, worst)),
        empty: empty::nothing(live),
    })
}

/// Returns the product's steps by criticality, then flow; those in no objective come last.
fn columns_of<'a>(live: &'a Live, product: &'a Product) -> Vec<&'a Step> {
    let mut steps = flow::steps(live, &objectives_of(&live.registry, product));
    for step in steps_of(&live.registry, product) {
        if steps.iter().all(|known| known.id != step.id) {
            steps.push(step);
        }
    }
    steps.sort_by_key(|step| live.registry.criticality_of(step.id));
    steps
}

impl Sums<'_> {
    fn cell(&self, service: ServiceId, step: Option<StepId>) -> Share {
        let key = (service, step);
        let found = self.cells.binary_search_by_key(&key, |(key, _)| *key);
        found.map_or(Share::default(), |at| self.cells[at].1)
    }

    fn of_service(&self, service: ServiceId) -> Share {
        total(self.cells.iter().filter(|((of, _), _)| *of == service).map(|(_, share)| *share))
    }

    fn of_step(&self, step: Option<StepId>) -> Share {
        total(self.cells.iter().filter(|((_, of), _)| *of == step).map(|(_, share)| *share))
    }

    fn columns(&self, worst: Option<&Hurt<'_>>) -> Vec<Column> {
        let registry = &self.live.registry;
        let of_steps = self.steps.iter().map(|step| Column {
            step: Some(step_link(registry, step)),
            id: Some(step.name.clone()),
            criticality: registry.criticality_of(step.id).into(),
            failed: failed(self.live, step.id, self.range.clone()),
            note: self.note(step),
            worst: worst.is_some_and(|worst| worst.step.id == step.id),
        });
        let without = self.of_step(None);
        let last = Column {
            step: None,
            id: None,
            criticality: Criticality::None,
            failed: without,
            note: String::new(),
            worst: false,
        };
        of_steps.chain([last]).collect()
    }

    /// Says what failures do not: that attempts are too slow, or do not come.
    fn note(&self, step: &Step) -> String {
        let Some(hurt) = hurt::of(self.live, step) else { return String::new() };
        if let Some(silence) = &hurt.judged.silence {
            let expected = silence.expected.round().max(0.0) as u64;
            let since = At::from(silence.from).near(now(self.live));
            return format!("{} expected came since {since}", of(silence.seen, expected.max(silence.seen)));
        }
        let slow = hurt.slow.map(|slo| slow_in(self.live, slo, &self.range));
        slow.map_or_else(String::new, |slow| format!("{} too slow", of(slow.part, slow.of)))
    }

    /// Returns the services with requests for these steps or without a step, by errors.
    fn rows(&self) -> Vec<Row> {
        let is_shown =
            |step: Option<StepId>| step.is_none_or(|id| self.steps.iter().any(|step| step.id == id));
        let shown = self.cells.iter().filter(|((_, step), _)| is_shown(*step));
        let mut services: Vec<ServiceId> = shown.map(|((service, _), _)| *service).collect();
        services.dedup();
        let mut rows: Vec<Row> = services.into_iter().map(|service| self.row(service)).collect();
        rows.sort_by(|a, b| {
            (b.errors.part, b.errors.of).cmp(&(a.errors.part, a.errors.of)).then(a.service.cmp(&b.service))
        });
        rows
    }

    fn row(&self, service: ServiceId) -> Row {
        let errors = self.of_service(service);
        let steps = self.steps.iter().map(|step| Some(step.id)).chain([None]);
        Row {
            service: self.live.interned.service_name(service).to_string(),
            errors,
            errors_ppb: ppb(errors.part, errors.of),
            cells: steps.map(|step| self.matrix_cell(service, step, errors.part)).collect(),
        }
    }

    fn matrix_cell(&self, service: ServiceId, step: Option<StepId>, of_service: u64) -> Option<Cell> {
        let errors = self.cell(service, step).part;
        let (attempts, of_step_ppb) = match step {
            Some(step) => self.of_failures(service, step, errors),
            None => (errors, None),
        };
        let of_service_ppb = ppb(errors, of_service).unwrap_or(0);
        (errors > 0 || attempts > 0).then_some(Cell { errors, attempts, of_service_ppb, of_step_ppb })
    }

    /// Returns the failing attempts that a service's errors touch, and their share of all failing ones: those that
    /// began to fail there, and at most one an error where it only passed the error on.
    fn of_failures(&self, service: ServiceId, step: StepId, errors: u64) -> (u64, Option<u64>) {
        let failing = failed(self.live, step, self.range.clone()).part;
        let began = began_at(self.live, service, step, &self.range);
        let attempts = began.max(errors.min(failing)).min(failing);
        (attempts, ppb(attempts, failing))
    }
}

/// Returns the attempts above a latency SLO's threshold, of those that it counts.
fn slow_in(live: &Live, slo: &Slo, range: &Range<Minute>) -> Share {
    let counts = attempts_for(slo, &live.book.judged.history.step(slo.step).sum(range.clone()));
    Share::new(counts.bad, counts.decided())
}

/// Returns the failing attempts of a step that began to fail at a service.
fn began_at(live: &Live, service: ServiceId, step: StepId, range: &Range<Minute>) -> u64 {
    let blames = reasons::blames(live, step, range);
    blames.iter().filter(|blame| blame.service == service).map(|blame| blame.attempts).sum()
}

/// Says what a service's errors for a step are of its requests, and of the step's failures.
pub(super) fn shares(live: &Live, service: ServiceId, step: StepId, range: &Range<Minute>) -> Option<String> {
    let sums = Sums { live, steps: Vec::new(), cells: cells(live, range), range: range.clone() };
    let errors = sums.cell(service, Some(step)).part;
    let of_requests = ppb(errors, sums.of_service(service).of)?;
    let failing = failed(live, step, range.clone()).part;
    let of_step = ppb(began_at(live, service, step, range).min(failing), failing)?;
    let of_requests =
        if errors == 0 { "no error".to_owned() } else { share(of_requests) + " of its requests" };
    Some(format!("{of_requests}, {} of this step's failures", share(of_step)))
}

fn say(sums: &Sums<'_>, worst: Option<&Hurt<'_>>, window: u32) -> Prose {
    let all = total(sums.cells.iter().map(|(_, share)| *share));
    if sums.cells.is_empty() {
        return format!("No request came in {}.", crate::view::number::minutes(window)).into();
    }
    if let Some((worst, slo)) = worst.and_then(|worst| Some((worst, worst.slow?))) {
        return say_slow(sums, worst, slo);
    }
    let began = worst.and_then(|worst| {
        Some((worst, reasons::blames(sums.live, worst.step.id, &sums.range).into_iter().next()?))
    });
    let Some((worst, blame)) = began else {
        let quiet =
            if worst.is_some() { "No failure of the hurt step has a known cause" } else { "No step is hurt" };
        return format!(
            "{quiet}: {} of {} had an error.",
            crate::view::number::count(all.part),
            plural(all.of, "request")
        )
        .into();
    };
    let service = sums.live.interned.service_name(blame.service);
    let errors = sums.cell(blame.service, Some(worst.step.id)).part;
    let attempts = failed(sums.live, worst.step.id, sums.range.clone());
    let began = began_at(sums.live, blame.service, worst.step.id, &sums.range).min(attempts.part);
    let link = step_link(&sums.live.registry, worst.step);
    if errors == 0 {
        let bad = of(began, attempts.of);
        let text = format!(
            ": {bad} bad without an error: {service} answered, and what the step needs was not there."
        );
        return Prose::new().link(link.text, link.href).text(text);
    }
    let (here, all) = (sums.cell(blame.service, Some(worst.step.id)), sums.of_service(blame.service));
    let [here, in_all] = [here, all].map(|of| ppb(of.part, of.of).map_or_else(String::new, share));
    let fails = match all.part > errors {
        true => format!("{here} of its requests at this step, {in_all} of all"),
        false => format!("{in_all} of its requests"),
    };
    let say = Prose::new().text(format!("{service} fails {fails}"));
    if began > 0 && began == attempts.of {
        return say.text(", and that is every attempt at ").link(link.text, link.href).text(".");
    }
    let of_step = ppb(began, attempts.part).map_or_else(String::new, share);
    say.text(format!("; {of_step} of the failures of ")).link(link.text, link.href).text(" begin there.")
}

/// Says that a step is too slow, what services report of it, and where the time goes.
fn say_slow(sums: &Sums<'_>, worst: &Hurt<'_>, slo: &Slo) -> Prose {
    let slow = slow_in(sums.live, slo, &sums.range);
    let took = sli::within(slo).map(sli::too_slow).unwrap_or_default();
    let link = step_link(&sums.live.registry, worst.step);
    let say = Prose::new().link(link.text, link.href);
    let say = say.text(format!(" is too slow: {} {took}. ", of(slow.part, slow.of)));
    let errors = sums.of_step(Some(worst.step.id)).part;
    let errors = match errors {
        0 => "No service reports an error for it".to_owned(),
        n => format!("Its services report {}", plural(n, "error")),
    };
    match slow::place(sums.live, slo) {
        Some(place) => say.text(format!(
            "{errors}; in {} kept traces most of the time goes in {}: {}.",
            of(place.traces.part, place.traces.of),
            place.service,
            place.example
        )),
        None => say.text(format!("{errors}.")),
    }
}

/// Returns the cell whose examples are shown: the one asked for, else that where the worst trouble begins.
fn shown(sums: &Sums<'_>, ask: &Ask<'_>, worst: Option<&Hurt<'_>>) -> Option<(ServiceId, Option<StepId>)> {
    if let Some((service, step)) = ask.cell {
        let known = sums.cells.iter().map(|((service, _), _)| *service);
        let mut known = known.filter(|id| *sums.live.interned.service_name(*id) == *service);
        let step = match step {
            Some(name) => Some(sums.steps.iter().find(|step| step.name == name)?.id),
            None => None,
        };
        return Some((known.next()?, step));
    }
    let worst = worst?;
    let blame = reasons::blames(sums.live, worst.step.id, &sums.range).into_iter().next()?;
    Some((blame.service, Some(worst.step.id)))
}

fn examples(sums: &Sums<'_>, service: ServiceId, step: Option<StepId>) -> Option<Examples> {
    let name = step.and_then(|step| sums.live.registry.step(step)).map(|step| step.display_name.clone());
    let name = name.unwrap_or_else(|| "no step".to_owned());
    let of_service = sums.live.interned.service_name(service).to_string();
    let rows = match step {
        Some(step) => of_cell(sums, (service, &of_service), (step, &name)),
        None => of_strays(sums, (service, &of_service)),
    };
    let said = |(row, line): (Example, trace::Line)| match line.lacks.filter(|_| line.way.is_none()) {
        Some(lacks) => Example { what: format!("no useful result: {lacks}").into(), ..row },
        None => row,
    };
    Some(Examples { service: of_service, step: name, rows: rows.into_iter().map(said).collect() })
}

/// Returns traces with an error of the service for the step; where none is kept, those of bad attempts.
fn of_cell(
    sums: &Sums<'_>,
    (service, service_name): (ServiceId, &str),
    (step, name): (StepId, &str),
) -> Vec<(Example, trace::Line)> {
    let errors = sums.live.examples.of(&ExampleOf::Cell { service, step, error: true });
    let rows = example_rows(sums, errors, &format!("an error of {service_name} for {name}"));
    if !rows.is_empty() {
        return rows;
    }
    example_rows(sums, bad_attempts(sums.live, step), &format!("a bad attempt at {name}"))
}

/// Returns traces with a request of the service that has no step, errors alone where there are any.
fn of_strays(sums: &Sums<'_>, (of_service, name): (ServiceId, &str)) -> Vec<(Example, trace::Line)> {
    let rows = |errors: bool, otherwise: &str| {
        let is_stray = move |of: &ExampleOf| matches!(of, ExampleOf::Stray { service, error, .. } if (*service, *error) == (of_service, errors));
        let kept = &sums.live.examples;
        let found = kept.all().filter(|(of, _)| is_stray(of)).flat_map(|(of, _)| kept.of(of));
        example_rows(sums, found, otherwise)
    };
    let errors = rows(true, &format!("an error of {name} without a step"));
    if errors.is_empty() { rows(false, &format!("a request of {name} without a step")) } else { errors }
}

/// Returns the kept traces of attempts that were too slow.
fn slow_examples(sums: &Sums<'_>, slo: &Slo) -> Option<Examples> {
    let step = sums.live.registry.step(slo.step)?;
    let threshold = sli::within(slo).map(sli::too_slow).unwrap_or_default();
    let rows = example_rows(sums, slow::examples(sums.live, slo), &threshold);
    let rows = rows.into_iter().map(|(row, line)| Example {
        what: line.longest.map_or_else(|| threshold.clone(), |longest| longest.words()).into(),
        ..row
    });
    let service = slow::place(sums.live, slo).map_or_else(|| threshold.clone(), |place| place.service);
    Some(Examples { service, step: step.display_name.clone(), rows: rows.collect() })
}

/// Returns the kept traces of bad attempts at a step: what fails without an error is in no cell of errors.
fn bad_attempts(live: &Live, id: StepId) -> impl Iterator<Item = &tally::Example> {
    let is_bad = move |of: &ExampleOf| match of {
        ExampleOf::Attempt { step, outcome, .. } => *step == id && outcome.is_bad(),
        ExampleOf::Slow { .. } | ExampleOf::Cell { .. } | ExampleOf::Stray { .. } => false,
    };
    live.examples.all().filter(move |(of, _)| is_bad(of)).flat_map(|(of, _)| live.examples.of(of))
}

/// Returns the traces that began in the window, the newest first.
fn example_rows<'a>(
    sums: &Sums<'_>,
    named: impl Iterator<Item = &'a tally::Example>,
    otherwise: &str,
) -> Vec<(Example, trace::Line)> {
    let named: Vec<_> = named.collect();
    let lines = trace::lines(sums.live, named.iter().map(|example| example.trace));
    let began = |(example, line): (&&tally::Example, trace::Line)| {
        (line.start.unwrap_or(example.at), example.trace, line)
    };
    let mut began: Vec<_> = named.iter().zip(lines).map(began).collect();
    began.retain(|(at, ..)| sums.range.contains(&at.minute()));
    began.sort_by_key(|(at, trace, _)| (std::cmp::Reverse(*at), *trace));
    let row = |(at, trace, line): (UnixNanos, TraceId, trace::Line)| {
        let what = line.way.clone().unwrap_or_else(|| otherwise.to_owned()).into();
        (Example { at: At::from(at), trace: trace.to_string(), what, took_ns: line.took_ns }, line)
    };
    began.into_iter().take(EACH).map(row).collect()
}

fn meaning(sums: &Sums<'_>, worst: &Hurt<'_>) -> Option<Meaning> {
    let objective = home_of(&sums.live.registry, worst.step.id)?;
    let all = total(sums.cells.iter().map(|(_, share)| *share)).of;
    let annotated = Share::new(all - sums.of_step(None).of, all);
    Some(Meaning {
        objective: objective_link(&sums.live.registry, objective),
        state: objective_state(sums.live, objective),
        severity: step::severity(sums.live, worst.step),
        lost: step::impact(sums.live, worst.step),
        annotated,
        annotated_ppb: ppb(annotated.part, annotated.of),
    })
}
