//! Tests of a changed measurement: it is told, and it comes to an end by itself.

use crate::count::bucket::Counts;
use crate::judge::fixture::{World, bad, good, registry};
use crate::judge::status::CauseKind;
use crate::model::slo::Window;

const DAY: u32 = 1_440;

/// A world whose SLO over two days had these attempts a minute, and then got another definition.
fn changed(old: &[(u32, Counts)]) -> World {
    let mut world = World::new(1);
    world.registry.slos[0].as_mut().expect("one").window = Window::days(2);
    for (minutes, counts) in old {
        (0..*minutes).for_each(|_| _ = world.pass(&[*counts]).now);
    }
    define(&mut world, 1);
    world
}

/// Gives the SLO the definition that is counted as another step.
fn define(world: &mut World, step: u16) {
    let mut next = registry(step + 1);
    next.version = world.registry.version + 1;
    (0..usize::from(step)).for_each(|old| (next.steps[old], next.slos[old]) = (None, None));
    let slo = next.slos[usize::from(step)].as_mut().expect("one");
    (slo.slo_id, slo.window) = ("mail/step-0/available".to_owned(), Window::days(2));
    world.registry = next;
}

fn new(world: &mut World, minutes: u32, counts: Counts) -> Option<CauseKind> {
    for _ in 0..minutes {
        world.pass(&[Counts::default(), counts]);
    }
    match world.slo().verdict {
        crate::judge::status::Verdict::CannotTell(cause) => Some(cause.kind()),
        _ => None,
    }
}

fn tenth_bad() -> Counts {
    Counts { good: 90, failed: 10, ..Counts::default() }
}

#[test]
fn it_is_told_until_the_window_holds_nothing_else() {
    let mut world = changed(&[(120, tenth_bad())]);
    assert_eq!(new(&mut world, DAY, good(100)), Some(CauseKind::TooYoung));
    assert_eq!(new(&mut world, DAY, good(100)), Some(CauseKind::MeasurementChanged));
    assert_eq!(new(&mut world, 2, good(100)), None);
    assert_eq!(new(&mut world, 10, bad(100)), None, "it does not come back");
}

#[test]
fn it_is_over_when_a_day_measures_the_same() {
    let mut world = changed(&[(120, good(100))]);
    assert_eq!(new(&mut world, DAY + 2, good(100)), None);
    assert_eq!(new(&mut world, 10, bad(100)), None, "it does not come back");
}

#[test]
fn the_old_measure_is_that_of_its_window() {
    let mut world = changed(&[(600, bad(100)), (2 * DAY + 5, good(100))]);
    assert_eq!(new(&mut world, DAY + 2, good(100)), None);
}

#[test]
fn two_changes_in_a_row_are_measured_against_the_last_that_was_known() {
    let mut world = changed(&[(120, tenth_bad())]);
    new(&mut world, 5, good(100));
    define(&mut world, 2);
    for _ in 0..DAY + 2 {
        world.pass(&[Counts::default(), Counts::default(), good(100)]);
    }
    assert_eq!(world.slo().status.text(), "cannot tell: measurement changed");
}
