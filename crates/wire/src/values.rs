//! The values of one span by slot while it is read, for every format: the resource's stand in for the span's,
//! long texts are cut, arrays of texts are joined. It parses nothing.

use std::ops::Range;

use throughline_core::id::SlotId;
use throughline_core::observation::Value;

use crate::limits;
use crate::visit::Notes;

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

/// Texts that stand nowhere in the body because they were joined from several, with the slots they fill.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    pub(crate) text: String,
    pub(crate) at: Vec<(SlotId, Range<usize>)>,
}

impl Joined {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.at.clear();
    }

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

/// Returns the text within the limit of one text.
#[inline]
pub(crate) fn cut<'a>(text: &'a str, notes: &mut Notes) -> &'a str {
    if text.len() <= limits::TEXT_BYTES {
        return text;
    }
    notes.texts_cut += 1;
    &text[..text.floor_char_boundary(limits::TEXT_BYTES)]
}
