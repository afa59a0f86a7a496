//! An SLO's number over its window, from its judgement.

use throughline_core::judge::judgement::SloJudgement;
use throughline_core::model::slo::{self, Slo};

use crate::live::Live;
use crate::view::number::took;
use crate::view::sli::Sli;

/// Returns the SLI; without a judgement only what the registry says.
pub(crate) fn sli(live: &Live, slo: &Slo) -> Sli {
    let said = Sli {
        target_ppb: slo.target.ppb(),
        window: slo.window.text(),
        within_ns: within(slo),
        ..Sli::default()
    };
    live.judgement.slo(slo.id).map_or_else(|| said.clone(), |judged| of(judged, &said))
}

/// Returns the time within which an attempt must end.
pub(super) fn within(slo: &Slo) -> Option<u64> {
    match slo.sli {
        slo::Sli::Availability => None,
        slo::Sli::Latency { threshold_ns, .. } => Some(threshold_ns),
        slo::Sli::EndToEnd { within_ns, .. } => Some(within_ns),
    }
}

/// Returns `took longer than 800 ms`.
pub(super) fn too_slow(threshold_ns: u64) -> String {
    format!("took longer than {}", took(threshold_ns))
}

fn of(judged: &SloJudgement, said: &Sli) -> Sli {
    let unknown = judged.window.unknown.total();
    let is_open = unknown > 0 || judged.window.sample.is_some();
    let interval = judged.interval.filter(|_| is_open);
    let range = judged.budget.remaining_range_ppb.filter(|_| is_open);
    Sli {
        good: judged.window.good,
        bad: judged.window.bad,
        unknown,
        stands_for: judged.window.sample.map(|sample| sample.stand_for),
        sli_ppb: judged.sli.map(slo::Ratio::ppb),
        low_ppb: interval.map(|interval| interval.lo.ppb()),
        high_ppb: interval.map(|interval| interval.hi.ppb()),
        allowed: judged.budget.allowed(),
        left_ppb: judged.budget.remaining_ppb,
        left_low_ppb: range.map(|(low, _)| low),
        left_high_ppb: range.map(|(_, high)| high),
        ..said.clone()
    }
}

/// Returns `99.753 / 99.5 %, 50 % left` in plain words; `None` without attempts.
pub(super) fn words(sli: &Sli) -> Option<String> {
    use crate::view::number::{left, sli_bare, target};
    let bare = |ppb| sli_bare(ppb, sli.target_ppb);
    let value = match (sli.low_ppb, sli.high_ppb) {
        (Some(low), Some(high)) => format!("{} to {}", bare(low), bare(high)),
        _ => bare(sli.sli_ppb?),
    };
    let left = match sli.left_ppb {
        Some(budget @ 0..) => format!(", {} left", left(budget)),
        Some(budget) => format!(", {}", left(budget)),
        None => String::new(),
    };
    Some(format!("{value} / {}{left}", target(sli.target_ppb)))
}

/// Returns the same with the SLO's name, where its step has several that are measured.
pub(super) fn named(live: &Live, slo: &Slo) -> Option<String> {
    let words = words(&sli(live, slo))?;
    let several =
        live.registry.slos_of(slo.step).filter(|slo| crate::show::state::is_measured(slo)).count() > 1;
    Some(if several { format!("{}: {words}", slo.name.replace('-', " ")) } else { words })
}
