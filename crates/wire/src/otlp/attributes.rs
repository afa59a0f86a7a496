//! Attributes in protobuf: from one `KeyValue` to the value rules look at, and the values of one span by slot.
//! Which keys are read is the slot table's decision.

use throughline_core::id::SlotId;
use throughline_core::observation::Value;

use super::reader::{ANY, FIXED64, Fault, Fields, LEN, Place, Read, VARINT, key};
use crate::limits;
use crate::visit::{Joined, Notes};

const KEY: u32 = key(1, LEN);
const VALUE: u32 = key(2, LEN);
const KEY_VALUE: [u32; 3] = [ANY, LEN, LEN];

const STRING: u32 = key(1, LEN);
const BOOL: u32 = key(2, VARINT);
const INT: u32 = key(3, VARINT);
const DOUBLE: u32 = key(4, FIXED64);
const ARRAY: u32 = key(5, LEN);
const KVLIST: u32 = key(6, LEN);
const BYTES: u32 = key(7, LEN);
const STRING_INDEX: u32 = key(8, VARINT);
const ANY_VALUE: [u32; 9] = [ANY, LEN, VARINT, VARINT, FIXED64, LEN, LEN, LEN, VARINT];

const ARRAY_ELEMENT: u32 = key(1, LEN);
const ARRAY_VALUE: [u32; 2] = [ANY, LEN];

/// The values of one span by slot, and which of them are set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'a> {
    of: [Value<'a>; 64],
    set: u64,
}

impl Default for Values<'_> {
    fn default() -> Self {
        Self { of: [Value::Absent; 64], set: 0 }
    }
}

impl<'a> Values<'a> {
    #[inline]
    pub(crate) fn set(&mut self, slot: SlotId, value: Value<'a>) {
        self.of[slot.index()] = value;
        self.set |= 1 << slot.index();
    }

    /// Sets every slot a span touched back to its resource's value.
    #[inline]
    pub(crate) fn reset(&mut self, resource: &Values<'a>) {
        while self.set != 0 {
            let slot = self.set.trailing_zeros() as usize;
            self.of[slot] = resource.of[slot];
            self.set &= self.set - 1;
        }
    }

    /// Forgets what is set, without changing a value: the state of a resource's copy before its first span.
    pub(crate) fn untouched(mut self) -> Self {
        self.set = 0;
        self
    }

    /// Fills in the joined texts; the result may live as long as they do.
    pub(crate) fn with<'s>(&self, joined: &'s Joined) -> Values<'s>
    where
        'a: 's,
    {
        let mut values: Values<'s> = *self;
        for (slot, range) in &joined.at {
            values.set(*slot, Value::Str(&joined.text[range.clone()]));
        }
        values
    }

    #[inline]
    pub(crate) fn first(&self, n: usize) -> &[Value<'a>] {
        &self.of[..n]
    }
}

/// An attribute's value while its message is read: the last kind written wins, and arrays written twice are
/// one array, as protobuf merges.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Any<'a> {
    Plain(Value<'a>),
    /// The text begun at this byte of the joined text, with so many elements.
    Texts {
        start: usize,
        elements: usize,
    },
    MixedArray,
    /// An index into a string table that OTLP does not send.
    Index,
}

/// Returns the key of a `KeyValue`, unchecked: it is only compared.
#[inline]
pub(crate) fn key_of(message: &[u8]) -> Read<&[u8]> {
    // As every SDK writes it: a short key, then one value that fills the message.
    if let [0x0a, length @ ..0x80, rest @ ..] = message
        && let Some((key, [0x12, value @ ..])) = rest.split_at_checked(usize::from(*length))
        && Fields::new(value).bytes_only()
    {
        return Ok(key);
    }
    last_key_of(message)
}

fn last_key_of(message: &[u8]) -> Read<&[u8]> {
    let mut found: &[u8] = &[];
    let mut fields = Fields::new(message);
    while let Some(key) = fields.next_key()? {
        match key {
            KEY => found = fields.bytes()?,
            _ => fields.skip(key, &KEY_VALUE)?,
        }
    }
    Ok(found)
}

/// Returns the value of a `KeyValue`.
pub(crate) fn value_of<'a>(message: &'a [u8], joined: &mut Joined, notes: &mut Notes) -> Read<Any<'a>> {
    let mut any = Any::Plain(Value::Other);
    let mut fields = Fields::new(message);
    while let Some(key) = fields.next_key()? {
        match key {
            VALUE => merge(&mut any, fields.bytes()?, joined, notes)?,
            _ => fields.skip(key, &KEY_VALUE)?,
        }
    }
    Ok(any)
}

fn merge<'a>(any: &mut Any<'a>, message: &'a [u8], joined: &mut Joined, notes: &mut Notes) -> Read<()> {
    let mut fields = Fields::new(message);
    while let Some(key) = fields.next_key()? {
        *any = match key {
            STRING => Any::Plain(Value::Str(text(fields.bytes()?, notes)?)),
            BOOL => Any::Plain(Value::Bool(fields.varint()? != 0)),
            INT => Any::Plain(Value::Int(fields.varint()? as i64)),
            DOUBLE => Any::Plain(Value::Double(f64::from_bits(fields.fixed64()?))),
            ARRAY => append(*any, fields.bytes()?, joined, notes)?,
            KVLIST | BYTES => {
                fields.bytes()?;
                Any::Plain(Value::Other)
            }
            STRING_INDEX => {
                fields.varint()?;
                Any::Index
            }
            _ => {
                fields.skip(key, &ANY_VALUE)?;
                continue;
            }
        }
    }
    Ok(())
}

/// Reads an array after what stood before it.
fn append<'a>(before: Any<'a>, array: &'a [u8], joined: &mut Joined, notes: &mut Notes) -> Read<Any<'a>> {
    let (start, mut elements, mut mixed) = match before {
        Any::Texts { start, elements } => (start, elements, false),
        Any::MixedArray => (0, 0, true),
        Any::Plain(_) | Any::Index => (joined.text.len(), 0, false),
    };
    let mut fields = Fields::new(array);
    while let Some(key) = fields.next_key()? {
        if key != ARRAY_ELEMENT {
            fields.skip(key, &ARRAY_VALUE)?;
            continue;
        }
        match element(fields.bytes()?, notes)? {
            Some(text) if !mixed => joined.append(start, elements, text, notes),
            _ => mixed = true,
        }
        elements += 1;
    }
    Ok(if mixed { Any::MixedArray } else { Any::Texts { start, elements } })
}

/// Returns an array element's text, `None` when it is of another kind.
fn element<'a>(message: &'a [u8], notes: &mut Notes) -> Read<Option<&'a str>> {
    let mut found = None;
    let mut fields = Fields::new(message);
    while let Some(key) = fields.next_key()? {
        if key == STRING {
            found = Some(text(fields.bytes()?, notes)?);
            continue;
        }
        fields.skip(key, &ANY_VALUE)?;
        if (key >> 3) < ANY_VALUE.len() as u32 {
            found = None;
        }
    }
    Ok(found)
}

/// Returns the bytes as text, cut to the limit.
///
/// # Errors
/// When the bytes are not UTF-8, also beyond the cut: then the whole body is malformed, as `prost` says.
#[inline]
pub(crate) fn text<'a>(bytes: &'a [u8], notes: &mut Notes) -> Read<&'a str> {
    let text = std::str::from_utf8(bytes).map_err(|_| Place::new(bytes, Fault::Utf8))?;
    if text.len() <= limits::TEXT_BYTES {
        return Ok(text);
    }
    Ok(cut(text, notes))
}

pub(crate) fn cut<'a>(text: &'a str, notes: &mut Notes) -> &'a str {
    if text.len() <= limits::TEXT_BYTES {
        return text;
    }
    notes.texts_cut += 1;
    &text[..text.floor_char_boundary(limits::TEXT_BYTES)]
}

impl Joined {
    /// Appends one element to the text begun at `start`, within the limit of one text.
    pub(crate) fn append(&mut self, start: usize, elements: usize, text: &str, notes: &mut Notes) {
        let comma = usize::from(elements > 0);
        let room = limits::TEXT_BYTES.saturating_sub(self.text.len() - start);
        if comma + text.len() <= room {
            self.text.push_str(&","[..comma]);
            self.text.push_str(text);
        } else {
            notes.texts_cut += 1;
            self.text.push_str(&","[..comma.min(room)]);
            self.text.push_str(&text[..text.floor_char_boundary(room.saturating_sub(comma))]);
        }
    }

    /// Remembers that the text from `start` on fills the slot.
    pub(crate) fn fill(&mut self, slot: SlotId, start: usize) {
        self.at.push((slot, start..self.text.len()));
    }

    /// Forgets a joined text of the slot: a later attribute of its key replaces it.
    #[inline]
    pub(crate) fn replace(&mut self, slot: SlotId) {
        if !self.at.is_empty() {
            self.at.retain(|(joined, _)| *joined != slot);
        }
    }
}
