//! A step's severity as it lasts: it rises at once and falls after two minutes, so that nobody is told of a
//! recovery that was a pause.

use crate::judge::impact::Beyond;
use crate::model::severity::{Severity, SeverityRule};
use crate::time::{MINUTE_NS, Minute, UnixNanos};

/// How long a level must be absent before it ends.
const HOLD_NS: u64 = 2 * MINUTE_NS;
const LEVELS: [Severity; 3] = [Severity::Major, Severity::Medium, Severity::Minor];

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
    /// When each level was last found, and by which rule.
    found: [Option<(UnixNanos, usize)>; LEVELS.len()],
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
        let mut begun =
            Episode { level, rule, since: now, level_since: now, from, beyond, found: [None; LEVELS.len()] };
        begun.found[level as usize] = Some((now, rule));
        *episode = Some(begun);
        return Change::Began;
    };
    if let Some((level, rule)) = found {
        current.found[level as usize] = Some((now, rule));
    }
    let Some((level, rule)) = current.highest(now) else {
        *episode = None;
        return Change::Ended;
    };
    current.rule = rule;
    if level == current.level {
        return Change::None;
    }
    (current.level, current.level_since) = (level, now);
    Change::Level
}

impl Episode {
    /// Returns the highest level that was found within two minutes, and its rule.
    fn highest(&self, now: UnixNanos) -> Option<(Severity, usize)> {
        let lasting = |found: &(UnixNanos, usize)| now.since(found.0) < HOLD_NS;
        LEVELS.into_iter().zip(self.found).find_map(|(level, found)| Some((level, found.filter(lasting)?.1)))
    }

    /// Takes over the rules of a new version; what was found by a rule that is gone was not found.
    pub(crate) fn follow(&mut self, old: &[SeverityRule], new: &[SeverityRule], looking: &[usize]) {
        for found in &mut self.found {
            let place = |(at, rule): (UnixNanos, usize)| Some((at, place(old.get(rule)?, new, looking)?));
            *found = found.and_then(place);
        }
    }
}

/// Returns where a rule stands now, or the first one at its level that looks at the step.
fn place(old: &SeverityRule, new: &[SeverityRule], looking: &[usize]) -> Option<usize> {
    let is_same = |at: &usize| new.get(*at) == Some(old);
    let has_level = |at: &usize| new.get(*at).is_some_and(|rule| rule.level == old.level);
    looking.iter().copied().find(is_same).or_else(|| looking.iter().copied().find(has_level))
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

    /// A level and its rule.
    type Named = Option<(Severity, usize)>;

    /// What each look says, and what the episode is after it.
    fn check(looks: &[(u64, Named, Named)]) {
        let mut episode = None;
        for (second, found, expected) in looks {
            look(&mut episode, *found, Minute(0), UnixNanos(second * SECOND_NS));
            assert_eq!(episode.map(|e| (e.level, e.rule)), *expected, "at {second}");
        }
    }

    #[test]
    fn each_level_ends_two_minutes_after_it_was_last_found() {
        let [major, medium, minor] =
            [(Severity::Major, 0), (Severity::Medium, 1), (Severity::Minor, 2)].map(Some);
        check(&[
            (0, major, major),
            (10, minor, major),
            (119, None, major),
            (120, None, minor),
            (129, None, minor),
            (130, None, None),
        ]);
        check(&[
            (0, major, major),
            (10, medium, major),
            (100, minor, major),
            (120, None, medium),
            (130, None, minor),
            (219, None, minor),
            (220, None, None),
        ]);
    }

    #[test]
    fn the_rule_that_is_found_now_is_named() {
        let [third, first] = [(Severity::Minor, 3), (Severity::Minor, 1)].map(Some);
        check(&[(0, third, third), (10, first, first), (20, None, first), (30, third, third)]);
    }
}
