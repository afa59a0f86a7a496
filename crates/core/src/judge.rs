//! Judging: what counts mean at one instant. Time is an argument; the same history and the same sequence of
//! instants give the same answers, whether live or in a replay.

pub mod judgement;
pub mod log;
pub mod look;
pub mod minutes;
pub mod sentence;
pub mod sli;
pub mod status;
pub mod tier;
pub mod verdict;
pub mod window;
pub mod word;

mod alert;
mod answers;
mod before;
mod beginning;
mod closed;
mod closing;
mod expect;
#[cfg(test)]
mod fixture;
mod flow;
mod impact;
mod live;
mod phi;
mod plan;
mod rollup;
mod sample;
mod severity;
mod silence;
mod traffic;
mod unknown;
mod useless;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::count::history::History;
use crate::count::sources::Sources;
use crate::id::{SloId, StepId};
use crate::judge::alert::Alert;
use crate::judge::before::Before;
use crate::judge::closed::ClosedSlo;
use crate::judge::expect::Rate;
use crate::judge::flow::conversion_lower;
use crate::judge::judgement::{Expectation, Judgement};
use crate::judge::log::Logs;
use crate::judge::minutes::MinuteSet;
use crate::judge::phi::Bursts;
use crate::judge::plan::Plan;
use crate::judge::silence::Quiet;
use crate::judge::unknown::Missing;
use crate::judge::useless::Useless;
use crate::judge::window::Sliding;
use crate::model::registry::Registry;
use crate::time::{MINUTE_NS, Minute, UnixNanos};

/// After a longer pause the judge goes on from now, without the minutes between.
const CATCH_UP: u32 = 240;

/// What the judge is told once.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Stretches that the user calls normal: expectations come from them alone.
    pub given: Option<Given>,
}

/// What a baseline held, by step.
#[derive(Debug, Clone, Default)]
pub struct Given {
    pub steps: BTreeMap<StepId, GivenStep>,
}

/// One step's attempts in the baseline, and the seconds that its input covers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GivenStep {
    pub attempts: u64,
    pub seconds: f64,
}

impl GivenStep {
    /// Returns attempts a second; `None` for an empty baseline.
    pub fn per_second(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.attempts as f64 / self.seconds)
    }
}

/// The evaluator: what it remembers from one look to the next.
#[derive(Debug, Clone, Default)]
pub struct Judge {
    settings: Settings,
    plan: Plan,
    steps: Vec<StepState>,
    slos: Vec<SloState>,
    /// Minutes without input.
    uncovered: MinuteSet,
    /// The end of the last closed bucket that was judged.
    as_of: Option<Minute>,
    logs: Arc<Logs>,
}

/// What is remembered of a step.
#[derive(Debug, Clone, Default)]
struct StepState {
    id: Option<StepId>,
    sums: Sliding,
    quiet: Quiet,
    expectation: Option<Expectation>,
    useless: Useless,
    late: Late,
    severity: Option<severity::Episode>,
    /// What the live windows held when input was last looked at.
    picture: Option<live::LiveLook>,
    /// Minutes with a severity.
    severe: MinuteSet,
    /// A silence with an alert turned out late: its alert ends when the data has come.
    owes_alert_end: bool,
}

/// A source that says it is behind.
#[derive(Debug, Clone, Default)]
struct Late {
    since: Option<Minute>,
    rate: Option<Rate>,
    missing: Missing,
    minutes: MinuteSet,
}

/// What is remembered of an SLO.
#[derive(Debug, Clone, Default)]
struct SloState {
    id: Option<SloId>,
    alerts: Vec<Alert>,
    bursts: Bursts,
    /// The minute after the last that `bursts` saw.
    bursts_end: Minute,
    closed: Option<ClosedSlo>,
    failing_since: Option<UnixNanos>,
    /// What the definition before this one measured, until this one stands.
    before: Option<Before>,
}

impl Judge {
    /// Begins without a past.
    pub fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Looks once, at `now`. Buckets that ended 60 s ago are closed and judged once each; the open minute is
    /// looked at for what fails now. Instants must not go back.
    pub fn tick(
        &mut self,
        registry: &Registry,
        history: &History,
        sources: &Sources,
        now: UnixNanos,
    ) -> Judgement {
        if self.plan.version != Some(registry.version) {
            self.follow(registry, history, now);
        }
        let as_of = now.minus(MINUTE_NS).minute();
        let first = match self.as_of {
            Some(done) if done >= as_of => as_of.plus(1),
            Some(done) if as_of.0 - done.0 <= CATCH_UP => done.plus(1),
            _ => as_of,
        };
        for minute in first.0..=as_of.0 {
            self.close(registry, history, sources, Minute(minute));
        }
        let looks = self.look(registry, history, now);
        self.answer(registry, history, now, looks)
    }

    /// Says that a stretch has no input: in a replay, what lies between files. It is never silent, trains
    /// nothing and adds nothing to U.
    pub fn no_input(&mut self, range: Range<Minute>) {
        for step in &mut self.steps {
            step.quiet.traffic.mark(range.clone(), false);
        }
        self.uncovered.add(range);
    }

    /// Says on positive evidence (a backlog, a batch's lag) that a step's data is behind since a minute, or
    /// with `None` that all of it has come. A late step is not judged silent. A step that no look has met yet
    /// is not noted.
    pub fn late(&mut self, step: StepId, since: Option<Minute>) {
        let Some(state) = self.steps.iter_mut().find(|state| state.id == Some(step)) else { return };
        if since.is_none() {
            let come = std::mem::take(&mut state.late);
            for range in come.minutes.within(Minute(0)..Minute(u32::MAX)) {
                state.quiet.traffic.mark(range, true);
            }
        } else {
            state.late.since = state.late.since.or(since);
        }
    }

    /// Says that a changed definition of what an SLO measures is accepted.
    pub fn accept_measurement(&mut self, slo: SloId) {
        if let Some(state) = self.slos.iter_mut().find(|state| state.id == Some(slo)) {
            state.before = None;
        }
    }

    /// Takes over a new version of the registry; what is remembered is kept by id.
    fn follow(&mut self, registry: &Registry, history: &History, now: UnixNanos) {
        let old = std::mem::replace(&mut self.plan, Plan::new(registry));
        let mut steps: BTreeMap<_, _> = self.steps.drain(..).filter_map(|s| Some((s.id?, s))).collect();
        let mut slos: BTreeMap<_, _> = self.slos.drain(..).filter_map(|s| Some((s.id?, s))).collect();
        for plan in &self.plan.steps {
            let mut state = steps.remove(&plan.id).unwrap_or_default();
            state.id = Some(plan.id);
            state.sums.set_lengths(plan.lengths.iter().copied());
            if let Some(episode) = &mut state.severity {
                let (old, new) = (old.severity_of(plan.product), self.plan.severity_of(plan.product));
                episode.follow(old, new, &plan.rules);
            }
            self.steps.push(state);
        }
        for plan in &self.plan.slos {
            let mut state = slos.remove(&plan.id()).unwrap_or_else(|| {
                // Of two changes in a row the first is what the last is compared with.
                let before = old.defined_before(plan).zip(self.as_of).and_then(|(old, as_of)| {
                    let known = slos.get(&old.id()).and_then(|old: &SloState| old.before);
                    known.or_else(|| Before::of(old, history, as_of))
                });
                SloState { before, ..SloState::default() }
            });
            state.id = Some(plan.id());
            if plan.tiers.len() < state.alerts.len() {
                let gone = |tier| !plan.tiers.iter().any(|kept| Some(kept.name) == tier);
                Arc::make_mut(&mut self.logs)
                    .end_alerts(|alert| alert.slo == Some(plan.id()) && gone(alert.tier), now);
            }
            state.alerts.resize(plan.tiers.len(), Alert::default());
            if !old.slos.iter().any(|old| old.is_judged_as(plan)) {
                state.closed = None;
            }
            self.slos.push(state);
        }
        if !(steps.is_empty() && slos.is_empty()) {
            Arc::make_mut(&mut self.logs).end_all_of(
                |step| steps.contains_key(&step),
                |slo| slos.contains_key(&slo),
                now,
            );
        }
        self.take_given();
        if let Some(as_of) = self.as_of {
            self.close_again(registry, history, as_of);
        }
    }

    fn take_given(&mut self) {
        let Some(given) = &self.settings.given else { return };
        for (state, plan) in self.steps.iter_mut().zip(&self.plan.steps) {
            let here = given.steps.get(&plan.id);
            state.quiet.rhythm.given = here.and_then(GivenStep::per_second).map(|rate| 60.0 * rate);
            let above =
                plan.upstreams.iter().filter_map(|at| given.steps.get_key_value(&self.plan.steps[*at].id));
            let from =
                above.filter_map(|(id, up)| Some((*id, conversion_lower(here?.attempts, up.attempts)?)));
            state.quiet.conversion.given_from = from.collect();
        }
    }
}

#[cfg(test)]
mod tests;
