//! Tests of which step comes before another where flows meet: it is known by its id, and it does not flip.

use crate::id::{ObjectiveId, StepId};
use crate::judge::fixture::{World, good, registry};
use crate::judge::{Given, GivenStep, Settings};
use crate::model::registry::Registry;

/// Steps 0 and 1 lead to step 2, each in a flow of its own.
fn two_ways() -> Registry {
    let mut registry = registry(3);
    let mut other = registry.objectives[0].clone().expect("one");
    other.id = ObjectiveId::new(1);
    other.flow.remove(0);
    registry.objectives[0].as_mut().expect("one").flow.remove(1);
    registry.objectives.push(Some(other));
    registry
}

fn pass(world: &mut World, minutes: u32, counts: [i64; 3]) {
    (0..minutes).for_each(|_| _ = world.pass(&counts.map(good)).now);
}

fn upstream(world: &World) -> Option<StepId> {
    world.judge.steps.last().expect("a step").quiet.conversion.upstream
}

#[test]
fn a_reload_does_not_take_one_step_for_another() {
    let mut world = World::with(two_ways(), Settings::default());
    pass(&mut world, 100, [10, 9, 200]);
    assert_eq!(upstream(&world), Some(StepId::new(0)));
    world.registry.version = 2;
    (world.registry.steps[0], world.registry.slos[0]) = (None, None);
    pass(&mut world, 20, [0, 1_000, 200]);
    assert_eq!(upstream(&world), Some(StepId::new(1)));
    assert!(world.last.logs.silences.is_empty(), "{:?}", world.last.logs.silences);
}

#[test]
fn the_busiest_does_not_flip_while_the_other_has_half_of_its_attempts() {
    let mut world = World::with(two_ways(), Settings::default());
    let ids = [0, 1].map(|id| Some(StepId::new(id)));
    pass(&mut world, 100, [100, 10, 50]);
    assert_eq!(upstream(&world), ids[0]);
    pass(&mut world, 1_000, [100, 150, 50]);
    assert_eq!(upstream(&world), ids[0]);
    pass(&mut world, 300, [100, 900, 50]);
    assert_eq!(upstream(&world), ids[1]);
}

#[test]
fn while_a_silence_lasts_it_is_measured_against_the_same_step() {
    let mut world = World::with(two_ways(), Settings::default());
    pass(&mut world, 200, [400, 100, 200]);
    pass(&mut world, 5, [400, 100, 0]);
    assert!(world.last.steps[2].silence.is_some());
    pass(&mut world, 100, [400, 9_000, 0]);
    assert_eq!(upstream(&world), Some(StepId::new(0)));
    let silence = world.last.steps[2].silence.expect("it lasts");
    assert!(silence.expected <= 104.0 * 200.0, "{}", silence.expected);
}

#[test]
fn a_baseline_is_of_the_step_that_is_used() {
    let step = |attempts| GivenStep { attempts, seconds: 600.0 };
    let steps = [(0, 20_000), (1, 9_000), (2, 9_000)];
    let given = Given { steps: steps.map(|(id, n)| (StepId::new(id), step(n))).into() };
    let mut world = World::with(two_ways(), Settings { given: Some(given) });
    pass(&mut world, 10, [100, 900, 900]);
    assert_eq!(upstream(&world), Some(StepId::new(1)));
    let low = world.judge.steps[2].quiet.conversion.low().expect("given");
    assert!(low > 0.99, "{low}");
}
