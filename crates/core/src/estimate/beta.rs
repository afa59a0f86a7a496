//! The regularised incomplete beta function, by its continued fraction (Lentz's method): the tail of binomial
//! and negative binomial distributions.

use super::gamma::ln_binomial;

/// Terms of the fraction at most; it needs about sqrt(max(a, b)).
const TERMS_MAX: u32 = 100_000;

/// Returns I_x(a, b) and 1 - I_x(a, b), each with its own digits; a, b > 0, y = 1 - x.
pub(super) fn incomplete_beta(a: f64, b: f64, x: f64, y: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if y <= 0.0 {
        return (1.0, 0.0);
    }
    // The front factor x^a y^b / B(a, b), by way of the binomial probability.
    let front = ln_binomial(a, a + b, x, y);
    let (up, down) = (front + (b / (a + b)).ln(), front + (a / (a + b)).ln());
    if x < (a + 1.0) / (a + b + 2.0) {
        let lower = (up.exp() * fraction(a, b, x)).min(1.0);
        (lower, 1.0 - lower)
    } else {
        let upper = (down.exp() * fraction(b, a, y)).min(1.0);
        (1.0 - upper, upper)
    }
}

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let tiny = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / tiny(1.0 - (a + b) * x / (a + 1.0));
    let mut product = d;
    for m in 1..TERMS_MAX {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / tiny(1.0 + even * d);
        c = tiny(1.0 + even / c);
        product *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / tiny(1.0 + odd * d);
        c = tiny(1.0 + odd / c);
        product *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    product
}
