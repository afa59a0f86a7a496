//! Interned names: services and operations as small numbers, shared by all shards. Its tables only grow, up
//! to a limit; what comes then is `other`.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::id::ServiceId;

/// Names a table holds; the last index stands for all others.
pub const NAMES_MAX: usize = 65_536;

/// What a name beyond the limit is called.
pub const OTHER: &str = "other";

#[derive(Debug, Default)]
struct Table {
    by_name: HashMap<Arc<str>, u16>,
    names: Vec<Arc<str>>,
}

/// An append-only table of names.
#[derive(Debug, Default)]
pub struct Names {
    table: RwLock<Table>,
}

impl Names {
    /// Returns the name's index, adding it while there is room.
    pub fn intern(&self, name: &str) -> u16 {
        if let Some(index) = self.read(|table| table.by_name.get(name).copied()) {
            return index;
        }
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        if table.names.len() >= NAMES_MAX - 1 {
            return (NAMES_MAX - 1) as u16;
        }
        let next = table.names.len() as u16;
        let name: Arc<str> = name.into();
        let index = *table.by_name.entry(Arc::clone(&name)).or_insert(next);
        if index == next {
            table.names.push(name);
        }
        index
    }

    /// Returns the name at an index, [`OTHER`] where there is none.
    pub fn name(&self, index: u16) -> Arc<str> {
        self.read(|table| table.names.get(usize::from(index)).cloned()).unwrap_or_else(|| OTHER.into())
    }

    /// Returns how many names are held.
    pub fn len(&self) -> usize {
        self.read(|table| table.names.len())
    }

    /// Returns whether no name is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn read<T>(&self, look: impl FnOnce(&Table) -> T) -> T {
        look(&self.table.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An operation as people would write it in a rule, such as `GET /api/messages/{id}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationId(pub u16);

/// Why an attempt failed, as people read it, such as `HTTP 503, quota exceeded`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReasonId(pub u16);

/// All name tables of the process.
#[derive(Debug, Default)]
pub struct Interned {
    services: Names,
    operations: Names,
    reasons: Names,
}

impl Interned {
    /// Returns the service's id.
    pub fn service(&self, name: &str) -> ServiceId {
        ServiceId::new(self.services.intern(name))
    }

    /// Returns the service's name.
    pub fn service_name(&self, id: ServiceId) -> Arc<str> {
        self.services.name(id.index() as u16)
    }

    /// Returns the operation's id.
    pub fn operation(&self, name: &str) -> OperationId {
        OperationId(self.operations.intern(name))
    }

    /// Returns the operation's name.
    pub fn operation_name(&self, id: OperationId) -> Arc<str> {
        self.operations.name(id.0)
    }

    /// Returns the reason's id.
    pub fn reason(&self, text: &str) -> ReasonId {
        ReasonId(self.reasons.intern(text))
    }

    /// Returns the reason's text.
    pub fn reason_text(&self, id: ReasonId) -> Arc<str> {
        self.reasons.name(id.0)
    }

    /// Returns how many services, operations and reasons are held.
    pub fn sizes(&self) -> [usize; 3] {
        [self.services.len(), self.operations.len(), self.reasons.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_the_limit_are_other() {
        let names = Names::default();
        for n in 0..NAMES_MAX - 1 {
            assert_eq!(usize::from(names.intern(&n.to_string())), n);
        }
        assert_eq!(names.name(names.intern("65534")).as_ref(), "65534");
        assert_eq!(names.name(names.intern("one more")).as_ref(), OTHER);
        assert_eq!(names.len(), NAMES_MAX - 1);
    }
}
