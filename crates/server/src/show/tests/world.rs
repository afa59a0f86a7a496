//! A small product with a day of traffic, judged minute by minute, to look at from every page.

use std::sync::Arc;

use throughline_core::annotate::decision::{Outcome, Source, Unmatched};
use throughline_core::annotate::names::Interned;
use throughline_core::count::book::Book;
use throughline_core::count::bucket::{Amendment, Counts, SeriesKey, Weighted};
use throughline_core::count::frame::Frame;
use throughline_core::count::tally::{CellKey, Changes, Example, ExampleOf, FailureKey, Requests, StrayKey};
use throughline_core::id::{StepId, TraceId};
use throughline_core::judge::{Judge, Settings};
use throughline_core::model::registry::{IdBook, Registry};
use throughline_core::observation::TrafficClass;
use throughline_core::time::{MINUTE_NS, Minute, UnixNanos};
use throughline_registry::{Source as Text, load_sources};

use throughline_wire::otlp::Encoding;

use crate::kept::{Held, Piece};
use crate::live::{Live, RegistrySource};

pub(super) const NOTES: &str = r#"
apiVersion: throughline.dev/v1
kind: Product
metadata: {name: notes, displayName: Notes}
spec:
  stakeholders:
    - {id: pm, role: product, name: Notes product}
    - {id: sre, role: sre, name: Notes SRE}
  raci:
    define objectives: {accountable: pm, responsible: [pm], consulted: [sre], informed: [sre]}
    respond to incidents: {accountable: sre, responsible: [sre], consulted: [pm], informed: [pm]}
  kpis:
    - {id: saved, name: Notes saved, unit: notes/min}
  steps:
    open-note:
      name: Open note
      class: core
      actions: [{service: web, operation: "GET /notes/{id}"}]
      slos:
        - {name: available, method: service, target: 99.5%}
        - {name: fast, method: service, latency: 800ms, target: 99%}
    save-draft:
      name: Save draft
      description: What is written is kept.
      class: core
      actions:
        - {service: web, operation: "PUT /drafts/{id}"}
        - {service: storage, operation: put, part: true}
      success: {all: [{status: ok}, {contains: {service: storage, operation: put}}]}
      exclude: {http.status: "400-499"}
      slos:
        - {name: available, method: service, target: 99.5%}
        - {name: fast, method: service, latency: 800ms, target: 99%}
        - {name: works-in-the-browser, method: client, target: 99%}
    share-note:
      name: Share note
      class: auxiliary
      actions: [{service: web, operation: "POST /shares"}]
    find-list:
      name: Find a list
      class: auxiliary
      actions: [{service: web, operation: "GET /lists/*"}]
      slos: [{name: available, method: service, target: 99%}]
    search:
      name: Search
      class: auxiliary
      actions: [{service: web, operation: "GET /*/search"}]
      slos: [{name: available, method: service, target: 99%}]
  objectives:
    find-notes:
      name: Find notes
      criticality: important
      flow: [open-note, {step: find-list, optional: true}, {step: search, optional: true}]
    write-notes:
      name: Write notes
      job: When I think of something, I write it down.
      criticality: critical
      kpis: [saved]
      flow: [open-note, save-draft, {step: share-note, optional: true}]
  severity:
    - {level: major, when: {class: core, impact: "> 20%"}}
    - {level: medium, when: {class: core, impact: "> 5%"}}
    - {level: minor, when: {impact: "> 0%"}}
"#;

/// Monday 23 November 2026, 14:06 UTC.
pub(super) const NOW: Minute = Minute(1_795_442_760 / 60);
/// Minutes since when drafts fail.
pub(super) const FAILS_MINUTES: u32 = 23;

pub(super) fn registry(yaml: &str) -> Registry {
    let loaded = load_sources(vec![Text::new("notes.yaml", yaml)], &mut IdBook::default());
    let errors = loaded.diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    loaded.registry.unwrap_or_else(|| panic!("{errors}"))
}

pub(super) fn step(live: &Live, name: &str) -> StepId {
    live.registry.steps().find(|step| step.name == name).unwrap().id
}

/// What is known when nothing was received yet.
pub(super) fn fresh(yaml: &str) -> Live {
    let registry = Arc::new(if yaml.is_empty() { Registry::default() } else { registry(yaml) });
    let source = RegistrySource { dir: "./registry".to_owned(), ..RegistrySource::default() };
    let mut live = Live::new(registry, source, Arc::new(Interned::default()), Book::new(29 * 1_440));
    live.receiving.since = NOW.minus(26 * 60).start();
    live
}

/// A product and its judge.
pub(super) struct World {
    pub(super) live: Live,
    judge: Judge,
    missing: Option<StepId>,
}

impl World {
    /// Keeps something of every trace that is an example.
    pub(super) fn pin_examples(&mut self) {
        let examples = &mut self.live.examples;
        let traces: Vec<TraceId> =
            examples.all().flat_map(|(_, of)| of.iter().map(|one| one.trace)).collect();
        let held = Held::Body { encoding: Encoding::Protobuf, bytes: Box::new([0]) };
        let piece = Piece { held, at: UnixNanos(0) };
        traces.into_iter().for_each(|trace| examples.pin(trace, vec![piece.clone()], UnixNanos(0)));
    }

    /// Plays 26 hours of calm up to `until`.
    pub(super) fn calm(yaml: &str, until: Minute) -> Self {
        let mut world = Self { live: fresh(yaml), judge: Judge::new(Settings::default()), missing: None };
        for minute in until.0 - 26 * 60..until.0 {
            world.minute(Minute(minute), false);
        }
        world
    }

    /// Plays a calm day, and then minutes in which storage refuses every draft.
    pub(super) fn drafts_fail(yaml: &str) -> Self {
        let since = NOW.minus(FAILS_MINUTES);
        let mut world = Self::calm(yaml, since);
        (since.0..NOW.0).for_each(|minute| world.minute(Minute(minute), true));
        world
    }

    /// Plays a calm day, and then minutes in which most notes open slowly.
    pub(super) fn notes_are_slow(yaml: &str) -> Self {
        let since = NOW.minus(FAILS_MINUTES);
        let mut world = Self::calm(yaml, since);
        (since.0..NOW.0).for_each(|minute| world.play(Minute(minute), false, 60));
        world
    }

    /// Counts one minute and looks once after it.
    pub(super) fn minute(&mut self, minute: Minute, drafts_fail: bool) {
        self.play(minute, drafts_fail, 0);
    }

    /// Counts one calm minute in which nobody gets to one step.
    pub(super) fn without(&mut self, minute: Minute, step: StepId) {
        self.missing = Some(step);
        self.play(minute, false, 0);
    }

    fn play(&mut self, minute: Minute, drafts_fail: bool, slow: i64) {
        let mut changes =
            Traffic { live: &self.live, minute, changes: Changes::default(), slow, missing: self.missing };
        changes.serve("open-note", 100, 0, &[("web", 100, 0), ("storage", 1_200, 0)]);
        let failed = if drafts_fail { 25 } else { 0 };
        changes.serve("save-draft", 25 - failed, failed, &[("web", 25, failed), ("storage", 50, failed)]);
        changes.serve("share-note", 10, 0, &[("web", 10, 0)]);
        changes.serve("find-list", 5, 0, &[("web", 5, 0)]);
        changes.serve("search", 5, 0, &[("web", 5, 0)]);
        changes.stray(
            "POST /api/v2/attachments/{id}",
            Unmatched::NoRule,
            4,
            i64::from(minute.0.is_multiple_of(4)),
        );
        changes.stray("GET /lists/search", Unmatched::Ambiguous, 1, 0);
        let changes = changes.changes;
        let entries: i64 = changes.coverage.iter().map(|(_, n)| n).sum();
        let without: i64 = changes.strays.iter().map(|(_, stray)| stray.requests).sum();
        let traces = &mut self.live.ledger.traces;
        traces.received += entries + 7;
        traces.counted += entries - without;
        traces.unmatched += without;
        traces.filtered += 7;
        self.live.ledger.filtered[0] += 7;
        self.live.ledger.unmatched[0] += without - 1;
        self.live.ledger.unmatched[1] += 1;
        self.live.book.add(changes, &self.live.interned);
        self.look(minute.end());
    }

    pub(super) fn look(&mut self, now: UnixNanos) {
        let (registry, book) = (&self.live.registry, &self.live.book);
        self.live.judgement = self.judge.tick(registry, &book.judged.history, &book.sources, now);
    }
}

struct Traffic<'a> {
    live: &'a Live,
    minute: Minute,
    changes: Changes,
    /// Attempts at Open note that are good, but take longer than its SLO allows.
    slow: i64,
    missing: Option<StepId>,
}

impl Traffic<'_> {
    fn serve(&mut self, name: &str, good: i64, failed: i64, services: &[(&str, i64, i64)]) {
        let Some(step) = self.live.registry.steps().find(|step| step.name == name).map(|step| step.id) else {
            return;
        };
        if self.missing == Some(step) {
            return;
        }
        let weighted = Weighted { good: good << 16, bad: failed << 16, ..Weighted::default() };
        let mut counts = Counts { good, failed, weighted, ..Counts::default() };
        counts.slow[0].good = if name == "open-note" { self.slow } else { 0 };
        let series = SeriesKey { step, objective: None, class: TrafficClass::Interactive };
        self.changes.attempts.push((Frame::Judged, Amendment { series, minute: self.minute, counts }));
        for (name, requests, errors) in services {
            let source = if *name == "web" { Source::Rule } else { Source::Trace };
            self.requests(name, Some(step), Some(source), (*requests, *errors));
        }
        if failed > 0 {
            let service = self.live.interned.service("storage");
            let reason = Some(self.live.interned.reason("HTTP 503, quota exceeded"));
            let (frame, outcome, minute) = (Frame::Judged, Outcome::Failed, self.minute);
            self.changes
                .failures
                .push((FailureKey { frame, step, minute, outcome, service, reason }, failed));
        }
    }

    fn requests(&mut self, name: &str, step: Option<StepId>, source: Option<Source>, requests: (i64, i64)) {
        let service = self.live.interned.service(name);
        let class = TrafficClass::Interactive;
        let key = CellKey { frame: Frame::Judged, service, step, class, minute: self.minute };
        self.changes.cells.push((key, Requests { requests: requests.0, errors: requests.1 }));
        self.changes.coverage.push(((service, source), requests.0));
        self.changes.sources.push(((service, self.minute), requests.0 as u32));
    }

    fn stray(&mut self, operation: &str, why: Unmatched, requests: i64, errors: i64) {
        self.requests("web", None, None, (requests, errors));
        let service = self.live.interned.service("web");
        let operation = self.live.interned.operation(operation);
        let key = StrayKey { service, operation, why, hour: self.minute.0 / 60 };
        self.changes.strays.push((key, Requests { requests, errors }));
    }
}

/// Keeps a trace of a failed draft.
pub(super) fn keep_example(live: &mut Live) {
    let step = step(live, "save-draft");
    let service = live.interned.service("storage");
    let reason = Some(live.interned.reason("HTTP 503, quota exceeded"));
    let at = UnixNanos(NOW.start().0 - 3 * MINUTE_NS);
    let of = [
        ExampleOf::Cell { service, step, error: true },
        ExampleOf::Attempt { step, outcome: Outcome::Failed, reason },
    ];
    live.examples.add(of.map(|of| Example { of, trace: TraceId(0xabc), at }).into());
    let held = Held::Body { encoding: Encoding::Protobuf, bytes: Box::new([0]) };
    live.examples.pin(TraceId(0xabc), vec![Piece { held, at }], at);
}
