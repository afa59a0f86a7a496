//! Useless results where nothing at all is legitimate too: good attempts that do not bring about what their step usually
//! does (`slo.md` 6). It alerts; counts and verdicts are untouched by it.

use crate::count::brought::{Brought, BroughtSeries};
use crate::estimate::tail::binomial_at_most;
use crate::judge::closed::closed_at;
use crate::judge::judgement::UselessNow;
use crate::judge::sli::whole;
use crate::time::Minute;

/// The window that is looked at, in minutes.
const WINDOW: u32 = 15;
/// How far back is learnt what is usual.
const WEEK: u32 = 10_080;
/// Attempts from which on anything is usual.
const LEARNT_MIN: i64 = 30;
/// So unlikely by chance that a few false alarms a year remain in a hundred steps.
const CHANCE: f64 = 1e-8;
/// Closed minutes without it after which the alert ends.
const CALM: u32 = 2;

/// What is remembered of a step.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Useless {
    /// The end of the minute in which it was found; what is usual is learnt from before it.
    found_in: Option<Minute>,
    calm: u32,
    pub(crate) now: Option<UselessNow>,
}

/// What one look changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    None,
    Opened,
    Ended,
}

impl Useless {
    /// Looks at the minutes before `as_of`; without data that flows an open alert stays.
    pub(crate) fn look(&mut self, series: &BroughtSeries, as_of: Minute, flowing: bool) -> Change {
        let recent = as_of.minus(WINDOW);
        let learnt_until = self.found_in.map_or(recent, |found| found.minus(WINDOW).min(recent));
        let usual = series.sum(learnt_until.minus(WEEK)..learnt_until);
        let lately = series.sum(recent..as_of);
        if is_useless(lately, usual) {
            let is_new = self.found_in.is_none();
            let found_in = *self.found_in.get_or_insert(as_of);
            self.calm = 0;
            self.now = Some(UselessNow {
                since: closed_at(found_in),
                looked: whole(lately.looked),
                found: whole(lately.found),
                usual_looked: whole(usual.looked),
                usual_found: whole(usual.found),
            });
            return if is_new { Change::Opened } else { Change::None };
        }
        if self.found_in.is_none() || !flowing {
            return Change::None;
        }
        self.calm += 1;
        if self.calm < CALM {
            return Change::None;
        }
        *self = Self::default();
        Change::Ended
    }
}

/// Returns whether a share is under half of what is usual, and not by chance.
fn is_useless(lately: Brought, usual: Brought) -> bool {
    if usual.looked < LEARNT_MIN || lately.looked <= 0 || usual.found <= 0 {
        return false;
    }
    let is_low = 2 * i128::from(lately.found) * i128::from(usual.looked)
        < i128::from(usual.found) * i128::from(lately.looked);
    let share = usual.found as f64 / usual.looked as f64;
    is_low && binomial_at_most(whole(lately.found), whole(lately.looked), share) < CHANCE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_what_is_usual_is_not_enough_and_chance_is_none() {
        let brought = |(looked, found)| Brought { looked, found };
        let check = |lately, usual, expected| {
            assert_eq!(is_useless(brought(lately), brought(usual)), expected, "{lately:?} of {usual:?}");
        };
        check((60, 3), (1_000, 700), true);
        check((60, 0), (30, 21), true);
        check((60, 0), (29, 20), false);
        check((9, 0), (1_000, 700), false);
        check((16, 0), (1_000, 700), true);
        check((4_000, 1_399), (1_000, 700), true);
        check((4_000, 1_400), (1_000, 700), false);
        check((0, 0), (1_000, 700), false);
        check((900, 0), (1_000, 0), false);
    }

    #[test]
    fn it_ends_after_two_minutes_of_data_without_it() {
        let mut series = BroughtSeries::default();
        let mut useless = Useless::default();
        let mut minute = |n: u32, found: i64, flowing: bool| {
            series.amend(Minute(n), Brought { looked: 20, found });
            useless.look(&series, Minute(n + 1), flowing)
        };
        (0..60).for_each(|n| assert_eq!(minute(n, 14, true), Change::None, "{n}"));
        let changes: Vec<Change> = (60..90).map(|n| minute(n, 0, true)).collect();
        assert_eq!(changes.iter().filter(|change| **change == Change::Opened).count(), 1);
        assert_eq!(changes[7], Change::Opened, "half of the 15 minutes: {changes:?}");
        let ended = |flowing| {
            let mut useless = useless;
            let mut series = series.clone();
            (90..120).position(|n| {
                series.amend(Minute(n), Brought { looked: 20, found: 14 });
                useless.look(&series, Minute(n + 1), flowing) == Change::Ended
            })
        };
        assert_eq!(ended(true), Some(8));
        assert_eq!(ended(false), None);
    }
}
