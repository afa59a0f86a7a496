//! What is kept so that a person can look at one trace: the newest bodies as they came, in a ring of bytes, and a
//! few traces of each kind. It decides nothing and counts nothing.

use std::collections::{BTreeMap, VecDeque};

use throughline_core::count::tally::{Example, ExampleOf};
use throughline_core::time::UnixNanos;
use throughline_wire::otlp::Encoding;

/// Bytes of bodies kept.
pub const RING_BYTES: usize = 32 << 20;

#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    len: usize,
    encoding: Encoding,
    at: UnixNanos,
}

/// The newest bodies, byte for byte.
#[derive(Debug, Default)]
pub struct Ring {
    bytes: Vec<u8>,
    places: VecDeque<Place>,
    head: usize,
}

impl Ring {
    /// Keeps a body; the oldest make room. One that is larger than a quarter of the ring is not kept.
    pub fn push(&mut self, encoding: Encoding, body: &[u8], at: UnixNanos) {
        if body.len() > RING_BYTES / 4 || body.is_empty() {
            return;
        }
        if self.bytes.is_empty() {
            self.bytes = vec![0; RING_BYTES];
        }
        if self.head + body.len() > RING_BYTES {
            self.make_room(self.head, RING_BYTES);
            self.head = 0;
        }
        let end = self.head + body.len();
        self.make_room(self.head, end);
        self.bytes[self.head..end].copy_from_slice(body);
        self.places.push_back(Place { start: self.head, len: body.len(), encoding, at });
        self.head = end;
    }

    /// Returns the bodies, newest first.
    pub fn bodies(&self) -> impl Iterator<Item = (Encoding, &[u8], UnixNanos)> {
        let body = |place: &Place| &self.bytes[place.start..place.start + place.len];
        self.places.iter().rev().map(move |place| (place.encoding, body(place), place.at))
    }

    /// Drops the oldest bodies that lie in `[from, to)`.
    fn make_room(&mut self, from: usize, to: usize) {
        while self.places.front().is_some_and(|place| place.start < to && place.start + place.len > from) {
            self.places.pop_front();
        }
    }
}

/// Traces kept of each kind.
pub const EACH: usize = 5;

/// Traces that show something, by what they show, newest first.
#[derive(Debug, Default)]
pub struct Examples {
    traces: BTreeMap<ExampleOf, VecDeque<Example>>,
}

impl Examples {
    /// Adds traces that the shards named; of each kind the newest [`EACH`] stay.
    pub fn add(&mut self, named: Vec<Example>) {
        for example in named {
            let of_kind = self.traces.entry(example.of).or_default();
            if of_kind.iter().any(|known| known.trace == example.trace) {
                continue;
            }
            of_kind.push_front(example);
            of_kind.truncate(EACH);
        }
    }

    /// Returns the traces that show one thing, newest first.
    pub fn of(&self, of: &ExampleOf) -> impl Iterator<Item = &Example> {
        self.traces.get(of).into_iter().flatten()
    }

    /// Returns all kinds with their traces.
    pub fn all(&self) -> impl Iterator<Item = (&ExampleOf, &VecDeque<Example>)> {
        self.traces.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_bodies_make_room() {
        let mut ring = Ring::default();
        let body = |n: u8| vec![n; RING_BYTES / 5];
        for n in 0..12 {
            ring.push(Encoding::Protobuf, &body(n), UnixNanos(n.into()));
            let kept: Vec<u8> = ring.bodies().map(|(_, body, _)| body[0]).collect();
            assert!(kept.len() >= usize::from(n.min(3)), "{kept:?}");
            assert!(
                kept.iter().enumerate().all(|(back, first)| usize::from(*first) + back == usize::from(n))
            );
            assert!(ring.bodies().all(|(_, body, _)| body.iter().all(|byte| *byte == body[0])));
        }
        ring.push(Encoding::Json, &vec![1; RING_BYTES / 4 + 1], UnixNanos(99));
        assert!(ring.bodies().all(|(encoding, ..)| encoding == Encoding::Protobuf));
    }
}
