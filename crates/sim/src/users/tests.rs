//! Four weeks of attempts without their spans: rates, budgets and slow shares as the product's targets see them.

use super::*;
use crate::Scenario;
use crate::world::{FlowId, Kind};

const DAY_NS: u64 = 86_400 * SECOND_NS;
/// Wednesday 2026-09-09 14:05 UTC.
const END_NS: u64 = 1_788_962_700 * SECOND_NS;

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    all: f64,
    failed: f64,
    refused: f64,
    slow: f64,
}

impl Count {
    /// The share of the budget that failures use; 4xx do not count.
    fn used(&self, target: f64) -> f64 {
        self.failed / ((self.all - self.refused) * (1.0 - target))
    }

    fn slow_used(&self, target: f64) -> f64 {
        self.slow / ((self.all - self.refused - self.failed) * (1.0 - target))
    }
}

/// Counts the attempts of every flow up to a moment, on top of those counted before.
fn count(users: &mut Users, until_ns: u64, counts: &mut [Count]) {
    loop {
        let (flow, at_ns) = users.next();
        if at_ns >= until_ns {
            return;
        }
        let Some(attempt) = users.arrive(flow) else { continue };
        let ending = attempt.ending.map(|ending| FLOWS[flow].endings[ending]);
        let count = &mut counts[flow];
        count.all += 1.0;
        count.failed += f64::from(ending.is_some_and(|ending| ending.message.is_some()));
        count.refused +=
            f64::from(ending.is_some_and(|ending| ending.http >= 400 && ending.message.is_none()));
        count.slow += f64::from(ending.is_none() && attempt.took_ns as f64 > FLOWS[flow].slow.over_ms * 1e6);
    }
}

#[test]
fn flows_stand_in_the_order_of_their_ids() {
    for (place, flow) in FLOWS.iter().enumerate() {
        assert_eq!(flow.id as usize, place);
        assert!(flow.calls.iter().enumerate().all(|(at, call)| call.parent.is_none_or(|parent| parent < at)));
    }
}

#[test]
fn children_have_their_time_within_their_parents() {
    for flow in &FLOWS {
        for call in flow.calls {
            assert!(call.from < call.to && call.times.0 > 0 && call.times.0 <= call.times.1);
            let Some(parent) = call.parent else { continue };
            let parent = flow.calls[parent];
            assert!(parent.from <= call.from && (call.to <= parent.to || call.kind == Kind::Consumer));
        }
    }
}

#[test]
fn what_only_a_fault_brings_has_no_odds() {
    use crate::fault::Scenario::{PartialOutage, SaveDraft, Silent};
    let mut broken = 0;
    for scenario in [SaveDraft, Silent, PartialOutage] {
        for flow in &FLOWS {
            if let Effect::End { ending, .. } = Fault::new(scenario, Some(0)).effect(flow.id, 0) {
                assert_eq!(flow.endings[ending].odds, 0.0);
                broken += 1;
            }
        }
    }
    let never = FLOWS.iter().flat_map(|flow| flow.endings).filter(|ending| ending.odds == 0.0).count();
    assert_eq!(broken, never);
}

#[test]
fn four_weeks_use_a_part_of_every_budget() {
    let config = Config { seed: 1, scenario: Scenario::None, fault_at: None, scale: 1.0 };
    let mut users = Users::new(&config, END_NS - 28 * DAY_NS);
    let mut counts = vec![Count::default(); FLOWS.len()];
    count(&mut users, END_NS - 3 * DAY_NS, &mut counts);
    let slow_before = counts[FlowId::LookupAddresses as usize].slow;
    count(&mut users, END_NS, &mut counts);
    let spans = FLOWS.iter().zip(&counts).map(|(flow, count)| count.all * spans_of(flow)).sum::<f64>();
    assert!((18e6..22e6).contains(&spans), "{spans} spans in four weeks");
    assert_failures_are_within_budget(&counts);
    assert_slow_ones_are_within_budget(&counts);
    let lookup = counts[FlowId::LookupAddresses as usize];
    let recent = (lookup.slow - slow_before) / (lookup.all * 0.01);
    assert!(recent < 0.105, "the last three days use {recent:.3} of the slow budget: that is an alert");
}

/// Returns the spans of an attempt that goes through, on average.
fn spans_of(flow: &Flow) -> f64 {
    flow.calls.iter().map(|call| f64::from(call.times.0 + call.times.1) / 2.0).sum()
}

fn assert_failures_are_within_budget(counts: &[Count]) {
    for (id, target) in [
        (FlowId::Login, 0.999),
        (FlowId::OpenCompose, 0.995),
        (FlowId::LookupAddresses, 0.995),
        (FlowId::SaveDraft, 0.995),
        (FlowId::SendMail, 0.999),
        (FlowId::OpenInbox, 0.999),
        (FlowId::OpenMessage, 0.999),
    ] {
        let used = counts[id as usize].used(target);
        assert!((0.15..0.45).contains(&used), "{id:?} uses {used:.3}");
    }
    // The last ending of a delivery is the spam filter's, which is another step.
    let receive = counts[FlowId::ReceiveMail as usize];
    let used = (receive.failed / receive.all - 0.002) / 0.005;
    assert!((0.1..0.45).contains(&used), "receive mail uses {used:.3}");
}

fn assert_slow_ones_are_within_budget(counts: &[Count]) {
    let used = counts[FlowId::LookupAddresses as usize].slow_used(0.99);
    assert!((0.90..0.99).contains(&used), "look up addresses uses {used:.3}");
    for id in [FlowId::Login, FlowId::SaveDraft, FlowId::SendMail, FlowId::OpenInbox, FlowId::OpenMessage] {
        let used = counts[id as usize].slow_used(0.99);
        assert!((0.08..0.45).contains(&used), "{id:?} uses {used:.3}");
    }
}
