//! A trace that is not kept, and what is kept instead.

use throughline_core::annotate::decision::Outcome as Decided;
use throughline_core::annotate::names::ReasonId;
use throughline_core::count::tally::ExampleOf;
use throughline_core::id::StepId;

use crate::intake::Intake;
use crate::kept::{EACH, RING_BYTES};
use crate::live::Live;
use crate::show::names::step_link;
use crate::view::trace::{KeptGroup, NotKept, Outcome, Trace};

/// Returns what became of a trace, or that it is not kept.
pub fn trace(live: &Live, _intake: &Intake, id: &str) -> Trace {
    Trace::NotKept(not_kept(live, id))
}

/// Returns the answer for a trace that is not kept: when it was counted is not known.
pub fn not_kept(live: &Live, id: &str) -> NotKept {
    NotKept {
        id: id.to_owned(),
        counted: None,
        is_id: id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
        each: EACH as u64,
        bytes_max: RING_BYTES as u64,
        kept: kept(live),
    }
}

/// Returns the attempts of which traces are kept, by step; the bad ones of a step first.
fn kept(live: &Live) -> Vec<KeptGroup> {
    let groups = live.examples.all().filter_map(|(of, traces)| match of {
        ExampleOf::Attempt { step, outcome, reason } => Some(((*step, *outcome, *reason), traces)),
        ExampleOf::Cell { .. } => None,
    });
    let mut groups: Vec<_> = groups.collect();
    groups.sort_by_key(|((step, outcome, reason), _)| (*step, !outcome.is_bad(), *outcome, *reason));
    let group = |(key, traces): ((StepId, Decided, Option<ReasonId>), &std::collections::VecDeque<_>)| {
        let (step, outcome, reason) = key;
        let traces: &std::collections::VecDeque<throughline_core::count::tally::Example> = traces;
        Some(KeptGroup {
            step: step_link(&live.registry, live.registry.step(step)?),
            outcome: self::outcome(outcome),
            reason: self::reason(live, outcome, reason),
            traces: traces.iter().map(|example| example.trace.to_string()).collect(),
        })
    };
    groups.into_iter().filter_map(group).collect()
}

fn outcome(outcome: Decided) -> Outcome {
    match outcome {
        Decided::Good => Outcome::Good,
        Decided::Failed | Decided::Useless | Decided::Shed => Outcome::Bad,
        Decided::Excluded => Outcome::Excluded,
        Decided::Pending => Outcome::Pending,
        Decided::Lost => Outcome::Lost,
    }
}

/// Returns why a bad attempt is bad; empty when it is good.
fn reason(live: &Live, outcome: Decided, reason: Option<ReasonId>) -> String {
    match (reason, outcome) {
        (Some(reason), _) => live.interned.reason_text(reason).to_string(),
        (None, Decided::Useless | Decided::Shed) => outcome.word().to_owned(),
        (None, _) => String::new(),
    }
}
