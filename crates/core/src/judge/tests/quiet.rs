//! Tests of silence: who is to blame, what reaches back, what never trains.

use crate::count::bucket::Counts;
use crate::id::StepId;
use crate::judge::fixture::{START, World, bad, clock, good};
use crate::judge::status::{DataState, Status};
use crate::judge::word::SilenceCause;
use crate::time::Minute;

/// A flow of three steps; each passes on half.
fn flow(world: &mut World, minutes: u32, counts: [i64; 3]) {
    for _ in 0..minutes {
        world.pass(&counts.map(good));
    }
}

fn causes(world: &World) -> Vec<(u16, SilenceCause, Option<u16>, String)> {
    let silences = world.last.logs.silences.iter();
    silences
        .map(|s| {
            let place = |id: StepId| id.index() as u16;
            (place(s.step), s.cause, s.by.map(place), clock(s.from.start()))
        })
        .collect()
}

#[test]
fn who_comes_and_does_not_get_on_is_lost_after_upstream() {
    let mut world = World::new(3);
    flow(&mut world, 200, [400, 200, 100]);
    flow(&mut world, 20, [400, 0, 0]);
    let from = "03:20".to_owned();
    let lost = (1, SilenceCause::LostAfterUpstream, Some(0), from.clone());
    let starved = (2, SilenceCause::Starved, Some(1), from);
    assert_eq!(causes(&world), [lost, starved]);
    let alerts: Vec<_> = world.last.logs.alerts.iter().map(|alert| alert.step.index()).collect();
    assert_eq!(alerts, [1], "alerted once, at the first silent step");
    assert_eq!(world.last.steps[0].data, DataState::Flowing);
    assert_eq!(world.last.steps[2].status, Status::Silent);
    let impact = world.last.steps[1].impact.expect("silent");
    assert_eq!((impact.never_started, impact.lost, impact.attempts), (13 * 200, 13 * 200, 13 * 200));
    flow(&mut world, 5, [400, 200, 100]);
    assert!(world.last.steps.iter().all(|step| step.data == DataState::Flowing));
    assert!(world.last.logs.silences.iter().all(|silence| silence.to == Some(START.plus(220))));
    assert!(world.last.logs.alerts.iter().all(|alert| alert.ended.is_some()));
}

#[test]
fn users_who_never_come_are_lost_at_the_entry() {
    let mut world = World::new(3);
    flow(&mut world, 200, [400, 200, 100]);
    flow(&mut world, 10, [0, 0, 0]);
    let from = || "03:20".to_owned();
    assert_eq!(
        causes(&world),
        [
            (0, SilenceCause::CannotSee, None, from()),
            (1, SilenceCause::Starved, Some(0), from()),
            (2, SilenceCause::Starved, Some(1), from()),
        ]
    );
}

#[test]
fn a_living_source_says_that_users_cannot_start() {
    let mut world = World::new(1);
    flow(&mut world, 100, [400, 0, 0]);
    for _ in 0..5 {
        world.sources.add("service-0", START.plus(world.minute), 9);
        world.pass(&[Counts::default()]);
    }
    assert_eq!(causes(&world), [(0, SilenceCause::CannotStart, None, "01:40".to_owned())]);
}

#[test]
fn a_step_without_actions_is_seen_by_any_service() {
    let check = |alive: bool, expected: SilenceCause| {
        let mut world = World::new(1);
        world.registry.steps[0].as_mut().expect("one").actions.clear();
        flow(&mut world, 100, [400, 0, 0]);
        for _ in 0..5 {
            if alive {
                world.sources.add("any", START.plus(world.minute), 9);
            }
            world.let_pass(Counts::default());
            world.look(0);
        }
        assert_eq!(causes(&world), [(0, expected, None, "01:40".to_owned())]);
    };
    check(true, SilenceCause::CannotStart);
    check(false, SilenceCause::CannotSee);
}

#[test]
fn delays_are_those_of_the_rates() {
    let check = |every: u32, n: i64, expected: u32| {
        let mut world = World::new(1);
        for minute in 0..1_200 {
            world.let_pass(if minute % every == 0 { good(n) } else { Counts::default() });
            if minute % 60 == 59 {
                world.look(0);
            }
        }
        let silent = (0..400).find(|_| {
            world.pass(&[Counts::default()]);
            world.last.steps[0].data == DataState::Silent
        });
        // The proof, and 60 s until a bucket closes; the loop's first look is at the first minute's end.
        assert!(silent.is_some_and(|after| after <= expected), "{n} every {every} min: {silent:?}");
    };
    check(1, 600, 2);
    check(1, 10, 2);
    check(1, 1, 60);
    check(6, 1, 240);
}

#[test]
fn a_stretch_without_input_is_never_silent_and_trains_nothing() {
    let mut world = World::new(1);
    flow(&mut world, 200, [400, 0, 0]);
    world.judge.no_input(START.plus(200)..START.plus(500));
    flow(&mut world, 300, [0, 0, 0]);
    flow(&mut world, 30, [400, 0, 0]);
    assert!(world.last.logs.silences.is_empty());
    assert_eq!(world.last.slos[0].window.unknown.total(), 0);
    let expected = world.last.steps[0].expectation.expect("trained");
    assert!((expected.per_minute - 400.0).abs() < 1e-9);
    flow(&mut world, 4, [0, 0, 0]);
    assert_eq!(causes(&world), [(0, SilenceCause::CannotSee, None, "08:50".to_owned())]);
}

#[test]
fn a_late_source_is_late_and_not_silent() {
    let mut world = World::new(1);
    flow(&mut world, 1_500, [400, 0, 0]);
    world.judge.late(StepId::new(0), Some(START.plus(1_500)));
    flow(&mut world, 2, [0, 0, 0]);
    assert_eq!(world.last.steps[0].data, DataState::Late);
    assert_eq!(world.slo().window.unknown.late, 400);
    flow(&mut world, 30, [0, 0, 0]);
    assert_eq!(world.slo().status.text(), "cannot tell: late data");
    assert!(world.last.logs.silences.is_empty());
    for minute in 1_500..1_532 {
        world.add(0, minute, good(400));
    }
    world.judge.late(StepId::new(0), None);
    flow(&mut world, 1, [400, 0, 0]);
    assert_eq!((world.slo().status, world.slo().window.unknown.total()), (Status::Met, 0));
    assert!(world.last.logs.silences.is_empty());
}

/// A quiet weekend: weekdays 08:00 to 18:30, nothing on Saturday and Sunday but two requests, and on the last
/// Monday nothing after 10:00. Days are counted from the first Monday.
#[test]
fn a_quiet_weekend_is_no_silence() {
    let mut world = World::new(1);
    let per_minute = |day: u32, minute: u32| match (day, day % 7, minute) {
        (26, _, 720) => 2,
        (28, _, 600..) => 0,
        (_, 5 | 6, _) => 0,
        (_, _, 480..1_020) => 10,
        (_, _, 1_020..1_080) => 3,
        (_, _, 1_080..1_110) => 1,
        _ => 0,
    };
    for day in 0..=28 {
        for minute in 0..if day == 28 { 630 } else { 1_440 } {
            world.let_pass(good(per_minute(day, minute)));
            if minute % 30 == 29 {
                world.look(0);
            }
        }
    }
    let monday = |day: u32, minute: u32| START.plus(day * 1_440 + minute);
    let counted = |from: Minute| world.last.logs.silences.iter().filter(move |s| s.from >= from);
    let late: Vec<_> = counted(monday(21, 0)).collect();
    assert_eq!(late.len(), 1, "{late:?}");
    assert_eq!((late[0].from, late[0].to), (monday(28, 600), None));
    let minutes = (late[0].proven.0 - monday(28, 600).start().0) / crate::time::MINUTE_NS;
    assert!((2..=6).contains(&minutes), "proven after {minutes} min");
}

/// Days from 08:00 to 18:30 for two weeks and a half; on the last all ends at 17:00, and no user comes before 09:00.
fn dead_from_the_afternoon_on() -> World {
    let mut world = World::new(1);
    for day in 0..=17 {
        for minute in 0..if day == 17 { 1_020 } else { 1_440 } {
            world.let_pass(good(if (480..1_110).contains(&minute) { 100 } else { 0 }));
            if minute % 30 == 29 {
                world.look(0);
            }
        }
    }
    world
}

#[test]
fn a_silence_lasts_over_the_night() {
    let mut world = dead_from_the_afternoon_on();
    let before = world.slo().window.unknown.silent;
    for minute in 0..16 * 60 {
        world.pass(&[Counts::default()]);
        assert_eq!(world.last.steps[0].data == DataState::Silent, minute >= 2, "after {minute} min");
    }
    let alert = world.last.logs.alerts.last().cloned().expect("a page");
    assert_eq!(alert.ended, None);
    let silence = world.last.logs.silences.last().expect("one");
    let died = START.plus(17 * 1_440 + 1_020);
    assert_eq!((silence.from, silence.to), (died, None));
    let silent = world.slo().window.unknown.silent - before;
    assert!((13_000..=14_900).contains(&silent), "{silent}: 149 min by day, nobody is missed at night");
    for minute in 0..300 {
        world.pass(&[good(100)]);
        assert_eq!(
            world.last.steps[0].data == DataState::Silent,
            minute < 1,
            "{minute} min after the return"
        );
    }
    let silence = world.last.logs.silences.last().expect("one");
    assert_eq!((silence.from, silence.to), (died, Some(died.plus(16 * 60))));
    assert!(world.last.logs.alerts.iter().all(|alert| alert.ended.is_some()));
}

#[test]
fn users_who_come_at_night_end_a_silence() {
    let mut world = dead_from_the_afternoon_on();
    (0..9 * 60).for_each(|_| _ = world.pass(&[Counts::default()]).now);
    (0..4).for_each(|_| _ = world.pass(&[good(1)]).now);
    assert_eq!(world.last.steps[0].data, DataState::Silent, "three are known, and may be probes");
    (0..2).for_each(|_| _ = world.pass(&[good(1)]).now);
    assert_eq!(world.last.steps[0].data, DataState::Flowing);
}

#[test]
fn bad_attempts_are_no_silence() {
    let mut world = World::new(1);
    flow(&mut world, 100, [40, 0, 0]);
    for _ in 0..30 {
        world.pass(&[bad(40)]);
    }
    assert!(world.last.logs.silences.is_empty());
    assert_eq!(world.last.steps[0].data, DataState::Flowing);
}
