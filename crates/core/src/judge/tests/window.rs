//! Tests of windows and of one look: sums by the naive way, any order of counting, and what a baseline proves.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::count::bucket::Counts;
use crate::id::StepId;
use crate::judge::fixture::{World, at, bad, good, registry};
use crate::judge::look::{Looked, judge_window};
use crate::judge::status::CauseKind;
use crate::judge::word::SilenceCause;
use crate::judge::{Given, GivenStep};
use crate::model::severity::Severity;
use crate::model::slo::Window;
use crate::time::SECOND_NS;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_window_is_the_sum_of_its_minutes(
        minutes in prop::collection::vec((0i64..30, 0i64..3, 0u32..40), 100..180), second in 0u64..60,
    ) {
        let mut world = World::new(1);
        if let Some(slo) = &mut world.registry.slos[0] {
            slo.window = Window::minutes(75);
        }
        let mut naive = vec![(0i64, 0i64); minutes.len()];
        for (minute, (good, failed, back)) in minutes.iter().enumerate() {
            let late = minute.saturating_sub(*back as usize);
            naive[late].1 += failed;
            naive[minute].0 += good;
            world.add(0, late as u32, bad(*failed));
            world.pass(&[Counts { good: *good, ..Counts::default() }]);
            world.look(second);
            let end = (at(world.minute).0 + second * SECOND_NS - at(1).0) / crate::time::MINUTE_NS;
            let range = (end as usize).saturating_sub(75)..end as usize;
            let sum = naive[range].iter().fold((0, 0), |sum, m| (sum.0 + m.0, sum.1 + m.1));
            let window = world.slo().window;
            prop_assert_eq!((window.good as i64, window.bad as i64), sum, "minute {}", minute);
        }
    }

    #[test]
    fn the_same_ticks_give_the_same_answers(minutes in prop::collection::vec((0i64..60, 0i64..20), 60..120)) {
        let mut worlds = [World::new(2), World::new(2)];
        for (good, failed) in minutes {
            let counts = Counts { good, failed, ..Counts::default() };
            for world in &mut worlds {
                world.pass(&[counts, counts]);
            }
        }
        let [a, b] = worlds.map(|world| format!("{:?}", world.last));
        prop_assert_eq!(a, b);
    }
}

fn given(attempts: [u64; 3]) -> Given {
    let step = |(at, attempts)| (StepId::new(at), GivenStep { attempts, seconds: 600.0 });
    Given { steps: (0..).zip(attempts).map(step).collect() }
}

fn looked(counts: [Counts; 3], alive: &[&str]) -> Looked {
    let steps: BTreeMap<_, _> = (0..).map(StepId::new).zip(counts).collect();
    Looked { steps, seconds: 300.0, alive: alive.iter().map(|s| (*s).to_owned()).collect() }
}

#[test]
fn one_look_finds_the_silent_and_the_starved() {
    let check = |counts: [i64; 3], alive: &[&str], expected: [Option<SilenceCause>; 3]| {
        let judged =
            judge_window(&registry(3), &looked(counts.map(good), alive), Some(&given([1_000, 500, 250])));
        let causes: Vec<_> =
            judged.steps.iter().map(|step| step.silence.map(|silence| silence.cause)).collect();
        assert_eq!(causes, expected, "{counts:?}");
    };
    let starved = Some(SilenceCause::Starved);
    check([500, 250, 125], &[], [None; 3]);
    check([0, 0, 0], &[], [Some(SilenceCause::CannotSee), starved, starved]);
    check([0, 0, 0], &["service-0"], [Some(SilenceCause::CannotStart), starved, starved]);
    check([500, 3, 0], &[], [None, Some(SilenceCause::LostAfterUpstream), starved]);
    check([200, 100, 50], &[], [None; 3]);
}

#[test]
fn one_look_blames_nobody_who_was_never_seen() {
    let check = |counts: [i64; 3], baseline: [u64; 3], expected: [Option<SilenceCause>; 3]| {
        let window = looked(counts.map(good), &["service-1"]);
        let judged = judge_window(&registry(3), &window, Some(&given(baseline)));
        let silences = judged.steps.iter().map(|step| step.silence);
        let causes: Vec<_> = silences.clone().map(|silence| silence.map(|silence| silence.cause)).collect();
        assert_eq!(causes, expected, "{counts:?}");
        assert!(silences.flatten().all(|silence| silence.by != Some(StepId::new(0)) || counts[0] > 0));
    };
    let [start, lost, starved] =
        [SilenceCause::CannotStart, SilenceCause::LostAfterUpstream, SilenceCause::Starved].map(Some);
    check([0, 0, 0], [0, 500, 250], [None, start, starved]);
    check([0, 250, 0], [0, 500, 250], [None, None, lost]);
}

#[test]
fn a_step_without_actions_is_seen_by_any_service() {
    let check = |alive: &[&str], expected| {
        let mut registry = registry(3);
        registry.steps[0].as_mut().expect("one").actions.clear();
        let window = looked([0, 250, 125].map(good), alive);
        let judged = judge_window(&registry, &window, Some(&given([1_000, 500, 250])));
        assert_eq!(judged.steps[0].silence.map(|silence| silence.cause), Some(expected));
    };
    check(&["any"], SilenceCause::CannotStart);
    check(&[], SilenceCause::CannotSee);
}

#[test]
fn one_look_takes_one_per_cent() {
    let check = |failed: i64, n: i64, expected: Option<Severity>| {
        let counts = Counts { good: n - failed, failed, ..Counts::default() };
        let judged = judge_window(&registry(3), &looked([counts, good(9), good(9)], &[]), None);
        assert_eq!(judged.steps[0].severity.as_ref().map(|(level, ..)| *level), expected, "{failed} of {n}");
        assert!(judged.steps.iter().all(|step| step.silence.is_none() && step.expected.is_none()));
    };
    check(0, 300, None);
    check(2, 300, None);
    check(3, 300, Some(Severity::Minor));
    check(30, 300, Some(Severity::Medium));
    check(300, 300, Some(Severity::Major));
}

#[test]
fn a_changed_measurement_is_not_mixed() {
    let mut world = World::new(1);
    let slo = |world: &mut World, id: u16| {
        let slo = world.registry.slos[usize::from(id)].as_mut().expect("one");
        slo.window = Window::minutes(60);
    };
    slo(&mut world, 0);
    for _ in 0..70 {
        world.pass(&[Counts { good: 90, failed: 10, ..Counts::default() }]);
    }
    let mut next = registry(2);
    next.version = 2;
    (next.steps[0], next.slos[0]) = (None, None);
    let second = next.slos[1].as_mut().expect("one");
    second.slo_id = "mail/step-0/available".to_owned();
    world.registry = next;
    slo(&mut world, 1);
    for _ in 0..70 {
        world.pass(&[Counts::default(), Counts { good: 90, excluded: 10, ..Counts::default() }]);
    }
    assert_eq!(world.slo().status.text(), "cannot tell: measurement changed");
    assert_eq!((world.slo().window.good, world.slo().window.bad), (60 * 90, 0));
    assert_eq!(world.slo().verdict.word(), "cannot tell");
    assert_eq!(CauseKind::MeasurementChanged.word(), "measurement changed");
    let id = world.slo().id;
    world.judge.accept_measurement(id);
    world.pass(&[Counts::default(), good(90)]);
    assert_eq!(world.slo().verdict.word(), "met");
}
