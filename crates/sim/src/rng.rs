//! The seeded random numbers of the simulation: SplitMix64 and the few shapes that the mail product draws from it.
//! Not for secrets, and never seeded by a clock.

/// A SplitMix64 generator (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns a generator for one `stream` of a seed; streams do not disturb each other.
    pub(crate) fn stream(seed: u64, stream: u64) -> Self {
        let mut mixer = Self(seed ^ stream.wrapping_mul(0xD605_BBB5_8C8A_BBB1));
        Self(mixer.next())
    }

    #[inline]
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Returns an id: never zero, because OTLP reads zero as "none".
    #[inline]
    pub(crate) fn id(&mut self) -> u64 {
        self.next().max(1)
    }

    /// Returns a number in `[0, 1)`.
    #[inline]
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Returns a whole number in `min..=max`.
    #[inline]
    pub(crate) fn between(&mut self, min: u32, max: u32) -> u32 {
        let span = u64::from(max - min) + 1;
        min + (((self.next() >> 32) * span) >> 32) as u32
    }

    /// Returns an exponential gap of mean 1.
    pub(crate) fn gap(&mut self) -> f64 {
        -(1.0 - self.unit()).ln()
    }

    /// Returns a bell-shaped number of mean 0 and deviation 1 that never leaves ±3.47: the sum of four uniform ones.
    /// Bounded, so that the slow attempts of a step are only those that its table asks for.
    pub(crate) fn bell(&mut self) -> f64 {
        let bits = self.next();
        let sum: u64 = (0..4).map(|i| (bits >> (16 * i)) & 0xFFFF).sum();
        (sum as f64 - 131_070.0) / 37_837.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: u32 = 200_000;

    fn mean(mut draw: impl FnMut(&mut Rng) -> f64) -> f64 {
        let mut rng = Rng::new(7);
        (0..DRAWS).map(|_| draw(&mut rng)).sum::<f64>() / f64::from(DRAWS)
    }

    #[test]
    fn first_numbers_are_those_of_the_reference() {
        let mut rng = Rng::new(1_234_567);
        assert_eq!(rng.next(), 6_457_827_717_110_365_317);
        assert_eq!(rng.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn shapes_have_their_means() {
        assert!((mean(Rng::unit) - 0.5).abs() < 0.005);
        assert!((mean(Rng::gap) - 1.0).abs() < 0.01);
        assert!(mean(Rng::bell).abs() < 0.01);
        assert!((mean(|rng| rng.bell().powi(2)) - 1.0).abs() < 0.02);
        assert!((mean(|rng| f64::from(rng.between(3, 9))) - 6.0).abs() < 0.03);
    }

    #[test]
    fn between_reaches_both_ends() {
        let mut rng = Rng::new(1);
        let seen: std::collections::BTreeSet<u32> = (0..1000).map(|_| rng.between(3, 5)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [3, 4, 5]);
    }
}
