//! How burstily attempts fail: variance over mean of bad attempts a minute. Failures come in bursts, and a burst
//! within the usual is no incident (`slo.md` 10).

use std::collections::VecDeque;

const KEPT: usize = 7 * 1_440;
const TRAINED_MIN: u64 = 1_440;
const STEPS: [f64; 8] = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0];

/// Bad attempts of one SLI in the minutes of the last seven days.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bursts {
    /// `None` for a minute that does not train.
    minutes: VecDeque<Option<u32>>,
    trained: u64,
    sum: u64,
    squares: u128,
}

impl Bursts {
    /// Adds the next minute.
    pub(crate) fn push(&mut self, bad: Option<u32>) {
        self.minutes.push_back(bad);
        self.weigh(bad, true);
        if self.minutes.len() > KEPT
            && let Some(old) = self.minutes.pop_front()
        {
            self.weigh(old, false);
        }
    }

    fn weigh(&mut self, bad: Option<u32>, add: bool) {
        let Some(bad) = bad.map(u64::from) else { return };
        let square = u128::from(bad) * u128::from(bad);
        if add {
            (self.trained, self.sum, self.squares) =
                (self.trained + 1, self.sum + bad, self.squares + square);
        } else {
            (self.trained, self.sum, self.squares) =
                (self.trained - 1, self.sum - bad, self.squares - square);
        }
    }

    /// Returns phi, rounded up to one of eight steps; 1 until a day of minutes is known.
    pub(crate) fn phi(&self) -> f64 {
        if self.trained < TRAINED_MIN || self.sum == 0 {
            return 1.0;
        }
        let (n, mean) = (self.trained as f64, self.sum as f64 / self.trained as f64);
        let variance = (self.squares as f64 - self.sum as f64 * mean) / (n - 1.0);
        let phi = variance / mean;
        STEPS.into_iter().find(|step| phi <= *step).unwrap_or(STEPS[STEPS.len() - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phi_is_variance_over_mean_from_a_day_on() {
        let check = |minutes: &[u32], n: usize, expected: f64| {
            let mut bursts = Bursts::default();
            minutes.iter().cycle().take(n).for_each(|bad| bursts.push(Some(*bad)));
            assert_eq!(bursts.phi(), expected);
        };
        check(&[0, 8], 1_439, 1.0);
        check(&[0, 8], 1_440, 5.0);
        check(&[1], 2_000, 1.0);
        check(&[0, 0, 0, 12], 30_000, 10.0);
        check(&[0], 30_000, 1.0);
    }

    #[test]
    fn what_is_older_than_seven_days_or_disturbed_does_not_train() {
        let mut bursts = Bursts::default();
        (0..5_000).for_each(|n| bursts.push(Some(n % 2 * 8)));
        (0..KEPT).for_each(|_| bursts.push(Some(1)));
        assert_eq!((bursts.phi(), bursts.trained), (1.0, KEPT as u64));
        (0..KEPT).for_each(|_| bursts.push(None));
        assert_eq!((bursts.trained, bursts.sum, bursts.squares), (0, 0, 0));
    }
}
