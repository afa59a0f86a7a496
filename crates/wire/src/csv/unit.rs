//! The units of times in CSV, and what a text that is no time is instead. It knows no columns.

use std::fmt;

/// The unit a time column is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    S,
    Ms,
    Us,
    Ns,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unit::S => "s",
            Unit::Ms => "ms",
            Unit::Us => "us",
            Unit::Ns => "ns",
        })
    }
}

impl Unit {
    pub(super) const ALL: [Self; 4] = [Unit::S, Unit::Ms, Unit::Us, Unit::Ns];

    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "s" => Some(Unit::S),
            "ms" => Some(Unit::Ms),
            "us" | "µs" => Some(Unit::Us),
            "ns" => Some(Unit::Ns),
            _ => None,
        }
    }

    /// Returns the decimal digits between this unit and nanoseconds.
    pub(super) fn digits(self) -> u32 {
        match self {
            Unit::S => 9,
            Unit::Ms => 6,
            Unit::Us => 3,
            Unit::Ns => 0,
        }
    }

    /// Reads a decimal number of this unit as whole nanoseconds; finer digits are cut. `None` for what is no
    /// number, is negative or does not fit.
    pub(super) fn nanoseconds(self, text: &str) -> Option<u64> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let only_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !only_digits(whole) || !only_digits(fraction) {
            let number = text.parse::<f64>().ok()? * 10_f64.powi(self.digits().cast_signed());
            return (0.0..u64::MAX as f64).contains(&number).then_some(number as u64);
        }
        let digits = self.digits() as usize;
        let fraction = &fraction[..fraction.len().min(digits)];
        let fraction: u64 = format!("{fraction:0<digits$}0").parse().ok()?;
        whole.parse::<u64>().ok()?.checked_mul(10_u64.pow(self.digits()))?.checked_add(fraction / 10)
    }

    /// Says why [`Unit::nanoseconds`] does not read a text.
    pub(super) fn fault(self, text: &str) -> String {
        match text.parse::<f64>() {
            Ok(number) if number < 0.0 => format!("a negative number of {self}"),
            Ok(number) if number.is_finite() => format!("too large a number of {self}"),
            _ => format!("no number of {self}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(unit: Unit, text: &str, expected: Result<u64, &str>) {
        let read = unit.nanoseconds(text).ok_or_else(|| unit.fault(text));
        assert_eq!(read, expected.map_err(str::to_owned), "{text}");
    }

    #[test]
    fn times_of_every_unit_are_whole_nanoseconds() {
        check(Unit::Ns, "1661146988592291144", Ok(1_661_146_988_592_291_144));
        check(Unit::Us, "181991", Ok(181_991_000));
        check(Unit::Ms, "1.5", Ok(1_500_000));
        check(Unit::S, "1661146988.592291144", Ok(1_661_146_988_592_291_144));
        check(Unit::S, "1.5e2", Ok(150_000_000_000));
        check(Unit::Ns, "12.9", Ok(12));
    }

    #[test]
    fn what_is_no_time_is_told_with_its_unit() {
        for bad in ["", "x", "NaN", "inf", "2026-11-20T10:00:00Z", "1,5"] {
            check(Unit::Ns, bad, Err("no number of ns"));
        }
        check(Unit::Us, "-5", Err("a negative number of us"));
        check(Unit::Ns, "99999999999999999999", Err("too large a number of ns"));
        check(Unit::S, "1764064800000", Err("too large a number of s"));
        check(Unit::S, "1.7640648e12", Err("too large a number of s"));
    }
}
