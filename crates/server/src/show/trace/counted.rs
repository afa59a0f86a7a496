//! Where an attempt and the requests of its step were counted, and what came in of the trace.

use throughline_core::annotate::decision::{Decision, Outcome};
use throughline_core::annotate::reader::WEIGHT_ONE;
use throughline_core::count::tally::{ExampleOf, is_late};
use throughline_core::id::{ServiceId, StepId};
use throughline_core::model::slo::{Sli, Slo};
use throughline_core::observation::TrafficClass;
use throughline_core::time::Minute;

use crate::explain::{Became, Span};
use crate::kept::RING_BYTES;
use crate::show::counts::attempts_for;
use crate::show::names::{product_label, slo_link, slo_title};
use crate::show::state::is_measured;
use crate::show::trace::View;
use crate::view::number::{bytes, exact, of, plural, took};
use crate::view::path::{self, By};
use crate::view::prose::Link;
use crate::view::time::At;
use crate::view::trace::{CameIn, Counted};

/// Returns the SLOs that an attempt counts for.
pub(super) fn slos(view: &View<'_>, span: &Span) -> Vec<Counted> {
    let Some((counted, attempt)) = span.attempt() else { return Vec::new() };
    let slos = view.live.registry.slos_of(counted.step).filter(|slo| is_measured(slo));
    let row = |slo: &Slo| {
        let (counted_as, counted_note) = match counted.class {
            TrafficClass::Interactive => counted_as(view, span, slo, attempt.outcome),
            class => ("not counted".to_owned(), format!("{} traffic is not", class.word())),
        };
        let counted_as =
            if counted.times > 1 { format!("{} x {counted_as}", counted.times) } else { counted_as };
        Counted {
            at: slo_link(slo, slo_title(&view.live.registry, slo)),
            note: format!("{} · minute {}", slo.method.word(), At::from(span.entry.start.minute()).clock()),
            counted_as,
            counted_note,
        }
    };
    slos.map(row).collect()
}

fn counted_as(view: &View<'_>, span: &Span, slo: &Slo, outcome: Outcome) -> (String, String) {
    let minute = span.entry.start.minute();
    match slo.sli {
        Sli::Latency { threshold_ns, .. } => timed(span, outcome, threshold_ns),
        _ => {
            let word = super::outcome(outcome).word().to_owned();
            (word, if outcome.is_bad() { in_minute(view, slo, minute) } else { String::new() })
        }
    }
}

/// A failed attempt that was not slow is in neither: availability pays once.
fn timed(span: &Span, outcome: Outcome, threshold_ns: u64) -> (String, String) {
    let (took_ns, limit) = (span.entry.duration(), took(threshold_ns));
    match (outcome, took_ns > threshold_ns) {
        (Outcome::Good, false) => ("good".to_owned(), format!("{}, {limit} are allowed", took(took_ns))),
        (_, true) if outcome == Outcome::Good || outcome.is_bad() => {
            ("bad".to_owned(), format!("{}, {limit} are allowed", took(took_ns)))
        }
        (_, _) if outcome.is_bad() => ("not timed".to_owned(), "failed attempts are not".to_owned()),
        _ => ("not timed".to_owned(), format!("{} attempts are not", outcome.word())),
    }
}

/// Returns `41 of 41 in that minute`; nothing while the minute is not drained.
fn in_minute(view: &View<'_>, slo: &Slo, minute: Minute) -> String {
    let counts = view.live.book.judged.history.step(slo.step).sum(minute..minute.plus(1));
    let counts = attempts_for(slo, &counts);
    match counts.decided() {
        0 => String::new(),
        decided => format!("{} in that minute", of(counts.bad, decided)),
    }
}

/// Requests of a trace for one cell.
struct Cell {
    service: ServiceId,
    requests: u64,
    errors: u64,
}

/// Returns the cells that the trace filled for a step; `None`: those without a step.
pub(super) fn cells(view: &View<'_>, step: Option<StepId>) -> Vec<Counted> {
    let mut cells: Vec<Cell> = Vec::new();
    for (place, _) in &view.shape.rows {
        let span = &view.told.spans[*place];
        let times = times(span, step);
        if times == 0 {
            continue;
        }
        let service = span.entry.service;
        let at = cells.iter().position(|cell| cell.service == service).unwrap_or_else(|| {
            cells.push(Cell { service, requests: 0, errors: 0 });
            cells.len() - 1
        });
        cells[at].requests += times;
        cells[at].errors += if span.is_error() { times } else { 0 };
    }
    cells.iter().map(|cell| row(view, cell, step)).collect()
}

/// Returns how often a span counts in the cells of a step.
fn times(span: &Span, step: Option<StepId>) -> u64 {
    match (&span.became, step) {
        (Became::Decided(Decision::Unmatched(_)), None) => 1,
        (Became::Decided(Decision::Counted(counted)), Some(step)) => {
            let own = if counted.step == step { u64::from(counted.times) } else { 0 };
            let others = counted.others().iter().filter(|(other, _)| *other == step);
            own + others.map(|(_, times)| u64::from(*times)).sum::<u64>()
        }
        _ => 0,
    }
}

fn row(view: &View<'_>, cell: &Cell, step: Option<StepId>) -> Counted {
    let service = view.live.interned.service_name(cell.service);
    let found = step.and_then(|step| view.live.registry.step(step));
    let product = match found {
        Some(step) => product_label(&view.live.registry, step),
        None => view.live.registry.products().next().map_or("", |product| product.name.as_str()),
    };
    let name = found.map_or("no step", |step| step.display_name.as_str());
    let href = path::impact_cell(product, By::Service, 15, &service, found.map(|step| step.name.as_str()));
    let good = cell.requests - cell.errors;
    let counted_as = match (good, cell.errors) {
        (good, 0) => format!("{} good", exact(good)),
        (0, errors) => plural(errors, "error"),
        (good, errors) => format!("{} good, {}", exact(good), plural(errors, "error")),
    };
    Counted {
        at: Link::new(format!("{service} × {name}"), href),
        note: String::new(),
        counted_as,
        counted_note: String::new(),
    }
}

/// Returns what was received of the trace; `kept` says why it is still there when no example shows it.
pub(super) fn came_in(view: &View<'_>, kept: Option<&str>) -> CameIn {
    let mut came = CameIn {
        received: view.told.spans.len() as u64,
        counted: 0,
        filtered: 0,
        unmatched: 0,
        duplicate: 0,
        rejected: 0,
        late: late(view),
        traffic: traffic(view),
        kept: kept.map_or_else(|| shown_as(view), str::to_owned),
    };
    for span in &view.told.spans {
        let place = match &span.became {
            Became::Rejected(_) => &mut came.rejected,
            Became::Duplicate(_) => &mut came.duplicate,
            Became::FilteredAgain(_) | Became::Decided(Decision::Filtered(_)) => &mut came.filtered,
            Became::Decided(Decision::Unmatched(_)) => &mut came.unmatched,
            Became::Decided(Decision::Counted(_)) => &mut came.counted,
        };
        *place += 1;
    }
    came
}

fn late(view: &View<'_>) -> String {
    let attempts = || view.told.spans.iter().filter(|span| span.attempt().is_some());
    let late = attempts().filter(|span| is_late(&span.entry)).count() as u64;
    let last = view.told.spans.iter().map(|span| span.entry.arrived).max().unwrap_or_default();
    let by = At::from(last).clock_seconds();
    match late {
        0 => format!("none: all here by {by}"),
        late => format!("{}, 60 s or more after its minute; all here by {by}", plural(late, "attempt")),
    }
}

fn traffic(view: &View<'_>) -> String {
    let mut classes: Vec<&str> = Vec::new();
    for span in view.told.spans.iter().filter_map(Span::counted) {
        if !classes.contains(&span.class.word()) {
            classes.push(span.class.word());
        }
    }
    if classes.is_empty() {
        classes.extend(view.told.spans.first().map(|span| span.entry.class.word()));
    }
    let weight = view.told.spans.iter().map(|span| span.entry.weight).max().unwrap_or(WEIGHT_ONE);
    let sampled = view.told.spans.iter().any(|span| span.entry.sampled);
    let sampling = match sampled {
        true => format!("sampled, stands for {}", weight / WEIGHT_ONE),
        false => "not sampled".to_owned(),
    };
    format!("{}, {sampling}", classes.join(" and "))
}

/// Returns what the trace is an example of, attempts before cells.
fn shown_as(view: &View<'_>) -> String {
    let shows = view
        .live
        .examples
        .all()
        .filter(|(_, traces)| traces.iter().any(|example| example.trace == view.told.trace));
    let is_cell = |of: &ExampleOf| matches!(of, ExampleOf::Cell { .. } | ExampleOf::Stray { .. });
    let Some((of, traces)) = shows.min_by_key(|(of, _)| is_cell(of)) else {
        return format!("among the newest {}", bytes(RING_BYTES as u64));
    };
    let what = match *of {
        ExampleOf::Attempt { step, outcome, reason } => {
            let reason = super::reason(view.live, outcome, reason);
            let reason = if reason.is_empty() { reason } else { format!(", {reason}") };
            format!("{}, {}{reason}", view.step_name(step), super::outcome(outcome).word())
        }
        ExampleOf::Slow { step, threshold } => {
            format!("{}, {}", view.step_name(step), super::too_slow(view.live, step, threshold))
        }
        ExampleOf::Cell { service, step, error } => {
            let service = view.live.interned.service_name(service);
            format!("{service} × {}, {}", view.step_name(step), if error { "error" } else { "good" })
        }
        ExampleOf::Stray { service, operation, error } => {
            let service = view.live.interned.service_name(service);
            let operation = view.live.interned.operation_name(operation);
            format!("{service} {operation}, no step, {}", if error { "error" } else { "good" })
        }
    };
    let kept = traces.iter().filter(|one| super::is_kept(view.live, one) || one.trace == view.told.trace);
    format!("one of {} for {what}", kept.count())
}
