//! Instants and minutes since the Unix epoch. No clock is read here: time is always an argument.

/// Nanoseconds in a minute.
pub const MINUTE_NS: u64 = 60 * SECOND_NS;
/// Nanoseconds in a second.
pub const SECOND_NS: u64 = 1_000_000_000;

/// An instant, in nanoseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct UnixNanos(pub u64);

impl UnixNanos {
    /// Returns the minute that holds this instant; minutes are half open, `[start, start + 60 s)`.
    pub const fn minute(self) -> Minute {
        Minute((self.0 / MINUTE_NS) as u32)
    }

    /// Returns the instant `ns` later; it saturates.
    pub const fn plus(self, ns: u64) -> Self {
        Self(self.0.saturating_add(ns))
    }

    /// Returns the instant `ns` earlier; it saturates at the epoch.
    pub const fn minus(self, ns: u64) -> Self {
        Self(self.0.saturating_sub(ns))
    }

    /// Returns the nanoseconds from `earlier` to here, 0 when `earlier` is later (a stepped clock is not a
    /// slow user).
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A UTC minute, counted since the Unix epoch; the width of every bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Minute(pub u32);

impl Minute {
    /// Returns the first instant of the minute; it saturates.
    pub const fn start(self) -> UnixNanos {
        UnixNanos((self.0 as u64).saturating_mul(MINUTE_NS))
    }

    /// Returns the first instant after the minute; it saturates.
    pub const fn end(self) -> UnixNanos {
        UnixNanos((self.0 as u64 + 1).saturating_mul(MINUTE_NS))
    }

    /// Returns the minute `n` later; it saturates.
    pub const fn plus(self, n: u32) -> Self {
        Self(self.0.saturating_add(n))
    }

    /// Returns the minute `n` earlier; it saturates at the epoch.
    pub const fn minus(self, n: u32) -> Self {
        Self(self.0.saturating_sub(n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_half_open() {
        let minute = Minute(7);
        assert_eq!(minute.start().minute(), minute);
        assert_eq!(minute.end().minus(1).minute(), minute);
        assert_eq!(minute.end().minute(), minute.plus(1));
    }

    #[test]
    fn the_last_minute_that_nanoseconds_reach_ends_nowhere() {
        let last = UnixNanos(u64::MAX).minute();
        assert_eq!((last.end(), last.plus(1).start()), (UnixNanos(u64::MAX), UnixNanos(u64::MAX)));
        assert_eq!(Minute(u32::MAX).start(), UnixNanos(u64::MAX));
    }

    #[test]
    fn an_end_before_its_start_is_no_duration() {
        assert_eq!(UnixNanos(5).since(UnixNanos(6)), 0);
    }
}
