//! Series behind the charts: attempts of the last hours, and the budget's way over the window.

use std::ops::Range;

use throughline_core::count::bucket;
use throughline_core::count::history::Series;
use throughline_core::id::StepId;
use throughline_core::judge::judgement::SloJudgement;
use throughline_core::judge::sli::Decided;
use throughline_core::model::severity::Severity;
use throughline_core::model::slo::{Sli, Slo};
use throughline_core::time::{Minute, UnixNanos};

use crate::live::Live;
use crate::show::counts::{attempts, attempts_above, attempts_for, closed};
use crate::show::names::now;
use crate::show::{hurt, reasons, sli};
use crate::view::chart::{
    AttemptBucket, Attempts, BurnPoint, Burndown, Mark, MarkKind, Range as Between, ReasonCount,
};
use crate::view::number::WHOLE;
use crate::view::sli::{Counts, Share};
use crate::view::time::At;
use crate::view::word::Status;

/// Minutes of attempts that a chart shows, and of one of its buckets.
const ATTEMPTS_MINUTES: u32 = 6 * 60;
const BUCKET_MINUTES: u32 = 5;
/// Points that a burn-down has at most.
pub(super) const POINTS_MAX: u32 = 400;
/// How long after an attempt its outcome may still move.
const MOVES_MINUTES: u32 = 10;

/// Whose attempts a chart shows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose<'a> {
    /// As the SLO counts them.
    Slo(&'a Slo),
    /// The step's by their results, the slow ones apart where a latency SLO is looked at.
    Step { step: StepId, latency: Option<&'a Slo> },
}

impl Whose<'_> {
    fn step(self) -> StepId {
        match self {
            Whose::Slo(slo) => slo.step,
            Whose::Step { step, .. } => step,
        }
    }

    fn counts(self, counts: &bucket::Counts) -> Counts {
        match self {
            Whose::Slo(slo) => attempts_for(slo, counts),
            Whose::Step { latency: Some(Slo { sli: Sli::Latency { slot, .. }, .. }), .. } => {
                attempts_above(counts, *slot)
            }
            Whose::Step { .. } => attempts(counts),
        }
    }

    fn slow_beyond_ns(self) -> Option<u64> {
        match self {
            Whose::Step { latency: Some(slo), .. } => sli::within(slo),
            Whose::Step { .. } | Whose::Slo(_) => None,
        }
    }

    fn reasons(self, live: &Live, range: &Range<Minute>) -> Vec<ReasonCount> {
        match self {
            Whose::Slo(slo) => reasons::of_bucket(live, (slo.step, Some(slo)), range),
            Whose::Step { step, .. } => reasons::of_bucket(live, (step, None), range),
        }
    }
}

/// Returns attempts of the last six hours.
pub(super) fn attempts_of(live: &Live, whose: Whose<'_>) -> Attempts {
    let all = closed(live, ATTEMPTS_MINUTES);
    let step = whose.step();
    let series = live.book.judged.history.step(step);
    let counted = |minutes: Range<Minute>| whose.counts(&series.sum(minutes));
    let starts = (all.start.0..all.end.0).step_by(BUCKET_MINUTES as usize).map(Minute);
    let buckets = starts.map(|at| {
        let range = at..at.plus(BUCKET_MINUTES);
        let counts = counted(range.clone());
        AttemptBucket {
            at: at.into(),
            counts: is_known(live, step, &range, &counts).then_some(counts),
            reasons: if counts.bad > 0 { whose.reasons(live, &range) } else { Vec::new() },
        }
    });
    let five = counted(closed(live, 5));
    Attempts {
        from: all.start.into(),
        to: all.end.into(),
        bucket_minutes: BUCKET_MINUTES,
        buckets: buckets.collect(),
        slow_beyond_ns: whose.slow_beyond_ns(),
        last_hour: counted(closed(live, 60)),
        last_5_min: Share::new(five.bad + five.slow, five.decided()),
    }
}

/// Returns whether a bucket is known: something began, or nothing began although it could have.
fn is_known(live: &Live, step: StepId, range: &Range<Minute>, counts: &Counts) -> bool {
    if counts.started > 0 {
        return true;
    }
    let begun = live.book.judged.history.step(step).first().is_some_and(|first| first < range.end);
    begun && !is_silent(live, step, range)
}

fn is_silent(live: &Live, step: StepId, range: &Range<Minute>) -> bool {
    let mut silences = live.judgement.logs.silences.iter().filter(|silence| silence.step == step);
    silences.any(|silence| silence.from < range.end && silence.to.is_none_or(|to| to > range.start))
}

/// The way of one SLO's budget.
struct Way<'a> {
    slo: &'a Slo,
    series: &'a Series,
    window: Range<Minute>,
    /// E in 10^-9 attempts.
    allowed_nano: u128,
}

impl Way<'_> {
    /// Returns what is left after the attempts before `at`: 1 - B/E, rounded down as on the tile.
    fn left(&self, at: Minute) -> i64 {
        let bad = Decided::of(self.slo, &self.series.sum(self.window.start..at)).bad;
        let whole = u128::from(WHOLE);
        let spent = (u128::from(bad) * whole * whole).div_ceil(self.allowed_nano);
        WHOLE as i64 - i64::try_from(spent).unwrap_or(i64::MAX)
    }
}

/// Returns the budget's way over the window; `None` while there is no budget of at least one attempt.
pub(super) fn burndown(live: &Live, slo: &Slo, judged: &SloJudgement) -> Option<Burndown> {
    let left = judged.budget.remaining_ppb?;
    let window = judged.window.from..live.judgement.as_of.minute();
    let series = live.book.judged.history.step(slo.step);
    let way = Way { slo, series, window: window.clone(), allowed_nano: judged.budget.allowed_nano };
    if way.allowed_nano == 0 || window.start >= window.end {
        return None;
    }
    let range = judged.budget.remaining_range_ppb;
    let since = hurt::of(live, live.registry.step(slo.step)?).map(|hurt| hurt.since);
    let burns = matches!(judged.status, throughline_core::judge::status::Status::Failing)
        || judged.firing().is_some()
        || crate::show::state::state(judged.status).status == Status::Silent;
    let before = since
        .filter(|since| burns && *since > window.start.into())
        .map(|at| BurnPoint { at, left_ppb: Some(way.left(UnixNanos(at.0).minute().max(window.start))) });
    Some(Burndown {
        from: window.start.into(),
        to: window.end.into(),
        points: points(live, &way, left),
        provisional_since: provisional(live, judged, &window),
        left_low_ppb: range.map(|(low, _)| low),
        left_high_ppb: range.map(|(_, high)| high),
        marks: marks(live, slo, &window),
        before,
        gone: gone(live, judged, left),
    })
}

fn points(live: &Live, way: &Way<'_>, left: i64) -> Vec<BurnPoint> {
    let Range { start, end } = way.window;
    let width = (end.0 - start.0).div_ceil(POINTS_MAX - 1).max(1);
    let at = |minute: Minute, left_ppb| BurnPoint { at: minute.into(), left_ppb };
    let mut points = vec![at(start, Some(WHOLE as i64))];
    let inner = (start.0 + width..end.0).step_by(width as usize).map(Minute);
    points.extend(inner.map(|minute| {
        let range = minute.minus(width)..minute;
        let known = !is_silent(live, way.slo.step, &range);
        at(minute, known.then(|| way.left(minute)))
    }));
    points.push(at(end, Some(left)));
    points
}

fn provisional(live: &Live, judged: &SloJudgement, window: &Range<Minute>) -> Option<At> {
    let moves = judged.window.pending > 0 || judged.window.unknown.late > 0;
    moves.then(|| live.judgement.as_of.minute().minus(MOVES_MINUTES).max(window.start).into())
}

fn gone(live: &Live, judged: &SloJudgement, left: i64) -> Option<Between> {
    let time = judged.budget.left.filter(|_| left > 0 && judged.firing().is_some())?;
    let now = now(live);
    Some(Between {
        from: now.plus_seconds(time.min_minutes * 60),
        to: now.plus_seconds(time.max_minutes * 60),
    })
}

/// Returns the step's severities, those that adjoin as one: its start, and the highest level.
fn episodes(live: &Live, step: StepId) -> Vec<(Minute, Severity)> {
    let mut merged: Vec<(Minute, Severity)> = Vec::new();
    let mut end = None;
    for one in live.judgement.logs.severities.iter().filter(|one| one.step == step) {
        match merged.last_mut().filter(|_| end == Some(one.from)) {
            Some((_, level)) => *level = one.level.min(*level),
            None => merged.push((one.from.minute(), one.level)),
        }
        end = one.to;
    }
    merged
}

/// Returns what happened to the step within the window.
fn marks(live: &Live, slo: &Slo, window: &Range<Minute>) -> Vec<Mark> {
    let Some(step) = live.registry.step(slo.step) else { return Vec::new() };
    let logs = &live.judgement.logs;
    let severities = episodes(live, slo.step).into_iter();
    let severities = severities.map(|(from, level)| (from, MarkKind::Incident, level.word()));
    let silences = logs.silences.iter().filter(|one| one.step == slo.step);
    let silences = silences.map(|one| (one.from, MarkKind::Silence, "silent"));
    let mut marks: Vec<(Minute, MarkKind, &str)> =
        severities.chain(silences).filter(|(at, ..)| window.contains(at)).collect();
    marks.sort_by_key(|(at, ..)| *at);
    let mark = |(at, kind, word): (Minute, MarkKind, &str)| Mark {
        at: at.into(),
        kind,
        text: match At::from(at).day() == now(live).day() {
            true => format!("{word}, {}", step.display_name),
            false => format!("{word}, {}, {}", step.display_name, At::from(at).day()),
        },
    };
    marks.into_iter().map(mark).collect()
}
