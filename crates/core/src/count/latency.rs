//! Latency histograms for quantiles that people read. Exponential buckets of ratio 1.02, so that a quantile is
//! within 1 %; SLIs never use them, they count against exact thresholds.

use crate::hash::FastMap;

const RATIO: f64 = 1.02;

/// Returns the bucket of a duration in ns; 0 and 1 share the first.
pub fn bucket_of(ns: u64) -> u16 {
    ((ns.max(1) as f64).ln() / RATIO.ln()).floor() as u16
}

/// Returns the middle of a bucket in ns; a value in the bucket is at most 1 % away.
pub fn middle_of(bucket: u16) -> f64 {
    RATIO.powf(f64::from(bucket) + 0.5)
}

/// Durations by bucket.
#[derive(Debug, Clone, Default)]
pub struct Histogram {
    buckets: FastMap<u16, i64>,
}

impl Histogram {
    /// Adds a signed number of durations.
    pub fn add(&mut self, bucket: u16, n: i64) {
        *self.buckets.entry(bucket).or_default() += n;
    }

    /// Returns how many durations there are.
    pub fn len(&self) -> i64 {
        self.buckets.values().sum()
    }

    /// Returns whether there is no duration.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the quantile by nearest rank in ns, within 1 %; `None` without durations.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let rank = (self.len() as f64 * q).ceil().max(1.0) as i64;
        let mut buckets: Vec<(u16, i64)> = self.buckets.iter().map(|(bucket, n)| (*bucket, *n)).collect();
        buckets.sort_unstable();
        let mut seen = 0;
        let reached = buckets.into_iter().find(|(_, n)| {
            seen += n;
            seen >= rank
        });
        reached.map(|(bucket, _)| middle_of(bucket))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_value_is_within_one_percent_of_its_bucket(ns in 1u64..1 << 50) {
            let middle = middle_of(bucket_of(ns));
            prop_assert!((middle - ns as f64).abs() <= 0.0101 * ns as f64 + 1.0);
        }
    }

    #[test]
    fn quantiles_are_by_nearest_rank() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.5), None);
        (1..=100).for_each(|ms| histogram.add(bucket_of(ms * 1_000_000), 1));
        let p95 = histogram.quantile(0.95).unwrap();
        assert!((p95 / 95e6 - 1.0).abs() < 0.011, "{p95}");
    }
}
