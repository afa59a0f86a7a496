//! Quality of the data: every record accounted for, coverage, sources, limits, ticks.

mod limits;

use std::collections::BTreeMap;
use std::fmt::Display;

use throughline_core::annotate::decision::Source as By;
use throughline_core::count::ledger::{Ledger, Records, Rejected as Why};
use throughline_core::id::ServiceId;
use throughline_core::model::step::Step;
use throughline_core::time::{MINUTE_NS, Minute, SECOND_NS};

use crate::live::{Live, Ticks as Done};
use crate::show::counts::whole;
use crate::show::names::{list, now, step_link};
use crate::show::telemetry::no_telemetry;
use crate::view::empty::Empty;
use crate::view::number::{exact, plural, ppb, share_fine};
use crate::view::operations::NoStep;
use crate::view::prose::Prose;
use crate::view::quality::{
    Agreement, Became, Conservation, Coverage, Quality, Rejected, Signal, Source, Ticks,
};

/// What takes part in nothing, in the ledger's order: a noun and what follows it.
const FILTERED: [(&str, &str); 2] =
    [("span", "inside a request: no entry span"), ("session", "of several steps: no request")];
/// Why requests have no step, in the ledger's order.
const UNMATCHED: [NoStep; 4] = [NoStep::NoRule, NoStep::Ambiguous, NoStep::UnknownId, NoStep::Undecided];

/// Returns the page.
pub fn quality(live: &Live) -> Quality {
    let all = all(live);
    Quality {
        from: live.receiving.since.into(),
        to: now(live),
        say: say(live, all.as_ref()),
        signals: signals(live),
        coverage: coverage(live),
        all,
        agreement: agreement(&live.ledger),
        sources: sources(live),
        late_attempts: whole(live.ledger.late),
        rejected: rejected(&live.ledger),
        limits: limits::limits(live),
        notes: limits::notes(live),
        unknown_words: live.unknown.clone(),
        ticks: ticks(&live.ticks),
        empty: no_telemetry(live).map(Empty::NoTelemetry),
    }
}

fn say(live: &Live, all: Option<&Coverage>) -> Prose {
    let say = match live.ledger.missing() {
        0 => "Every record is accounted for".to_owned(),
        missing => format!(
            "{} are in no state, which is a fault of this program",
            plural(missing.unsigned_abs(), "record")
        ),
    };
    let named = all.and_then(|all| all.with_step_ppb);
    let say = match named {
        Some(share) => format!("{say}; {} of requests name their step.", share_fine(share)),
        None => format!("{say}; no request came so far."),
    };
    let late: Vec<String> =
        sources(live).into_iter().filter(|source| source.late).map(|source| source.name).collect();
    match late.len() {
        0 => say.into(),
        1 => format!("{say} One source is late: {}.", late[0]).into(),
        n => format!("{say} {n} sources are late: {}.", list(&late)).into(),
    }
}

fn signals(live: &Live) -> Vec<Conservation> {
    let Ledger { traces, logs, metrics, .. } = &live.ledger;
    [(Signal::Traces, traces), (Signal::Logs, logs), (Signal::Metrics, metrics)]
        .into_iter()
        .map(|(signal, records)| conservation(live, signal, records))
        .collect()
}

fn conservation(live: &Live, signal: Signal, records: &Records) -> Conservation {
    let received = whole(records.received);
    let became = |n: i64, most: String| Became {
        records: whole(n),
        share_ppb: ppb(whole(n), received),
        most: if most.is_empty() { Prose::new() } else { most.into() },
    };
    let of_spans =
        |most: fn(&Live) -> String| if signal == Signal::Traces { most(live) } else { String::new() };
    Conservation {
        signal,
        received,
        counted: became(records.counted, of_spans(most_counted)),
        filtered: became(records.filtered, of_spans(most_filtered)),
        unmatched: became(records.unmatched, of_spans(most_unmatched)),
        duplicate: became(records.duplicate, String::new()),
        rejected: became(records.rejected, most_rejected(live, signal)),
    }
}

fn most_counted(live: &Live) -> String {
    let services = by_service(live);
    let with_step = services.values().filter(|of| of.client + of.rule + of.trace > 0).count() as u64;
    if with_step == 0 { String::new() } else { format!("entry requests of {}", plural(with_step, "service")) }
}

/// Joins numbers with their words: `368 no rule; 32 two rules tie`; empty when all are 0.
fn parts<W: Display>(words: impl IntoIterator<Item = W>, counts: &[i64]) -> String {
    let some = words.into_iter().zip(counts).filter(|(_, n)| **n > 0);
    let parts: Vec<String> = some.map(|(word, n)| format!("{} {word}", exact(whole(*n)))).collect();
    parts.join("; ")
}

fn most_filtered(live: &Live) -> String {
    let counts = &live.ledger.filtered;
    let words = |((noun, rest), n): (_, &i64)| format!("{noun}{} {rest}", if *n == 1 { "" } else { "s" });
    parts(FILTERED.into_iter().zip(counts).map(words), counts)
}

fn most_unmatched(live: &Live) -> String {
    parts(UNMATCHED.map(NoStep::word), &live.ledger.unmatched)
}

fn most_rejected(live: &Live, signal: Signal) -> String {
    let of_signal = rejected(&live.ledger).into_iter().filter(|one| one.signal == signal);
    let parts: Vec<String> = of_signal.map(|one| format!("{} {}", exact(one.records), one.reason)).collect();
    parts.join("; ")
}

/// Returns why records were rejected. Logs and metrics are refused for their form alone.
fn rejected(ledger: &Ledger) -> Vec<Rejected> {
    let malformed = |signal, n| (signal, reason(Why::Malformed), n);
    let of_others = ledger.logs.rejected + ledger.metrics.rejected;
    let of = |why: Why| ledger.rejected[why as usize];
    let rows = [
        (Signal::Traces, reason(Why::TooOld), of(Why::TooOld)),
        (Signal::Traces, reason(Why::Future), of(Why::Future)),
        malformed(Signal::Traces, of(Why::Malformed) - of_others),
        malformed(Signal::Logs, ledger.logs.rejected),
        malformed(Signal::Metrics, ledger.metrics.rejected),
    ];
    let row = |(signal, reason, n): (Signal, &str, i64)| Rejected {
        signal,
        reason: reason.to_owned(),
        records: whole(n),
        from: String::new(),
    };
    let mut rows: Vec<Rejected> = rows.into_iter().filter(|(.., n)| *n > 0).map(row).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.records));
    rows
}

fn reason(why: Why) -> &'static str {
    match why {
        Why::TooOld => "older than the longest window",
        Why::Future => "more than 10 min in the future",
        Why::Malformed => "malformed: wrong ids, or not to be read",
    }
}

/// Entry requests of a service by how they got their step.
#[derive(Debug, Clone, Copy, Default)]
struct Entries {
    client: u64,
    rule: u64,
    trace: u64,
    without: u64,
}

fn by_service(live: &Live) -> BTreeMap<ServiceId, Entries> {
    let mut services: BTreeMap<ServiceId, Entries> = BTreeMap::new();
    for ((service, source), n) in &live.book.coverage {
        let entries = services.entry(*service).or_default();
        let place = match source {
            Some(By::Client) => &mut entries.client,
            Some(By::Rule) => &mut entries.rule,
            Some(By::Trace) => &mut entries.trace,
            None => &mut entries.without,
        };
        *place += whole(*n);
    }
    services
}

fn covered(service: String, of: Entries) -> Coverage {
    let named = of.client + of.rule + of.trace;
    Coverage {
        service,
        entries: named + of.without,
        with_step_ppb: ppb(named, named + of.without),
        by_client: of.client,
        by_rule: of.rule,
        by_trace: of.trace,
        without: of.without,
    }
}

fn coverage(live: &Live) -> Vec<Coverage> {
    let services = by_service(live).into_iter();
    let name = |service| live.interned.service_name(service).to_string();
    let mut rows: Vec<Coverage> = services.map(|(service, of)| covered(name(service), of)).collect();
    rows.retain(|row| row.entries > 0);
    rows.sort_by(|a, b| b.entries.cmp(&a.entries).then_with(|| a.service.cmp(&b.service)));
    rows
}

/// Returns all services together.
fn all(live: &Live) -> Option<Coverage> {
    let add = |sum: Entries, of: Entries| Entries {
        client: sum.client + of.client,
        rule: sum.rule + of.rule,
        trace: sum.trace + of.trace,
        without: sum.without + of.without,
    };
    let sum = by_service(live).into_values().fold(Entries::default(), add);
    let all = covered("all".to_owned(), sum);
    (all.entries > 0).then_some(all)
}

fn agreement(ledger: &Ledger) -> Option<Agreement> {
    let [same, both] = ledger.agreement.map(whole);
    (both > 0).then(|| Agreement { same, both, share_ppb: ppb(same, both) })
}

/// Returns the services that ever sent, those that are late first, then the furthest behind.
fn sources(live: &Live) -> Vec<Source> {
    let mut sources: Vec<Source> =
        live.book.sources.newest().map(|(name, minute)| source(live, name, minute)).collect();
    let order = |source: &Source| (!source.late, std::cmp::Reverse(source.behind_seconds));
    sources.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.name.cmp(&b.name)));
    sources
}

/// A source is known by the minute, so it is behind by whole minutes.
fn source(live: &Live, name: &str, newest: Minute) -> Source {
    let minutes = now(live).0.saturating_sub(newest.end().0) / MINUTE_NS;
    let behind_seconds = (minutes > 0).then_some(minutes * (MINUTE_NS / SECOND_NS));
    let late = live.book.sources.behind(name).is_some();
    let waits = match behind_seconds {
        None if !late => "nothing".into(),
        _ => waits(live, name, late),
    };
    Source { name: name.to_owned(), late, last: newest.into(), behind_seconds, waits }
}

/// Returns the steps that use a service. One that sends nothing may have nothing to send: only one that is late
/// is known to owe something.
fn waits(live: &Live, service: &str, late: bool) -> Prose {
    let uses = |step: &&Step| step.actions.iter().any(|action| action.service == service);
    let mut waits = Prose::new();
    for (index, step) in live.registry.steps().filter(uses).enumerate() {
        let link = step_link(&live.registry, step);
        waits = waits.text(if index == 0 { "" } else { ", " }).link(link.text, link.href);
    }
    match (waits.is_empty(), late) {
        (true, _) => "nothing: no step uses it".into(),
        (false, true) => waits,
        (false, false) => waits.text(", if more is to come"),
    }
}

fn ticks(done: &Done) -> Ticks {
    let mut sorted = done.took_ns.clone();
    sorted.sort_unstable();
    // By nearest rank.
    let rank = (sorted.len() * 95).div_ceil(100);
    Ticks {
        last: done.last.map(Into::into),
        done: done.done,
        took_ns: done.took_ns.last().copied(),
        took_p95_ns: rank.checked_sub(1).and_then(|at| sorted.get(at).copied()),
        late: done.late,
    }
}
