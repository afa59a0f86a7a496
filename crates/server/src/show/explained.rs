//! What is not known: why, and what to do about it. Each cause has its words (`slo.md` 4).

use throughline_core::id::StepId;
use throughline_core::judge::judgement::{SilenceNow, SloJudgement};
use throughline_core::judge::status::{Cause, DataState, Verdict};
use throughline_core::judge::word::SilenceCause;
use throughline_core::model::slo::Slo;
use throughline_core::model::step::Step;
use throughline_core::time::UnixNanos;

use crate::live::Live;
use crate::show::hurt::{self, Words};
use crate::show::names::{as_of, now, slo_link, slo_title, step_link};
use crate::show::state::{is_measured, slo_state, step_state, worst_slo};
use crate::view::empty::Explained;
use crate::view::number::{count, exact, plural, span};
use crate::view::prose::Prose;
use crate::view::time::At;
use crate::view::word::{State, Status};

/// Returns whether nobody can tell how something is.
pub(super) fn is_unknown(state: State) -> bool {
    matches!(state.status, Status::Silent | Status::CannotTell | Status::Late)
}

/// Returns a few words about a missing verdict: `3 h 10 min of data, 1 d needed`.
pub(super) fn note(live: &Live, judged: &SloJudgement) -> Option<String> {
    if judged.data == DataState::Late {
        return Some(late(live, judged));
    }
    let Verdict::CannotTell(cause) = judged.verdict else { return None };
    Some(match cause {
        Cause::NotMeasured(missing) => missing.to_owned(),
        Cause::NoData => "no attempt has been seen in the window".to_owned(),
        Cause::TooYoung { since } => format!("{} of data so far", age(live, since)),
        Cause::MeasurementChanged => "what was measured before is not comparable".to_owned(),
        Cause::LateData => late(live, judged),
        Cause::SilentData => format!("{} expected attempts never came", count(judged.window.unknown.silent)),
        Cause::LostData => {
            format!("{} attempts were lost on their way here", count(judged.window.unknown.lost))
        }
        Cause::Sampled => {
            let stand_for = judged.window.sample.map_or(0, |sample| sample.stand_for);
            format!("{} attempts were seen of about {}", count(judged.window.decided()), count(stand_for))
        }
        Cause::TooLittleData { n, needed } => format!("{} attempts, {} are needed", exact(n), exact(needed)),
    })
}

fn late(_: &Live, judged: &SloJudgement) -> String {
    match judged.window.unknown.late {
        0 => "what has happened is not all in yet".to_owned(),
        late => format!("{} attempts are not in yet", count(late)),
    }
}

fn age(live: &Live, since: UnixNanos) -> String {
    let as_of = as_of(live).unwrap_or_default();
    span(as_of.0.saturating_sub(since.0) / 1_000_000_000)
}

/// Returns why an SLO has no verdict and what to do; `None` when it has one.
pub(super) fn slo(live: &Live, slo: &Slo) -> Option<Explained> {
    if !is_unknown(slo_state(live, slo)) {
        return None;
    }
    let Some(judged) = live.judgement.slo(slo.id) else {
        let why = slo.not_measured().unwrap_or("nothing was looked at yet");
        let next = if is_measured(slo) { Prose::new() } else { measure_otherwise(live, slo.step) };
        return Some(Explained { why: sentence(why).into(), next, copy: None });
    };
    let silence = live.judgement.step(slo.step).and_then(|step| step.silence.as_ref());
    if let Some(silence) = silence.filter(|_| judged.data == DataState::Silent) {
        return Some(Explained {
            why: silence_why(live, silence),
            next: next(live, slo, judged),
            copy: copy(slo, judged),
        });
    }
    let why = match judged.sentence.as_str() {
        "" => sentence(&note(live, judged).unwrap_or_else(|| slo_state(live, slo).words())),
        said => said.to_owned(),
    };
    let next = next(live, slo, judged);
    Some(Explained { why: why.into(), next, copy: copy(slo, judged) })
}

fn next(live: &Live, slo: &Slo, judged: &SloJudgement) -> Prose {
    if let Verdict::CannotTell(Cause::TooYoung { since }) = judged.verdict {
        let needed = u64::from(slo.window.buckets().min(24 * 60)) * 60;
        let at = At::from(since).plus_seconds(needed);
        return format!("a verdict needs {}: {} {}", span(needed), at.day(), at.clock_utc()).into();
    }
    if let Verdict::CannotTell(Cause::NotMeasured(_)) = judged.verdict {
        return measure_otherwise(live, slo.step);
    }
    if judged.data == DataState::Silent {
        return silent_next(live, slo);
    }
    judged.next.as_str().into()
}

/// Says what tells of a step meanwhile that this version cannot measure as it is asked to.
fn measure_otherwise(live: &Live, step: StepId) -> Prose {
    match live.registry.slos_of(step).find(|slo| is_measured(slo)) {
        Some(measured) => {
            let link = slo_link(measured, slo_title(&live.registry, measured));
            Prose::new().link(link.text, link.href).text(" tells until then")
        }
        None => Prose::new().text("measure the same step by ").code("service").text(" until then"),
    }
}

fn silent_next(live: &Live, slo: &Slo) -> Prose {
    let silence = live.judgement.step(slo.step).and_then(|step| step.silence.as_ref());
    silence.map(|silence| silence_next(live, silence)).unwrap_or_default()
}

/// Returns something to copy: a longer window where attempts are few, a replay where days are.
fn copy(slo: &Slo, judged: &SloJudgement) -> Option<String> {
    match judged.verdict {
        Verdict::CannotTell(Cause::TooLittleData { .. }) if slo.window.buckets() < 90 * 1_440 => {
            let target = crate::view::number::target_bare(slo.target.ppb());
            let (name, method) = (&slo.name, slo.method.word());
            Some(format!("- {{name: {name}, method: {method}, target: {target}%, window: 90d}}\n"))
        }
        Verdict::CannotTell(Cause::TooYoung { .. }) => {
            Some("throughline replay --registry REGISTRY TRACES.json.gz".to_owned())
        }
        _ => None,
    }
}

/// Returns why a step is silent, late or without a verdict; `None` when it is none of these.
pub(super) fn step(live: &Live, of: &Step) -> Option<Explained> {
    let state = step_state(live, of);
    if !is_unknown(state) {
        return None;
    }
    let judged = live.judgement.step(of.id);
    if let Some(silence) = judged.and_then(|judged| judged.silence.as_ref()) {
        let why = silence_why(live, silence);
        return Some(Explained { why, next: silence_next(live, silence), copy: None });
    }
    if let Some((worst, _)) = worst_slo(live, of.id) {
        return slo(live, worst);
    }
    let missing = live.registry.slos_of(of.id).find(|slo| !is_measured(slo));
    missing.and_then(|missing| slo(live, missing))
}

/// Returns what a silence means, in a few words.
pub(super) const fn cause(cause: SilenceCause) -> &'static str {
    match cause {
        SilenceCause::LostAfterUpstream => "users reach the step before and do not get here",
        SilenceCause::Starved => "the step before it is silent",
        SilenceCause::CannotStart => "users cannot start, or the annotation broke",
        SilenceCause::CannotSee => "its service sends nothing",
    }
}

pub(super) fn silence_why(live: &Live, silence: &SilenceNow) -> Prose {
    let since = At::from(silence.from).near(now(live));
    let expected = plural(silence.expected.round().max(0.0) as u64, "attempt");
    let why = Prose::new().text(format!("{expected} expected since {since}, {} came: ", exact(silence.seen)));
    let by = silence.by.and_then(|by| live.registry.step(by)).map(|by| step_link(&live.registry, by));
    match (silence.cause, by) {
        (SilenceCause::LostAfterUpstream, Some(by)) => {
            why.text("users come to ").link(by.text, by.href).text(" and do not get here.")
        }
        (SilenceCause::LostAfterUpstream, None) => {
            why.text("users come to the step before it and do not get here.")
        }
        (SilenceCause::Starved, Some(by)) => why.link(by.text, by.href).text(", before it, is silent."),
        (SilenceCause::Starved, None) => why.text("the step before it is silent."),
        (SilenceCause::CannotStart, _) => {
            why.text("users cannot start, or the annotation broke; its service is alive.")
        }
        (SilenceCause::CannotSee, _) => why.text("its service sends nothing, so we cannot see."),
    }
}

/// Returns the first step upstream that fails or is silent, as the place to begin.
fn first_hurt(live: &Live, silence: &SilenceNow) -> Option<Prose> {
    let mut seen: Vec<StepId> = Vec::new();
    let mut found = None;
    let mut by = silence.by;
    while let Some(step) = by.filter(|by| !seen.contains(by)).and_then(|by| live.registry.step(by)) {
        seen.push(step.id);
        let hurt = hurt::of(live, step);
        found = hurt.filter(|hurt| matches!(hurt.state.status, Status::Failing | Status::Silent)).or(found);
        by = live.judgement.step(step.id).and_then(|step| step.silence.as_ref()).and_then(|one| one.by);
    }
    let link = step_link(&live.registry, found?.step);
    let Words { before, behind, .. } = found?.words();
    let say = Prose::new().text(before).link(link.text, link.href);
    Some(match behind.is_empty() {
        true => say.text(": begin there"),
        false => say.text(format!(", before it,{behind}: begin there")),
    })
}

/// Returns what to do about a silence, by its cause.
fn silence_next(live: &Live, silence: &SilenceNow) -> Prose {
    let by = silence.by.and_then(|by| live.registry.step(by)).map(|by| step_link(&live.registry, by));
    let first = first_hurt(live, silence);
    match (silence.cause, by) {
        (SilenceCause::LostAfterUpstream | SilenceCause::Starved, Some(_)) if first.is_some() => {
            first.unwrap_or_default()
        }
        (SilenceCause::LostAfterUpstream, Some(by)) => {
            Prose::new().text("look at what users meet after ").link(by.text, by.href)
        }
        (SilenceCause::LostAfterUpstream, None) => "look at what users meet before this step".into(),
        (SilenceCause::Starved, Some(by)) => Prose::new().text("begin at ").link(by.text, by.href),
        (SilenceCause::Starved, None) => "begin at the step before it".into(),
        (SilenceCause::CannotStart, _) => {
            "try it yourself; if it works, look at the rule or annotation that names the step".into()
        }
        (SilenceCause::CannotSee, _) => Prose::new()
            .text("check that its service runs and sends: ")
            .link("quality", crate::view::path::QUALITY),
    }
}

fn sentence(text: &str) -> String {
    format!("{}.", crate::show::names::capital(text.trim_end_matches('.')))
}
