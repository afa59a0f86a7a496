//! Tests of what fails now: onset, levels, joining steps, the end.

use crate::count::bucket::Counts;
use crate::judge::fixture::{World, at, bad, clock, good};
use crate::judge::judgement::{HeldBackBy, TierState};
use crate::judge::log::AlertName;
use crate::judge::status::Status;
use crate::judge::word::TierName;
use crate::model::severity::{Severity, SeverityRule};
use crate::time::SECOND_NS;

fn steady(world: &mut World, minutes: u32, counts: &[Counts]) {
    for _ in 0..minutes {
        world.pass(counts);
    }
}

/// Lets a total failure begin with a minute, an attempt every `60/n` s, looking every 10 s; returns the
/// seconds until the step is `failing`.
fn onset(per_minute: u64) -> Option<u64> {
    let mut world = World::new(1);
    steady(&mut world, 120, &[good(per_minute as i64)]);
    let begin = world.minute;
    for second in 0..1_200u64 {
        world.minute = begin + (second / 60) as u32;
        if (second * per_minute) % 60 < per_minute {
            world.add(0, world.minute, bad(per_minute.div_ceil(60) as i64));
        }
        if second % 10 == 9 && world.look(second % 60 + 1).slos[0].status == Status::Failing {
            return Some(second + 1);
        }
    }
    None
}

#[test]
fn a_total_outage_is_failing_within_the_published_delay() {
    let check = |per_minute, within| {
        let seconds = onset(per_minute).expect("fails");
        assert!(seconds <= within, "{per_minute}/min after {seconds} s");
    };
    check(600, 40);
    check(60, 60);
    check(20, 80);
    check(12, 120);
    check(5, 240);
}

#[test]
fn severity_is_major_at_once_and_ends_two_minutes_after() {
    let mut world = World::new(1);
    steady(&mut world, 180, &[good(41)]);
    world.add(0, 180, bad(7));
    world.look(10);
    let severity = world.last.steps[0].severity.clone().expect("7 of 7 lost");
    assert_eq!(
        (severity.level, severity.rule, severity.since),
        (Severity::Major, 0, at(180).plus(10 * SECOND_NS))
    );
    assert_eq!(world.slo().failing, None, "7 are under 10");
    world.add(0, 180, bad(6));
    let sentence = world.look(20).slos[0].sentence.clone();
    assert!(sentence.contains("Still failing: 13 of 177 in 5 min."), "{sentence}");
    world.add(0, 180, bad(28));
    world.minute = 181;
    world.look(0);
    steady(&mut world, 22, &[bad(41)]);
    let step = &world.last.steps[0];
    let impact = step.impact.expect("lost");
    assert_eq!((impact.minutes, impact.lost, impact.attempts), (15, 14 * 41, 14 * 41));
    assert_eq!(step.lost_so_far.map(|lost| lost.attempts), Some(23 * 41));
    assert_eq!(world.slo().failing.map(|failing| clock(failing.since)), Some("03:00".to_owned()));
    steady(&mut world, 10, &[good(41)]);
    assert_eq!(world.last.steps[0].severity, None);
    let log: Vec<_> =
        world.last.logs.severities.iter().map(|s| (s.level, clock(s.from), s.to.map(clock))).collect();
    assert_eq!(log, [(Severity::Major, "03:00".to_owned(), Some(log[0].2.clone().expect("ended")))]);
    assert!(log[0].2.as_deref() <= Some("03:31"), "{log:?}");
}

#[test]
fn tiers_fire_in_the_order_of_the_mock() {
    let mut world = World::new(1);
    if let Some(slo) = &mut world.registry.slos[0] {
        slo.target = crate::model::slo::Ratio::from_ppb(995_000_000);
        slo.window = crate::model::slo::Window::days(28);
    }
    steady(&mut world, 6 * 1_440, &[good(22)]);
    let begin = world.minute;
    steady(&mut world, 2, &[good(41)]);
    steady(&mut world, 23, &[bad(41)]);
    let since = |name: TierName| {
        let tier = world.slo().tiers.iter().find(|tier| tier.name == name).expect("a tier");
        let since = tier.state.since().map(|since| (since.0 - at(begin).0) / crate::time::MINUTE_NS);
        (since.expect("fires"), tier.held_back_by)
    };
    let outage = Some(HeldBackBy::Tier(TierName::Outage));
    let fast = since(TierName::Fast);
    assert!(fast.0 < since(TierName::Outage).0, "{fast:?}");
    assert_eq!((fast.1, since(TierName::Outage).1), (outage, None));
    assert_eq!(since(TierName::Slow).1, outage);
    assert_eq!(world.slo().firing().map(|tier| tier.name), Some(TierName::Outage));
    assert_eq!(world.slo().status, Status::Failing);
    let alert =
        world.last.logs.alerts.iter().find(|alert| alert.name == AlertName::BudgetBurn).expect("an alert");
    assert_eq!(
        (alert.labels.slo_id.as_str(), alert.labels.product.as_str()),
        ("mail/step-0/available", "mail")
    );
    assert!(alert.summary.starts_with("Step 0 (critical): "), "{}", alert.summary);
    assert!(world.slo().sentence.contains("Still failing: 205 of 205 in 5 min."), "{}", world.slo().sentence);
}

#[test]
fn another_step_of_the_product_joins_at_less() {
    let mut alone = World::new(2);
    let calm = [good(60), good(60)];
    steady(&mut alone, 100, &calm);
    let few = Counts { good: 57, failed: 3, ..Counts::default() };
    steady(&mut alone, 1, &[good(60), few]);
    assert_eq!(alone.last.steps[1].severity, None);
    let mut beside = World::new(2);
    steady(&mut beside, 100, &calm);
    steady(&mut beside, 1, &[bad(60), few]);
    let level = |step: usize| beside.last.steps[step].severity.as_ref().map(|severity| severity.level);
    assert_eq!((level(0), level(1)), (Some(Severity::Major), Some(Severity::Minor)));
}

#[test]
fn a_fault_that_is_over_is_not_told_for_another_quarter() {
    let mut world = World::new(1);
    steady(&mut world, 100, &[good(100)]);
    steady(&mut world, 3, &[Counts { good: 60, failed: 40, ..Counts::default() }]);
    assert!(world.last.steps[0].severity.is_some());
    steady(&mut world, 8, &[good(100)]);
    let step = &world.last.steps[0];
    assert_eq!((step.severity.clone(), step.impact), (None, None));
}

/// While the service that a `contains` names sends nothing, successes wait for it and failures do not: what is
/// known at once is not what is true of everybody.
#[test]
fn attempts_that_wait_are_no_failures_and_no_reason_to_leave_them_out() {
    let mut world = World::new(1);
    steady(&mut world, 120, &[good(400)]);
    let waiting = Counts { failed: 4, pending: 196, lost: 200, ..Counts::default() };
    steady(&mut world, 10, &[waiting]);
    let slo = world.slo();
    assert_eq!(slo.failing, None, "40 of 4,000 are no outage: {}", slo.sentence);
    let outage = slo.tiers.iter().find(|tier| tier.name == TierName::Outage).expect("a tier");
    assert!(!outage.state.is_firing(), "{outage:?}");
    let step = &world.last.steps[0];
    let impact = step.impacts[2];
    assert_eq!((impact.lost, impact.attempts), (16, 1_600), "the open minute is empty, with the 4 before it");
    assert_eq!(step.severity.as_ref().map(|now| now.level), Some(Severity::Minor));
    assert!(
        slo.sentence.contains("48,000 of 48,036 attempts were good so far; of 1,800 more nobody knows"),
        "{}",
        slo.sentence
    );
}

/// A file that ends while most attempts fail: nothing says that they do not fail any more.
#[test]
fn the_end_of_the_input_is_no_recovery() {
    let mut world = World::new(1);
    steady(&mut world, 120, &[good(100)]);
    steady(&mut world, 30, &[bad(100)]);
    let before = world.last.clone();
    let open = |world: &World| world.last.logs.alerts.iter().filter(|alert| alert.ended.is_none()).count();
    let alerts = open(&world);
    assert!(alerts > 0 && before.steps[0].severity.is_some() && before.slos[0].failing.is_some());
    let end = crate::judge::fixture::START.plus(world.minute);
    world.judge.no_input(end..end.plus(41));
    steady(&mut world, 40, &[Counts::default()]);
    assert_eq!(open(&world), alerts);
    let frozen =
        |tier: &crate::judge::judgement::TierJudgement| matches!(tier.state, TierState::Frozen { .. });
    assert!(world.slo().tiers.iter().any(frozen), "{:?}", world.slo().tiers);
    let step = &world.last.steps[0];
    assert_eq!((&step.severity, step.impact), (&before.steps[0].severity, before.steps[0].impact));
    assert_eq!(world.slo().failing, before.slos[0].failing);
    assert!(world.last.logs.severities.iter().all(|severity| severity.to.is_none()));
    steady(&mut world, 30, &[good(100)]);
    assert_eq!((world.last.steps[0].severity.clone(), world.slo().failing), (None, None));
    assert!(world.last.logs.severities.iter().all(|severity| severity.to.is_some()));
    let outage = world.last.logs.alerts.iter().find(|alert| alert.name == AlertName::Outage);
    assert!(outage.is_some_and(|outage| outage.ended.is_some()));
}

/// Good minutes leave the windows and no others come: that is no worse than it was.
#[test]
fn the_end_of_the_input_opens_no_alert() {
    let mut world = World::new(1);
    steady(&mut world, 200, &[good(100)]);
    steady(&mut world, 7, &[bad(100)]);
    world.pass(&[Counts::default()]);
    let end = crate::judge::fixture::START.plus(world.minute - 1);
    world.judge.no_input(end..end.plus(60));
    let names = |world: &World| -> Vec<_> { world.last.logs.alerts.iter().map(|alert| alert.tier).collect() };
    let before = names(&world);
    assert!(!before.contains(&Some(TierName::Outage)), "{before:?}");
    steady(&mut world, 30, &[Counts::default()]);
    assert_eq!(names(&world), before);
}

/// The rules of the product in a new version of the registry.
fn rules(world: &mut World) -> &mut Vec<SeverityRule> {
    world.registry.version += 1;
    &mut world.registry.products[0].as_mut().expect("one").severity
}

#[test]
fn a_reload_names_the_same_rule_at_its_new_place_or_one_that_is_there() {
    let mut world = World::new(1);
    steady(&mut world, 120, &[good(100)]);
    steady(&mut world, 3, &[bad(100)]);
    let before = world.last.steps[0].severity.clone().expect("major");
    let minor = rules(&mut world).remove(2);
    rules(&mut world).insert(0, minor);
    steady(&mut world, 1, &[Counts::default()]);
    let moved = world.last.steps[0].severity.clone().expect("it lasts");
    assert_eq!(
        (moved.level, moved.rule, &moved.text, moved.since),
        (before.level, 1, &before.text, before.since)
    );
    // Nothing is found any more, and the rule is gone: another of that level stands for it, else it ends.
    rules(&mut world)[1].text = "any other words".to_owned();
    steady(&mut world, 1, &[good(100)]);
    let reworded = world.last.steps[0].severity.clone().expect("it lasts");
    assert_eq!((reworded.rule, reworded.text.as_str()), (1, "any other words"));
    rules(&mut world).clear();
    steady(&mut world, 1, &[good(100)]);
    assert_eq!(world.last.steps[0].severity, None);
    assert!(world.last.logs.severities.iter().all(|severity| severity.to.is_some()));
}
