//! The acceptance cases of the SLO arithmetic: 99.9 %, 30 days, a critical entry step without earlier history,
//! per minute from 00:00; another service sends in every minute.

use crate::count::bucket::Counts;
use crate::id::StepId;
use crate::judge::fixture::{World, bad, clock, good, registry};
use crate::judge::judgement::Judgement;
use crate::judge::log::AlertName;
use crate::judge::status::{CauseKind, DataState, Status, Verdict};
use crate::judge::word::{Notify, SilenceCause};
use crate::judge::{Given, GivenStep, Settings};

/// Runs of minutes with the same attempts.
fn run(world: &mut World, runs: &[(u32, Counts)]) {
    for (minutes, counts) in runs {
        for _ in 0..*minutes {
            world.pass(&[*counts]);
        }
    }
}

fn cause(judgement: &Judgement) -> Option<CauseKind> {
    match judgement.slos[0].verdict {
        Verdict::CannotTell(cause) => Some(cause.kind()),
        _ => None,
    }
}

fn alerts(world: &World) -> Vec<(AlertName, String, Option<String>)> {
    let alerts = world.last.logs.alerts.iter();
    alerts.map(|a| (a.name, clock(a.started), a.ended.map(clock))).collect()
}

/// When the step became silent and flowing again, as seen in each minute's judgement.
fn silences(world: &World) -> Vec<(String, String, Option<String>)> {
    let silences = world.last.logs.silences.iter();
    silences.map(|s| (clock(s.from.start()), clock(s.proven), s.to.map(|to| clock(to.start())))).collect()
}

#[test]
fn a_most_traffic_gone_and_the_rest_bad() {
    let mut world = World::new(1);
    run(&mut world, &[(23 * 60, good(60_000)), (60, bad(60)), (1, Counts::default())]);
    let slo = world.slo();
    assert_eq!((slo.window.decided(), slo.window.bad), (82_803_600, 3_600));
    assert_eq!(slo.budget.consumed_ppb.map(|c| c / 1_000), Some(43_476));
    assert_eq!(slo.window.unknown.silent, 3_596_400);
    let interval = slo.interval.expect("attempts");
    assert_eq!((interval.lo.ppb() / 10_000, interval.hi.ppb() / 10_000), (95_833, 99_996 - 1));
    assert_eq!(cause(&world.last), Some(CauseKind::SilentData));
    assert_eq!(silences(&world), [("23:00".to_owned(), "23:03".to_owned(), None)]);
    let fired = alerts(&world);
    assert_eq!(fired[0], (AlertName::Silence, "23:06".to_owned(), None));
    assert_eq!(fired[1], (AlertName::Outage, "23:16".to_owned(), None));
    assert_eq!(fired.len(), 2, "no burn tier: {fired:?}");
    assert_eq!(world.slo().budget.projected_nano, Some(2_592_000_000_000_000));
    assert_eq!(world.slo().tiers[1].threshold, Some(51_840));
    let silence = world.last.steps[0].silence.expect("silent");
    assert_eq!((silence.cause, silence.alert), (SilenceCause::CannotStart, Some(Notify::Page)));
}

#[test]
fn b_a_pause_of_eleven_minutes() {
    let mut world = World::new(1);
    let mut silent = Vec::new();
    let pause = [(300, good(600)), (11, Counts::default()), (949, good(600)), (1, Counts::default())];
    for (minutes, counts) in pause {
        for _ in 0..minutes {
            let judgement = world.pass(&[counts]);
            if judgement.steps[0].data == DataState::Silent {
                silent.push(clock(judgement.now));
            }
            let now = clock(world.last.now);
            if ["04:00", "21:00"].contains(&now.as_str()) {
                assert_eq!(world.slo().budget.remaining_ppb, Some(1_000_000_000), "at {now}");
            }
        }
    }
    assert_eq!((silent.first(), silent.last()), (Some(&"05:03".to_owned()), Some(&"05:12".to_owned())));
    assert_eq!(silences(&world), [("05:00".to_owned(), "05:03".to_owned(), Some("05:11".to_owned()))]);
    let page = (AlertName::Silence, "05:06".to_owned(), Some("05:13".to_owned()));
    assert_eq!(alerts(&world), [page]);
    assert_eq!(world.slo().window.unknown.silent, 6_600);
    assert_eq!(cause(&world.last), Some(CauseKind::TooYoung));
}

#[test]
fn b_variant_nobody_is_expected_upstream() {
    let mut given = Given::default();
    given.steps.insert(StepId::new(0), GivenStep { attempts: 0, seconds: 3_600.0 });
    let mut world = World::with(registry(2), Settings { given: Some(given) });
    for (minutes, counts) in [(300, good(600)), (11, Counts::default()), (949, good(600))] {
        for _ in 0..minutes {
            let judgement = world.pass(&[counts, counts]);
            assert_eq!(
                judgement.steps[1].data,
                if clock(judgement.now) == "00:01" { DataState::None } else { DataState::Flowing }
            );
        }
    }
    assert!(world.last.logs.silences.is_empty() && world.last.logs.alerts.is_empty());
    assert_eq!(world.last.slos[1].window.unknown.silent, 0);
}

#[test]
fn c_everything_stops() {
    let mut world = World::new(1);
    run(&mut world, &[(720, good(600))]);
    for _ in 720..=1_200 {
        let judgement = world.pass(&[Counts::default()]);
        assert_ne!(judgement.slos[0].verdict, Verdict::Met);
        assert_ne!(judgement.slos[0].status, Status::Met);
    }
    assert_eq!(silences(&world), [("12:00".to_owned(), "12:03".to_owned(), None)]);
    assert_eq!(alerts(&world), [(AlertName::Silence, "12:06".to_owned(), None)]);
    assert_eq!(world.slo().window.unknown.silent, 288_000);
    assert_eq!(world.slo().interval.map(|i| i.lo.ppb()), Some(600_000_000));
    assert_eq!(cause(&world.last), Some(CauseKind::TooYoung));
    assert_eq!(world.slo().status, Status::Silent);
    assert_eq!(world.last.steps[0].silence.map(|s| s.cause), Some(SilenceCause::CannotSee));
}

#[test]
fn d_one_failure_at_night() {
    let mut world = World::new(1);
    for minute in 0..67 {
        let counts = match minute {
            5 | 11 | 17 | 23 | 29 | 35 | 41 | 47 | 53 | 59 => good(1),
            65 => bad(1),
            _ => Counts::default(),
        };
        world.pass(&[counts]);
    }
    let slo = world.slo();
    assert_eq!((slo.window.decided(), slo.window.bad), (11, 1));
    assert_eq!(slo.budget.remaining_ppb, None);
    assert_eq!(cause(&world.last), Some(CauseKind::TooYoung));
    assert!(world.last.logs.alerts.is_empty() && world.last.logs.severities.is_empty());
}

#[test]
fn e_no_failure_was_ever_seen() {
    let mut world = World::new(1);
    run(&mut world, &[(400, good(600)), (1, Counts::default())]);
    let slo = world.slo();
    assert_eq!(slo.sli.map(|sli| sli.ppb()), Some(1_000_000_000));
    assert_eq!(slo.budget.remaining_ppb, Some(1_000_000_000));
    assert_eq!(cause(&world.last), Some(CauseKind::TooYoung));
    assert_eq!(world.last.steps[0].data, DataState::Flowing);
}
