//! How busy the users are by the hour of the day and the day of the week, in UTC, as a share of a weekday's peak.
//! It knows no step and no fault.

const HOUR_NS: f64 = 3600e9;
/// When Europe's afternoon meets America's morning.
const PEAK_HOUR: f64 = 14.0;
/// What is left of the peak at 02:00.
const NIGHT: f64 = 0.18;
/// What is left of a weekday on a weekend.
const WEEKEND: f64 = 0.46;
/// 1970-01-01 was a Thursday.
const EPOCH_HOURS_AFTER_MONDAY: f64 = 72.0;
/// A weekend fades in and out over this long, around midnight.
const FADE_HOURS: f64 = 6.0;

/// Returns the share of the peak at a moment: 1 on a weekday at 14:00 UTC, a fifth of it at night.
pub(crate) fn level(at_ns: u64) -> f64 {
    let hours = at_ns as f64 / HOUR_NS;
    let from_peak = (hours.rem_euclid(24.0) - PEAK_HOUR) * std::f64::consts::PI / 24.0;
    let day = NIGHT + (1.0 - NIGHT) * from_peak.cos().powi(10);
    day * (1.0 - (1.0 - WEEKEND) * weekend(hours))
}

/// Returns 1 on a weekend, 0 on a weekday, and what is between around their midnights.
fn weekend(hours: f64) -> f64 {
    let since_fade = (hours + EPOCH_HOURS_AFTER_MONDAY - 120.0 + FADE_HOURS / 2.0).rem_euclid(168.0);
    smooth(since_fade / FADE_HOURS) - smooth((since_fade - 48.0) / FADE_HOURS)
}

fn smooth(x: f64) -> f64 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday 2026-09-07 00:00 UTC.
    const MONDAY: f64 = 1_788_739_200e9;

    fn at(day: f64, hour: f64) -> f64 {
        level((MONDAY + (day * 24.0 + hour) * HOUR_NS) as u64)
    }

    #[test]
    fn weekday_afternoon_is_the_peak_and_night_is_a_fifth() {
        for day in 0..5 {
            assert!(at(day.into(), 14.0 + 5.0 / 60.0) > 0.999);
        }
        assert!((0.17..0.22).contains(&at(1.0, 2.0)));
    }

    #[test]
    fn weekend_is_about_half() {
        for day in [5.0, 6.0] {
            assert!((0.42..0.55).contains(&at(day, 14.0)));
        }
    }

    #[test]
    fn nothing_jumps() {
        let minutes = (0..7 * 1440).map(|m| at(0.0, f64::from(m) / 60.0)).collect::<Vec<_>>();
        assert!(minutes.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.01));
    }
}
