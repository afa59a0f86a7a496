//! Instants as they are shown: UTC, RFC 3339 in JSON, hours and minutes on pages. It reads no clock.

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use throughline_core::time::{Minute, UnixNanos};

/// An instant in nanoseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct At(pub u64);

impl At {
    /// Returns the instant of whole seconds since the Unix epoch.
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds * 1_000_000_000)
    }

    /// Returns the instant `seconds` earlier; it saturates at the epoch.
    pub const fn minus_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds * 1_000_000_000))
    }

    /// Returns the instant `seconds` later.
    pub const fn plus_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds * 1_000_000_000))
    }

    /// Returns `14:05`.
    pub fn clock(self) -> String {
        self.format("%H:%M")
    }

    /// Returns `14:05 UTC`.
    pub fn clock_utc(self) -> String {
        self.format("%H:%M UTC")
    }

    /// Returns `14:04:58`.
    pub fn clock_seconds(self) -> String {
        self.format("%H:%M:%S")
    }

    /// Returns `23 Nov`.
    pub fn day(self) -> String {
        self.format("%-d %b")
    }

    /// Returns `Monday 23 November`.
    pub fn long_day(self) -> String {
        self.format("%A %-d %B")
    }

    /// Returns the clock when `now` is the same day, else the day: `13:42` or `22 Nov`.
    pub fn near(self, now: Self) -> String {
        if self.day() == now.day() && now.0.abs_diff(self.0) < 86_400_000_000_000 {
            self.clock()
        } else {
            self.day()
        }
    }

    /// Returns RFC 3339 with as many digits as there are.
    pub fn rfc3339(self) -> String {
        self.timestamp().to_string()
    }

    fn timestamp(self) -> Timestamp {
        Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn format(self, format: &str) -> String {
        self.timestamp().strftime(format).to_string()
    }
}

impl From<UnixNanos> for At {
    fn from(at: UnixNanos) -> Self {
        Self(at.0)
    }
}

impl From<Minute> for At {
    /// The minute's start.
    fn from(minute: Minute) -> Self {
        Self::seconds(u64::from(minute.0) * 60)
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl JsonSchema for At {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_as_people_say_them() {
        let now = At::seconds(1_795_442_700); // Monday 23 November 2026, 14:05 UTC
        assert_eq!(now.clock_utc(), "14:05 UTC");
        assert_eq!(now.long_day(), "Monday 23 November");
        assert_eq!(now.rfc3339(), "2026-11-23T14:05:00Z");
        assert_eq!(now.minus_seconds(86_400).near(now), "22 Nov");
        assert_eq!(now.minus_seconds(1_380).near(now), "13:42");
        assert_eq!(At(u64::MAX).clock(), "23:34");
    }
}
