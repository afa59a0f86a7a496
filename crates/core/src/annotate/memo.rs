//! The memo: what the rules said of an operation, so that more than 99 % of spans cost one lookup. One per
//! shard and registry version; it keeps the key itself, since hashes collide.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::annotate::names::OperationId;
use crate::annotate::rules::{Match, OperationTexts};
use crate::id::ServiceId;

/// Operations a memo remembers; when it is full it starts anew.
pub const MEMO_MAX: usize = 8_192;

/// What the rules say of an operation.
#[derive(Debug, Clone)]
pub struct Known {
    pub matches: Vec<Match>,
    pub markers: u64,
    pub operation: OperationId,
}

#[derive(Debug)]
struct Slot {
    hash: u64,
    key: Box<[u8]>,
    known: Known,
}

/// Operations and what the rules said of them.
#[derive(Debug)]
pub struct Memo {
    seed: u64,
    table: HashTable<Slot>,
    key: Vec<u8>,
    resets: u64,
}

impl Memo {
    /// Makes an empty memo; the seed keeps a sender from choosing colliding names.
    pub fn new(seed: u64) -> Self {
        Self { seed, table: HashTable::with_capacity(1_024), key: Vec::with_capacity(512), resets: 0 }
    }

    /// Returns what is known of the operation, asking `learn` the first time.
    pub fn get(
        &mut self,
        service: ServiceId,
        texts: &OperationTexts<'_>,
        filter_bits: u64,
        learn: impl FnOnce() -> Known,
    ) -> &Known {
        self.write_key(service, texts, filter_bits);
        let hash = xxh3_64_with_seed(&self.key, self.seed);
        if self.table.len() >= MEMO_MAX && self.table.find(hash, |slot| *slot.key == *self.key).is_none() {
            self.table.clear();
            self.resets += 1;
        }
        let entry = self.table.entry(hash, |slot| *slot.key == *self.key, |slot| slot.hash);
        let new = || Slot { hash, key: self.key.as_slice().into(), known: learn() };
        &entry.or_insert_with(new).into_mut().known
    }

    /// Returns how often the memo was full and started anew.
    pub fn resets(&self) -> u64 {
        self.resets
    }

    fn write_key(&mut self, service: ServiceId, texts: &OperationTexts<'_>, filter_bits: u64) {
        let key = &mut self.key;
        key.clear();
        key.extend_from_slice(&(service.index() as u16).to_le_bytes());
        key.extend_from_slice(&filter_bits.to_le_bytes());
        for text in [texts.name, texts.method, texts.path, texts.rpc_service, texts.rpc_method] {
            key.extend_from_slice(&(text.len() as u32).to_le_bytes());
            key.extend_from_slice(text.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(id: u16) -> Known {
        Known { matches: Vec::new(), markers: 0, operation: OperationId(id) }
    }

    #[test]
    fn a_full_memo_starts_anew() {
        let mut memo = Memo::new(1);
        let service = ServiceId::new(0);
        for n in 0..=MEMO_MAX {
            let name = n.to_string();
            let texts = OperationTexts { name: &name, ..OperationTexts::default() };
            memo.get(service, &texts, 0, || known(n as u16));
            assert_eq!(memo.resets(), u64::from(n == MEMO_MAX));
        }
        let texts = OperationTexts { name: "8192", ..OperationTexts::default() };
        assert_eq!(memo.get(service, &texts, 0, || known(7)).operation, OperationId(8_192));
        assert_eq!(memo.get(service, &texts, 1, || known(7)).operation, OperationId(7));
    }
}
