//! Tests of the tiers against the published factors and a naive reading of the rules.

use super::*;
use proptest::prelude::*;

fn tally(bad: u64, decided: u64) -> Tally {
    Tally { bad, decided, unknown: 0 }
}

#[test]
fn factors_are_those_of_the_table() {
    let check = |window: Window, expected: [(&str, u32, u32, f64); 4]| {
        let burn = tiers(window, Criticality::Critical).into_iter().skip(1);
        for (tier, (name, long, short, factor)) in burn.zip(expected) {
            let f = tier.pct_ppb as f64 / 1e9 * f64::from(window.buckets()) / f64::from(tier.long);
            assert_eq!((tier.name.word(), tier.long, tier.short), (name, long, short));
            assert!((f - factor).abs() < 0.001, "{} {name}: {f}", window.text());
        }
    };
    let usual = |f: [f64; 4]| {
        [
            ("fast", 60, 5, f[0]),
            ("steady", 360, 30, f[1]),
            ("slow", 1_440, 120, f[2]),
            ("creep", 4_320, 360, f[3]),
        ]
    };
    check(Window::days(7), usual([13.44, 3.5, 1.4, 1.05]));
    check(Window::days(28), usual([13.44, 5.6, 2.8, 1.0267]));
    check(Window::days(30), usual([14.4, 6.0, 3.0, 1.0]));
    let mut long = usual([21.6, 9.0, 4.5, 1.2857]);
    long[3].1 = 10_080;
    long[3].2 = 840;
    check(Window::days(90), long);
}

#[test]
fn no_factor_is_below_one_and_short_windows_scale() {
    for days in 1..200 {
        for tier in tiers(Window::days(days), Criticality::None).iter().skip(1) {
            assert!(
                tier.pct_ppb * u64::from(days * DAY) + u64::from(days * DAY)
                    >= u64::from(tier.long) * Ratio::WHOLE
            );
        }
    }
    let day = tiers(Window::days(1), Criticality::Critical);
    assert_eq!(
        day.iter().map(|t| (t.long, t.short)).collect::<Vec<_>>(),
        [(15, 5), (8, 1), (51, 4), (205, 17), (617, 51)]
    );
}

#[test]
fn criticality_decides_who_is_paged() {
    let check = |criticality, expected: usize| {
        let pages = tiers(Window::days(28), criticality).into_iter().filter(|t| t.notify == Notify::Page);
        assert_eq!(pages.count(), expected);
    };
    check(Criticality::Critical, 3);
    check(Criticality::Important, 2);
    check(Criticality::None, 0);
}

#[test]
fn an_outage_needs_both_windows_and_ten() {
    let outage = tiers(Window::days(28), Criticality::Critical)[0];
    let check = |long, short, expected| {
        assert_eq!(fires(&outage, None, long, short).both, expected, "{long:?} {short:?}")
    };
    check(tally(369, 615), tally(205, 205), true);
    check(tally(328, 615), tally(205, 205), false);
    check(tally(9, 9), tally(4, 4), false);
    check(tally(10, 10), tally(4, 4), true);
    check(tally(10, 10), tally(3, 3), false);
    check(tally(10, 10), tally(0, 0), false);
}

proptest! {
    #[test]
    fn tiers_are_the_rules_read_naively(
        bad in 0u64..4_000, more in 0u64..20_000, bad_short in 0u64..400, more_short in 0u64..2_000,
        observed in 0u64..2_000_000, span in 60u32..40_320, target in 900u64..1_000, tier in 1usize..5,
    ) {
        let window = Window::days(28);
        let target = Ratio::from_ppb(target * 1_000_000);
        let tier = tiers(window, Criticality::Critical)[tier];
        let (long, short) = (tally(bad, bad + more), tally(bad_short, bad_short + more_short));
        let projection = Projection::new(target, observed, span, window).expect("60 minutes");
        let pct = tier.pct_ppb as f64 / 1e9;
        let budget = (1.0 - target.as_f64()) * observed as f64 * 40_320.0 / f64::from(span);
        let f = pct * 40_320.0 / f64::from(tier.long);
        let part = f64::from(tier.short) / f64::from(tier.long);
        let limits = [bad as f64 - pct * budget, bad_short as f64 - pct * budget * part];
        prop_assume!(limits.iter().all(|l| l.abs() > 1e-4));
        let share = bad_short as f64 - f * (1.0 - target.as_f64()) * short.decided as f64;
        prop_assume!(share.abs() > 1e-6);
        let first = bad >= tier.min_bad && limits[0] > 0.0;
        let second = bad_short >= 1 && (limits[1] > 0.0 || share > 0.0);
        let expected = Fires { both: first && second, second };
        prop_assert_eq!(fires(&tier, Some(&projection), long, short), expected);
    }

    #[test]
    fn more_bad_never_ends_an_alert(bad in 0u64..500, n in 500u64..5_000, observed in 0u64..100_000) {
        let window = Window::days(28);
        let tier = tiers(window, Criticality::Critical)[1];
        let projection = Projection::new(Ratio::from_ppb(999_000_000), observed, 1_000, window).expect("60 minutes");
        let at = |bad| fires(&tier, Some(&projection), tally(bad, n), tally(bad / 10, n / 10));
        prop_assert!(!at(bad).both || at(bad + 1).both);
    }
}
