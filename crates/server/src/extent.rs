//! How far the spans of one chunk reach in time: what a replay's clock follows. A timestamp that cannot be meant is
//! left out; it moves no clock and counts as whatever the intake says of it.

use throughline_core::observation::{Observation, Signal};
use throughline_core::time::{MINUTE_NS, UnixNanos};
use throughline_wire::visit::{Refused, Visit};

/// The end of what nanoseconds in an `i64` can tell, in the year 2262: no start at or after it is meant.
pub(crate) const LAST: UnixNanos = UnixNanos(i64::MAX as u64);

/// From the oldest start to the newest end of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    pub oldest: UnixNanos,
    /// At most a minute after the newest start: a span that lasts an hour must not make those late that start
    /// meanwhile.
    pub newest: UnixNanos,
    /// Spans that lie in it.
    pub spans: usize,
}

/// The starts and ends of a chunk's spans.
#[derive(Debug, Default)]
pub struct Dates(Vec<(UnixNanos, UnixNanos)>);

impl Dates {
    /// Notes a span.
    pub fn note(&mut self, span: &Observation<'_>) {
        self.0.push((span.start, span.end.unwrap_or(span.start)));
    }

    /// Returns how far the spans reach, without those that start more than `apart` from the median: to believe one of
    /// them would make its neighbours too old. `None` when no span says when it started.
    pub fn extent(mut self, apart: u64) -> Option<Extent> {
        self.0.retain(|(start, _)| (1..LAST.0).contains(&start.0));
        let middle = self.0.len().checked_sub(1)? / 2;
        let (_, (median, _), _) = self.0.select_nth_unstable_by_key(middle, |(start, _)| *start);
        let near = median.minus(apart)..=median.plus(apart);
        self.0.retain(|(start, _)| near.contains(start));
        let starts = || self.0.iter().map(|(start, _)| *start);
        let newest_start = starts().max()?;
        let newest_end = self.0.iter().map(|(start, end)| *end.max(start)).max()?;
        let newest = newest_end.min(newest_start.plus(MINUTE_NS));
        Some(Extent { oldest: starts().min()?, newest, spans: self.0.len() })
    }
}

/// Notes when the spans of a chunk were, on the way to their taker.
#[derive(Debug)]
pub struct Dating<'a, V> {
    inner: &'a mut V,
    pub dates: Dates,
}

impl<'a, V> Dating<'a, V> {
    /// Begins without a span.
    pub fn new(inner: &'a mut V) -> Self {
        Self { inner, dates: Dates::default() }
    }
}

impl<V: Visit> Visit for Dating<'_, V> {
    fn span(&mut self, span: &Observation<'_>) {
        self.dates.note(span);
        self.inner.span(span);
    }

    fn refused(&mut self, signal: Signal, why: Refused, example: &str) {
        self.inner.refused(signal, why, example);
    }

    fn other(&mut self, signal: Signal) {
        self.inner.other(signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throughline_core::time::SECOND_NS;

    const NOON: u64 = 1_700_000_000;

    fn check(spans: &[(u64, u64)], expected: Option<(u64, u64)>) {
        let at = |second: u64| UnixNanos(second.saturating_mul(SECOND_NS));
        let dates = Dates(spans.iter().map(|(start, end)| (at(*start), at(*end))).collect());
        let found = dates.extent(86_400 * SECOND_NS).map(|extent| (extent.oldest, extent.newest));
        assert_eq!(found, expected.map(|(oldest, newest)| (at(oldest), at(newest))), "{spans:?}");
    }

    #[test]
    fn the_clock_follows_what_can_be_meant() {
        check(&[], None);
        check(&[(0, 5)], None);
        check(&[(u64::MAX, u64::MAX)], None);
        check(&[(NOON, NOON + 2), (NOON + 30, NOON)], Some((NOON, NOON + 30)));
        check(&[(NOON, NOON + 7_200)], Some((NOON, NOON + 60)));
        let (past, future) = ((1, 2), (9_000_000_000, 9_000_000_000));
        check(&[past, (NOON, NOON + 2), (NOON + 1, NOON + 1), future], Some((NOON, NOON + 2)));
        check(&[future, (NOON, NOON + 2), (NOON + 1, NOON + 1)], Some((NOON, NOON + 2)));
        let day = 86_400;
        check(&[(NOON - day, NOON), (NOON, NOON), (NOON + day, 0)], Some((NOON - day, NOON + day)));
        check(&[(NOON - day - 1, NOON), (NOON, NOON), (NOON + day + 1, 0)], Some((NOON, NOON)));
    }
}
