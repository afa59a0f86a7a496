//! The one place that reads a clock. A demo's clock runs by a factor from an instant of its own; everything that
//! waits, counts or is shown follows it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use throughline_core::time::UnixNanos;

/// A clock that may run faster than the wall's, and from another instant.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
    origin: UnixNanos,
    factor: u32,
    is_wall: bool,
}

impl Clock {
    /// Returns the wall clock.
    pub fn wall() -> Self {
        let origin = UnixNanos(wall_nanos());
        Self { started: instant(), origin, factor: 1, is_wall: true }
    }

    /// Returns a clock that stands at `origin` now and runs `factor` times as fast as the wall's.
    pub fn from(origin: UnixNanos, factor: u32) -> Self {
        Self { started: instant(), origin, factor: factor.max(1), is_wall: false }
    }

    /// Returns the time.
    pub fn now(&self) -> UnixNanos {
        if self.is_wall {
            return UnixNanos(wall_nanos());
        }
        let elapsed = instant().duration_since(self.started).as_nanos() as u64;
        self.origin.plus(elapsed.saturating_mul(self.factor.into()))
    }

    /// Returns how long to wait in real time until the clock stands at `at`.
    pub fn until(&self, at: UnixNanos) -> Duration {
        Duration::from_nanos(at.since(self.now()) / u64::from(self.factor))
    }

    /// Returns how many times faster than the wall's the clock runs.
    pub fn factor(&self) -> u32 {
        self.factor
    }

    /// Returns whether this is the wall clock.
    pub fn is_wall(&self) -> bool {
        self.is_wall
    }
}

/// Measures how long something took, in real time.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts measuring.
    pub fn start() -> Self {
        Self(instant())
    }

    /// Returns the time since the start.
    pub fn elapsed(&self) -> Duration {
        instant().duration_since(self.0)
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one module that reads a clock")]
fn instant() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "this is the one module that reads a clock")]
fn wall_nanos() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}
