//! What was read of one body and is not counted yet, and the reader that fills it. It needs no table that others
//! use and no clock, so that one body may be read while another is counted.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::annotate::entry::Entry;
use crate::annotate::names::Interned;
use crate::annotate::reader::{Listen, Reader};
use crate::annotate::rules::Rules;
use crate::count::ledger::{Ledger, Rejected};
use crate::id::TraceId;
use crate::observation::{Observation, Signal};

/// Stripes of trace ids; a request locks those that it touches, one at a time.
pub const STRIPES: usize = 64;
/// Unknown words that are listed.
pub const UNKNOWN_MAX: usize = 200;

/// Returns the stripe that a trace belongs to.
pub(super) fn stripe_of(trace: TraceId) -> usize {
    let folded = (trace.0 >> 64) as u64 ^ trace.0 as u64;
    (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize
}

/// How a body's spans are counted: by stripe and trace, those without a parent first, since a long trace must know
/// what its calls belong to; then as they came.
pub(super) type Order = (u8, TraceId, bool, u32);

/// What was read of a body.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) entries: Vec<Entry>,
    pub(super) order: Vec<Order>,
    /// Of the records alone: received, and refused or unused by themselves.
    pub(super) ledger: Ledger,
}

impl Batch {
    /// Returns how many spans were read.
    pub fn spans(&self) -> usize {
        self.entries.len()
    }

    /// Returns how many records of any signal were read.
    pub fn records(&self) -> u64 {
        let Ledger { traces, logs, metrics, .. } = &self.ledger;
        (traces.received + logs.received + metrics.received).unsigned_abs()
    }

    /// Forgets what was read; its room stays for the next body.
    pub fn clear(&mut self) {
        self.ledger = Ledger::default();
        self.entries.clear();
        self.order.clear();
    }
}

/// Reads bodies into batches. A thread works with one at a time.
#[derive(Debug)]
pub struct BatchReader {
    reader: Reader,
    unknown: Unknown,
    batch: Batch,
}

impl BatchReader {
    /// Makes a reader with these rules; `seed` is the process's own.
    pub fn new(rules: Arc<Rules>, interned: Arc<Interned>, seed: u64) -> Self {
        let batch = Batch {
            entries: Vec::with_capacity(1_024),
            order: Vec::with_capacity(1_024),
            ledger: Ledger::default(),
        };
        Self { reader: Reader::new(rules, interned, seed), unknown: Unknown::default(), batch }
    }

    /// Takes one span of a body; nothing counts, and it has not arrived, before its batch is committed.
    pub fn span(&mut self, span: &Observation<'_>) {
        self.batch.ledger.traces.received += 1;
        let entry = self.reader.read(span, &mut self.unknown);
        let index = self.batch.entries.len() as u32;
        let is_child = entry.parent_id.is_some();
        self.batch.order.push((stripe_of(entry.trace) as u8, entry.trace, is_child, index));
        self.batch.entries.push(entry);
    }

    /// Takes a record that is refused by itself.
    pub fn refused(&mut self, signal: Signal) {
        self.batch.ledger.signal_mut(signal).received += 1;
        self.batch.ledger.reject(signal, Rejected::Malformed);
    }

    /// Takes a log record or metric point, which no rule of this version reads.
    pub fn unused(&mut self, signal: Signal) {
        let records = self.batch.ledger.signal_mut(signal);
        records.received += 1;
        records.filtered += 1;
    }

    /// Returns what was read since the batch was counted, cleared or changed for another.
    pub fn batch(&mut self) -> &mut Batch {
        &mut self.batch
    }

    /// Returns the rules that are read with.
    pub fn rules(&self) -> &Arc<Rules> {
        self.reader.rules()
    }

    /// Returns the unknown words that senders used, as `what=said`, and how many more were not listed.
    pub fn unknown(&self) -> (impl Iterator<Item = &str>, u64) {
        (self.unknown.words.iter().map(String::as_str), self.unknown.more)
    }

    /// Returns how often the memo was full.
    pub fn memo_resets(&self) -> u64 {
        self.reader.memo_resets()
    }
}

/// Words that senders used and the registry does not know, as `what=said`.
#[derive(Debug, Default)]
struct Unknown {
    words: BTreeSet<String>,
    more: u64,
    word: String,
}

impl Listen for Unknown {
    fn unknown(&mut self, what: &str, said: &str) {
        let said = &said[..said.floor_char_boundary(said.len().min(64))];
        self.word.clear();
        [what, "=", said].iter().for_each(|part| self.word.push_str(part));
        if self.words.contains(&self.word) {
            return;
        }
        match self.words.len() < UNKNOWN_MAX {
            true => drop(self.words.insert(self.word.clone())),
            false => self.more += 1,
        }
    }
}
