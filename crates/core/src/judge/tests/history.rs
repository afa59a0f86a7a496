//! Tests of where a step's history begins: what came by itself long before is counted, and nothing is learnt from
//! the time between.

use crate::count::bucket::Counts;
use crate::judge::fixture::{START, World, good};
use crate::judge::status::{CauseKind, DataState, Status};
use crate::model::slo::Window;

const DAY: u32 = 1_440;

/// A fresh server that is told of attempts on the first day, and has traffic from the 20th day on.
fn told_of(early: &[(u32, Counts)]) -> World {
    let mut world = World::new(1);
    world.registry.slos[0].as_mut().expect("one").window = Window::days(28);
    for (minute, counts) in early {
        world.add(0, *minute, *counts);
    }
    world.minute = 20 * DAY;
    world
}

#[test]
fn a_lone_old_span_is_no_history() {
    let mut world = told_of(&[(0, good(1))]);
    for minute in 0..60 {
        world.pass(&[good(600)]);
        let status = world.slo().status;
        assert_ne!(status, Status::Met, "after {minute} min");
    }
    world.pass(&[good(600)]);
    let slo = world.slo();
    assert_eq!(slo.window.good, 36_001, "it is counted where it belongs");
    assert_eq!(slo.status, Status::CannotTell(CauseKind::TooYoung));
    assert_eq!(slo.window.from, START.plus(20 * DAY));
    assert_eq!(slo.budget.projected_nano.map(|nano| nano / 1_000_000_000), Some(24_192));
    (0..4).for_each(|_| _ = world.pass(&[Counts::default()]).now);
    assert_eq!(world.last.steps[0].data, DataState::Silent);
}

#[test]
fn an_old_span_that_comes_late_takes_nothing_back() {
    let mut world = told_of(&[]);
    (0..61).for_each(|_| _ = world.pass(&[good(600)]).now);
    world.add(0, 0, good(1));
    world.pass(&[good(600)]);
    assert_eq!(world.slo().status, Status::CannotTell(CauseKind::TooYoung));
    (0..4).for_each(|_| _ = world.pass(&[Counts::default()]).now);
    assert_eq!(world.last.steps[0].data, DataState::Silent);
}

#[test]
fn a_day_of_old_attempts_is_history_and_so_are_rare_ones() {
    let day: Vec<_> = (0..DAY).map(|minute| (minute, good(1))).collect();
    let mut world = told_of(&day);
    (0..61).for_each(|_| _ = world.pass(&[good(600)]).now);
    assert_eq!(world.slo().window.from, START);

    let rare: Vec<_> = (0..10).map(|nth| (nth * 2 * DAY, good(1))).collect();
    let mut world = told_of(&rare);
    world.pass(&[good(1)]);
    world.pass(&[Counts::default()]);
    // The second came as alone as the first.
    assert_eq!(world.slo().window.from, START.plus(2 * DAY));
    assert_eq!(world.slo().status, Status::CannotTell(CauseKind::TooLittleData));
}

#[test]
fn what_has_no_input_is_no_pause() {
    let mut world = World::new(1);
    (0..30).for_each(|_| _ = world.pass(&[good(600)]).now);
    world.judge.no_input(START.plus(30)..START.plus(3 * DAY));
    world.minute = 3 * DAY;
    (0..61).for_each(|_| _ = world.pass(&[good(600)]).now);
    assert_eq!(world.slo().window.from, START);
}
