//! Which attempts are looked at: all of them live; in a replay those of a chosen window, beside those that say
//! what is normal. Half open, to the nanosecond.

use std::ops::Range;

use crate::time::UnixNanos;

/// A set of counts of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Frame {
    /// What is judged.
    Judged,
    /// What is normal.
    Baseline,
}

/// The stretches of time that are counted, by the start of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frames {
    /// `None`: all that is not baseline.
    window: Option<Range<UnixNanos>>,
    /// Sorted; they neither overlap nor reach into the window, so their seconds add up.
    baseline: Vec<Range<UnixNanos>>,
}

impl Frames {
    /// Makes frames of stretches in any order; where they overlap they count once.
    pub fn new(window: Option<Range<UnixNanos>>, mut baseline: Vec<Range<UnixNanos>>) -> Self {
        baseline.sort_by_key(|stretch| stretch.start);
        let mut distinct: Vec<Range<UnixNanos>> = Vec::new();
        for stretch in baseline {
            match distinct.last_mut() {
                Some(before) if stretch.start <= before.end => before.end = before.end.max(stretch.end),
                _ => distinct.push(stretch),
            }
        }
        let outside = |stretch: Range<UnixNanos>| match &window {
            Some(window) => {
                [stretch.start..stretch.end.min(window.start), stretch.start.max(window.end)..stretch.end]
            }
            None => [stretch, UnixNanos(0)..UnixNanos(0)],
        };
        let baseline = distinct.into_iter().flat_map(outside).filter(|stretch| !stretch.is_empty());
        Self { baseline: baseline.collect(), window }
    }

    /// Returns the chosen window, `None` where all that is not baseline is judged.
    pub fn window(&self) -> Option<&Range<UnixNanos>> {
        self.window.as_ref()
    }

    /// Returns the stretches that are normal: sorted, none twice, none in the window.
    pub fn baseline(&self) -> &[Range<UnixNanos>] {
        &self.baseline
    }

    /// Returns where an attempt counts, `None` outside. The window comes before the baseline.
    pub fn of(&self, start: UnixNanos) -> Option<Frame> {
        match &self.window {
            Some(window) if window.contains(&start) => return Some(Frame::Judged),
            None if self.baseline.is_empty() => return Some(Frame::Judged),
            _ => {}
        }
        if self.baseline.iter().any(|stretch| stretch.contains(&start)) {
            return Some(Frame::Baseline);
        }
        self.window.is_none().then_some(Frame::Judged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjacent_windows_add_up() {
        let of = |from, to, at| {
            let window = Some(UnixNanos(from)..UnixNanos(to));
            Frames::new(window, Vec::new()).of(UnixNanos(at))
        };
        assert_eq!(of(10, 20, 19), Some(Frame::Judged));
        assert_eq!(of(10, 20, 20), None);
        assert_eq!(of(20, 30, 20), Some(Frame::Judged));
        assert_eq!(Frames::default().of(UnixNanos(5)), Some(Frame::Judged));
    }

    #[test]
    fn a_second_of_the_baseline_counts_once_and_none_of_the_window() {
        let check = |window: Option<(u64, u64)>, baseline: &[(u64, u64)], expected: &[(u64, u64)]| {
            let range = |&(from, to): &(u64, u64)| UnixNanos(from)..UnixNanos(to);
            let frames = Frames::new(window.as_ref().map(range), baseline.iter().map(range).collect());
            assert_eq!(frames.baseline(), expected.iter().map(range).collect::<Vec<_>>());
        };
        check(None, &[(30, 40), (10, 20), (15, 25), (25, 26)], &[(10, 26), (30, 40)]);
        check(Some((15, 20)), &[(10, 30), (16, 18)], &[(10, 15), (20, 30)]);
        check(Some((10, 30)), &[(12, 20), (25, 35)], &[(30, 35)]);
        check(Some((10, 30)), &[(1, 5), (40, 50)], &[(1, 5), (40, 50)]);
    }
}
