//! Tests of roll-ups: what nothing measures is never green, and a product is as good as its worst.

use crate::count::bucket::Counts;
use crate::id::SloId;
use crate::judge::fixture::{World, bad, good};
use crate::judge::status::{CauseKind, Status};
use crate::model::severity::Severity;
use crate::model::slo::{Method, Window};

/// Two steps with SLOs over an hour, and enough attempts to know.
fn known(counts: [Counts; 2], change: impl FnOnce(&mut World)) -> World {
    let mut world = World::new(2);
    for slo in world.registry.slos.iter_mut().flatten() {
        slo.window = Window::minutes(60);
    }
    change(&mut world);
    for _ in 0..62 {
        world.pass(&[good(100), good(100)]);
    }
    world.pass(&counts);
    world.pass(&counts);
    world
}

#[test]
fn a_required_step_without_a_measured_slo_is_not_known() {
    let calm = [good(100), good(100)];
    let world = known(calm, |world| world.registry.slos[1] = None);
    let objective = &world.last.objectives[0];
    assert_eq!(world.last.steps[1].status, Status::NoSlo);
    assert_eq!(objective.status, Status::CannotTell(CauseKind::NotMeasured));
    assert_eq!((objective.measured, objective.required), (1, 2));
    assert_eq!(objective.steps.iter().collect::<Vec<_>>(), [("met", 1), ("no SLO", 1)]);
    assert_eq!(world.last.products[0].status, objective.status);

    let optional = known(calm, |world| {
        world.registry.slos[1] = None;
        world.registry.objectives[0].as_mut().expect("one").flow[1].optional = true;
    });
    assert_eq!(optional.last.objectives[0].status, Status::Met);
    assert_eq!(optional.last.objectives[0].because, None);
}

#[test]
fn a_silent_step_without_an_slo_is_not_measured() {
    let mut world = World::new(2);
    world.registry.slos[1] = None;
    (0..100).for_each(|_| _ = world.pass(&[good(100), good(100)]).now);
    (0..5).for_each(|_| _ = world.pass(&[good(100), Counts::default()]).now);
    assert_eq!(world.last.steps[1].status, Status::Silent);
    let (objective, product) = (&world.last.objectives[0], &world.last.products[0]);
    assert_eq!((objective.measured, objective.required), (1, 2));
    assert_eq!((product.measured, product.required), (1, 2));
}

#[test]
fn a_method_that_is_not_fed_is_counted_and_in_no_roll_up() {
    let calm = [good(100), good(100)];
    let world = known(calm, |world| {
        let client = world.registry.slos[1].clone().expect("one");
        let client = crate::model::slo::Slo { id: SloId::new(2), method: Method::Client, ..client };
        world.registry.slos.push(Some(client));
    });
    let client = &world.last.slos[2];
    assert_eq!(client.status, Status::CannotTell(CauseKind::NotMeasured));
    assert!(client.tiers.is_empty() && client.sli.is_none() && !client.next.is_empty());
    let objective = &world.last.objectives[0];
    assert_eq!((objective.status, objective.slos_not_measured), (Status::Met, 1));
    assert_eq!(objective.slos.iter().collect::<Vec<_>>(), [("met", 2)]);

    let only = known(calm, |world| world.registry.slos[1].as_mut().expect("one").method = Method::Client);
    assert_eq!(only.last.steps[1].status, Status::CannotTell(CauseKind::NotMeasured));
    assert!(only.last.steps[1].not_measured.is_some());
    assert_eq!(only.last.objectives[0].measured, 1);
}

#[test]
fn what_fails_now_comes_first() {
    let world = known([good(100), bad(100)], |_| {});
    let objective = &world.last.objectives[0];
    assert_eq!((objective.status, objective.severity), (Status::Failing, Some(Severity::Major)));
    let because = objective.because.clone().expect("a reason");
    assert_eq!(because.step.index(), 1);
    assert!(because.text.contains("failed in"), "{}", because.text);
    let product = &world.last.products[0];
    assert_eq!((product.status, product.worst_step), (Status::Failing, Some(because.step)));
}

#[test]
fn every_answer_is_there_before_anything_came() {
    let mut world = World::new(2);
    let judgement = world.pass(&[]);
    assert_eq!(judgement.slos.len(), 2);
    for slo in &judgement.slos {
        assert_eq!(slo.status, Status::CannotTell(CauseKind::NoData));
        assert_eq!((slo.sli, slo.interval, slo.budget.remaining_ppb), (None, None, None));
    }
    assert_eq!(judgement.objectives[0].status, Status::CannotTell(CauseKind::NoData));
}

#[test]
fn a_reload_keeps_what_lasts_and_ends_what_is_gone() {
    let mut world = World::new(2);
    let busy = [good(100), good(100)];
    (0..100).for_each(|_| _ = world.pass(&busy).now);
    (0..20).for_each(|_| _ = world.pass(&[bad(100), Counts::default()]).now);
    let before = world.last.clone();
    assert_eq!(before.steps[1].status, Status::Silent);
    world.registry.version = 2;
    let after = world.look(10).clone();
    assert_eq!(after.logs.alerts, before.logs.alerts);
    assert_eq!(after.steps[1].silence, before.steps[1].silence);
    assert_eq!(after.steps[0].severity, before.steps[0].severity);

    world.registry.version = 3;
    (world.registry.steps[0], world.registry.slos[0]) = (None, None);
    let gone = world.pass(&[Counts::default(), Counts::default()]).clone();
    assert_eq!((gone.steps.len(), gone.slos.len()), (1, 1));
    let of_first = gone.logs.alerts.iter().filter(|alert| alert.step.index() == 0);
    assert!(of_first.clone().count() > 0 && of_first.into_iter().all(|alert| alert.ended.is_some()));
    assert!(gone.logs.severities.iter().filter(|s| s.step.index() == 0).all(|s| s.to.is_some()));
    assert_eq!(gone.steps[0].status, Status::Silent);

    world.registry.version = 4;
    world.registry.slos[1].as_mut().expect("one").window = Window::days(7);
    let changed = world.look(0).clone();
    assert_eq!(changed.slos[0].tiers[1].pct_ppb, Some(80_000_000));
}

#[test]
fn an_slo_that_is_measured_no_more_has_no_open_alert() {
    let mut world = World::new(1);
    (0..100).for_each(|_| _ = world.pass(&[good(100)]).now);
    (0..20).for_each(|_| _ = world.pass(&[bad(100)]).now);
    assert!(world.last.logs.alerts.iter().any(|alert| alert.ended.is_none()));
    world.registry.version = 2;
    world.registry.slos[0].as_mut().expect("one").method = Method::Client;
    world.look(10);
    assert!(world.slo().tiers.is_empty());
    assert!(world.last.logs.alerts.iter().all(|alert| alert.ended.is_some()), "{:?}", world.last.logs.alerts);
}
