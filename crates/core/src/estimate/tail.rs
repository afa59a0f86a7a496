//! Tails of counts: how likely so many, or so few, are by chance. Relative accuracy 1e-9 or better for
//! probabilities down to 1e-300.

use super::beta::incomplete_beta;
use super::gamma::ln_poisson;

/// Returns P(X >= x) of n trials at probability p.
pub fn binomial_at_least(x: u64, n: u64, p: f64) -> f64 {
    match x {
        0 => 1.0,
        x if x > n => 0.0,
        x => incomplete_beta(x as f64, (n - x + 1) as f64, p, 1.0 - p).0,
    }
}

/// Returns P(X <= x) of n trials at probability p.
pub fn binomial_at_most(x: u64, n: u64, p: f64) -> f64 {
    if x >= n {
        return 1.0;
    }
    incomplete_beta((x + 1) as f64, (n - x) as f64, p, 1.0 - p).1
}

/// Returns P(X <= x) of a negative binomial distribution with variance mean + mean^2/k.
pub fn negative_binomial_at_most(x: u64, mean: f64, k: f64) -> f64 {
    if mean <= 0.0 {
        return 1.0;
    }
    incomplete_beta(k, x as f64 + 1.0, k / (k + mean), mean / (k + mean)).0
}

/// Returns P(X <= x) of a Poisson distribution.
pub fn poisson_at_most(x: u64, mean: f64) -> f64 {
    if mean <= 0.0 {
        return 1.0;
    }
    if x as f64 > mean {
        return 1.0 - poisson_above(x, mean);
    }
    let (mut term, mut sum, mut at) = (ln_poisson(x as f64, mean).exp(), 0.0, x as f64);
    while term > sum * 1e-17 {
        sum += term;
        term *= at / mean;
        at -= 1.0;
        if at < 0.0 {
            break;
        }
    }
    sum.min(1.0)
}

/// Returns P(X > x) for x above the mean.
fn poisson_above(x: u64, mean: f64) -> f64 {
    let mut at = x as f64 + 1.0;
    let (mut term, mut sum) = (ln_poisson(at, mean).exp(), 0.0);
    while term > sum * 1e-17 {
        sum += term;
        at += 1.0;
        term *= mean / at;
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(value: f64, expected: f64) {
        assert!((value / expected - 1.0).abs() < 1e-9, "{value:e}, expected {expected:e}");
    }

    #[test]
    fn tails_are_those_of_exact_arithmetic() {
        close(binomial_at_least(5, 100, 0.001), 6.956_098_934_022_621e-8);
        close(binomial_at_least(3, 10, 0.5), 0.945_312_5);
        close(binomial_at_least(20, 1_000, 0.001), 1.335_748_699_236_256e-19);
        close(binomial_at_least(60, 20_000, 0.001), 4.069_206_562_234_215e-13);
        close(binomial_at_least(600, 500_000, 0.001), 7.705_018_602_123_238e-6);
        close(binomial_at_least(999, 1_000, 0.999), 0.735_758_913_030_187);
        close(binomial_at_most(0, 27, 0.5), 7.450_580_596_923_828e-9);
        close(binomial_at_most(2, 500, 0.05), 2.712_539_012_678_377e-9);
        close(binomial_at_most(9_970, 10_000, 0.999), 2.461_564_429_648_353e-7);
        close(negative_binomial_at_most(0, 53.0, 10.0), 1.015_300_278_854_676e-8);
        close(negative_binomial_at_most(3, 200.0, 10.0), 1.501_537_707_872_42e-11);
        close(negative_binomial_at_most(12, 1_200.0, 50.0), 1.694_390_118_422_361e-58);
        close(negative_binomial_at_most(5, 100.0, 1e6), 3.276_213_949_336_306e-36);
        close(negative_binomial_at_most(40, 30.0, 7.5), 0.816_173_449_612_902);
        close(poisson_at_most(0, 18.5), 9.237_449_661_970_595e-9);
        close(poisson_at_most(2, 30.0), 4.501_016_648_012_124e-11);
        close(poisson_at_most(60, 600.0), 1.729_336_610_468_96e-176);
        close(poisson_at_most(700, 600.0), 0.999_968_636_235_217_1);
    }

    #[test]
    fn edges_are_certain() {
        assert_eq!((binomial_at_least(0, 5, 0.1), binomial_at_least(6, 5, 0.1)), (1.0, 0.0));
        assert_eq!((binomial_at_least(1, 5, 0.0), binomial_at_least(5, 5, 1.0)), (0.0, 1.0));
        assert_eq!((binomial_at_most(5, 5, 0.1), binomial_at_most(0, 5, 0.0)), (1.0, 1.0));
        assert_eq!((poisson_at_most(0, 0.0), negative_binomial_at_most(0, 0.0, 5.0)), (1.0, 1.0));
    }

    proptest! {
        #[test]
        fn binomial_tails_are_sums(n in 1u64..60, x in 0u64..60, p in 0.001f64..0.999) {
            let mut chance = (1.0 - p).powi(n as i32);
            let mut below = 0.0;
            for i in 0..x.min(n + 1) {
                below += chance;
                chance *= (n - i) as f64 / (i + 1) as f64 * p / (1.0 - p);
            }
            prop_assert!((binomial_at_least(x, n, p) - (1.0 - below)).abs() < 1e-10);
            prop_assert!(x == 0 || (binomial_at_most(x - 1, n, p) - below).abs() < 1e-10);
        }

        #[test]
        fn a_poisson_distribution_is_the_limit_of_both(mean in 0.1f64..50.0, x in 0u64..80) {
            let poisson = poisson_at_most(x, mean);
            prop_assert!((negative_binomial_at_most(x, mean, 1e9) - poisson).abs() < 1e-6);
            prop_assert!((binomial_at_most(x, 1_000_000_000, mean / 1e9) - poisson).abs() < 1e-6);
        }
    }
}
