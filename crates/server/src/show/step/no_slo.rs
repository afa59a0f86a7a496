//! A step that nothing measures, with a draft that would.

use throughline_core::model::objective::Criticality;
use throughline_core::model::step::Step;

use crate::live::Live;
use crate::show::counts::{attempts, attempts_a_day};
use crate::view::number::{span, target_bare};
use crate::view::sli::Share;
use crate::view::step::NoSlo;

const WEEK_MINUTES: u32 = 7 * 24 * 60;

/// Returns what is known of the step, and a draft SLO.
pub(super) fn no_slo(live: &Live, step: &Step) -> NoSlo {
    let target = target(live.registry.criticality_of(step.id));
    let (so_far, so_far_period) = so_far(live, step);
    NoSlo {
        attempts_a_day: attempts_a_day(live, step.id),
        so_far,
        so_far_period,
        draft: format!(
            "      slos:\n        - {{name: available, method: service, target: {}%, window: 28d}}\n",
            target_bare(target)
        ),
        draft_target_ppb: target,
    }
}

/// Returns the loosest usual target of a criticality (`slo.md` 11).
fn target(criticality: Criticality) -> u64 {
    match criticality {
        Criticality::Critical => 995_000_000,
        Criticality::Important | Criticality::None => 990_000_000,
    }
}

/// Returns good of decided attempts of the last week, or since the first one.
fn so_far(live: &Live, step: &Step) -> (Option<Share>, String) {
    let series = live.book.judged.history.step(step.id);
    let end = live.judgement.as_of.minute();
    let Some(first) = series.first().filter(|first| *first < end) else { return (None, String::new()) };
    let start = end.minus(WEEK_MINUTES).max(first);
    let counts = attempts(&series.sum(start..end));
    let period = format!("in the last {}", span(u64::from(end.0 - start.0) * 60));
    let known = counts.decided() > 0;
    (known.then(|| Share::new(counts.good, counts.decided())), period)
}
