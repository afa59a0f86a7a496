//! How soon a fault is told: onsets of many seeds on a virtual clock.

use std::sync::Arc;

use throughline_core::count::book::Book;
use throughline_core::count::frame::Frames;
use throughline_core::judge::Settings;
use throughline_core::judge::judgement::StepJudgement;
use throughline_core::judge::status::Status;
use throughline_core::model::registry::{IdBook, Registry};
use throughline_core::observation::Signal;
use throughline_core::time::{SECOND_NS, UnixNanos};
use throughline_server::evaluate::{Evaluator, TICK_NS};
use throughline_server::intake::{Intake, Request};
use throughline_server::live::{Live, RegistrySource};
use throughline_sim::{Config, Scenario, Simulator};
use throughline_wire::inflate::Compression;
use throughline_wire::otlp::Encoding;

use crate::demo::alone;
use crate::process::root;

/// A Tuesday, 13:55 UTC: a fault begins in the minute from then on.
const FAULT: u64 = 1_795_442_100 * SECOND_NS;

/// A fault, the step it hurts, and when it counts as told.
struct Onset {
    scenario: Scenario,
    scale: f64,
    /// Minutes of healthy traffic before it.
    healthy: u64,
    step: &'static str,
    is_told: fn(&StepJudgement) -> bool,
}

/// Returns the seconds from the fault's beginning until it is told, at most twenty minutes.
fn delay(registry: &Arc<Registry>, onset: &Onset, seed: u64) -> u64 {
    const AT_MOST: u64 = 1_200;
    // The fault begins anywhere in a minute, and so in a tick.
    let fault = FAULT + (seed * 37 % 60) * SECOND_NS + seed * 7_919 % SECOND_NS;
    let Onset { scenario, scale, healthy, step, is_told } = *onset;
    let start = FAULT - healthy * 60 * SECOND_NS;
    let config = Config { seed, scenario, fault_at: Some(fault), scale };
    let mut simulator = Simulator::new(config, start);
    let intake = Intake::new(Arc::clone(registry), Frames::default(), 1, seed);
    let interned = Arc::clone(&intake.shared.interned);
    let mut live = Live::new(Arc::clone(registry), RegistrySource::default(), interned, Book::new(u32::MAX));
    let mut evaluator = Evaluator::new(Settings::default());
    let step = registry.steps().find(|known| known.name == step).unwrap().id;
    for tick in (start..fault + AT_MOST * SECOND_NS).step_by(TICK_NS as usize) {
        simulator.play_until(tick, |body| {
            let (signal, encoding, compression) = (Signal::Traces, Encoding::Protobuf, Compression::Identity);
            let request = Request { signal, encoding, compression, body: body.bytes };
            drop(intake.take(&request, UnixNanos(body.sent_at_ns)));
        });
        let now = UnixNanos(tick);
        evaluator.tick(&mut live, intake.drain(now), now);
        if live.judgement.step(step).is_some_and(is_told) {
            assert!(tick > fault, "told before it began, seed {seed}");
            return (tick - fault).div_ceil(SECOND_NS);
        }
    }
    AT_MOST
}

/// Returns the delays of so many onsets, shortest first.
fn delays(onset: &Onset, seeds: u64) -> Vec<u64> {
    let _alone = alone();
    let loaded = throughline_registry::load_dir(&root().join("examples/mail"), &mut IdBook::default());
    let registry = Arc::new(loaded.registry.unwrap());
    let mut delays: Vec<u64> = (1..=seeds).map(|seed| delay(&registry, onset, seed)).collect();
    delays.sort_unstable();
    println!(
        "{}: median {} s, longest {} s",
        onset.scenario,
        delays[delays.len() / 2],
        delays[delays.len() - 1]
    );
    delays
}

#[test]
fn a_total_failure_is_told_within_two_minutes_in_95_of_100_onsets() {
    let is_told = |step: &StepJudgement| step.status == Status::Failing;
    // At this scale save-draft sees about twelve attempts a minute in this hour.
    let onset = Onset { scenario: Scenario::SaveDraft, scale: 0.6, healthy: 5, step: "save-draft", is_told };
    let delays = delays(&onset, 100);
    assert!(delays[94] <= 120, "{delays:?}");
}

#[test]
fn a_latency_fault_has_a_severity_within_ten_minutes() {
    let is_told = |step: &StepJudgement| step.severity.is_some();
    let onset = Onset { scenario: Scenario::SlowAuth, scale: 1.0, healthy: 5, step: "login", is_told };
    let delays = delays(&onset, 40);
    assert!(delays[38] <= 600, "{delays:?}");
}

#[test]
fn a_step_that_nobody_reaches_any_more_is_silent_within_the_window_that_proves_it() {
    let is_told = |step: &StepJudgement| step.silence.is_some();
    // Some twenty attempts a minute: at most the five-minute window is needed, and a bucket closes a minute after its
    // end.
    let onset = Onset { scenario: Scenario::Silent, scale: 1.0, healthy: 180, step: "save-draft", is_told };
    let delays = delays(&onset, 20);
    assert!(delays[18] <= 420, "{delays:?}");
}
