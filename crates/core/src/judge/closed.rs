//! What is judged of an SLO when a bucket has closed: window, interval, verdict, budget, tiers.

use std::ops::Range;

use crate::count::history::Series;
use crate::judge::alert::{Alert, Change};
use crate::judge::judgement::{
    Budget, HeldBackBy, Interval, Recent, Tally, TierJudgement, TimeLeft, Unknown, WindowCounts,
};
use crate::judge::minutes::MinuteSet;
use crate::judge::plan::SloPlan;
use crate::judge::sample::sample;
use crate::judge::silence::Quiet;
use crate::judge::sli::{Decided, whole};
use crate::judge::status::Verdict;
use crate::judge::tier::{Projection, fires};
use crate::judge::unknown::Missing;
use crate::judge::verdict::{Evidence, interval, next, parts, verdict};
use crate::judge::window::Sliding;
use crate::judge::word::TierName;
use crate::model::slo::Ratio;
use crate::time::{Minute, UnixNanos};

/// Bad attempts in the last hour from which a time left means anything.
const LEFT_BAD_MIN: u64 = 5;

/// What the judge knows of a step when a bucket has closed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Closed<'a> {
    pub(crate) as_of: Minute,
    pub(crate) series: &'a Series,
    pub(crate) sums: &'a Sliding,
    pub(crate) quiet: &'a Quiet,
    pub(crate) late: &'a Missing,
    /// Minutes of a late source, so far.
    pub(crate) late_minutes: &'a MinuteSet,
    pub(crate) uncovered: &'a MinuteSet,
    /// Whether the step is neither silent nor late, and the last minute has input.
    pub(crate) flowing: bool,
    pub(crate) measurement_changed: bool,
}

/// An SLO over closed buckets.
#[derive(Debug, Clone)]
pub(crate) struct ClosedSlo {
    pub(crate) window: WindowCounts,
    pub(crate) sli: Option<Ratio>,
    pub(crate) interval: Option<Interval>,
    pub(crate) verdict: Verdict,
    pub(crate) next: String,
    pub(crate) budget: Budget,
    pub(crate) tiers: Vec<TierJudgement>,
    pub(crate) recent: Recent,
}

impl Closed<'_> {
    /// Judges an SLO; tells `changed` of each alert that opens or ends.
    pub(crate) fn slo(
        &self,
        plan: &SloPlan,
        alerts: &mut [Alert],
        mut changed: impl FnMut(TierName, Change),
    ) -> ClosedSlo {
        let slo = &plan.slo;
        let (window, range) = self.window(plan);
        let span = range.end.0 - range.start.0 - self.uncovered.count(range.clone());
        let since = range.start.start();
        let evidence =
            Evidence { counts: window, span, since, measurement_changed: self.measurement_changed };
        let verdict = verdict(slo, &evidence);
        let recent = self.recent(plan);
        let projection = self.projection(plan, &window, range, span);
        let tiers = self.tiers(plan, projection.as_ref(), alerts, &mut changed);
        let n = window.decided();
        ClosedSlo {
            sli: (n > 0 && !window.is_skewed()).then(|| Ratio::from_ppb(parts(window.good, n))),
            interval: interval(&window),
            next: next(&verdict),
            budget: budget(slo.target, &window, projection.as_ref(), &recent),
            window,
            verdict,
            tiers,
            recent,
        }
    }

    fn decided(&self, plan: &SloPlan, minutes: u32) -> Decided {
        Decided::of(&plan.slo, &self.sums.last(minutes))
    }

    fn tally(&self, plan: &SloPlan, minutes: u32) -> Tally {
        self.decided(plan, minutes).tally()
    }

    fn recent(&self, plan: &SloPlan) -> Recent {
        Recent { m5: self.tally(plan, 5), m15: self.tally(plan, 15), h1: self.tally(plan, 60) }
    }

    fn window(&self, plan: &SloPlan) -> (WindowCounts, Range<Minute>) {
        let length = plan.slo.window.buckets();
        let first = self.quiet.traffic.begins().unwrap_or(self.as_of).min(self.as_of);
        let range = self.as_of.minus(length).max(first)..self.as_of;
        if plan.slo.not_measured().is_some() {
            return (WindowCounts { from: range.start, to: range.end, ..WindowCounts::default() }, range);
        }
        let counts = self.sums.last(length);
        let Decided { good, bad, unknown: all_unknown } = Decided::of(&plan.slo, &counts);
        let unknown = Unknown {
            late: self.late.sum(range.clone()),
            silent: self.quiet.missing.sum(range.clone()),
            lost: all_unknown - whole(counts.pending).min(all_unknown),
        };
        let window = WindowCounts {
            from: range.start,
            to: range.end,
            good,
            bad,
            unknown,
            excluded: whole(counts.excluded),
            pending: whole(counts.pending),
            late: whole(counts.late),
            sample: sample(&plan.slo, &counts),
        };
        (window, range)
    }

    /// Returns the projection from the minutes in which data flowed.
    fn projection(
        &self,
        plan: &SloPlan,
        window: &WindowCounts,
        range: Range<Minute>,
        span: u32,
    ) -> Option<Projection> {
        let (mut observed, mut span) = (window.decided(), span);
        let quiet = self.quiet.silent.within(range.clone()).chain(self.late_minutes.within(range));
        for silent in quiet {
            observed -= Decided::of(&plan.slo, &self.series.sum(silent.clone())).n().min(observed);
            span -= (silent.end.0 - silent.start.0).min(span);
        }
        Projection::new(plan.slo.target, observed, span, plan.slo.window)
    }

    fn tiers(
        &self,
        plan: &SloPlan,
        projection: Option<&Projection>,
        alerts: &mut [Alert],
        changed: &mut impl FnMut(TierName, Change),
    ) -> Vec<TierJudgement> {
        let at = closed_at(self.as_of);
        // Where there is no input only good minutes leave the windows: nothing has become worse.
        let ended = self.uncovered.contains(self.as_of.minus(1));
        let mut judged = Vec::with_capacity(plan.tiers.len());
        for (tier, alert) in plan.tiers.iter().zip(alerts) {
            let (in_long, in_short) = (self.tally(plan, tier.long), self.tally(plan, tier.short));
            let mut fires = fires(tier, projection, in_long, in_short);
            fires.both &= !ended;
            match alert.tick(tier, fires, self.flowing, at) {
                Change::None => {}
                change => changed(tier.name, change),
            }
            let is_burn = tier.name != TierName::Outage;
            let share = projection.map(|projection| projection.share(tier.pct_ppb).max(tier.min_bad));
            judged.push(TierJudgement {
                name: tier.name,
                notify: tier.notify,
                pct_ppb: is_burn.then_some(tier.pct_ppb),
                long: tier.long,
                short: tier.short,
                threshold: if is_burn { share } else { Some(tier.min_bad) },
                min_bad: tier.min_bad,
                in_long,
                in_short,
                state: alert.state,
                held_back_by: None,
            });
        }
        judged
    }
}

/// Returns when a bucket that ended at `as_of` closes: the time of what is found in it.
pub(crate) fn closed_at(as_of: Minute) -> UnixNanos {
    as_of.plus(1).start()
}

/// Marks the tiers that a firing one of higher rank, or the silence upstream, holds back.
pub(crate) fn hold_back(tiers: &mut [TierJudgement], starved: bool) {
    let mut first: Option<TierName> = None;
    for tier in tiers.iter_mut().filter(|tier| tier.state.is_firing()) {
        let by_silence = starved.then_some(HeldBackBy::Silence);
        tier.held_back_by = by_silence.or(first.map(HeldBackBy::Tier));
        first = first.or(Some(tier.name));
    }
}

/// Returns the budget.
pub(crate) fn budget(
    target: Ratio,
    window: &WindowCounts,
    projection: Option<&Projection>,
    recent: &Recent,
) -> Budget {
    let allowed_ppb = target.complement().ppb();
    let allowed_nano = u128::from(allowed_ppb) * u128::from(window.decided());
    let consumed_ppb = consumed(window.bad, allowed_nano).filter(|_| !window.is_skewed());
    let unknown = window.unknown.total();
    let with_unknown = u128::from(allowed_ppb) * u128::from(window.decided() + unknown);
    let left = |bad| consumed(bad, with_unknown).map(|c| WHOLE - c);
    let range = match window.sample {
        Some(_) => interval(window).map(|Interval { lo, hi }| (left_at(lo, target), left_at(hi, target))),
        None => left(window.bad + unknown).zip(left(window.bad)).filter(|_| unknown > 0),
    };
    Budget {
        allowed_nano,
        consumed_ppb,
        remaining_ppb: consumed_ppb.map(|consumed| WHOLE - consumed),
        remaining_range_ppb: range,
        projected: projection.map(Projection::attempts),
        projected_nano: projection.map(Projection::budget_nano),
        left: projection.and_then(|projection| time_left(window.bad, projection, recent)),
    }
}

const WHOLE: i64 = Ratio::WHOLE as i64;

/// Returns 1 - (1 - SLI)/(1 - t) in parts per 10^9, rounded down.
fn left_at(sli: Ratio, target: Ratio) -> i64 {
    let allowed = u128::from(target.complement().ppb()).max(1);
    let spent = (u128::from(sli.complement().ppb()) * u128::from(Ratio::WHOLE)).div_ceil(allowed);
    i64::try_from(spent).map_or(i64::MIN, |spent| WHOLE - spent)
}

/// Returns B/E in parts per 10^9, rounded up; `None` while E is under one attempt.
fn consumed(bad: u64, allowed_nano: u128) -> Option<i64> {
    let whole = u128::from(Ratio::WHOLE);
    let nano = u128::from(bad) * whole * whole;
    (allowed_nano >= whole).then(|| i64::try_from(nano.div_ceil(allowed_nano)).unwrap_or(i64::MAX))
}

fn time_left(bad: u64, projection: &Projection, recent: &Recent) -> Option<TimeLeft> {
    if recent.h1.bad < LEFT_BAD_MIN {
        return None;
    }
    let nano = u128::from(Ratio::WHOLE);
    let left = projection.budget_nano().saturating_sub(u128::from(bad) * nano);
    let minutes = |bad_an_hour: u64| (left * 60 / (u128::from(bad_an_hour) * nano)) as u64;
    let by_hour = minutes(recent.h1.bad);
    let by_five = if recent.m5.bad > 0 { minutes(12 * recent.m5.bad) } else { by_hour };
    Some(TimeLeft { min_minutes: by_hour.min(by_five), max_minutes: by_hour.max(by_five) })
}
