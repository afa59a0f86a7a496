//! What was seen before: bodies by hash, since retries are byte-identical, and spans by fingerprint, since
//! collectors batch anew. Both forget by time and have a limit.

use std::collections::{HashSet, VecDeque};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry as Slot;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::id::{SpanId, TraceId};
use crate::observation::SpanKind;
use crate::time::{SECOND_NS, UnixNanos};

/// Bodies remembered at most.
pub const BODIES_MAX: usize = 100_000;
/// How long a body is remembered.
pub const BODIES_NS: u64 = 600 * SECOND_NS;
/// How long a span is remembered at least.
pub const SPANS_NS: u64 = 900 * SECOND_NS;

/// Bodies, and fingerprints of a generation, that there is room for from the start.
const ROOM: usize = 1_024;

/// Hashes of the bodies received lately.
#[derive(Debug)]
pub struct Bodies {
    seen: HashSet<u128>,
    order: VecDeque<(UnixNanos, u128)>,
    forgotten_early: u64,
}

impl Default for Bodies {
    fn default() -> Self {
        let (seen, order) = (HashSet::with_capacity(ROOM), VecDeque::with_capacity(ROOM));
        Self { seen, order, forgotten_early: 0 }
    }
}

impl Bodies {
    /// Remembers a body that arrives at `now`; returns `false` when it came within the 10 min before.
    pub fn insert(&mut self, hash: u128, now: UnixNanos) -> bool {
        while self.order.front().is_some_and(|(at, _)| now.since(*at) > BODIES_NS) {
            self.forget_oldest();
        }
        if !self.seen.insert(hash) {
            return false;
        }
        if self.order.len() >= BODIES_MAX {
            self.forget_oldest();
            self.forgotten_early += 1;
        }
        self.order.push_back((now, hash));
        true
    }

    /// Forgets a body whose request failed after all.
    pub fn remove(&mut self, hash: u128) {
        self.seen.remove(&hash);
        // It came a moment ago, so it stands near the end.
        if let Some(at) = self.order.iter().rposition(|(_, known)| *known == hash) {
            self.order.remove(at);
        }
    }

    /// Returns how many bodies were forgotten before their time, because the ring was full.
    pub fn forgotten_early(&self) -> u64 {
        self.forgotten_early
    }

    fn forget_oldest(&mut self) {
        if let Some((_, hash)) = self.order.pop_front() {
            self.seen.remove(&hash);
        }
    }
}

/// Fingerprints of spans, in two generations. One table holds both, so that a new span costs one look: the lowest bit of
/// a fingerprint is its generation.
#[derive(Debug)]
pub struct Fingerprints {
    seed: u64,
    table: HashTable<u64>,
    current: u64,
    /// Fingerprints of the current generation.
    n: usize,
    since: UnixNanos,
    max: usize,
    forgotten_early: u64,
}

impl Fingerprints {
    /// Makes an empty set of at most `max` fingerprints a generation.
    pub fn new(seed: u64, max: usize) -> Self {
        let table = HashTable::with_capacity(max.min(ROOM));
        Self { seed, table, current: 0, n: 0, since: UnixNanos(0), max, forgotten_early: 0 }
    }

    /// Remembers a span that arrives at `now`; returns whether it is new. Client and server may share an id.
    pub fn insert(&mut self, (trace, span, kind): (TraceId, SpanId, SpanKind), now: UnixNanos) -> bool {
        self.turn(now);
        let mut key = [0; 25];
        key[..16].copy_from_slice(&trace.0.to_le_bytes());
        key[16..24].copy_from_slice(&span.0.to_le_bytes());
        key[24] = kind as u8;
        let print = xxh3_64_with_seed(&key, self.seed) & !1;
        match self.table.entry(print, |known| known & !1 == print, |known| known & !1) {
            Slot::Occupied(_) => false,
            Slot::Vacant(room) => {
                room.insert(print | self.current);
                self.n += 1;
                true
            }
        }
    }

    /// Returns how often a generation was full before its time.
    pub fn forgotten_early(&self) -> u64 {
        self.forgotten_early
    }

    /// Begins a generation when the current one is full or old enough, and forgets the one before it.
    fn turn(&mut self, now: UnixNanos) {
        let full = self.n >= self.max;
        if !full && now.since(self.since) < SPANS_NS {
            return;
        }
        self.forgotten_early += u64::from(full);
        let current = self.current;
        self.table.retain(|known| *known & 1 == current);
        (self.current, self.n, self.since) = (current ^ 1, 0, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_forgotten_after_ten_minutes() {
        let mut bodies = Bodies::default();
        assert!(bodies.insert(7, UnixNanos(0)));
        assert!(!bodies.insert(7, UnixNanos(BODIES_NS)));
        assert!(bodies.insert(7, UnixNanos(BODIES_NS + 1)));
        assert_eq!(bodies.forgotten_early(), 0);
    }

    fn span(n: u64) -> (TraceId, SpanId, SpanKind) {
        (TraceId(7), SpanId(n), SpanKind::Server)
    }

    #[test]
    fn a_span_is_remembered_for_15_minutes_and_for_30_at_most() {
        let mut prints = Fingerprints::new(1, 100);
        let start = UnixNanos(SPANS_NS);
        assert!(prints.insert(span(1), start));
        assert!(!prints.insert(span(1), start));
        assert!(prints.insert((TraceId(7), SpanId(1), SpanKind::Client), start), "they share an id");
        assert!(!prints.insert(span(1), start.plus(SPANS_NS)), "it is of the generation before");
        assert!(prints.insert(span(1), start.plus(2 * SPANS_NS)));
        assert_eq!(prints.forgotten_early(), 0);
    }

    #[test]
    fn a_full_generation_ends_early_and_the_one_before_it_is_forgotten() {
        let mut prints = Fingerprints::new(1, 100);
        let now = UnixNanos(SPANS_NS);
        (0..100).for_each(|n| assert!(prints.insert(span(n), now)));
        assert_eq!(prints.forgotten_early(), 0);
        (100..199).for_each(|n| assert!(prints.insert(span(n), now)));
        assert!(!prints.insert(span(0), now), "there is room for two generations");
        assert!(prints.insert(span(199), now));
        assert_eq!(prints.forgotten_early(), 1);
        assert!(prints.insert(span(0), now), "and for no span more");
        assert!(!prints.insert(span(150), now));
        assert_eq!(prints.forgotten_early(), 2);
    }

    #[test]
    fn the_oldest_body_goes_when_the_ring_is_full() {
        let mut bodies = Bodies::default();
        for hash in 0..BODIES_MAX as u128 {
            bodies.insert(hash, UnixNanos(0));
        }
        assert!(!bodies.insert(0, UnixNanos(0)));
        bodies.insert(BODIES_MAX as u128, UnixNanos(0));
        assert!(bodies.insert(0, UnixNanos(0)), "the oldest made room");
        assert_eq!(bodies.forgotten_early(), 2);
    }
}
