//! What a sample is worth: the effective number of attempts, and the interval of a share that it leaves (`slo.md` 1).
//! It knows no target.

use crate::count::bucket::Counts;
use crate::estimate::limit::wilson;
use crate::judge::judgement::{Interval, Sample, WindowCounts};
use crate::judge::sli::whole;
use crate::model::slo::{Ratio, Sli, Slo};

/// By how much the spread of one attempt may be rounded.
const ROUNDED: f64 = 1.0 / 256.0;

/// Returns the sample behind an SLO's counts; `None` where every attempt was seen.
pub(crate) fn sample(slo: &Slo, counts: &Counts) -> Option<Sample> {
    if !counts.is_sampled() || counts.decided() <= 0 {
        return None;
    }
    let (n, all) = (counts.decided() as f64, counts.stand_for() as f64 / 65_536.0);
    let spread = counts.weighted.spread as f64 / 256.0;
    // Of equal weights w = all/n the spread is n w (w - 1).
    let even = all * (all - n) / n;
    let knows_weights = matches!(slo.sli, Sli::Availability);
    Some(Sample {
        stand_for: whole((counts.stand_for() + (1 << 15)) >> 16),
        effective: if spread > 0.0 { (all * all / spread) as u64 } else { u64::MAX },
        is_skewed: !knows_weights && spread > even + n * ROUNDED + 1.0,
    })
}

/// Returns the 95 % interval of the SLI that a sample leaves, and what the unknown attempts could make of it.
pub(crate) fn interval(counts: &WindowCounts, sample: &Sample) -> Interval {
    let (n, unknown) = (counts.decided() as f64, counts.unknown.total() as f64);
    let (lo, hi) = match counts.decided() {
        0 => (0.0, 1.0),
        _ => wilson(counts.good as f64 / n, sample.effective as f64),
    };
    let (lo, hi) = if sample.is_skewed { (0.0, 1.0) } else { (lo, hi) };
    let known = n / (n + unknown);
    let ppb = |share: f64| (share.clamp(0.0, 1.0) * Ratio::WHOLE as f64) as u64;
    Interval {
        lo: Ratio::from_ppb(ppb(lo * known)),
        hi: Ratio::from_ppb((ppb(hi * known + 1.0 - known) + 1).min(Ratio::WHOLE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::bucket::Weighted;
    use crate::judge::fixture::slo;

    /// Counts of (attempts, weight), good and bad.
    fn counts((good, good_w): (i64, i64), (bad, bad_w): (i64, i64)) -> Counts {
        let spread = (good * good_w * (good_w - 1) + bad * bad_w * (bad_w - 1)) << 8;
        let weighted = Weighted { good: (good * good_w) << 16, bad: (bad * bad_w) << 16, lost: 0, spread };
        Counts { good, failed: bad, weighted, ..Counts::default() }
    }

    #[test]
    fn a_sample_is_worth_less_than_it_stands_for() {
        let check = |counts: Counts, expected: Option<(u64, u64)>| {
            let found = sample(&slo(990_000_000, 28), &counts);
            assert_eq!(found.map(|sample| (sample.stand_for, sample.effective)), expected, "{counts:?}");
        };
        check(counts((99, 1), (1, 1)), None);
        check(counts((0, 5), (0, 5)), None);
        check(counts((990, 10), (10, 10)), Some((10_000, 1_111)));
        check(counts((990, 2), (10, 2)), Some((2_000, 2_000)));
        check(counts((990, 10), (10, 1)), Some((9_910, 1_102)));
    }

    #[test]
    fn only_an_sli_that_knows_the_weights_is_told_from_a_skewed_sample() {
        let mut latency = slo(990_000_000, 28);
        latency.sli = Sli::Latency { threshold_ns: 1, slot: 0 };
        let is_skewed = |slo: &Slo, counts: Counts| sample(slo, &counts).unwrap().is_skewed;
        assert!(!is_skewed(&latency, counts((990, 10), (10, 10))));
        assert!(is_skewed(&latency, counts((990, 10), (10, 1))));
        assert!(!is_skewed(&slo(990_000_000, 28), counts((990, 10), (10, 1))));
    }
}
