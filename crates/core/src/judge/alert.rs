//! A tier's alert as it lasts: it opens when both conditions hold, ends after two ticks without the second
//! while data flows, and reopens as the same alert within the long window (`slo.md` 5).

use crate::judge::judgement::TierState;
use crate::judge::tier::{Fires, Tier};
use crate::time::{MINUTE_NS, UnixNanos};

/// Ticks without the second condition that end an alert.
const QUIET_TICKS: u8 = 2;

/// One tier of one SLO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Alert {
    pub(crate) state: TierState,
    quiet: u8,
    /// The last one: when it began and ended.
    last: Option<(UnixNanos, UnixNanos)>,
}

/// What happened to an alert; the instants are those at which it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    None,
    Opened(UnixNanos),
    Reopened(UnixNanos),
    Ended(UnixNanos),
}

impl Alert {
    /// Moves on by one tick at `at`.
    pub(crate) fn tick(&mut self, tier: &Tier, fires: Fires, flowing: bool, at: UnixNanos) -> Change {
        match self.state.since() {
            None if fires.both => self.open(tier, at),
            None => Change::None,
            Some(since) if !flowing => {
                self.state = TierState::Frozen { since };
                self.quiet = 0;
                Change::None
            }
            Some(since) => self.go_on(since, fires, at),
        }
    }

    fn open(&mut self, tier: &Tier, at: UnixNanos) -> Change {
        self.quiet = 0;
        let long = u64::from(tier.long) * MINUTE_NS;
        if let Some((since, _)) = self.last.filter(|(_, ended)| at.since(*ended) <= long) {
            self.state = TierState::Firing { since };
            return Change::Reopened(since);
        }
        self.state = TierState::Firing { since: at };
        Change::Opened(at)
    }

    fn go_on(&mut self, since: UnixNanos, fires: Fires, at: UnixNanos) -> Change {
        self.state = TierState::Firing { since };
        self.quiet = if fires.second { 0 } else { self.quiet + 1 };
        if self.quiet < QUIET_TICKS {
            return Change::None;
        }
        *self = Self { state: TierState::Quiet, quiet: 0, last: Some((since, at)) };
        Change::Ended(since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::tier::tiers;
    use crate::model::objective::Criticality;
    use crate::model::slo::Window;

    const BOTH: Fires = Fires { both: true, second: true };
    const SECOND: Fires = Fires { both: false, second: true };
    const NEITHER: Fires = Fires { both: false, second: false };

    fn check(ticks: &[(u64, Fires, bool, Change)]) {
        let tier = tiers(Window::days(28), Criticality::Critical)[1];
        let mut alert = Alert::default();
        for (minute, fires, flowing, expected) in ticks {
            let at = UnixNanos(minute * MINUTE_NS);
            assert_eq!(alert.tick(&tier, *fires, *flowing, at), *expected, "minute {minute}");
        }
    }

    #[test]
    fn it_ends_after_two_quiet_ticks_and_reopens_within_the_hour() {
        let at = |minute: u64| UnixNanos(minute * MINUTE_NS);
        check(&[
            (0, SECOND, true, Change::None),
            (1, BOTH, true, Change::Opened(at(1))),
            (2, NEITHER, true, Change::None),
            (3, SECOND, true, Change::None),
            (4, NEITHER, true, Change::None),
            (5, NEITHER, true, Change::Ended(at(1))),
            (65, BOTH, true, Change::Reopened(at(1))),
            (66, NEITHER, true, Change::None),
            (67, NEITHER, true, Change::Ended(at(1))),
            (128, BOTH, true, Change::Opened(at(128))),
        ]);
    }

    #[test]
    fn no_data_is_no_recovery() {
        let at = UnixNanos(MINUTE_NS);
        check(&[
            (1, BOTH, true, Change::Opened(at)),
            (2, NEITHER, true, Change::None),
            (3, NEITHER, false, Change::None),
            (4, NEITHER, false, Change::None),
            (5, NEITHER, true, Change::None),
            (6, NEITHER, true, Change::Ended(at)),
        ]);
        check(&[(1, BOTH, false, Change::Opened(at))]);
    }
}
