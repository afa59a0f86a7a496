//! Limits of a share from counts: Wilson's, and the exact ones of Clopper and Pearson.

use super::tail::{binomial_at_least, binomial_at_most};

/// The two-sided 95 % quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// The 95 % quantile of the normal distribution, for a limit on one side only.
pub const Z_ONE_SIDED: f64 = 1.644_853_626_951_472;

/// Returns Wilson's lower limit of x/n of the 95 % interval; 0 without attempts (E. B. Wilson, 1927).
pub fn wilson_lower(x: u64, n: u64) -> f64 {
    wilson_lower_at(Z, x, n)
}

/// Returns Wilson's lower limit of x/n at a normal quantile.
pub fn wilson_lower_at(z: f64, x: u64, n: u64) -> f64 {
    if n == 0 || x == 0 {
        return 0.0;
    }
    limits(z, x as f64 / n as f64, n as f64).0
}

/// Returns Wilson's 95 % interval of a share that so many attempts, not always a whole number, are worth.
pub fn wilson(share: f64, n: f64) -> (f64, f64) {
    if n > 0.0 { limits(Z, share, n) } else { (0.0, 1.0) }
}

fn limits(z: f64, share: f64, n: f64) -> (f64, f64) {
    let middle = share + z * z / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + z * z / n;
    (((middle - half) / whole).max(0.0), ((middle + half) / whole).min(1.0))
}

/// Returns Wilson's 95 % upper limit of x/n; 1 without attempts.
pub fn wilson_upper(x: u64, n: u64) -> f64 {
    1.0 - wilson_lower(n.saturating_sub(x), n)
}

/// Returns the lower limit of x/n of the exact 95 % interval (Clopper and Pearson, 1934).
pub fn exact_lower(x: u64, n: u64) -> f64 {
    if x == 0 { 0.0 } else { solve(|p| binomial_at_least(x, n, p) < 0.025) }
}

/// Returns the upper limit of x/n of the exact 95 % interval.
pub fn exact_upper(x: u64, n: u64) -> f64 {
    if x >= n { 1.0 } else { solve(|p| binomial_at_most(x, n, p) >= 0.025) }
}

/// Returns where `below` turns from true to false on [0, 1].
fn solve(below: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if below(middle) { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn limits_are_the_published_ones() {
        let check =
            |value: f64, expected: f64| assert!((value - expected).abs() < 1e-9, "{value} {expected}");
        check(wilson_lower(615, 615), 0.993_792_499_2);
        check(wilson_lower(10, 20), 0.299_298_008_2);
        check(wilson_upper(0, 10), 0.277_532_799_9);
        check(exact_lower(10, 20), 0.271_957_849_6);
        check(exact_upper(10, 20), 0.728_042_150_4);
        check(exact_upper(0, 10), 0.308_497_107_8);
        check(exact_upper(9_997, 10_000), 0.999_938_128_5);
    }

    proptest! {
        #[test]
        fn limits_enclose_the_share_and_grow_with_it(n in 1u64..5_000, x in 0u64..5_000) {
            let x = x.min(n);
            let share = x as f64 / n as f64;
            prop_assert!(wilson_lower(x, n) <= share + 1e-12 && share <= wilson_upper(x, n) + 1e-12);
            prop_assert!(wilson_lower(x, n) <= wilson_lower((x + 1).min(n), n) + 1e-12);
            prop_assert!(wilson_lower(x, n) <= wilson_lower(2 * x, 2 * n) + 1e-12);
        }
    }
}
