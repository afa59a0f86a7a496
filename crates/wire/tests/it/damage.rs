//! Damage to bodies: bytes flipped, cut, inserted, repeated, by proptest's own random numbers.

use proptest::prelude::*;

/// One way of damaging a body.
#[derive(Debug, Clone)]
pub(crate) enum Damage {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
    Repeat(prop::sample::Index, prop::sample::Index),
}

pub(crate) fn damage() -> impl Strategy<Value = Damage> {
    use Damage::{Cut, Flip, Insert, Repeat};
    prop_oneof![
        4 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, to)| Flip(at, to)),
        1 => any::<prop::sample::Index>().prop_map(Cut),
        2 => (any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 1..12)).prop_map(|(at, new)| Insert(at, new)),
        1 => (any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(|(from, to)| Repeat(from, to)),
    ]
}

pub(crate) fn damaged(mut body: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        let n = body.len() + 1;
        match damage {
            Damage::Flip(at, to) if n > 1 => {
                let at = at.index(n - 1);
                body[at] = *to;
            }
            Damage::Flip(..) => {}
            Damage::Cut(at) => body.truncate(at.index(n)),
            Damage::Insert(at, new) => {
                let at = at.index(n);
                body.splice(at..at, new.iter().copied());
            }
            Damage::Repeat(from, to) => {
                let (a, b) = (from.index(n), to.index(n));
                body.extend_from_within(a.min(b)..a.max(b));
            }
        }
    }
    body
}
