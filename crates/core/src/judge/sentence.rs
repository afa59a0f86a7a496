//! The words above the figures: product words, then counts, then shares, then time. The same text is the
//! alert's summary, so that nobody reads two stories.

use crate::judge::closed::ClosedSlo;
use crate::judge::judgement::{
    Impact, Judgement, Recent, SeverityNow, SilenceNow, StepJudgement, Tally, UselessNow,
};
use crate::judge::plan::SloPlan;
use crate::judge::status::{Cause, Status, Verdict};
use crate::judge::word::{SilenceCause, TierName};
use crate::model::registry::Registry;
use crate::model::slo::{Ratio, Sli};
use crate::model::step::Step;

/// Returns a count with thousands apart: `9,310`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns parts per 10^9 as per cent, rounded down: one decimal, more under 1 %, no trailing zeros
/// (`4.4 %`, `0.1 %`, `0.05 %`). 100 % only if it is, and "at least" stays true.
pub fn percent(ppb: u64) -> String {
    let decimals = match ppb {
        10_000_000.. => 1,
        1_000_000.. => 2,
        _ => 4,
    };
    trimmed(ppb, decimals)
}

/// Returns an SLI with two decimals more than its target, rounded towards worse.
pub fn sli(ppb: u64, target: Ratio) -> String {
    let mut decimals = 0;
    while decimals < 5 && !target.ppb().is_multiple_of(10u64.pow(7 - decimals)) {
        decimals += 1;
    }
    format!("{} %", digits(ppb, decimals + 2))
}

fn trimmed(ppb: u64, decimals: u32) -> String {
    let text = digits(ppb, decimals);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

fn digits(ppb: u64, decimals: u32) -> String {
    let unit = 10u64.pow(7 - decimals);
    let (whole, part) = (ppb / 10_000_000, ppb % 10_000_000 / unit);
    format!("{whole}.{part:0width$}", width = decimals as usize)
}

/// Returns a target as it is written: `99.9 %`.
pub fn target(target: Ratio) -> String {
    trimmed(target.ppb(), 7)
}

/// Returns minutes as people say them: `45 min`, `9 h`, `2 days`.
pub fn duration(minutes: u64) -> String {
    match minutes {
        0..120 => format!("{minutes} min"),
        120..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    }
}

fn share(tally: Tally) -> String {
    percent(if tally.decided == 0 { 0 } else { crate::judge::verdict::parts(tally.bad, tally.decided) })
}

/// Returns what bad attempts of an SLO did.
fn went_wrong(plan: &SloPlan) -> &'static str {
    match plan.slo.sli {
        Sli::Latency { .. } => "were too slow",
        _ => "failed",
    }
}

/// Returns the sentence of an SLO.
pub(crate) fn slo(
    plan: &SloPlan,
    slo: &ClosedSlo,
    (status, live): (Status, Option<Recent>),
    silence: Option<&SilenceNow>,
) -> String {
    match status {
        Status::Silent => return silence.map(self::silence).unwrap_or_default(),
        Status::Failing | Status::Burning => return burning(plan, slo, live.as_ref().unwrap_or(&slo.recent)),
        _ => {}
    }
    match slo.verdict {
        Verdict::CannotTell(cause) => cannot_tell(&cause, slo),
        Verdict::Met | Verdict::Missed => known(plan, slo),
    }
}

/// Tells the last hour and the last minutes; of what fails now also the open minute.
fn burning(plan: &SloPlan, slo: &ClosedSlo, recent: &Recent) -> String {
    let (hour, five) = (recent.h1, recent.m5);
    let allowed = percent(plan.slo.target.complement().ppb());
    let did = went_wrong(plan);
    let mut text = format!(
        "{} of {} attempts {did} in the last hour ({}; allowed {allowed})",
        count(hour.bad),
        count(hour.decided),
        share(hour),
    );
    if let Some(budget) = slo.budget.projected_nano.filter(|budget| *budget > 0) {
        let spent = u128::from(hour.bad) * u128::from(Ratio::WHOLE).pow(2) / budget;
        let spent = percent(u64::try_from(spent).unwrap_or(u64::MAX));
        text += &format!(": {spent} of the {} budget", window(plan));
    }
    if let (Some(left), Some(time)) = (slo.budget.remaining_ppb, slo.budget.left) {
        text += &match u64::try_from(left) {
            Ok(left) if left > 0 => format!("; the {} left lasts {}", percent(left), lasts(time)),
            _ => "; nothing of it is left".to_owned(),
        };
    }
    text += &format!(". Still failing: {} of {} in 5 min", count(five.bad), count(five.decided));
    text += &not_known(five.unknown);
    text += ".";
    if let Some(tier) = slo.tiers.iter().find(|tier| tier.state.is_firing()) {
        text += &match tier.pct_ppb {
            Some(pct) => format!(
                " Rule {} ({}, {}/{}).",
                tier.name.word(),
                percent(pct),
                crate::model::slo::Window::minutes(tier.long).text(),
                crate::model::slo::Window::minutes(tier.short).text()
            ),
            None => format!(" Rule {} (half of 10 or more, 15m/5m).", tier.name.word()),
        };
    }
    text
}

fn lasts(time: crate::judge::judgement::TimeLeft) -> String {
    let (least, most) = (duration(time.min_minutes), duration(time.max_minutes));
    if least == most { least } else { format!("{least} to {most}") }
}

fn window(plan: &SloPlan) -> String {
    match plan.slo.window.buckets() {
        minutes if minutes % 1_440 == 0 => format!("{}-day", minutes / 1_440),
        _ => plan.slo.window.text(),
    }
}

/// Returns the window as a sentence says it: `28 days`.
fn window_words(plan: &SloPlan) -> String {
    match plan.slo.window.buckets() {
        1_440 => "1 day".to_owned(),
        minutes if minutes % 1_440 == 0 => format!("{} days", minutes / 1_440),
        60 => "1 hour".to_owned(),
        minutes if minutes % 60 == 0 => format!("{} hours", minutes / 60),
        minutes => format!("{minutes} minutes"),
    }
}

fn known(plan: &SloPlan, slo: &ClosedSlo) -> String {
    let mut text = format!(
        "{} of {} attempts were good in {} ({}; target {}): {}",
        count(slo.window.good),
        count(slo.window.decided()),
        window_words(plan),
        sli(slo.sli.map_or(0, Ratio::ppb), plan.slo.target),
        target(plan.slo.target),
        slo.verdict.word(),
    );
    if let Some(left) = slo.budget.remaining_ppb {
        text += &match u64::try_from(left) {
            Ok(left) => format!(", {} of the budget left", percent(left)),
            Err(_) => format!(", {} of the budget overspent", percent(left.unsigned_abs())),
        };
    }
    text + &stands_for(slo) + &not_known(slo.window.unknown.total()) + "."
}

/// Returns what is said of sampled attempts; nothing where every attempt was seen.
fn stands_for(slo: &ClosedSlo) -> String {
    let Some(sample) = &slo.window.sample else { return String::new() };
    format!("; the {} attempts seen stand for {}", count(slo.window.decided()), count(sample.stand_for))
}

/// Returns what is said of attempts beside those that are decided; nothing without any.
fn not_known(n: u64) -> String {
    if n == 0 { String::new() } else { format!("; of {} more nobody knows how they went", count(n)) }
}

fn cannot_tell(cause: &Cause, slo: &ClosedSlo) -> String {
    let word = cause.kind().word();
    let unknown = slo.window.unknown;
    match cause {
        Cause::NotMeasured(missing) => format!("Cannot tell: {word}; {missing}."),
        Cause::NoData => "Cannot tell: no data; no attempt has been seen in the window.".to_owned(),
        Cause::TooLittleData { n, needed } => {
            format!("Cannot tell: {word}; {} attempts, {} are needed.", count(*n), count(*needed))
        }
        Cause::TooYoung { .. } => {
            let n = slo.window.decided();
            format!(
                "Cannot tell: {word}; {} of {} attempts were good so far{}.",
                count(slo.window.good),
                count(n),
                not_known(unknown.total())
            )
        }
        Cause::LateData | Cause::SilentData | Cause::LostData => format!(
            "Cannot tell: {word}; of {} attempts nobody knows how they went, so {} to {} were good.",
            count(unknown.total()),
            trimmed(slo.interval.map_or(0, |interval| interval.lo.ppb()), 3),
            trimmed(slo.interval.map_or(Ratio::WHOLE, |interval| interval.hi.ppb()), 3),
        ),
        Cause::Sampled => format!(
            "Cannot tell: {word}; {}, so {} to {} were good.",
            stands_for(slo).trim_start_matches("; "),
            trimmed(slo.interval.map_or(0, |interval| interval.lo.ppb()), 3),
            trimmed(slo.interval.map_or(Ratio::WHOLE, |interval| interval.hi.ppb()), 3),
        ),
        Cause::MeasurementChanged => {
            format!("Cannot tell: {word}; what was measured before is not comparable.")
        }
    }
}

/// Returns the sentence of a silence.
pub(crate) fn silence(silence: &SilenceNow) -> String {
    let cause = match silence.cause {
        SilenceCause::LostAfterUpstream => "users come to the step before and do not get here",
        SilenceCause::Starved => "the step before it is silent",
        SilenceCause::CannotStart => "users cannot start, or the annotation broke; its source is alive",
        SilenceCause::CannotSee => "its source sends nothing: we cannot see",
    };
    let expected = count(silence.expected.round().max(0.0) as u64);
    format!("{} of {expected} expected attempts came: {cause}.", count(silence.seen))
}

/// Returns the sentence of good attempts that bring about too little.
pub fn useless(step: Option<&Step>, now: &UselessNow) -> String {
    let usual = crate::judge::verdict::parts(now.usual_found, now.usual_looked.max(1));
    let what = step.and_then(|step| step.expect.as_ref()).map_or("what it should", |expect| &expect.words);
    format!(
        "{} of {} good attempts in 15 min led to {what}; usually {} do: they are answered, but with nothing.",
        count(now.found),
        count(now.looked),
        percent(usual),
    )
}

/// Returns the sentence of a step.
pub(crate) fn step(step: &StepJudgement) -> String {
    if let (Some(severity), Some(impact)) = (&step.severity, &step.impact) {
        return incident(severity, impact, step);
    }
    step.silence.as_ref().map(silence).unwrap_or_default()
}

fn incident(severity: &SeverityNow, impact: &Impact, step: &StepJudgement) -> String {
    let lost = step.lost_so_far.map_or(0, |lost| lost.attempts);
    format!(
        "{} of {} attempts lost in {} min ({}; at least {}), {} so far: {} by rule {} ({}).",
        count(impact.lost),
        count(impact.attempts),
        impact.minutes,
        percent(impact.share.ppb()),
        percent(impact.at_least.ppb()),
        count(lost),
        severity.level.word(),
        severity.rule + 1,
        severity.text,
    )
}

/// Returns what was beyond tolerance in a window.
const fn was(impact: &Impact) -> &'static str {
    match (impact.failed, impact.slower_than_ns) {
        (true, None) => "failed",
        (false, Some(_)) => "were too slow",
        _ => "were lost",
    }
}

/// Returns why a step has its status, in the few words of a table.
pub fn because(judgement: &Judgement, step: &StepJudgement) -> String {
    let worst = judgement.slos_of(step.id).filter(|slo| slo.status == step.status).min_by_key(|slo| slo.id);
    let recent = worst.map_or(step.recent, |slo| slo.recent);
    match (step.status, worst) {
        (Status::Failing, _) => {
            // Closed buckets once they tell it; in the first minutes the open one with those before it.
            let told = recent.m5.bad * 2 >= recent.m5.attempts().max(1);
            let lost = step.impacts.iter().filter(|impact| !told && impact.lost > 0);
            let open = lost.max_by_key(|impact| (impact.share, impact.minutes));
            let (bad, of, minutes, did) = match open {
                Some(impact) => (impact.lost, impact.attempts, impact.minutes, was(impact)),
                None => (recent.m15.bad, recent.m15.attempts(), 15, "failed"),
            };
            format!("{} of {} {did} in {minutes} min", count(bad), count(of))
        }
        (Status::Silent, _) => step.silence.as_ref().map(silence).unwrap_or_default(),
        (Status::Burning, Some(slo)) => {
            let tier = slo.firing().map_or(TierName::Fast, |tier| tier.name);
            format!(
                "{} of {} in the last hour, alert {}",
                count(recent.h1.bad),
                count(recent.h1.decided),
                tier.word()
            )
        }
        (Status::Missed | Status::LowBudget, Some(slo)) => match slo.budget.remaining_ppb {
            Some(left) if left >= 0 => format!("{} of the budget left", percent(left.unsigned_abs())),
            Some(left) => format!("{} of the budget overspent", percent(left.unsigned_abs())),
            None => "the target is missed".to_owned(),
        },
        (Status::CannotTell(cause), _) => cause.word().to_owned(),
        (Status::Late, _) => "what has happened is not in yet".to_owned(),
        (Status::NoSlo, _) => "nothing measures the step".to_owned(),
        _ => String::new(),
    }
}

/// Returns an alert's summary: the step, its criticality, and the sentence.
pub(crate) fn alert(registry: &Registry, plan: &SloPlan, closed: &ClosedSlo) -> String {
    let sentence = burning(plan, closed, &closed.recent);
    let name = registry.step(plan.slo.step).map_or("", |step| step.display_name.as_str());
    let criticality = registry.criticality_of(plan.slo.step).word();
    format!("{name} ({criticality}): {sentence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        assert_eq!([0, 999, 1_000, 82_803_600].map(count), ["0", "999", "1,000", "82,803,600"]);
        let check = |ppb, expected| assert_eq!(percent(ppb), expected);
        check(44_253_000, "4.4 %");
        check(1_000_000, "0.1 %");
        check(613_900_000, "61.3 %");
        check(1_000_000_000, "100 %");
        check(999_999_999, "99.9 %");
        check(0, "0 %");
        check(12_345, "0.0012 %");
        assert_eq!(sli(997_534_999, Ratio::from_ppb(995_000_000)), "99.753 %");
        assert_eq!(sli(1_000_000_000, Ratio::from_ppb(990_000_000)), "100.00 %");
        assert_eq!(target(Ratio::from_ppb(999_500_000)), "99.95 %");
        assert_eq!([5, 540, 5_000].map(duration), ["5 min", "9 h", "3 days"]);
    }
}
