//! The verdict of an SLO over its window, its interval, and the next action of each cause (`slo.md` 4).

use crate::estimate::tail::binomial_at_most;
use crate::judge::judgement::{Interval, WindowCounts};
use crate::judge::sample;
use crate::judge::status::{Cause, Verdict};
use crate::model::slo::{Ratio, Slo};
use crate::time::UnixNanos;

const DAY: u32 = 1_440;

/// What a verdict is given on.
#[derive(Debug, Clone, Copy)]
pub struct Evidence {
    pub counts: WindowCounts,
    /// Minutes since the first attempt in the window, without those that have no input.
    pub span: u32,
    pub since: UnixNanos,
    /// The SLI differs by more than (1-t)/4 from what the definition before it measured.
    pub measurement_changed: bool,
}

/// Returns the interval of the SLI that the unknown attempts, and a sample, leave; `None` without attempts.
pub fn interval(counts: &WindowCounts) -> Option<Interval> {
    let unknown = counts.unknown.total();
    let all = counts.decided() + unknown;
    let census = || Interval {
        lo: Ratio::from_ppb(parts(counts.good, all)),
        hi: Ratio::from_ppb(Ratio::WHOLE - parts(counts.bad, all)),
    };
    (all > 0).then(|| counts.sample.map_or_else(census, |sample| sample::interval(counts, &sample)))
}

/// Returns x/n in parts per 10^9, rounded down; n > 0.
pub(crate) fn parts(x: u64, n: u64) -> u64 {
    (x as u128 * Ratio::WHOLE as u128 / n as u128) as u64
}

/// Returns whether `x/n >= t`, without rounding.
fn reaches(x: u64, n: u64, target: Ratio) -> bool {
    x as u128 * Ratio::WHOLE as u128 >= target.ppb() as u128 * n as u128
}

/// Returns how many attempts a verdict needs: `ceil(1/(1-t))`; 1 for a target of 100 %.
pub const fn attempts_min(target: Ratio) -> u64 {
    match target.complement().ppb() {
        0 => 1,
        allowed => Ratio::WHOLE.div_ceil(allowed),
    }
}

/// Returns the verdict.
pub fn verdict(slo: &Slo, evidence: &Evidence) -> Verdict {
    if let Some(missing) = slo.not_measured() {
        return Verdict::CannotTell(Cause::NotMeasured(missing));
    }
    let counts = &evidence.counts;
    let unknown = counts.unknown.total();
    let (n, all) = (counts.decided(), counts.decided() + unknown);
    if all == 0 {
        return Verdict::CannotTell(Cause::NoData);
    }
    if evidence.span < slo.window.buckets().min(DAY) {
        return Verdict::CannotTell(Cause::TooYoung { since: evidence.since });
    }
    if evidence.measurement_changed {
        return Verdict::CannotTell(Cause::MeasurementChanged);
    }
    let (met, missed) = match counts.sample.and_then(|_| interval(counts)) {
        Some(Interval { lo, hi }) => (lo >= slo.target, hi < slo.target),
        None => (reaches(counts.good, all, slo.target), !reaches(counts.good + unknown, all, slo.target)),
    };
    if !met && !missed {
        return Verdict::CannotTell(straddles(counts, slo.target));
    }
    let needed = attempts_min(slo.target);
    if n < needed && !surely_missed(counts, slo.target) {
        return Verdict::CannotTell(Cause::TooLittleData { n, needed });
    }
    if met { Verdict::Met } else { Verdict::Missed }
}

/// Returns the first part of U that by itself leaves both answers open, else the largest.
fn straddles(counts: &WindowCounts, target: Ratio) -> Cause {
    let unknown = counts.unknown;
    let parts = [
        (unknown.late, Cause::LateData),
        (unknown.silent, Cause::SilentData),
        (unknown.lost, Cause::LostData),
    ];
    let open = |part: u64| {
        let all = counts.decided() + part;
        part > 0 && !reaches(counts.good, all, target) && reaches(counts.good + part, all, target)
    };
    let alone = parts.iter().find(|(part, _)| open(*part));
    if counts.sample.is_some() && alone.is_none() {
        return Cause::Sampled;
    }
    let largest = parts.iter().max_by_key(|(part, _)| *part);
    alone.or(largest).map_or(Cause::LostData, |(_, cause)| *cause)
}

/// Returns whether so few attempts prove a miss: three bad, and the upper limit of the exact 95 % interval
/// below the target.
fn surely_missed(counts: &WindowCounts, target: Ratio) -> bool {
    counts.bad >= 3 && binomial_at_most(counts.good, counts.decided(), target.as_f64()) < 0.025
}

/// Returns the next action that goes with a verdict; empty when there is none.
pub fn next(verdict: &Verdict) -> String {
    let Verdict::CannotTell(cause) = verdict else { return String::new() };
    match cause {
        Cause::NotMeasured(_) => "until then judge the step by an SLO of the service method".to_owned(),
        Cause::NoData => {
            "make one attempt yourself; if it does not count, the operations without a step show what came instead"
                .to_owned()
        }
        Cause::TooYoung { .. } => "wait: a day of attempts is needed, or the whole window if that is shorter".to_owned(),
        Cause::MeasurementChanged => {
            "wait until a day measures the same as before, or a whole window was measured anew".to_owned()
        }
        Cause::LateData => "find out why the source is late; what arrives is counted where it belongs".to_owned(),
        Cause::SilentData => {
            "find out what stopped; those who were expected stay unknown until the window has passed them"
                .to_owned()
        }
        Cause::LostData => "find where telemetry is lost: /quality names the source".to_owned(),
        Cause::Sampled => {
            "wait for more attempts, take a longer window, or keep more traces of these services".to_owned()
        }
        Cause::TooLittleData { n, needed } => {
            format!("{} more attempts are needed: take a longer window, or add a probe", needed.saturating_sub(*n))
        }
    }
}

#[cfg(test)]
mod tests;
