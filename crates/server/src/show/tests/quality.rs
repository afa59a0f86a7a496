//! Quality of the data: what did not come, what is behind, which limits are near.

use throughline_core::time::{Minute, UnixNanos};

use crate::live::Live;
use crate::receive::tally::{Reason, Snapshot};
use crate::show::quality::quality;
use crate::show::tests::world::{NOTES, NOW, World, fresh};
use crate::view::quality::{Agreement, Nearness, Quality, Source};
use crate::view::time::At;

/// Lets a service send something of a minute, and looks.
fn send(live: &mut Live, service: &str, minute: Minute, now: UnixNanos) {
    live.book.sources.add(service, minute, 1);
    live.book.sources.look(now);
    live.judgement.now = now;
}

fn source<'a>(view: &'a Quality, name: &str) -> &'a Source {
    view.sources.iter().find(|source| source.name == name).unwrap()
}

#[test]
fn what_did_not_come_is_one_line() {
    let mut live = fresh(NOTES);
    assert_eq!(quality(&live).quiet().unwrap(), "No span, log record or metric point came in.");
    live.ledger.traces.received = 3;
    live.ledger.traces.filtered = 3;
    live.ledger.filtered = [2, 1];
    let view = quality(&live);
    assert_eq!(view.quiet().unwrap(), "No log record or metric point came in.");
    insta::assert_snapshot!(view.signals[0].filtered.most.plain(), @"2 spans inside a request: no entry span; 1 session of several steps: no request");
    (live.ledger.logs.received, live.ledger.logs.filtered) = (1, 1);
    assert_eq!(quality(&live).quiet().unwrap(), "No metric point came in.");
    (live.ledger.metrics.received, live.ledger.metrics.filtered) = (1, 0);
    assert_eq!(quality(&live).quiet(), None);
}

#[test]
fn a_source_is_up_to_date_within_a_minute_and_names_what_waits_beyond() {
    let mut live = fresh(NOTES);
    send(&mut live, "web", NOW, NOW.start().plus(50_000_000_000));
    let view = quality(&live);
    let web = source(&view, "web");
    assert_eq!((web.last, web.behind_seconds, web.late), (At::from(NOW), None, false));
    assert_eq!(web.waits.plain(), "nothing");
    live.judgement.now = NOW.plus(1).end();
    assert_eq!(source(&quality(&live), "web").behind_seconds, Some(60));
}

#[test]
fn a_quiet_source_may_have_nothing_to_send_a_late_one_owes() {
    let mut live = fresh(NOTES);
    let (then, now) = (NOW.minus(24), NOW.end());
    send(&mut live, "storage", then, then.end());
    send(&mut live, "printer", then, then.end());
    live.judgement.now = now;
    let view = quality(&live);
    assert_eq!(source(&view, "storage").behind_seconds, Some(24 * 60));
    assert_eq!(source(&view, "storage").waits.plain(), "Save draft, if more is to come");
    assert_eq!(source(&view, "printer").waits.plain(), "nothing: no step uses it");
    send(&mut live, "storage", then.plus(1), now);
    send(&mut live, "storage", then.plus(2), NOW.plus(1).end());
    let view = quality(&live);
    let first = &view.sources[0];
    assert_eq!((first.name.as_str(), first.late, first.behind_seconds), ("storage", true, Some(23 * 60)));
    assert_eq!(first.waits.plain(), "Save draft");
    assert!(view.say.plain().ends_with("One source is late: storage."), "{}", view.say.plain());
}

#[test]
fn limits_that_are_near_come_first() {
    let mut live = fresh(NOTES);
    let view = quality(&live);
    assert!(view.limits_by_nearness().0.is_empty());
    assert_eq!(view.further_limits(), "17 limits, none reached; 4 not counted");
    live.notes.links_skipped = 3;
    live.unknown = vec!["step=x".to_owned(); 101];
    let (requests, refused) = (Vec::new(), vec![(Reason::TooLarge, 2)]);
    live.receiving.requests =
        Some(Snapshot { requests, refused, in_flight_bytes: 0, in_flight_bytes_max: 0 });
    let view = quality(&live);
    let (near, _) = view.limits_by_nearness();
    let names: Vec<_> = near.iter().map(|limit| (limit.name.as_str(), limit.nearness())).collect();
    let expected = [
        ("links of a span", Nearness::Reached),
        ("of a body", Nearness::Reached),
        ("unknown words", Nearness::OverHalf),
    ];
    assert_eq!(names, expected);
    assert_eq!(view.further_limits(), "16 further limits, none reached; 2 not counted");
}

#[test]
fn client_and_rule_agree_over_all_services() {
    let mut world = World::calm(NOTES, NOW);
    assert_eq!(quality(&world.live).agreement, None);
    world.live.ledger.agreement = [3, 4];
    let agreement = Agreement { same: 3, both: 4, share_ppb: Some(750_000_000) };
    assert_eq!(quality(&world.live).agreement, Some(agreement));
}
