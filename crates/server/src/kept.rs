//! What is kept so that a person can look at one trace: the newest bodies as they came, in a ring of bytes, and a
//! few traces of each kind. It decides nothing and counts nothing.

mod pins;

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use memchr::memmem::Finder;
use throughline_core::count::tally::{Example, ExampleOf};
use throughline_core::id::TraceId;
use throughline_core::time::{SECOND_NS, UnixNanos};
use throughline_wire::excerpt::excerpt;
use throughline_wire::otlp::Encoding;
use throughline_wire::owned::OwnedSpan;

pub use pins::{PIN_BYTES, PIN_TRACE_BYTES, PINS_A_TICK, Pins};

/// Bytes of bodies kept.
pub const RING_BYTES: usize = 32 << 20;

/// Bytes of bodies that are copied out of the ring for one trace, the newest first.
pub const LOOK_BYTES: usize = 16 << 20;

/// A body and when it came.
#[derive(Debug, Clone)]
pub struct Body {
    pub encoding: Encoding,
    pub bytes: Box<[u8]>,
    pub at: UnixNanos,
}

impl Body {
    /// Cuts the body down to one trace; `None` when it holds no span of it.
    pub fn of_trace(&self, trace: TraceId) -> Option<Piece> {
        let (encoding, bytes) = (self.encoding, excerpt(self.encoding, &self.bytes, trace)?.into());
        Some(Piece { held: Held::Body { encoding, bytes }, at: self.at })
    }
}

/// Spans of one trace that came together, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub held: Held,
    pub at: UnixNanos,
}

/// Spans as they are kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Held {
    /// What an excerpt left of a body.
    Body { encoding: Encoding, bytes: Box<[u8]> },
    /// Spans of a file, whatever its format is.
    Spans(Box<[OwnedSpan]>),
}

impl Piece {
    /// Returns how many bytes it takes.
    pub fn bytes(&self) -> usize {
        match &self.held {
            Held::Body { bytes, .. } => bytes.len(),
            Held::Spans(spans) => spans.iter().map(OwnedSpan::bytes).sum(),
        }
    }
}

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
    /// Whether it began anew at its beginning.
    has_turned: bool,
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
            (self.head, self.has_turned) = (0, true);
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

    /// Returns the time before which bodies make room next: those of the oldest quarter. `None` while more than a
    /// quarter was never used.
    pub fn at_risk(&self) -> Option<UnixNanos> {
        let is_near = self.has_turned || self.head > RING_BYTES / 4 * 3;
        self.places.get(self.places.len() / 4).filter(|_| is_near).map(|place| place.at)
    }

    /// Returns copies of the bodies that name a trace, in the order in which they came: of protobuf those that
    /// hold the id's bytes, of JSON its digits, all in one case.
    pub fn bodies_of(&self, trace: TraceId) -> Vec<Body> {
        self.copies(trace, 0..self.places.len())
    }

    /// Likewise, of the bodies that came in a stretch of time, as far as they came one after the other.
    pub fn bodies_between(&self, trace: TraceId, from: UnixNanos, to: UnixNanos) -> Vec<Body> {
        let first = self.places.partition_point(|place| place.at < from);
        let end = self.places.partition_point(|place| place.at < to);
        self.copies(trace, first..end.max(first))
    }

    fn copies(&self, trace: TraceId, among: Range<usize>) -> Vec<Body> {
        let (bytes, digits) = (trace.0.to_be_bytes(), trace.to_string());
        let capitals = digits.to_ascii_uppercase();
        let (bytes, digits, capitals) = (Finder::new(&bytes), Finder::new(&digits), Finder::new(&capitals));
        let names = |encoding: Encoding, body: &[u8]| match encoding {
            Encoding::Protobuf => bytes.find(body).is_some(),
            Encoding::Json => digits.find(body).is_some() || capitals.find(body).is_some(),
        };
        let (mut bodies, mut room) = (Vec::new(), LOOK_BYTES);
        for Place { start, len, encoding, at } in self.places.range(among).rev().copied() {
            let body = &self.bytes[start..start + len];
            if !names(encoding, body) {
                continue;
            }
            let Some(left) = room.checked_sub(len) else { break };
            room = left;
            bodies.push(Body { encoding, bytes: body.into(), at });
        }
        bodies.reverse();
        bodies
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

/// Kinds of which traces are kept; beyond, the kind that was not seen for longest is forgotten.
pub const KINDS_MAX: usize = 4_096;

/// How long a kind that has all its traces keeps them before it takes a newer one, so that links stay good.
pub const RENEW_NS: u64 = 60 * SECOND_NS;

/// Traces that show something, by what they show, newest first, and their spans as far as they were pinned.
#[derive(Debug, Default)]
pub struct Examples {
    traces: BTreeMap<ExampleOf, VecDeque<Example>>,
    pins: Pins,
}

impl Examples {
    /// Adds traces that the shards named; of each kind [`EACH`] stay.
    pub fn add(&mut self, named: Vec<Example>) {
        for example in named {
            self.add_one(example);
        }
    }

    fn add_one(&mut self, example: Example) {
        if !self.traces.contains_key(&example.of) && self.traces.len() >= KINDS_MAX {
            self.forget_oldest_kind();
        }
        let of_kind = self.traces.entry(example.of).or_default();
        let is_known = of_kind.iter().any(|known| known.trace == example.trace);
        let newest = of_kind.front().filter(|_| of_kind.len() >= EACH);
        if is_known || newest.is_some_and(|newest| example.at < newest.at.plus(RENEW_NS)) {
            return;
        }
        of_kind.push_front(example);
        self.pins.hold(example.trace);
        let dropped = (of_kind.len() > EACH).then(|| of_kind.pop_back()).flatten();
        if let Some(dropped) = dropped {
            self.pins.release(dropped.trace);
        }
    }

    fn forget_oldest_kind(&mut self) {
        let newest = |traces: &VecDeque<Example>| traces.front().map(|example| example.at);
        let oldest = self.traces.iter().min_by_key(|(_, traces)| newest(traces)).map(|(of, _)| *of);
        for example in oldest.and_then(|of| self.traces.remove(&of)).into_iter().flatten() {
            self.pins.release(example.trace);
        }
    }

    /// Returns the traces that show one thing and are kept, newest first: each has a page.
    pub fn of<'a>(&'a self, of: &ExampleOf) -> impl Iterator<Item = &'a Example> + use<'a> {
        self.traces.get(of).into_iter().flatten().filter(|example| self.pins.holds(example.trace))
    }

    /// Returns all kinds with their traces, kept or not.
    pub fn all(&self) -> impl Iterator<Item = (&ExampleOf, &VecDeque<Example>)> {
        self.traces.iter()
    }

    /// Returns the traces whose spans are to be pinned at `now`, errors first, at most [`PINS_A_TICK`].
    pub fn to_pin(&self, now: UnixNanos) -> Vec<TraceId> {
        let shows_trouble = |of: &ExampleOf| match of {
            ExampleOf::Attempt { outcome, .. } => outcome.is_bad(),
            ExampleOf::Slow { .. } => true,
            ExampleOf::Cell { error, .. } | ExampleOf::Stray { error, .. } => *error,
        };
        let due = |example: &&Example| self.pins.is_due(example.trace, example.at, now);
        let mut found: Vec<(bool, std::cmp::Reverse<UnixNanos>, TraceId)> = self
            .traces
            .iter()
            .flat_map(|(of, traces)| traces.iter().filter(due).map(move |one| (of, one)))
            .map(|(of, one)| (!shows_trouble(of), std::cmp::Reverse(one.at), one.trace))
            .collect();
        found.sort_unstable();
        let mut traces: Vec<TraceId> = Vec::new();
        for (.., trace) in found {
            if !traces.contains(&trace) && traces.len() < PINS_A_TICK {
                traces.push(trace);
            }
        }
        traces
    }

    /// Returns the traces that came before `at` and were not looked for yet.
    pub fn not_cut_before(&self, at: UnixNanos) -> Vec<Example> {
        let is_asked = |one: &&Example| one.at < at && !self.pins.is_tried(one.trace);
        self.traces.values().flatten().filter(is_asked).copied().collect()
    }

    /// Keeps a trace's spans as long as an example shows it; what was kept of it before stays.
    pub fn pin(&mut self, trace: TraceId, pieces: Vec<Piece>, now: UnixNanos) {
        self.pins.pin(trace, pieces, now);
    }

    /// Returns what was pinned.
    pub fn pins(&self) -> &Pins {
        &self.pins
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throughline_core::id::{ServiceId, StepId};

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

    fn body_of(trace: TraceId) -> Vec<u8> {
        // Resource spans > scope spans > a span with nothing but its trace id.
        let span = [&[0x0a, 16][..], &trace.0.to_be_bytes()].concat();
        let scope = [&[0x12, span.len() as u8][..], &span].concat();
        let resource = [&[0x12, scope.len() as u8][..], &scope].concat();
        [&[0x0a, resource.len() as u8][..], &resource].concat()
    }

    #[test]
    fn the_bodies_of_a_trace_are_found_in_both_encodings_and_no_others() {
        let mut ring = Ring::default();
        let (one, other) = (TraceId(0xab << 100 | 7), TraceId(8));
        let json = |digits: String| {
            format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{digits}"}}]}}]}}]}}"#)
        };
        ring.push(Encoding::Protobuf, &body_of(one), UnixNanos(1));
        ring.push(Encoding::Protobuf, &body_of(other), UnixNanos(2));
        ring.push(Encoding::Json, json(one.to_string()).as_bytes(), UnixNanos(3));
        ring.push(Encoding::Json, json(one.to_string().to_uppercase()).as_bytes(), UnixNanos(4));
        let found = ring.bodies_of(one);
        assert_eq!(found.iter().map(|piece| piece.at.0).collect::<Vec<_>>(), [1, 3, 4]);
        assert!(found.iter().all(|piece| piece.of_trace(one).is_some() && piece.of_trace(other).is_none()));
        assert!(ring.bodies_of(TraceId(9)).is_empty());
    }

    #[test]
    fn bodies_are_copied_up_to_the_limit_the_newest_first() {
        let mut ring = Ring::default();
        let id = TraceId(u128::MAX / 3);
        let body = [&id.0.to_be_bytes()[..], &vec![0; LOOK_BYTES / 2 - 16]].concat();
        (1..=2).for_each(|n| ring.push(Encoding::Protobuf, &body, UnixNanos(n)));
        assert_eq!(ring.bodies_of(id).len(), 2);
        ring.push(Encoding::Protobuf, &id.0.to_be_bytes(), UnixNanos(3));
        assert_eq!(ring.bodies_of(id).iter().map(|piece| piece.at.0).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn the_oldest_quarter_is_at_risk_once_the_ring_is_full_but_for_a_quarter() {
        let mut ring = Ring::default();
        let body = vec![1; RING_BYTES / 8];
        let mut at_risk = |n: u64| {
            ring.push(Encoding::Protobuf, &body, UnixNanos(n));
            ring.at_risk().map(|at| at.0)
        };
        assert_eq!((1..=6).map(&mut at_risk).collect::<Vec<_>>(), [None; 6]);
        assert_eq!((7..=10).map(&mut at_risk).collect::<Vec<_>>(), [2, 3, 4, 5].map(Some));
    }

    #[test]
    fn bodies_between_two_times_are_those_from_the_first_up_to_the_second() {
        let mut ring = Ring::default();
        let id = TraceId(0xab << 100 | 7);
        (1..=4).for_each(|n| ring.push(Encoding::Protobuf, &id.0.to_be_bytes(), UnixNanos(n)));
        let check = |from: u64, to: u64, expected: &[u64]| {
            let found = ring.bodies_between(id, UnixNanos(from), UnixNanos(to));
            assert_eq!(found.iter().map(|body| body.at.0).collect::<Vec<_>>(), expected, "{from}..{to}");
        };
        check(2, 4, &[2, 3]);
        check(0, 9, &[1, 2, 3, 4]);
        check(5, 9, &[]);
        check(3, 2, &[]);
    }

    fn example(n: u64, at_s: u64) -> Example {
        let of = ExampleOf::Cell { service: ServiceId::new(0), step: StepId::new(0), error: false };
        Example { of, trace: TraceId(n.into()), at: UnixNanos(at_s * SECOND_NS) }
    }

    #[test]
    fn a_full_kind_keeps_its_traces_for_a_minute_and_drops_the_pin_with_the_trace() {
        let mut examples = Examples::default();
        let shown = |examples: &Examples| {
            examples.all().flat_map(|(_, traces)| traces.iter().map(|one| one.trace.0)).collect::<Vec<_>>()
        };
        examples.add((1..=EACH as u64).map(|n| example(n, n)).collect());
        examples.pin(TraceId(1), Vec::new(), UnixNanos(0));
        examples.add(vec![example(6, EACH as u64 + 59)]);
        assert_eq!(shown(&examples), [5, 4, 3, 2, 1]);
        assert!(examples.pins().is_tried(TraceId(1)));
        examples.add(vec![example(7, EACH as u64 + 60)]);
        assert_eq!(shown(&examples), [7, 5, 4, 3, 2]);
        assert!(!examples.pins().is_tried(TraceId(1)));
    }

    #[test]
    fn a_trace_is_pinned_when_it_is_five_seconds_old() {
        let mut examples = Examples::default();
        examples.add(vec![example(1, 100)]);
        let at = |seconds: u64| UnixNanos(seconds * SECOND_NS);
        assert!(examples.to_pin(at(104)).is_empty());
        assert_eq!(examples.to_pin(at(105)), [TraceId(1)]);
        examples.pin(TraceId(1), Vec::new(), at(105));
        assert!(examples.to_pin(at(106)).is_empty());
    }
}
