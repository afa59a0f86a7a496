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
    pub window: Option<Range<UnixNanos>>,
    pub baseline: Vec<Range<UnixNanos>>,
}

impl Frames {
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
            Frames { window, baseline: Vec::new() }.of(UnixNanos(at))
        };
        assert_eq!(of(10, 20, 19), Some(Frame::Judged));
        assert_eq!(of(10, 20, 20), None);
        assert_eq!(of(20, 30, 20), Some(Frame::Judged));
        assert_eq!(Frames::default().of(UnixNanos(5)), Some(Frame::Judged));
    }
}
