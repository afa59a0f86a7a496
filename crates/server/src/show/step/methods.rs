//! A step's SLOs side by side, with what each method was measured to cost, to know, to take and to see.

use throughline_core::annotate::decision::Source;
use throughline_core::model::slo::{Sli, Slo};
use throughline_core::model::step::Step;

use crate::live::Live;
use crate::show::counts::{attempts, cells, closed, total, whole};
use crate::show::names::{list, slo_link, slo_title};
use crate::show::state::{is_measured, slo_state};
use crate::show::{explained, sli};
use crate::view::number::{count, exact, of, ppb, share_fine, span};
use crate::view::step::{MethodColumn, Trait};
use crate::view::word::Status;

/// A minute closes so long after its end.
const CLOSES_SECONDS: u64 = 60;
/// How long an attempt may wait for the rest of its trace.
const TRACE_SECONDS: u64 = 30;
/// The hours that cost is measured over.
const COST_HOURS: u32 = 6;

/// Returns one column an SLO, in file order.
pub(super) fn columns(live: &Live, step: &Step, slos: &[&Slo]) -> Vec<MethodColumn> {
    let first = slos.iter().find(|slo| is_measured(slo)).map(|slo| slo.id);
    slos.iter().map(|slo| column(live, step, slo, first == Some(slo.id))).collect()
}

fn column(live: &Live, step: &Step, slo: &Slo, is_first: bool) -> MethodColumn {
    let measured = is_measured(slo) && live.judgement.slo(slo.id).is_some();
    MethodColumn {
        slo: slo_link(slo, slo_title(&live.registry, slo)),
        method: slo.method.into(),
        state: slo_state(live, slo),
        note: note(live, slo),
        sli: sli::sli(live, slo),
        cost: measured.then(|| cost(live, step, is_first)).flatten(),
        confidence: measured.then(|| confidence(live, slo)).flatten(),
        latency: measured.then(|| latency(step)),
        coverage: measured.then(|| coverage(live, step)).flatten(),
    }
}

fn note(live: &Live, slo: &Slo) -> String {
    let Some(judged) = live.judgement.slo(slo.id) else {
        return slo.not_measured().unwrap_or_default().to_owned();
    };
    if let Some(note) = explained::note(live, judged) {
        return note;
    }
    let five = judged.recent.m5;
    match (slo_state(live, slo).status, &slo.sli) {
        (Status::Failing | Status::Burning, sli) if five.decided > 0 => {
            let did = if matches!(sli, Sli::Latency { .. }) { "were too slow" } else { "failed" };
            format!("{} {did} in 5 min", of(five.bad, five.decided))
        }
        (_, Sli::Latency { .. }) => "a failed attempt is not timed".to_owned(),
        _ => String::new(),
    }
}

/// Returns the spans that the step took: requests of its cells. Further SLOs of the same step need no more.
fn cost(live: &Live, step: &Step, is_first: bool) -> Option<Trait> {
    if !is_first {
        return Some(Trait::new("nothing more", "the same spans"));
    }
    let range = closed(live, COST_HOURS * 60);
    let first = live.book.judged.history.step(step.id).first()?;
    let hours = range.end.0.saturating_sub(range.start.max(first).0);
    let mine = cells(live, &range).into_iter().filter(|((_, of), _)| *of == Some(step.id));
    let spans = total(mine.map(|(_, share)| share)).of;
    let value = format!("{} spans in {}", count(spans), span(u64::from(hours) * 60));
    (spans > 0).then(|| Trait::new(value, "nothing to deploy"))
}

/// Returns what is known of each attempt: whether all were counted, or a sample stands for them.
fn confidence(live: &Live, slo: &Slo) -> Option<Trait> {
    let judged = live.judgement.slo(slo.id)?;
    let counts =
        live.book.judged.history.step(slo.step).sum(judged.window.from..live.judgement.as_of.minute());
    let decided = attempts(&counts).decided();
    if decided == 0 {
        return None;
    }
    // Weights have 16 fractional bits.
    let stood_for = whole(counts.weighted.good.saturating_add(counts.weighted.bad)) >> 16;
    let lost = format!("{} lost", exact(judged.window.unknown.lost));
    let what = if matches!(slo.sli, Sli::Latency { .. }) {
        "every good attempt timed"
    } else {
        "every attempt counted"
    };
    Some(match stood_for > decided {
        true => {
            Trait::new(format!("sampled: {} attempts stand for {}", count(decided), count(stood_for)), lost)
        }
        false => Trait::new(what, format!("none sampled, {lost}")),
    })
}

/// Returns the delay until a number holds an attempt.
fn latency(step: &Step) -> Trait {
    let longest = CLOSES_SECONDS + 60;
    let value = format!("{} to {} s to a number", CLOSES_SECONDS, longest);
    let waits = step.conditions.contains().next().is_some();
    let note = match waits {
        true => format!(
            "a minute closes 60 s after its end; up to {TRACE_SECONDS} s more where the trace must tell"
        ),
        false => "a minute closes 60 s after its end; what fails now is looked at sooner".to_owned(),
    };
    Trait::new(value, note)
}

/// Returns what the method sees: all that reaches the services that take the attempt. How many of their requests name
/// a step is counted for a service, not for a step, and says so.
fn coverage(live: &Live, step: &Step) -> Option<Trait> {
    let mut services: Vec<String> =
        step.actions.iter().filter(|action| !action.part).map(|action| action.service.clone()).collect();
    services.sort_unstable();
    services.dedup();
    let of = |source: Option<Source>| {
        let of_service = |service: &String| {
            let key = (live.interned.service(service), source);
            live.book.coverage.get(&key).copied().map_or(0, whole)
        };
        services.iter().map(of_service).sum::<u64>()
    };
    let [client, rule, trace] = [Source::Client, Source::Rule, Source::Trace].map(|source| of(Some(source)));
    let named = client + rule + trace;
    let share = ppb(named, named + of(None))?;
    let names = list(&services);
    let value = format!("all that reaches {names}, not the way there");
    let by = format!("{} by client, {} by rule, {} by trace", count(client), count(rule), count(trace));
    let note = format!("{} of all requests of {names} name a step, this or another: {by}", share_fine(share));
    Some(Trait::new(value, note))
}
