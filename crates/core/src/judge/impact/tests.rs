//! Tests of impact: each lost attempt once, nothing within tolerance, the guideline that fires first.

use super::*;
use crate::count::bucket::Slow;
use crate::judge::fixture::slo;
use crate::model::severity::RuleSteps;
use proptest::prelude::*;

const T999: Ratio = Ratio::from_ppb(999_000_000);

fn decided(bad: u64, n: u64) -> Tally {
    Tally { bad, decided: n, unknown: 0 }
}

#[test]
fn noise_is_not_beyond_tolerance() {
    let check = |look, bad, n, phi, expected| {
        assert_eq!(beyond(look, decided(bad, n), T999, phi), expected, "{look:?} {bad} of {n}, phi {phi}");
    };
    check(Look::Live, 4, 4, 1.0, false);
    check(Look::Live, 5, 60, 1.0, true);
    check(Look::Live, 5, 100, 1.0, false);
    check(Look::Live, 12, 10_000, 1.0, false);
    check(Look::Live, 60, 20_000, 1.0, true);
    check(Look::Live, 60, 20_000, 4.0, false);
    check(Look::Live, 9, 9, 5.0, false);
    check(Look::Join, 3, 60, 1.0, true);
    check(Look::Join, 3, 1_000, 1.0, false);
    check(Look::Once, 1, 10, 1.0, true);
    check(Look::Once, 1, 11, 1.0, false);
    check(Look::StillGoing, 1, 10, 1.0, false);
    check(Look::StillGoing, 2, 10, 1.0, true);
}

#[test]
fn a_lost_attempt_is_lost_once() {
    let mut slow = [Slow::default(); 4];
    slow[0] = Slow { good: 7, bad: 2 };
    slow[1] = Slow { good: 3, bad: 1 };
    let counts = Counts { good: 90, failed: 10, slow, ..Counts::default() };
    let check = |availability, latency, expected| {
        assert_eq!(Beyond { availability, latency }.lost(&counts), expected);
    };
    check(true, None, 10);
    check(false, Some((1, 0)), 9);
    check(true, Some((1, 0)), 17);
    check(true, Some((2, 1)), 13);
    check(false, None, 0);
    let impact = impact((Minute(7), 5), &counts, Beyond { availability: true, latency: None }, 100, true);
    assert_eq!((impact.lost, impact.attempts, impact.share.ppb()), (110, 200, 550_000_000));
    let mut both = Beyond::default();
    both.add(&slo(999_000_000, 28));
    both.join(Beyond { availability: false, latency: Some((5, 1)) });
    assert_eq!(both, Beyond { availability: true, latency: Some((5, 1)) });
}

#[test]
fn the_highest_level_and_its_first_rule() {
    let rule = |level, above_ppb| SeverityRule { level, of: RuleSteps::All, above_ppb, text: String::new() };
    let rules = [
        rule(Severity::Minor, 0),
        rule(Severity::Medium, 50_000_000),
        rule(Severity::Major, 200_000_000),
        rule(Severity::Major, 100_000_000),
    ];
    let check = |bad, n, looking: &[usize], expected| {
        let counts = Counts { good: n - bad, failed: bad, ..Counts::default() };
        let all = Beyond { availability: bad > 0, latency: None };
        let impacts = [impact((Minute(7), 1), &counts, all, 0, false)];
        assert_eq!(severity(&rules, looking, impacts.iter()), expected);
    };
    check(0, 100, &[0, 1, 2, 3], None);
    check(5, 100, &[0, 1, 2, 3], Some((Severity::Minor, 0)));
    check(15, 100, &[0, 1, 2, 3], Some((Severity::Medium, 1)));
    check(25, 100, &[0, 1, 2, 3], Some((Severity::Major, 3)));
    check(90, 100, &[0, 1, 2, 3], Some((Severity::Major, 2)));
    check(90, 100, &[0], Some((Severity::Minor, 0)));
    check(90, 100, &[], None);
}

proptest! {
    #[test]
    fn the_union_is_counted_attempt_by_attempt(attempts in prop::collection::vec((any::<bool>(), 0u64..30), 1..60)) {
        let thresholds = [10u64, 20];
        let mut counts = Counts::default();
        for (failed, latency) in &attempts {
            *(if *failed { &mut counts.failed } else { &mut counts.good }) += 1;
            for (slow, threshold) in counts.slow.iter_mut().zip(thresholds) {
                let side = if *failed { &mut slow.bad } else { &mut slow.good };
                *side += i64::from(*latency > threshold);
            }
        }
        let beyond = Beyond { availability: true, latency: Some((20, 1)) };
        let naive = attempts.iter().filter(|(failed, latency)| *failed || *latency > 20).count() as u64;
        prop_assert_eq!(beyond.lost(&counts), naive);
    }

    #[test]
    fn more_bad_is_never_less_severe(bad in 0u64..200, n in 200u64..5_000, phi in 0usize..3) {
        let phi = [1.0, 2.0, 5.0][phi];
        for look in [Look::Live, Look::Join, Look::Once] {
            prop_assert!(!beyond(look, decided(bad, n), T999, phi) || beyond(look, decided(bad + 1, n), T999, phi));
        }
    }
}
