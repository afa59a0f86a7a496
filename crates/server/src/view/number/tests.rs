//! What numbers read like, at the edges where they could lie.

use super::*;

const T99: u64 = 990_000_000;
const T995: u64 = 995_000_000;
const T999: u64 = 999_000_000;

#[test]
fn an_sli_has_two_decimals_more_than_its_target_and_rounds_towards_worse() {
    let check = |good: u64, of: u64, target: u64, expected: &str| {
        assert_eq!(sli(ppb(good, of).expect("of > 0"), target), expected, "{good} of {of}");
    };
    check(910_346, 912_600, T995, "99.753 %");
    check(99_960, 100_000, T999, "99.960 %");
    check(9_909, 10_000, T99, "99.09 %");
    check(999_999_999, 1_000_000_000, T99, "99.99 %");
    check(u64::MAX - 1, u64::MAX, T999, "99.999 %");
    check(7, 7, T999, "100 %");
    check(0, 7, T999, "0.000 %");
    assert_eq!(ppb(0, 0), None);
}

#[test]
fn targets_read_as_they_were_written() {
    assert_eq!(target(T99), "99 %");
    assert_eq!(target(T999), "99.9 %");
    assert_eq!(target(999_500_000), "99.95 %");
    assert_eq!(target(WHOLE), "100 %");
    assert_eq!(sli(999_999_999, 999_999_999), "99.9999999 %");
    assert_eq!(plus_minus(499_900, T995), ".050");
}

#[test]
fn a_share_is_100_only_when_whole_and_0_only_when_nothing() {
    assert_eq!(share(WHOLE), "100 %");
    assert_eq!(share(WHOLE - 1), "99.9 %");
    assert_eq!(share(20_000_000), "2.0 %");
    assert_eq!(share(1), "< 0.1 %");
    assert_eq!(share(0), "0 %");
    assert_eq!(share(1_240_000_000), "124.0 %");
    assert_eq!(share_fine(991_513_824), "99.15 %");
    assert_eq!(share_fine(85_000), "< 0.01 %");
    assert_eq!(at_least(994_900_000), "at least 99.4 %");
}

#[test]
fn budgets_round_down_and_say_when_they_are_overspent() {
    assert_eq!(left(506_000_000), "50 %");
    assert_eq!(left_fine(506_020_000), "50.6 %");
    assert_eq!(left(-401_000_000), "over by 41 %");
    assert_eq!(left(-1), "over by 1 %");
    assert_eq!(left_fine(-1), "over by 0.1 %");
    assert_eq!(left(0), "0 %");
    assert_eq!(left_range(52_000_000, 960_100_000), "5 to 96 %");
    assert_eq!(left_range(-52_000_000, 960_100_000), "-6 to 96 %");
    assert_eq!(left_range(-930_000_000, -730_000_000), "-93 to -73 %");
}

#[test]
fn counts_are_exact_below_100_000() {
    assert_eq!(count(0), "0");
    assert_eq!(count(99_999), "99,999");
    assert_eq!(count(100_000), "100 k");
    assert_eq!(count(1_249_999), "1.2 M");
    assert_eq!(count(3_400_000_000), "3.4 G");
    assert_eq!(exact(1_234_567), "1,234,567");
    assert_eq!(of(615, 1_230), "615 of 1,230");
    assert_eq!(of(252_548, 252_700), "252,548 of 252,700");
    assert_eq!(of(252_548, 1_252_700), "252 k of 1.2 M");
    assert_eq!(plural(1, "step"), "1 step");
    assert_eq!(plural(0, "step"), "0 steps");
}

#[test]
fn times_have_their_two_largest_units() {
    assert_eq!(took(41_000_000), "41 ms");
    assert_eq!(took(4_600_000), "4.6 ms");
    assert_eq!(took(400_000), "400 µs");
    assert_eq!(took(800_000_000), "800 ms");
    assert_eq!(took(1_000_000_000), "1 s");
    assert_eq!(took(1_250_000_000), "1.2 s");
    assert_eq!(took(300_000_000_000), "5 min");
    assert_eq!(span(10_980), "3 h 3 min");
    assert_eq!(span(86_400), "1 d");
    assert_eq!(span(62), "1 min 2 s");
    assert_eq!(span_range(3_360, 8_760), "0.9 to 2.4 h");
    assert_eq!(span_range(1_200, 3_300), "20 to 55 min");
    assert_eq!(minutes(360), "6 h");
    assert_eq!(window("28d"), "28 days");
    assert_eq!(window(""), "");
    assert_eq!(bytes(67_108_864), "64 MiB");
    assert_eq!(bytes(1_992_294), "1.8 MiB");
}

#[test]
fn ids_are_cut_in_the_middle() {
    assert_eq!(short_id("8f1c09d27ab64e55b0c3a1f6924d17e2"), "8f1c09…e2");
    assert_eq!(short_id("abc"), "abc");
    assert_eq!(short_id("ääääääääääääääää"), "ääääää…ää");
}
