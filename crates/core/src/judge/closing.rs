//! What is done once when a bucket has closed: sums move on, silences are looked for upstream first, then what
//! flows is learnt from and the SLOs are judged.

use std::ops::Range;
use std::sync::Arc;

use crate::count::history::History;
use crate::count::sources::Sources;
use crate::judge::Judge;
use crate::judge::alert::Change;
use crate::judge::closed::{Closed, closed_at};
use crate::judge::log::{AlertEpisode, AlertName, Labels, Logs, SilenceEpisode};
use crate::judge::silence::{ALERT_AFTER, Episode, Kept, Others, Proof, Quiet};
use crate::judge::sli::Decided;
use crate::judge::word::{Notify, SilenceCause, TierName};
use crate::judge::{sentence, useless};
use crate::model::registry::Registry;
use crate::time::{Minute, UnixNanos};

/// Minutes after which a bucket's bad attempts are taken for final, for what is learnt of bursts.
const SETTLED: u32 = 15;
const WEEK: u32 = 10_080;

impl Judge {
    /// Judges the bucket that ends at `as_of`.
    pub(super) fn close(&mut self, registry: &Registry, history: &History, sources: &Sources, as_of: Minute) {
        self.advance(history, as_of);
        for place in 0..self.plan.order.len() {
            self.close_step(self.plan.order[place], sources, as_of);
        }
        for place in 0..self.plan.slos.len() {
            self.close_slo(registry, history, place, as_of);
        }
        for at in 0..self.steps.len() {
            self.close_useless(registry, history, at, as_of);
        }
        if as_of.0.is_multiple_of(60) {
            self.forget_before(
                as_of.minus(registry.longest_window_ns().div_ceil(crate::time::MINUTE_NS) as u32),
            );
        }
        self.as_of = Some(as_of);
    }

    /// Moves sums and expectations on, or looks at what a new version of the registry needs.
    fn advance(&mut self, history: &History, as_of: Minute) {
        let uncovered = std::mem::take(&mut self.uncovered);
        for (state, plan) in self.steps.iter_mut().zip(&self.plan.steps) {
            let series = history.step(plan.id);
            state.sums.advance(series, as_of);
            let Quiet { traffic, rhythm, missing, .. } = &mut state.quiet;
            for hour in traffic.advance(series, as_of, &uncovered) {
                missing.recount(hour, |minute| traffic.at(minute));
                state.late.missing.recount(hour, |minute| traffic.at(minute));
            }
            rhythm.advance(traffic, as_of);
            state.expectation = rhythm.expectation(traffic);
        }
        self.uncovered = uncovered;
    }

    /// Judges what a new version of the registry changed, at the bucket that was closed last.
    pub(super) fn close_again(&mut self, registry: &Registry, history: &History, as_of: Minute) {
        self.advance(history, as_of);
        for place in 0..self.plan.slos.len() {
            if self.slos[place].closed.is_none() {
                self.close_slo(registry, history, place, as_of);
            }
        }
    }

    fn forget_before(&mut self, minute: Minute) {
        for state in &mut self.steps {
            state.quiet.forget_before(minute);
            state.severe.forget_before(minute);
        }
        self.uncovered.forget_before(minute.minus(WEEK));
    }

    /// Returns the upstream step with the most attempts in the last day. The one that was it stays while a
    /// silence lasts, and while it has at least half of the other's attempts.
    fn busiest_upstream(&self, at: usize) -> Option<usize> {
        let attempts = |at: &usize| self.steps[*at].sums.last(1_440).started();
        let quiet = &self.steps[at].quiet;
        let upstreams = || self.plan.steps[at].upstreams.iter().copied();
        let known = upstreams().find(|up| Some(self.plan.steps[*up].id) == quiet.conversion.upstream);
        let busiest = upstreams().max_by_key(attempts)?;
        let stays = |known: &usize| quiet.episode.is_some() || 2 * attempts(known) >= attempts(&busiest);
        known.filter(stays).or(Some(busiest).filter(|busiest| attempts(busiest) > 0))
    }

    fn close_step(&mut self, at: usize, sources: &Sources, as_of: Minute) {
        let upstream = self.busiest_upstream(at);
        let mut quiet = std::mem::take(&mut self.steps[at].quiet);
        if let Some(upstream) = upstream {
            quiet.conversion.follow(self.plan.steps[upstream].id);
        }
        let others =
            Others { upstream: upstream.map(|up| &self.steps[up].quiet.traffic), uncovered: &self.uncovered };
        let mut news = News::default();
        if let Some(since) = self.steps[at].late.since {
            news.ended = quiet.turn_out_late(since);
        } else if quiet.episode.is_some() {
            if quiet.is_over(&others) {
                news.ended = quiet.end(&others);
            } else {
                quiet.count(as_of.minus(1), &others);
                news.blamed = self.blame_again(upstream, &mut quiet);
            }
        } else if !self.uncovered.contains(as_of.minus(1))
            && let Some((proof, cause)) = self.find(at, upstream, &quiet, sources)
        {
            quiet.begin(self.episode(cause, upstream, &proof, as_of), proof.window, &others);
            news.began = true;
        }
        // What is late is missing here as if users had gone: nothing is learnt of it.
        if quiet.episode.is_none() && self.steps[at].late.since.is_none() {
            quiet.learn(&others);
        }
        self.alert_silence(at, &mut quiet, as_of, &mut news);
        self.steps[at].quiet = quiet;
        self.count_late(at, as_of);
        let ended = news.ended.is_some_and(|(episode, _)| episode.alert.is_some());
        self.write_silence(at, news, as_of);
        self.end_silence_alert(at, ended, as_of);
    }

    fn episode(&self, cause: SilenceCause, upstream: Option<usize>, proof: &Proof, as_of: Minute) -> Episode {
        let blames = matches!(cause, SilenceCause::LostAfterUpstream | SilenceCause::Starved);
        Episode {
            cause,
            by: upstream.filter(|_| blames).map(|up| self.plan.steps[up].id),
            from: as_of,
            proven: closed_at(as_of),
            kept: proof.kept,
            expected: 0.0,
            seen: 0,
            minutes: 0,
            alert: None,
        }
    }

    /// Looks for a silence and for what it means (`slo.md` 6, the table).
    fn find(
        &self,
        at: usize,
        upstream: Option<usize>,
        quiet: &Quiet,
        sources: &Sources,
    ) -> Option<(Proof, SilenceCause)> {
        quiet.traffic.first_seen()?;
        // What was never seen is not what this step's users pass.
        let above = upstream.map(|up| &self.steps[up].quiet);
        let above = above.filter(|above| above.traffic.first_seen().is_some());
        let above_silent = above.is_some_and(|above| above.episode.is_some());
        let flow = above.filter(|_| !above_silent).and_then(|above| quiet.by_flow(&above.traffic));
        let own = quiet.by_own_rate(&self.uncovered);
        if let Some(flow) = flow {
            return Some((own.unwrap_or(flow), SilenceCause::LostAfterUpstream));
        }
        let own = own?;
        let Some(above) = above else {
            let range = quiet.traffic.end().minus(own.window)..quiet.traffic.end();
            let seen = could_see(&self.plan.steps[at].services, sources, range);
            return Some((own, if seen { SilenceCause::CannotStart } else { SilenceCause::CannotSee }));
        };
        if above_silent {
            return Some((own, SilenceCause::Starved));
        }
        (!explains(quiet, above, &own)).then_some((own, SilenceCause::LostAfterUpstream))
    }

    /// A starved step whose upstream is back is silent by itself.
    fn blame_again(&self, upstream: Option<usize>, quiet: &mut Quiet) -> bool {
        let Some(above) = upstream.map(|up| &self.steps[up].quiet) else { return false };
        let starved = quiet.episode.is_some_and(|episode| episode.cause == SilenceCause::Starved);
        if !starved || above.episode.is_some() || quiet.by_flow(&above.traffic).is_none() {
            return false;
        }
        if let Some(episode) = &mut quiet.episode {
            episode.cause = SilenceCause::LostAfterUpstream;
        }
        true
    }

    fn alert_silence(&self, at: usize, quiet: &mut Quiet, as_of: Minute, news: &mut News) {
        let Some(episode) = quiet.episode.as_mut() else { return };
        let due = episode.minutes >= ALERT_AFTER && episode.cause != SilenceCause::Starved;
        if due && episode.alert.is_none() {
            episode.alert = Some(self.plan.steps[at].notify());
            news.alert = Some(closed_at(as_of));
        }
    }

    /// Counts what a late source still owes.
    fn count_late(&mut self, at: usize, as_of: Minute) {
        let state = &mut self.steps[at];
        let Some(since) = state.late.since else { return };
        let (late, quiet) = (&mut state.late, &mut state.quiet);
        late.rate = late.rate.or_else(|| quiet.rhythm.rate(&quiet.traffic, since));
        let from = late.minutes.end().unwrap_or(since);
        for minute in (from.0..as_of.0).map(Minute).filter(|minute| !self.uncovered.contains(*minute)) {
            let range = minute..minute.plus(1);
            if let Some(rate) = late.rate {
                let expected = quiet.rhythm.expected(rate, range.clone(), &self.uncovered);
                late.missing.push(minute, expected, quiet.traffic.at(minute));
            }
            quiet.traffic.mark(range.clone(), false);
            late.minutes.add(range);
        }
    }

    fn write_silence(&mut self, at: usize, news: News, as_of: Minute) {
        let id = self.plan.steps[at].id;
        let episode = self.steps[at].quiet.episode;
        let current = episode.or(news.ended.map(|(episode, _)| episode));
        let Some(episode) = current else { return };
        if !news.any() && !as_of.0.is_multiple_of(5) {
            return;
        }
        let logs = Arc::make_mut(&mut self.logs);
        if news.began {
            let Episode { cause, by, from, proven, expected, seen, .. } = episode;
            logs.push_silence(SilenceEpisode { step: id, cause, by, from, to: None, proven, expected, seen });
        }
        if let Some(entry) = logs.silence(id) {
            (entry.cause, entry.expected, entry.seen) = (episode.cause, episode.expected, episode.seen);
            entry.to = news.ended.map(|(_, to)| to);
        }
        if let Some(started) = news.alert {
            let summary = sentence::silence(&episode.now());
            logs.push_alert(self.plan.steps[at].alert(AlertName::Silence, started, summary));
        }
    }

    /// Ends the alert of a silence that has ended, unless what is missing is late: that is no recovery yet.
    fn end_silence_alert(&mut self, at: usize, ended: bool, as_of: Minute) {
        let (id, state) = (self.plan.steps[at].id, &mut self.steps[at]);
        state.owes_alert_end |= ended;
        if state.owes_alert_end && state.late.since.is_none() && state.quiet.episode.is_none() {
            state.owes_alert_end = false;
            let logs = Arc::make_mut(&mut self.logs);
            logs.end_alert(|alert| alert.step == id && alert.name == AlertName::Silence, closed_at(as_of));
        }
    }

    /// Looks whether good attempts still bring about what their step usually does.
    fn close_useless(&mut self, registry: &Registry, history: &History, at: usize, as_of: Minute) {
        let plan = &self.plan.steps[at];
        let Some(series) = history.brought(plan.id) else { return };
        let flowing = self.is_flowing(at, as_of);
        let state = &mut self.steps[at].useless;
        match (state.look(series, as_of, flowing), state.now) {
            (useless::Change::Opened, Some(now)) => {
                let summary = sentence::useless(registry.step(plan.id), &now);
                let alert = plan.alert(AlertName::Useless, now.since, summary);
                Arc::make_mut(&mut self.logs).push_alert(alert);
            }
            (useless::Change::Ended, _) => Arc::make_mut(&mut self.logs).end_alert(
                |alert| alert.step == plan.id && alert.name == AlertName::Useless,
                closed_at(as_of),
            ),
            _ => {}
        }
    }

    /// Returns whether a step is neither silent nor late, and its last minute has input.
    fn is_flowing(&self, at: usize, as_of: Minute) -> bool {
        let step = &self.steps[at];
        step.quiet.episode.is_none() && step.late.since.is_none() && !self.uncovered.contains(as_of.minus(1))
    }

    fn close_slo(&mut self, registry: &Registry, history: &History, place: usize, as_of: Minute) {
        let plan = &self.plan.slos[place];
        let flowing = self.is_flowing(plan.step, as_of);
        let step = &self.steps[plan.step];
        let series = history.step(plan.slo.step);
        let state = &mut self.slos[place];
        let sli = state.closed.as_ref().and_then(|closed| closed.sli);
        let begins = step.quiet.traffic.begins().unwrap_or(as_of).min(as_of);
        let age = as_of.0 - begins.0 - self.uncovered.count(begins..as_of);
        let day = Decided::of(&plan.slo, &step.sums.last(1_440));
        state.before = state.before.filter(|before| !before.is_over(&plan.slo, age, day));
        let closed = Closed {
            as_of,
            series,
            sums: &step.sums,
            quiet: &step.quiet,
            late: &step.late.missing,
            late_minutes: &step.late.minutes,
            uncovered: &self.uncovered,
            flowing,
            measurement_changed: state
                .before
                .zip(sli)
                .is_some_and(|(b, sli)| b.differs(sli, plan.slo.target)),
        };
        let mut changes = Vec::new();
        state.closed = Some(closed.slo(plan, &mut state.alerts, |tier, change| changes.push((tier, change))));
        let from = state.bursts_end.max(begins).max(as_of.minus(SETTLED + WEEK));
        for minute in (from.0..as_of.minus(SETTLED).0).map(Minute) {
            let disturbed = step.severe.contains(minute)
                || step.quiet.silent.contains(minute)
                || self.uncovered.contains(minute);
            let bad =
                || u32::try_from(Decided::of(&plan.slo, &series.minute(minute)).bad).unwrap_or(u32::MAX);
            state.bursts.push((!disturbed).then(bad));
        }
        state.bursts_end = state.bursts_end.max(as_of.minus(SETTLED));
        for (tier, change) in changes {
            self.write_alert(registry, place, tier, change, closed_at(as_of));
        }
    }

    fn write_alert(
        &mut self,
        registry: &Registry,
        place: usize,
        tier: TierName,
        change: Change,
        at: UnixNanos,
    ) {
        let plan = &self.plan.slos[place];
        let (slo, notify) = (plan.id(), plan.tiers.iter().find(|t| t.name == tier).map(|t| t.notify));
        let same = |alert: &AlertEpisode| alert.slo == Some(slo) && alert.tier == Some(tier);
        let logs = Arc::make_mut(&mut self.logs);
        match change {
            Change::None => {}
            Change::Ended(_) => logs.end_alert(same, at),
            Change::Reopened(since) => logs.reopen_alert(|alert| same(alert) && alert.started == since),
            Change::Opened(started) => {
                let labels = &self.plan.steps[plan.step].labels;
                let labels = Labels {
                    slo_id: plan.slo.slo_id.clone(),
                    method: plan.slo.method.word(),
                    ..labels.clone()
                };
                let summary = self.slos[place].closed.as_ref();
                let summary =
                    summary.map(|closed| sentence::alert(registry, plan, closed)).unwrap_or_default();
                let name = if tier == TierName::Outage { AlertName::Outage } else { AlertName::BudgetBurn };
                logs.push_alert(AlertEpisode {
                    name,
                    slo: Some(slo),
                    step: plan.slo.step,
                    tier: Some(tier),
                    notify: notify.unwrap_or(Notify::Ticket),
                    started,
                    ended: None,
                    labels,
                    summary,
                });
            }
        }
    }
}

/// What happened to a step's silence at one closing.
#[derive(Debug, Default)]
struct News {
    began: bool,
    blamed: bool,
    ended: Option<(Episode, Minute)>,
    alert: Option<UnixNanos>,
}

impl News {
    fn any(&self) -> bool {
        self.began || self.blamed || self.ended.is_some() || self.alert.is_some()
    }
}

/// Returns whether a service that could have carried the step sent anything; without actions of its own that is
/// any service.
fn could_see(services: &[String], sources: &Sources, range: Range<Minute>) -> bool {
    match services {
        [] => sources.total(range) > 0,
        services => services.iter().any(|service| sources.sum(service, range.clone()) > 0),
    }
}

/// Returns whether a step upstream that is normal for itself explains that nobody comes here: it has a share
/// of attempts to pass on, and far too few now for what is missing.
fn explains(quiet: &Quiet, above: &Quiet, own: &Proof) -> bool {
    let Some(mean) = quiet.conversion.mean() else { return false };
    let mean = quiet.conversion.given().unwrap_or(mean);
    debug_assert!(matches!(own.kept, Kept::Own(_)), "the step's own rate is gone");
    above.traffic.sum(quiet.last(own.window)) as f64 * mean < 0.5 * own.expected
}

impl Logs {
    fn silence(&mut self, step: crate::id::StepId) -> Option<&mut SilenceEpisode> {
        self.silences.iter_mut().rev().find(|entry| entry.step == step && entry.to.is_none())
    }
}
