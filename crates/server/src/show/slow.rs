//! Slow attempts: the latency SLO that a step's pages look at, kept traces, and where in these the time went. What
//! a trace shows is told of as many traces as were looked at, never of all attempts.

use std::collections::BTreeMap;

use throughline_core::count::tally::{Example, ExampleOf};
use throughline_core::model::slo::{Sli, Slo};
use throughline_core::model::step::Step;

use crate::live::Live;
use crate::show::hurt;
use crate::show::state::is_measured;
use crate::show::trace;
use crate::view::number::of;
use crate::view::sli::Share;

/// Where most of the time went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) service: String,
    /// In so many of the kept traces.
    pub(super) traces: Share,
    /// Of the newest of these: `auth Verify took 1.9 s of 2.1 s`.
    pub(super) example: String,
}

/// Returns the latency SLO of a step that is hurt now, else its first.
pub(super) fn looked_at<'a>(live: &'a Live, step: &Step) -> Option<&'a Slo> {
    let is_latency = |slo: &&Slo| matches!(slo.sli, Sli::Latency { .. }) && is_measured(slo);
    let hurt = live.registry.step(step.id).and_then(|step| hurt::of(live, step)).and_then(|hurt| hurt.slow);
    hurt.or_else(|| live.registry.slos_of(step.id).find(is_latency))
}

/// Returns the kept traces of attempts above a latency SLO's threshold, the newest first.
pub(super) fn examples<'a>(live: &'a Live, slo: &Slo) -> impl Iterator<Item = &'a Example> {
    let shows = match slo.sli {
        Sli::Latency { slot, .. } => Some(ExampleOf::Slow { step: slo.step, threshold: slot }),
        Sli::Availability | Sli::EndToEnd { .. } => None,
    };
    shows.into_iter().flat_map(|shows| live.examples.of(&shows))
}

/// Returns the service in which most of the time went, in most of the kept traces.
pub(super) fn place(live: &Live, slo: &Slo) -> Option<Place> {
    let lines = trace::lines(live, examples(live, slo).map(|example| example.trace));
    let mut places: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let mut looked = 0;
    for longest in lines.into_iter().filter_map(|line| line.longest) {
        looked += 1;
        let words = longest.words();
        places.entry(longest.service).or_insert((0, words)).0 += 1;
    }
    let (service, (n, example)) = places.into_iter().max_by_key(|(_, (n, _))| *n)?;
    Some(Place { service, traces: Share::new(n, looked), example })
}

impl Place {
    /// Returns `auth, in 5 of 5 kept traces`.
    pub(super) fn words(&self) -> String {
        format!("{}, in {} kept traces", self.service, of(self.traces.part, self.traces.of))
    }
}
