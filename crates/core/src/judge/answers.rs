//! The judgement put together from what closed buckets and the live look say.

use std::sync::Arc;

use crate::count::bucket::Counts;
use crate::count::history::History;
use crate::judge::closed::{ClosedSlo, hold_back};
use crate::judge::judgement::{
    Failing, Judgement, LostSoFar, Recent, SeverityNow, SilenceNow, SloJudgement, StepJudgement, Tally,
};
use crate::judge::live::LiveLook;
use crate::judge::plan::{SloPlan, StepPlan};
use crate::judge::rollup::{objectives, products};
use crate::judge::sli::{Decided, unknown, whole};
use crate::judge::status::{CauseKind, DataState, Status, Verdict};
use crate::judge::tier::mostly_bad;
use crate::judge::word::SilenceCause;
use crate::judge::{Judge, SloState, StepState, sentence};
use crate::model::registry::Registry;
use crate::time::{MINUTE_NS, UnixNanos};

/// Budget left under which a met SLO is low on it: a tenth.
const LOW_BUDGET_PPB: i64 = 100_000_000;

impl Judge {
    /// Returns all answers.
    pub(super) fn answer(
        &self,
        registry: &Registry,
        history: &History,
        now: UnixNanos,
        looks: Vec<LiveLook>,
    ) -> Judgement {
        let slos = self.plan.slos.iter().zip(&self.slos);
        let slos = slos.filter_map(|(plan, state)| self.slo(plan, state, history, now, &looks)).collect();
        let as_of = self.as_of.unwrap_or(now.minus(MINUTE_NS).minute()).start();
        let mut judgement =
            Judgement { now, as_of, slos, logs: Arc::clone(&self.logs), ..Judgement::default() };
        let steps = self.plan.steps.iter().zip(&self.steps).zip(looks);
        judgement.steps = steps
            .map(|((plan, state), look)| self.step(registry, history, &judgement, (plan, state), &look))
            .collect();
        judgement.objectives = objectives(registry, &judgement);
        judgement.products = products(registry, &judgement);
        judgement
    }

    fn slo(
        &self,
        plan: &SloPlan,
        state: &SloState,
        history: &History,
        now: UnixNanos,
        looks: &[LiveLook],
    ) -> Option<SloJudgement> {
        let closed = state.closed.as_ref()?;
        let step = &self.steps[plan.step];
        let data = data_state(step);
        let silence = step.quiet.episode.map(|episode| episode.now());
        let status = slo_status(plan, closed, state.failing_since.is_some(), data);
        // Closed buckets do not tell of a fault in its first minutes.
        let untold = state.failing_since.filter(|_| !mostly_bad(closed.recent.m5));
        let live = untold.map(|_| {
            let open = now.minute();
            let hour = history.step(plan.slo.step).sum(open.minus(59)..open.plus(1));
            let (m5, m15) = looks[plan.step].tallies(&plan.slo);
            Recent { m5, m15, h1: Decided::of(&plan.slo, &hour).tally() }
        });
        let mut tiers = closed.tiers.clone();
        hold_back(&mut tiers, silence.is_some_and(|silence| silence.cause == SilenceCause::Starved));
        Some(SloJudgement {
            id: plan.id(),
            step: plan.slo.step,
            status,
            verdict: closed.verdict,
            next: closed.next.clone(),
            sentence: sentence::slo(plan, closed, (status, live), silence.as_ref()),
            window: closed.window,
            sli: closed.sli,
            interval: closed.interval,
            budget: closed.budget,
            tiers,
            data,
            recent: closed.recent,
            failing: state.failing_since.map(|since| Failing { since }),
        })
    }

    fn step(
        &self,
        registry: &Registry,
        history: &History,
        judgement: &Judgement,
        (plan, state): (&StepPlan, &StepState),
        look: &LiveLook,
    ) -> StepJudgement {
        let silence = state.quiet.episode.map(|episode| episode.now());
        let beyond = look.impacts.into_iter().filter(|impact| impact.beyond_tolerance);
        // What a severity rule looks at; a window that began before the fault tells less of it.
        let impact = beyond.max_by_key(|impact| (impact.at_least, impact.minutes));
        let mut step = StepJudgement {
            id: plan.id,
            status: step_status(plan, state, judgement),
            data: data_state(state),
            not_measured: plan.missing.filter(|_| plan.slos.is_empty()),
            slos_not_measured: plan.not_measured,
            impacts: look.impacts,
            impact,
            severity: severity_now(registry, plan, state),
            lost_so_far: lost_so_far(history, judgement, plan, state, silence.as_ref()),
            silence,
            useless: state.useless.now,
            expectation: state.expectation,
            started_1d: whole(state.sums.last(1_440).started()),
            recent: recent(state),
            sentence: String::new(),
        };
        step.sentence = sentence::step(&step);
        step
    }
}

fn data_state(state: &StepState) -> DataState {
    if state.late.since.is_some() {
        return DataState::Late;
    }
    match (state.quiet.episode, state.quiet.traffic.first_seen()) {
        (Some(_), _) => DataState::Silent,
        (None, Some(_)) => DataState::Flowing,
        (None, None) => DataState::None,
    }
}

/// The first word that applies (`ui.md` 6).
fn slo_status(plan: &SloPlan, closed: &ClosedSlo, failing: bool, data: DataState) -> Status {
    if plan.slo.not_measured().is_some() {
        return Status::CannotTell(CauseKind::NotMeasured);
    }
    let low = |left: i64| left < LOW_BUDGET_PPB;
    match closed.verdict {
        _ if failing => Status::Failing,
        _ if data == DataState::Silent => Status::Silent,
        _ if closed.tiers.iter().any(|tier| tier.state.is_firing()) => Status::Burning,
        Verdict::Missed => Status::Missed,
        Verdict::CannotTell(cause) => Status::CannotTell(cause.kind()),
        Verdict::Met if data == DataState::Late => Status::Late,
        Verdict::Met if closed.budget.remaining_ppb.is_some_and(low) => Status::LowBudget,
        Verdict::Met => Status::Met,
    }
}

/// The worst of the measured SLOs'; a step without any may still be silent or late.
fn step_status(plan: &StepPlan, state: &StepState, judgement: &Judgement) -> Status {
    let measured = judgement.slos_of(plan.id).map(|slo| slo.status);
    let measured = measured.filter(|status| *status != Status::CannotTell(CauseKind::NotMeasured)).min();
    let unmeasured = || match data_state(state) {
        DataState::Silent => Status::Silent,
        _ if plan.not_measured > 0 => Status::CannotTell(CauseKind::NotMeasured),
        DataState::Late => Status::Late,
        _ => Status::NoSlo,
    };
    measured.unwrap_or_else(unmeasured)
}

fn severity_now(registry: &Registry, plan: &StepPlan, state: &StepState) -> Option<SeverityNow> {
    let episode = state.severity.as_ref()?;
    let rule = registry.product(plan.product)?.severity.get(episode.rule);
    Some(SeverityNow {
        level: episode.level,
        rule: episode.rule,
        text: rule.map(|rule| rule.text.clone()).unwrap_or_default(),
        since: episode.since,
        level_since: episode.level_since,
    })
}

/// Returns what was lost since the severity or the silence began, whichever was first.
fn lost_so_far(
    history: &History,
    judgement: &Judgement,
    plan: &StepPlan,
    state: &StepState,
    silence: Option<&SilenceNow>,
) -> Option<LostSoFar> {
    let severe = state.severity.as_ref();
    let from = severe.map(|episode| episode.from).into_iter().chain(silence.map(|s| s.from)).min()?;
    let beyond = severe.map(|episode| episode.beyond).unwrap_or_default();
    let counts = history.step(plan.id).sum(from..judgement.now.minute().plus(1));
    let range = from..judgement.as_of.minute();
    let never_started = state.quiet.missing.sum(range.clone()) + state.late.missing.sum(range);
    Some(LostSoFar { since: from.start(), attempts: beyond.lost(&counts) + never_started, never_started })
}

fn recent(state: &StepState) -> Recent {
    let tally = |minutes| {
        let counts: Counts = state.sums.last(minutes);
        Tally { bad: whole(counts.bad()), decided: whole(counts.decided()), unknown: unknown(&counts) }
    };
    Recent { m5: tally(5), m15: tally(15), h1: tally(60) }
}
