//! What was seen before: bodies by hash, since retries are byte-identical, and spans by fingerprint, since
//! collectors batch anew. Both forget by time and have a limit.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::BuildHasherDefault;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::annotate::entry::Entry;
use crate::hash::FastHasher;
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

type Generation = HashMap<u64, (), BuildHasherDefault<FastHasher>>;

/// Fingerprints of spans, in two generations.
#[derive(Debug)]
pub struct Fingerprints {
    seed: u64,
    current: Generation,
    previous: Generation,
    since: UnixNanos,
    max: usize,
    forgotten_early: u64,
}

impl Fingerprints {
    /// Makes an empty set of at most `max` fingerprints a generation.
    pub fn new(seed: u64, max: usize) -> Self {
        let room = || Generation::with_capacity_and_hasher(max.min(ROOM), BuildHasherDefault::default());
        let (current, previous) = (room(), room());
        Self { seed, current, previous, since: UnixNanos(0), max, forgotten_early: 0 }
    }

    /// Remembers a span by (trace, span, kind); returns whether it is new. Client and server may share an id.
    pub fn insert(&mut self, entry: &Entry) -> bool {
        self.turn(entry.arrived);
        let mut key = [0; 25];
        key[..16].copy_from_slice(&entry.trace.0.to_le_bytes());
        key[16..24].copy_from_slice(&entry.span.0.to_le_bytes());
        key[24] = entry.kind as u8;
        let print = xxh3_64_with_seed(&key, self.seed);
        if self.previous.contains_key(&print) {
            return false;
        }
        self.current.insert(print, ()).is_none()
    }

    /// Returns how often a generation was full before its time.
    pub fn forgotten_early(&self) -> u64 {
        self.forgotten_early
    }

    fn turn(&mut self, now: UnixNanos) {
        let full = self.current.len() >= self.max;
        if !full && now.since(self.since) < SPANS_NS {
            return;
        }
        self.forgotten_early += u64::from(full);
        std::mem::swap(&mut self.current, &mut self.previous);
        self.current.clear();
        self.since = now;
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
