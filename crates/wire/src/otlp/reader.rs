//! Reading protobuf fields off a slice: keys, varints, lengths, skipping. It knows the wire, no message; it
//! accepts and refuses what `prost` does, and neither recurses nor panics.

use crate::limits;

/// Why bytes are no protobuf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the body ends inside a field")]
    Truncated,
    #[error("a varint is longer than 64 bits")]
    Varint,
    #[error("a field key is no key")]
    Key,
    #[error("a known field has a foreign wire type")]
    WireType,
    #[error("a group ends that did not begin, or does not end")]
    Group,
    #[error("groups are nested more than {} levels deep", limits::GROUP_DEPTH)]
    GroupDepth,
    #[error("a string is not UTF-8")]
    Utf8,
}

/// A fault and the address of its byte; [`Place::offset`] makes it relative to the body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    address: usize,
    pub(crate) fault: Fault,
}

impl Place {
    pub(crate) fn new(at: &[u8], fault: Fault) -> Self {
        Self { address: at.as_ptr() as usize, fault }
    }

    pub(crate) fn offset(self, body: &[u8]) -> usize {
        self.address.saturating_sub(body.as_ptr() as usize).min(body.len())
    }
}

pub(crate) type Read<T> = Result<T, Place>;

pub(crate) const VARINT: u32 = 0;
pub(crate) const FIXED64: u32 = 1;
pub(crate) const LEN: u32 = 2;
const GROUP: u32 = 3;
const GROUP_END: u32 = 4;
pub(crate) const FIXED32: u32 = 5;

/// The key of a field: its number and wire type, as it stands on the wire.
pub(crate) const fn key(field: u32, wire: u32) -> u32 {
    field << 3 | wire
}

/// What is left of a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Returns the next field's key, `None` at the end of the message.
    #[inline]
    pub(crate) fn next_key(&mut self) -> Read<Option<u32>> {
        match self.rest {
            [] => Ok(None),
            [byte @ 8..0x80, rest @ ..] if byte & 7 <= FIXED32 as u8 => {
                self.rest = rest;
                Ok(Some(u32::from(*byte)))
            }
            _ => self.long_key().map(Some),
        }
    }

    fn long_key(&mut self) -> Read<u32> {
        let at = self.rest;
        let key = u32::try_from(self.varint()?).map_err(|_| Place::new(at, Fault::Key))?;
        if key < 8 || key & 7 > FIXED32 {
            return Err(Place::new(at, Fault::Key));
        }
        Ok(key)
    }

    #[inline]
    pub(crate) fn varint(&mut self) -> Read<u64> {
        match self.rest {
            [byte @ ..0x80, rest @ ..] => {
                self.rest = rest;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    #[inline(never)]
    fn long_varint(&mut self) -> Read<u64> {
        let mut value = 0;
        for (n, byte) in self.rest.iter().take(10).enumerate() {
            // The tenth byte holds the 64th bit alone.
            if n == 9 && *byte > 1 {
                return Err(Place::new(self.rest, Fault::Varint));
            }
            value |= u64::from(byte & 0x7f) << (7 * n);
            if *byte < 0x80 {
                self.rest = &self.rest[n + 1..];
                return Ok(value);
            }
        }
        Err(Place::new(self.rest, if self.rest.len() < 10 { Fault::Truncated } else { Fault::Varint }))
    }

    #[inline]
    pub(crate) fn bytes(&mut self) -> Read<&'a [u8]> {
        let at = self.rest;
        let length = self.varint()?;
        match usize::try_from(length).ok().and_then(|length| self.rest.split_at_checked(length)) {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(bytes)
            }
            None => Err(Place::new(at, Fault::Truncated)),
        }
    }

    /// Returns the bytes if one length and they are all that is left.
    #[inline]
    pub(crate) fn only_bytes(self) -> Option<&'a [u8]> {
        match self.rest {
            [length @ ..0x80, rest @ ..] if rest.len() == usize::from(*length) => Some(rest),
            [low @ 0x80..=0xff, high @ ..0x80, rest @ ..]
                if rest.len() == usize::from(*low & 0x7f) | usize::from(*high) << 7 =>
            {
                Some(rest)
            }
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn fixed64(&mut self) -> Read<u64> {
        let Some((bytes, rest)) = self.rest.split_first_chunk() else {
            return Err(Place::new(self.rest, Fault::Truncated));
        };
        self.rest = rest;
        Ok(u64::from_le_bytes(*bytes))
    }

    #[inline]
    pub(crate) fn fixed32(&mut self) -> Read<u32> {
        let Some((bytes, rest)) = self.rest.split_first_chunk() else {
            return Err(Place::new(self.rest, Fault::Truncated));
        };
        self.rest = rest;
        Ok(u32::from_le_bytes(*bytes))
    }

    /// Skips the field whose key was just read. `known` are the wire types of the message's fields by number,
    /// as far as it knows them: one of these with another wire type is a fault, other numbers are skipped.
    #[inline]
    pub(crate) fn skip(&mut self, key: u32, known: &[u32]) -> Read<()> {
        if known.get((key >> 3) as usize).is_some_and(|wire| *wire != ANY && *wire != key & 7) {
            return Err(Place::new(self.rest, Fault::WireType));
        }
        match key & 7 {
            LEN => self.bytes().map(drop),
            GROUP => self.skip_group(key >> 3),
            _ => self.skip_flat(key),
        }
    }

    fn skip_flat(&mut self, key: u32) -> Read<()> {
        match key & 7 {
            VARINT => self.varint().map(drop),
            FIXED64 => self.fixed64().map(drop),
            LEN => self.bytes().map(drop),
            FIXED32 => self.fixed32().map(drop),
            _ => Err(Place::new(self.rest, Fault::Group)),
        }
    }

    #[cold]
    #[inline(never)]
    fn skip_group(&mut self, field: u32) -> Read<()> {
        let mut open = [0; limits::GROUP_DEPTH];
        open[0] = field;
        let mut depth = 1;
        while depth > 0 {
            let at = self.rest;
            let key = self.next_key()?.ok_or(Place::new(at, Fault::Group))?;
            match key & 7 {
                GROUP if depth == open.len() => return Err(Place::new(at, Fault::GroupDepth)),
                GROUP => {
                    open[depth] = key >> 3;
                    depth += 1;
                }
                GROUP_END if open[depth - 1] != key >> 3 => return Err(Place::new(at, Fault::Group)),
                GROUP_END => depth -= 1,
                _ => self.skip_flat(key)?,
            }
        }
        Ok(())
    }
}

/// Stands in tables of wire types for numbers that the message does not have.
pub(crate) const ANY: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    fn varint(bytes: &[u8]) -> Result<u64, (usize, Fault)> {
        Fields::new(bytes).varint().map_err(|place| (place.offset(bytes), place.fault))
    }

    fn skip_all(bytes: &[u8]) -> Result<usize, (usize, Fault)> {
        let mut fields = Fields::new(bytes);
        let mut skip = || -> Read<usize> {
            let mut skipped = 0;
            while let Some(key) = fields.next_key()? {
                fields.skip(key, &[])?;
                skipped += 1;
            }
            Ok(skipped)
        };
        skip().map_err(|place| (place.offset(bytes), place.fault))
    }

    #[test]
    fn varints_end_with_the_64th_bit() {
        assert_eq!(varint(&[0x96, 0x01]), Ok(150));
        assert_eq!(varint(&[0x80, 0x80, 0x00]), Ok(0));
        let mut longest = [0xff; 10];
        longest[9] = 0x01;
        assert_eq!(varint(&longest), Ok(u64::MAX));
        longest[9] = 0x02;
        assert_eq!(varint(&longest), Err((0, Fault::Varint)));
        assert_eq!(varint(&[0x80; 11]), Err((0, Fault::Varint)));
        assert_eq!(varint(&[0x80; 9]), Err((0, Fault::Truncated)));
        assert_eq!(varint(&[]), Err((0, Fault::Truncated)));
    }

    #[test]
    fn fields_of_every_wire_type_are_skipped() {
        assert_eq!(
            skip_all(&[0x08, 0x01, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x1a, 1, 9, 0x25, 1, 2, 3, 4]),
            Ok(4)
        );
        assert_eq!(skip_all(&[0x1a, 2, 9]), Err((1, Fault::Truncated)));
        assert_eq!(skip_all(&[0x08]), Err((1, Fault::Truncated)));
        assert_eq!(skip_all(&[0x0e, 0]), Err((0, Fault::Key)));
        assert_eq!(skip_all(&[0x02, 0]), Err((0, Fault::Key)));
    }

    #[test]
    fn a_length_beyond_the_address_space_is_truncation() {
        let body = [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(skip_all(&body), Err((1, Fault::Truncated)));
    }

    #[test]
    fn groups_are_skipped_with_what_is_in_them() {
        assert_eq!(skip_all(&[0x0b, 0x13, 0x08, 0x05, 0x14, 0x0c, 0x08, 1]), Ok(2));
        assert_eq!(skip_all(&[0x0b, 0x14]), Err((1, Fault::Group)));
        assert_eq!(skip_all(&[0x0b, 0x08, 1]), Err((3, Fault::Group)));
        assert_eq!(skip_all(&[0x0c]), Err((1, Fault::Group)));
    }

    #[test]
    fn groups_nest_100_levels_and_not_101() {
        let nested = |n: usize| [vec![0x0b; n], vec![0x0c; n]].concat();
        assert_eq!(skip_all(&nested(limits::GROUP_DEPTH)), Ok(1));
        assert_eq!(skip_all(&nested(limits::GROUP_DEPTH + 1)), Err((limits::GROUP_DEPTH, Fault::GroupDepth)));
    }
}
