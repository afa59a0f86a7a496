//! A step's severity as it lasts: it rises at once and falls after two minutes, so that nobody is told of a
//! recovery that was a pause.

use crate::judge::impact::Beyond;
use crate::model::severity::Severity;
use crate::time::{MINUTE_NS, Minute, UnixNanos};

/// How long a level must be absent before it ends.
const HOLD_NS: u64 = 2 * MINUTE_NS;

/// An episode: from the first severity to two minutes without any.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Episode {
    pub(crate) level: Severity,
    pub(crate) rule: usize,
    pub(crate) since: UnixNanos,
    pub(crate) level_since: UnixNanos,
    /// The first minute of the window that began it.
    pub(crate) from: Minute,
    /// All SLIs that were beyond their tolerance in it.
    pub(crate) beyond: Beyond,
    /// When this level was last found.
    found: UnixNanos,
    /// The highest level found since this one was last found, and its rule.
    lower: Option<(Severity, usize)>,
}

/// What happened to a severity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Change {
    None,
    Began,
    /// Another level: the old entry ends and a new one begins.
    Level,
    Ended,
}

/// Moves an episode on by one look.
pub(crate) fn look(
    episode: &mut Option<Episode>,
    found: Option<(Severity, usize)>,
    from: Minute,
    now: UnixNanos,
) -> Change {
    let Some(current) = episode else {
        let Some((level, rule)) = found else { return Change::None };
        let beyond = Beyond::default();
        let lower = None;
        let begun = Episode { level, rule, since: now, level_since: now, from, beyond, found: now, lower };
        *episode = Some(begun);
        return Change::Began;
    };
    match found {
        Some((level, rule)) if level < current.level => return current.turn(level, rule, now),
        Some((level, _)) if level == current.level => {
            current.found = now;
            current.lower = None;
            return Change::None;
        }
        Some(lower) => current.lower = Some(current.lower.map_or(lower, |known| known.min(lower))),
        None => {}
    }
    if now.since(current.found) < HOLD_NS {
        return Change::None;
    }
    match current.lower {
        Some((level, rule)) => current.turn(level, rule, now),
        None => {
            *episode = None;
            Change::Ended
        }
    }
}

impl Episode {
    fn turn(&mut self, level: Severity, rule: usize, now: UnixNanos) -> Change {
        let (level_since, found, lower) = (now, now, None);
        *self = Self { level, rule, level_since, found, lower, ..*self };
        Change::Level
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SECOND_NS;

    #[test]
    fn it_rises_at_once_and_falls_after_two_minutes() {
        let (major, minor) = (Some((Severity::Major, 0)), Some((Severity::Minor, 4)));
        let looks = [
            (0, None, Change::None),
            (10, minor, Change::Began),
            (20, major, Change::Level),
            (30, minor, Change::None),
            (139, minor, Change::None),
            (140, minor, Change::Level),
            (150, None, Change::None),
            (250, minor, Change::None),
            (369, None, Change::None),
            (370, None, Change::Ended),
            (380, None, Change::None),
        ];
        let mut episode = None;
        for (second, found, expected) in looks {
            let now = UnixNanos(second * SECOND_NS);
            assert_eq!(look(&mut episode, found, Minute(0), now), expected, "at {second}");
            let since = episode.map(|e| e.since.0 / SECOND_NS);
            assert_eq!(since, (10..370).contains(&second).then_some(10), "at {second}");
        }
    }
}
