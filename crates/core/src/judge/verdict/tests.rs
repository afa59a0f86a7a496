//! Tests of verdicts: what is unknown is never green, and no float decides.

use super::*;
use crate::judge::fixture::slo;
use crate::judge::judgement::Unknown;
use crate::judge::status::CauseKind;
use proptest::prelude::*;

fn counts(good: u64, bad: u64, unknown: Unknown) -> WindowCounts {
    WindowCounts { good, bad, unknown, ..WindowCounts::default() }
}

fn evidence(counts: WindowCounts, span: u32) -> Evidence {
    Evidence { counts, span, since: UnixNanos(0), measurement_changed: false }
}

fn check(target_ppb: u64, counts: WindowCounts, span: u32, expected: &str) {
    let verdict = verdict(&slo(target_ppb, 28), &evidence(counts, span));
    let text = match verdict {
        Verdict::CannotTell(cause) => cause.kind().word(),
        known => known.word(),
    };
    assert_eq!(text, expected, "{counts:?}");
    assert_eq!(next(&verdict).is_empty(), !matches!(verdict, Verdict::CannotTell(_)));
}

#[test]
fn unknown_is_never_green() {
    let none = Unknown::default();
    check(999_000_000, counts(0, 0, none), 9_999, "no data");
    check(999_000_000, counts(999_000, 1_000, none), 9_999, "met");
    check(999_000_000, counts(998_999, 1_001, none), 9_999, "missed");
    check(999_000_000, counts(999_000, 1_000, none), 1_439, "too young");
    check(999_000_000, counts(999_000, 1_000, Unknown { silent: 1, ..none }), 9_999, "silent data");
    check(999_000_000, counts(999_000, 0, Unknown { lost: 1_001, late: 1, silent: 1 }), 9_999, "lost data");
    check(999_000_000, counts(999_000, 0, Unknown { lost: 500, late: 0, silent: 502 }), 9_999, "silent data");
    check(999_000_000, counts(999_000, 0, Unknown { lost: 999, late: 0, silent: 0 }), 9_999, "met");
    check(999_000_000, counts(0, 0, Unknown { silent: 9, ..none }), 9_999, "silent data");
    check(999_000_000, counts(999, 0, none), 9_999, "too little data");
    check(999_000_000, counts(1_000, 0, none), 9_999, "met");
    check(999_000_000, counts(90, 2, none), 9_999, "too little data");
    check(999_000_000, counts(90, 3, none), 9_999, "missed");
    check(1_000_000_000, counts(90, 0, none), 9_999, "met");
    check(1_000_000_000, counts(90, 1, none), 9_999, "missed");
    check(1_000_000_000, counts(90_000, 3, none), 9_999, "missed");
}

#[test]
fn a_day_is_enough_or_the_window_if_shorter() {
    let mut short = slo(990_000_000, 28);
    short.window = crate::model::slo::Window::minutes(60);
    let known = evidence(counts(990, 10, Unknown::default()), 60);
    assert_eq!(verdict(&short, &known), Verdict::Met);
    assert_eq!(verdict(&slo(990_000_000, 28), &known).word(), "cannot tell");
    let changed = Evidence { measurement_changed: true, ..known };
    let Verdict::CannotTell(cause) = verdict(&short, &changed) else { panic!("known") };
    assert_eq!(cause.kind(), CauseKind::MeasurementChanged);
}

#[test]
fn needed_attempts_are_whole() {
    let check = |ppb, expected| assert_eq!(attempts_min(Ratio::from_ppb(ppb)), expected);
    check(999_000_000, 1_000);
    check(990_000_000, 100);
    check(997_000_000, 334);
    check(1_000_000_000, 1);
    check(0, 1);
}

proptest! {
    #[test]
    fn an_interval_holds_every_outcome_of_the_unknown(good in 0u64..9_999, bad in 0u64..99, lost in 0u64..99, fate in 0u64..99) {
        let counts = counts(good, bad, Unknown { lost, ..Unknown::default() });
        let all = good + bad + lost;
        prop_assume!(all > 0);
        let interval = interval(&counts).expect("attempts");
        let truth = good + fate.min(lost);
        prop_assert!(interval.lo.ppb() <= parts(truth, all) && parts(truth, all) <= interval.hi.ppb());
        let known = verdict(&slo(990_000_000, 28), &evidence(counts, 9_999));
        let reached = truth * 100 >= 99 * all;
        prop_assert!(known != Verdict::Met || reached);
        prop_assert!(known != Verdict::Missed || !reached);
    }
}
