//! JSON as a tape, and the liberal reading of its scalars: 64-bit integers as text or number, enums and NaN by
//! name, null as the default. It knows no message of any format.

mod mend;

use simd_json::{Buffers, Node, StaticNode, Tape};

use crate::limits;
use crate::visit::{Notes, WalkError};

/// The parser's buffers, which outlive a body unless it was an unusually large one.
pub(crate) struct Buffer {
    text: Vec<u8>,
    mended: Vec<u8>,
    parser: Buffers,
}

impl Default for Buffer {
    fn default() -> Self {
        Self { text: Vec::new(), mended: Vec::new(), parser: Buffers::with_max_depth(0, limits::JSON_DEPTH) }
    }
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Buffer").field("capacity", &self.text.capacity()).finish_non_exhaustive()
    }
}

impl Buffer {
    /// Parses a copy of the body: parsing unescapes in place, and the body is still needed as it came. A text that
    /// is none is mended and noted. `None` when the body is blank.
    pub(crate) fn parse(&mut self, body: &[u8], notes: &mut Notes) -> Result<Option<Tape<'_>>, WalkError> {
        let Self { text, mended, parser } = self;
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        if body.trim_ascii().is_empty() {
            return Ok(None);
        }
        text.clear();
        text.extend_from_slice(body);
        let error = match simd_json::to_tape_with_buffers(text, parser) {
            Ok(tape) => return Ok(Some(tape)),
            Err(error) => error,
        };
        let Some((whole, places)) = mend::mended(body) else { return Err(mend::fault(body, &error)) };
        *mended = whole;
        let tape =
            simd_json::to_tape_with_buffers(mended, parser).map_err(|error| mend::fault(body, &error))?;
        notes.texts_mended += places;
        Ok(Some(tape))
    }

    /// Lets go of what one large body needed.
    pub(crate) fn trim(&mut self) {
        if self.text.capacity().max(self.mended.capacity()) > limits::JSON_KEPT_BYTES {
            *self = Self::default();
        }
    }
}

/// One value of the tape with what is in it.
#[derive(Clone, Copy)]
pub(crate) struct Json<'t>(&'t [Node<'t>]);

impl<'t> Json<'t> {
    pub(crate) fn root(tape: &'t Tape<'t>) -> Self {
        Self(&tape.0)
    }

    /// Returns the value if it is an object.
    ///
    /// # Errors
    /// [`WalkError::JsonShape`] with the field's name.
    pub(crate) fn object(self, field: &'static str) -> Result<Self, WalkError> {
        match self.0 {
            [Node::Object { .. }, ..] => Ok(self),
            _ => Err(WalkError::JsonShape { field, expected: "object" }),
        }
    }

    pub(crate) fn is_null(self) -> bool {
        matches!(self.0, [Node::Static(StaticNode::Null), ..] | [])
    }

    pub(crate) fn text(self) -> Option<&'t str> {
        match self.0 {
            [Node::String(text), ..] => Some(text),
            _ => None,
        }
    }

    /// Returns an object's members in order, `None` when it is no object.
    pub(crate) fn members(self) -> Option<impl Iterator<Item = (&'t str, Json<'t>)>> {
        let [Node::Object { .. }, rest @ ..] = self.0 else { return None };
        let mut values = Values(rest);
        Some(std::iter::from_fn(move || Some((values.next()?.text()?, values.next()?))))
    }

    /// Returns an array's elements in order, `None` when it is no array.
    pub(crate) fn elements(self) -> Option<impl Iterator<Item = Json<'t>>> {
        let [Node::Array { .. }, rest @ ..] = self.0 else { return None };
        Some(Values(rest))
    }

    /// Returns the last member with one of the names that is not null.
    pub(crate) fn get(self, names: &[&str]) -> Option<Json<'t>> {
        let members = self.members()?;
        members
            .filter(|(name, value)| names.contains(name) && !value.is_null())
            .last()
            .map(|(_, value)| value)
    }

    /// Returns the last members of two names that are not null, in one pass.
    pub(crate) fn pair(self, first: &str, second: &str) -> (Option<Json<'t>>, Option<Json<'t>>) {
        let mut found = (None, None);
        for (name, value) in self.members().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
            if name == first {
                found.0 = Some(value);
            } else if name == second {
                found.1 = Some(value);
            }
        }
        found
    }

    /// Returns an integer that is not negative, saturated with a note; null and empty text are 0.
    pub(crate) fn unsigned(self, notes: &mut Notes) -> Option<u64> {
        let value = self.integer()?;
        Some(u64::try_from(value).unwrap_or_else(|_| {
            notes.integers_saturated += 1;
            if value < 0 { 0 } else { u64::MAX }
        }))
    }

    /// Returns an integer, saturated with a note; null and empty text are 0.
    pub(crate) fn signed(self, notes: &mut Notes) -> Option<i64> {
        let value = self.integer()?;
        Some(i64::try_from(value).unwrap_or_else(|_| {
            notes.integers_saturated += 1;
            if value < 0 { i64::MIN } else { i64::MAX }
        }))
    }

    /// Wide enough to tell what must be saturated.
    fn integer(self) -> Option<i128> {
        match self.0.first()? {
            Node::Static(StaticNode::I64(value)) => Some(i128::from(*value)),
            Node::Static(StaticNode::U64(value)) => Some(i128::from(*value)),
            Node::Static(StaticNode::F64(value)) => Some(*value as i128),
            Node::Static(StaticNode::Null) => Some(0),
            Node::String(text) => integer_text(text.trim()),
            _ => None,
        }
    }

    pub(crate) fn double(self) -> Option<f64> {
        match self.0.first()? {
            Node::Static(StaticNode::I64(value)) => Some(*value as f64),
            Node::Static(StaticNode::U64(value)) => Some(*value as f64),
            Node::Static(StaticNode::F64(value)) => Some(*value),
            // `parse` knows NaN and Infinity in any case.
            Node::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn bool(self) -> Option<bool> {
        match self.0.first()? {
            Node::Static(StaticNode::Bool(value)) => Some(*value),
            Node::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// Returns a number, `true`, `false` or `null` as JSON writes it.
    pub(crate) fn number_or_word(self) -> String {
        match self.0.first() {
            Some(Node::Static(StaticNode::I64(value))) => value.to_string(),
            Some(Node::Static(StaticNode::U64(value))) => value.to_string(),
            Some(Node::Static(StaticNode::F64(value))) => serde_json::json!(value).to_string(),
            Some(Node::Static(StaticNode::Bool(value))) => value.to_string(),
            _ => "null".to_owned(),
        }
    }

    /// Returns an enum's number, given as number or as the name that `number_of` knows.
    pub(crate) fn enumeration(self, number_of: impl FnOnce(&str) -> Option<i32>) -> Option<i32> {
        match self.text() {
            Some(name) => number_of(name).or_else(|| name.trim().parse().ok()),
            None => self.integer().map(|number| number as i32),
        }
    }
}

fn integer_text(text: &str) -> Option<i128> {
    if text.is_empty() {
        return Some(0);
    }
    text.parse()
        .ok()
        .or_else(|| text.parse::<f64>().ok().filter(|value| !value.is_nan()).map(|value| value as i128))
}

/// The values that stand one after another on a tape.
#[derive(Clone, Copy)]
struct Values<'t>(&'t [Node<'t>]);

impl<'t> Iterator for Values<'t> {
    type Item = Json<'t>;

    fn next(&mut self) -> Option<Json<'t>> {
        let nodes = match self.0.first()? {
            Node::Object { count, .. } | Node::Array { count, .. } => count + 1,
            _ => 1,
        };
        let (value, rest) = self.0.split_at_checked(nodes)?;
        self.0 = rest;
        Some(Json(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_kept_up_to_their_limit_and_not_beyond() {
        for (bytes, kept) in [(limits::JSON_KEPT_BYTES, true), (limits::JSON_KEPT_BYTES + 1, false)] {
            let mut buffer = Buffer { text: Vec::with_capacity(bytes), ..Buffer::default() };
            assert!(buffer.parse(b"{}", &mut Notes::default()).unwrap().is_some());
            buffer.trim();
            assert_eq!(buffer.text.capacity() > 0, kept);
        }
    }
}
