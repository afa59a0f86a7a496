//! The clock of files: it follows the spans, jumps over what lies between files, and believes no lone span a whole
//! window away from the others. It reads no file and judges nothing.

use std::ops::Range;

use throughline_core::time::{SECOND_NS, UnixNanos};

use crate::extent::Extent;

/// Files that overlap or lie at most this far apart are one stretch of input.
pub(crate) const TOUCH_NS: u64 = 10 * SECOND_NS;

/// What one chunk does to the clock.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    /// Nothing in it tells the time.
    Not,
    /// Time goes on, or stays where it was.
    On { to: UnixNanos },
    /// What lies before `from`, back to the stretch before, has no input.
    Over { from: UnixNanos, to: UnixNanos },
}

/// The stretches of time that files covered so far.
#[derive(Debug)]
pub(crate) struct Clock {
    stretches: Vec<Range<UnixNanos>>,
    longest_ns: u64,
}

impl Clock {
    /// Begins without a time; `longest_ns` is the longest window of the registry.
    pub(crate) fn new(longest_ns: u64) -> Self {
        Self { stretches: Vec::new(), longest_ns }
    }

    /// Returns whether any time is known.
    pub(crate) fn has_begun(&self) -> bool {
        !self.stretches.is_empty()
    }

    /// Follows a chunk. `next` is the start of its file's next span, `inside` says that a file lasted from before it
    /// on: then a gap is one in the input, and no time without it.
    pub(crate) fn follow(&mut self, extent: Option<Extent>, next: Option<UnixNanos>, inside: bool) -> Moved {
        let Some(extent) = extent.filter(|extent| self.is_meant(extent, next)) else { return Moved::Not };
        let Extent { oldest, newest, .. } = extent;
        let gap_ns = if inside { self.longest_ns } else { TOUCH_NS };
        match self.stretches.last_mut() {
            Some(stretch) if oldest <= stretch.end.plus(gap_ns) => {
                stretch.end = stretch.end.max(newest);
                Moved::On { to: newest }
            }
            _ => {
                self.stretches.push(oldest..newest);
                Moved::Over { from: oldest, to: newest }
            }
        }
    }

    /// One span alone, a whole window away from all others, is a mistake.
    fn is_meant(&self, extent: &Extent, next: Option<UnixNanos>) -> bool {
        let beside = |next: UnixNanos| next <= extent.newest.plus(self.longest_ns);
        match self.stretches.last() {
            _ if extent.spans > 1 => true,
            Some(stretch) => extent.oldest <= stretch.end.plus(self.longest_ns),
            None => next.is_none_or(beside),
        }
    }

    /// Returns from when to when the files reach, gaps included.
    pub(crate) fn reach(&self) -> Option<Range<UnixNanos>> {
        Some(self.stretches.first()?.start..self.stretches.last()?.end)
    }

    /// Returns the seconds of a range that the files cover.
    pub(crate) fn covered(&self, range: &Range<UnixNanos>) -> f64 {
        let shared =
            |stretch: &Range<UnixNanos>| range.end.min(stretch.end).since(range.start.max(stretch.start));
        self.stretches.iter().map(shared).sum::<u64>() as f64 / SECOND_NS as f64
    }
}
