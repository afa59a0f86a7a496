//! The parts of factorials that Stirling's formula leaves over, so that probabilities of large counts do not
//! drown in rounding. Method: C. Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000).

use std::f64::consts::PI;

/// Lanczos coefficients for g = 607/128.
const LANCZOS: [f64; 14] = [
    57.156_235_665_862_92,
    -59.597_960_355_475_49,
    14.136_097_974_741_746,
    -0.491_913_816_097_620_2,
    0.339_946_499_848_118_9e-4,
    0.465_236_289_270_485_8e-4,
    -0.983_744_753_048_795_6e-4,
    0.158_088_703_224_912_5e-3,
    -0.210_264_441_724_104_9e-3,
    0.217_439_618_115_212_6e-3,
    -0.164_318_106_536_763_9e-3,
    0.844_182_239_838_527_4e-4,
    -0.261_908_384_015_814_1e-4,
    0.368_991_826_595_316_2e-5,
];

/// Returns ln(gamma(x)) for x > 0.
pub(super) fn ln_gamma(x: f64) -> f64 {
    let base = x + 5.242_187_5;
    let series = LANCZOS
        .iter()
        .enumerate()
        .fold(0.999_999_999_999_997_1, |sum, (n, c)| sum + c / (x + 1.0 + n as f64));
    (x + 0.5) * base.ln() - base + (2.506_628_274_631_000_7 * series / x).ln()
}

/// Returns ln(x!) less Stirling's (x + 1/2) ln x - x + ln(2 pi)/2, for x > 0.
pub(super) fn stirling_error(x: f64) -> f64 {
    if x <= 15.0 {
        return ln_gamma(x + 1.0) - (x + 0.5) * x.ln() + x - 0.5 * (2.0 * PI).ln();
    }
    let square = x * x;
    let terms = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1_260.0, -1.0 / 1_680.0, 1.0 / 1_188.0];
    terms.iter().rev().fold(0.0, |sum, term| term + sum / square) / x
}

/// Returns x ln(x/mean) + mean - x without cancellation; x >= 0, mean > 0.
pub(super) fn deviance(x: f64, mean: f64) -> f64 {
    if x == 0.0 {
        return mean;
    }
    let gap = x - mean;
    if gap.abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() - gap;
    }
    let v = gap / (x + mean);
    let (mut sum, mut term, mut n) = (gap * v, 2.0 * x * v, 1.0);
    loop {
        term *= v * v;
        n += 2.0;
        let next = sum + term / n;
        if next == sum {
            return sum;
        }
        sum = next;
    }
}

/// Returns ln of C(n, x) p^x q^(n-x) for real 0 <= x <= n; q = 1 - p, given apart to keep its digits.
pub(super) fn ln_binomial(x: f64, n: f64, p: f64, q: f64) -> f64 {
    if x == 0.0 {
        return n * (-p).ln_1p().max(f64::MIN);
    }
    if x == n {
        return n * p.ln().max(f64::MIN);
    }
    let rest = n - x;
    let errors = stirling_error(n) - stirling_error(x) - stirling_error(rest);
    errors - deviance(x, n * p) - deviance(rest, n * q) + 0.5 * (n / (2.0 * PI * x * rest)).ln()
}

/// Returns ln of the Poisson probability of x.
pub(super) fn ln_poisson(x: f64, mean: f64) -> f64 {
    if x == 0.0 {
        return -mean;
    }
    -stirling_error(x) - deviance(x, mean) - 0.5 * (2.0 * PI * x).ln()
}
