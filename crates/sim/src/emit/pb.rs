//! The few protobuf encodings that spans need: varints, fixed numbers, bytes, and OTLP's attributes.
//! Encoding only; it knows no message but `KeyValue`.

const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const LEN: u64 = 2;
const FIXED32: u64 = 5;

/// A message under construction. What writes a field returns where its value begins.
#[derive(Debug, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// Returns the message as a field of the one around it.
    pub(super) fn into_field(self, field: u64) -> Vec<u8> {
        let mut outer = Self::default();
        outer.bytes(field, &self.0);
        outer.0
    }

    pub(super) fn bytes(&mut self, field: u64, value: &[u8]) -> usize {
        put_len(&mut self.0, field, value.len());
        self.0.extend_from_slice(value);
        self.0.len() - value.len()
    }

    pub(super) fn varint(&mut self, field: u64, value: u64) {
        put_varint(&mut self.0, field << 3 | VARINT);
        put_varint(&mut self.0, value);
    }

    pub(super) fn fixed64(&mut self, field: u64, value: u64) -> usize {
        put_varint(&mut self.0, field << 3 | FIXED64);
        self.0.extend_from_slice(&value.to_le_bytes());
        self.0.len() - 8
    }

    pub(super) fn fixed32(&mut self, field: u64, value: u32) {
        put_varint(&mut self.0, field << 3 | FIXED32);
        self.0.extend_from_slice(&value.to_le_bytes());
    }
}

/// Writes the head of a field of `len` bytes.
pub(super) fn put_len(out: &mut Vec<u8>, field: u64, len: usize) {
    put_varint(out, field << 3 | LEN);
    put_varint(out, len as u64);
}

pub(super) fn varint_len(value: u64) -> usize {
    let bits = 64 - (value | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

pub(super) fn text_attribute(key: &str, value: &str) -> Message {
    let mut any = Message::default();
    any.bytes(1, value.as_bytes());
    attribute(key, &any)
}

pub(super) fn number_attribute(key: &str, value: u64) -> Message {
    let mut any = Message::default();
    any.varint(3, value);
    attribute(key, &any)
}

fn attribute(key: &str, any: &Message) -> Message {
    let mut attribute = Message::default();
    attribute.bytes(1, key.as_bytes());
    attribute.bytes(2, any.as_slice());
    attribute
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varint_len_is_what_put_varint_writes() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u64::from(u32::MAX), u64::MAX] {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            assert_eq!(out.len(), varint_len(value), "{value}");
        }
    }
}
