//! Identifiers: small indexes into the registry's tables, and the wide ids of traces and spans.
//! It holds no names; names live in the model.

macro_rules! index_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(u16);

        impl $name {
            /// Wraps a table index.
            pub const fn new(index: u16) -> Self {
                Self(index)
            }

            /// Returns the table index.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index_id!(
    /// A product's index in the registry.
    ProductId
);
index_id!(
    /// An objective's index in the registry; it keeps its meaning across reloads.
    ObjectiveId
);
index_id!(
    /// A step's index in the registry; one id per definition of what is measured, so a changed definition
    /// begins a new series (invariant 7).
    StepId
);
index_id!(
    /// An SLO's index in the registry.
    SloId
);
index_id!(
    /// An interned service name; the last one stands for every name beyond the limit.
    ServiceId
);

/// An attribute key that some condition or rule reads; an index into the slot table, below 64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotId(u8);

impl SlotId {
    /// Wraps a slot index, which must be below 64.
    pub const fn new(index: u8) -> Self {
        assert!(index < 64, "slots are limited to 64");
        Self(index)
    }

    /// Returns the slot index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A 128-bit trace id (W3C Trace Context); 64-bit ids are padded on the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId(pub u128);

/// A 64-bit span id (W3C Trace Context).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId(pub u64);

impl std::fmt::Display for TraceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl std::fmt::Display for SpanId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
