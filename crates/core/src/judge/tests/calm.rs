//! Tests that nothing is told where nothing is: traffic and failures by chance, at the whole tolerance.

use crate::count::bucket::Counts;
use crate::judge::fixture::World;

/// Random numbers that are the same every time (xorshift).
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A Poisson count, by multiplying uniform numbers (Knuth).
    fn poisson(&mut self, mean: f64) -> i64 {
        let (limit, mut product, mut n) = ((-mean).exp(), self.uniform(), 0);
        while product > limit {
            product *= self.uniform();
            n += 1;
        }
        n
    }
}

/// Traffic at a mean with a daily rhythm, failing exactly as often as the target tolerates.
fn check(mean: f64, rhythm: f64, days: u32, seed: u64) {
    let mut random = Random(seed);
    let mut world = World::new(1);
    for minute in 0..days * 1_440 {
        let day = f64::from(minute % 1_440) / 1_440.0 * std::f64::consts::TAU;
        let n = random.poisson(mean * (1.0 - rhythm * day.cos()));
        let failed = random.poisson(n as f64 * 0.001).min(n);
        world.pass(&[Counts { good: n - failed, failed, ..Counts::default() }]);
    }
    let logs = &world.last.logs;
    assert!(logs.severities.is_empty(), "mean {mean}: {:?}", logs.severities);
    assert!(logs.silences.is_empty(), "mean {mean}: {:?}", logs.silences);
}

#[test]
fn steady_traffic_at_its_tolerance_is_calm() {
    check(0.2, 0.0, 1, 1);
    check(3.0, 0.5, 2, 2);
    check(40.0, 0.3, 2, 3);
    check(300.0, 0.7, 1, 4);
}
