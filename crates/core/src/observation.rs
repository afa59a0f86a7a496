//! The observation: the one borrowed value between reading and meaning. Every format becomes it, every rule
//! reads it. It decides nothing.

use crate::id::{SlotId, SpanId, TraceId};
use crate::time::UnixNanos;

/// The three signals of OTLP; conservation holds for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signal {
    Traces,
    Logs,
    Metrics,
}

/// Traffic class of a request; only interactive traffic counts by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum TrafficClass {
    #[default]
    Interactive,
    Batch,
    Test,
}

impl TrafficClass {
    /// Returns the word used in attributes, API and pages.
    pub const fn word(self) -> &'static str {
        match self {
            TrafficClass::Interactive => "interactive",
            TrafficClass::Batch => "batch",
            TrafficClass::Test => "test",
        }
    }
}

/// A span's kind (OTLP `Span.SpanKind`); unknown numbers are `Unspecified`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum SpanKind {
    #[default]
    Unspecified,
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

/// What a span says of its parent's process (OTLP `Span.flags` bits 8 and 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ParentIs {
    #[default]
    Unknown,
    Local,
    Remote,
}

/// A span's own status (OTLP `Status.StatusCode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SpanStatus {
    #[default]
    Unset,
    Ok,
    Error,
}

/// A link to another span, possibly of another trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Link {
    pub trace: TraceId,
    pub span: SpanId,
}

/// An attribute's value as far as rules look at it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Value<'a> {
    /// The key did not occur.
    #[default]
    Absent,
    Str(&'a str),
    Int(i64),
    Double(f64),
    Bool(bool),
    /// Present, but of a kind that no comparison reads (bytes, maps, mixed arrays). Arrays of strings are
    /// joined by `,` into [`Value::Str`], as header lines are.
    Other,
}

impl<'a> Value<'a> {
    /// Returns the text, if it is one and not empty.
    pub fn text(self) -> Option<&'a str> {
        match self {
            Value::Str(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Returns the whole number, also when it was written as text or as a double without a fraction.
    pub fn int(self) -> Option<i64> {
        /// Up to here every whole number is a double of its own.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match self {
            Value::Int(int) => Some(int),
            Value::Double(double) if double.fract() == 0.0 && double.abs() <= EXACT => Some(double as i64),
            Value::Str(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// Returns whether the key occurred.
    pub fn is_present(self) -> bool {
        !matches!(self, Value::Absent)
    }
}

/// The values of the attributes that some rule reads, by slot; resource attributes stand in where the span
/// has none of that key, and of a repeated key the last wins.
#[derive(Debug, Clone, Copy)]
pub struct Slots<'a> {
    values: &'a [Value<'a>],
}

impl<'a> Slots<'a> {
    /// Wraps one value per slot of the table the body was read with.
    pub fn new(values: &'a [Value<'a>]) -> Self {
        Self { values }
    }

    /// Returns the slot's value, `Absent` beyond the table.
    pub fn get(&self, slot: SlotId) -> Value<'a> {
        self.values.get(slot.index()).copied().unwrap_or_default()
    }
}

/// One span as it was received, borrowed from the body.
#[derive(Debug, Clone, Copy)]
pub struct Observation<'a> {
    /// `service.name`, empty when there is none.
    pub service: &'a str,
    /// The span's name.
    pub operation: &'a str,
    pub kind: SpanKind,
    pub trace: TraceId,
    pub span: SpanId,
    pub parent: Option<SpanId>,
    pub parent_is: ParentIs,
    pub start: UnixNanos,
    /// `None` when the sender wrote none (0).
    pub end: Option<UnixNanos>,
    pub status: SpanStatus,
    pub status_message: &'a str,
    /// W3C `tracestate`; its `ot=th:` member is the sampling threshold.
    pub trace_state: &'a str,
    /// At most 256, in wire order, duplicates kept.
    pub links: &'a [Link],
    pub slots: Slots<'a>,
}

impl Observation<'_> {
    /// Returns end - start in ns, 0 when the end is missing or earlier.
    pub fn duration(&self) -> u64 {
        self.end.map_or(0, |end| end.since(self.start))
    }
}

/// The attribute keys that are read, each with its slot. Limit: 64 keys.
#[derive(Debug, Clone)]
pub struct SlotTable {
    keys: Vec<String>,
    by_length: Vec<Vec<(Box<[u8]>, SlotId)>>,
}

/// Every one of the 64 slots is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotsFull;

impl Default for SlotTable {
    /// The table of the keys that annotation itself reads; see [`slot`].
    fn default() -> Self {
        let mut table = Self { keys: Vec::new(), by_length: Vec::new() };
        for key in slot::BUILT_IN {
            let added = table.slot(key);
            debug_assert!(added.is_ok(), "the built-in keys fit");
        }
        table
    }
}

impl SlotTable {
    /// Returns the key's slot, adding it when there is room.
    ///
    /// # Errors
    /// [`SlotsFull`] when the key is new and 64 keys are there already.
    pub fn slot(&mut self, key: &str) -> Result<SlotId, SlotsFull> {
        if let Some(slot) = self.find(key.as_bytes()) {
            return Ok(slot);
        }
        if self.keys.len() == 64 {
            return Err(SlotsFull);
        }
        let slot = SlotId::new(self.keys.len() as u8);
        self.keys.push(key.to_owned());
        if self.by_length.len() <= key.len() {
            self.by_length.resize(key.len() + 1, Vec::new());
        }
        self.by_length[key.len()].push((key.as_bytes().into(), slot));
        Ok(slot)
    }

    /// Returns the slot of a key as it stands on the wire.
    #[inline]
    pub fn find(&self, key: &[u8]) -> Option<SlotId> {
        let same_length = self.by_length.get(key.len())?;
        // Keys of one length differ mostly at their ends; the last byte spares most comparisons.
        let same = |known: &[u8]| known.last() == key.last() && known == key;
        same_length.iter().find(|(known, _)| same(known)).map(|(_, slot)| *slot)
    }

    /// Returns the key of a slot.
    pub fn key(&self, slot: SlotId) -> &str {
        &self.keys[slot.index()]
    }

    /// Returns the number of slots.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns whether no key is read.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// The slots of the keys that annotation itself reads (OTel semantic conventions, stable and older names).
pub mod slot {
    use crate::id::SlotId;

    macro_rules! built_in {
        ($($index:literal $name:ident $key:literal;)*) => {
            $(#[doc = concat!("`", $key, "`")] pub const $name: SlotId = SlotId::new($index);)*
            pub(super) const BUILT_IN: &[&str] = &[$($key),*];
        };
    }

    built_in! {
        0 METHOD "http.request.method";
        1 METHOD_OLD "http.method";
        2 ROUTE "http.route";
        3 PATH "url.path";
        4 TARGET_OLD "http.target";
        5 HTTP_STATUS "http.response.status_code";
        6 HTTP_STATUS_OLD "http.status_code";
        7 RPC_SERVICE "rpc.service";
        8 RPC_METHOD "rpc.method";
        9 RPC_STATUS "rpc.response.status_code";
        10 RPC_STATUS_NAME "rpc.status_code";
        11 GRPC_STATUS "rpc.grpc.status_code";
        12 ERROR_TYPE "error.type";
        13 PRODUCT "throughline.product";
        14 OBJECTIVE "throughline.objective";
        15 STEP "throughline.step";
        16 TRAFFIC "throughline.traffic";
        17 RUN "throughline.run";
        18 PLATFORM "throughline.platform";
        19 BAGGAGE "http.request.header.baggage";
        20 SYNTHETIC "user_agent.synthetic.type";
        21 USER_AGENT "user_agent.original";
        22 SHED "http.response.header.throughline-shed";
        23 ENVOY_ATTEMPT "http.request.header.x-envoy-attempt-count";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_keys_have_their_constants() {
        let table = SlotTable::default();
        assert_eq!(table.find(b"throughline.step"), Some(slot::STEP));
        assert_eq!(table.key(slot::SHED), "http.response.header.throughline-shed");
        assert_eq!(table.find(b"throughline.stop"), None);
    }

    #[test]
    fn the_65th_key_is_refused_and_a_known_one_is_not() {
        let mut table = SlotTable::default();
        for n in table.len()..64 {
            table.slot(&format!("key.{n}")).unwrap();
        }
        assert_eq!(table.slot("one.more"), Err(SlotsFull));
        assert_eq!(table.slot("throughline.step"), Ok(slot::STEP));
    }
}
