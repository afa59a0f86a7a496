//! Attributes in protobuf: from one `KeyValue` to the value rules look at, as protobuf merges it.
//! Which keys are read is the slot table's decision.

use throughline_core::observation::Value;

use super::reader::{ANY, FIXED64, Fault, Fields, LEN, Place, Read, VARINT, key};
use crate::values::{Joined, cut};
use crate::visit::Notes;

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

/// Cuts a `KeyValue` into key and value as every SDK writes it: one short key, then one value that fills the
/// message. `None` for whatever else protobuf allows.
#[inline(always)]
pub(crate) fn plain_pair(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let [0x0a, length @ ..0x80, rest @ ..] = message else { return None };
    let (key, [0x12, value @ ..]) = rest.split_at_checked(usize::from(*length))? else { return None };
    Some((key, Fields::new(value).only_bytes()?))
}

/// Returns the bytes of a value that is one string, the commonest kind by far.
#[inline(always)]
pub(crate) fn plain_string(value: &[u8]) -> Option<&[u8]> {
    let [0x0a, string @ ..] = value else { return None };
    Fields::new(string).only_bytes()
}

/// Returns the key of a `KeyValue`, unchecked: it is only compared.
pub(crate) fn key_of(message: &[u8]) -> Read<&[u8]> {
    match plain_pair(message) {
        Some((key, _)) => Ok(key),
        None => last_key_of(message),
    }
}

#[cold]
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

/// Returns the value that stands alone in its `KeyValue`.
pub(crate) fn plain_value<'a>(value: &'a [u8], joined: &mut Joined, notes: &mut Notes) -> Read<Any<'a>> {
    let mut any = Any::Plain(Value::Other);
    merge(&mut any, value, joined, notes)?;
    Ok(any)
}

/// Returns the value of a `KeyValue`, however it is written.
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
#[inline(always)]
pub(crate) fn text<'a>(bytes: &'a [u8], notes: &mut Notes) -> Read<&'a str> {
    let text = std::str::from_utf8(bytes).map_err(|_| Place::new(bytes, Fault::Utf8))?;
    Ok(cut(text, notes))
}
