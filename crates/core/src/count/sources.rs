//! Which services sent anything, by minute of event time: the evidence that tells a silent step from a
//! silent source. It keeps four hours and knows nothing of steps.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::time::Minute;

/// Minutes kept per service; the longest silence window is 240 min.
const KEPT: u32 = 256;

#[derive(Debug, Clone)]
struct Ring {
    newest: u32,
    records: Vec<u32>,
}

/// Records per service and minute, by the start of the span.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    services: BTreeMap<String, Ring>,
}

impl Sources {
    /// Counts `n` records of a service that began in a minute; what is older than four hours is ignored.
    pub fn add(&mut self, service: &str, minute: Minute, n: u32) {
        if !self.services.contains_key(service) {
            let empty = Ring { newest: minute.0, records: vec![0; KEPT as usize] };
            self.services.insert(service.to_owned(), empty);
        }
        if let Some(ring) = self.services.get_mut(service) {
            ring.add(minute.0, n);
        }
    }

    /// Returns the service's records in `[range.start, range.end)`, as far as they are kept.
    pub fn sum(&self, service: &str, range: Range<Minute>) -> u64 {
        self.services.get(service).map_or(0, |ring| ring.sum(range))
    }

    /// Returns all services' records in the range.
    pub fn total(&self, range: Range<Minute>) -> u64 {
        self.services.values().map(|ring| ring.sum(range.clone())).sum()
    }

    /// Returns the services and the newest minute each was seen in.
    pub fn newest(&self) -> impl Iterator<Item = (&str, Minute)> {
        self.services.iter().map(|(service, ring)| (service.as_str(), Minute(ring.newest)))
    }
}

impl Ring {
    fn add(&mut self, minute: u32, n: u32) {
        if minute > self.newest {
            for skipped in (self.newest + 1..=minute).take(KEPT as usize) {
                self.records[(skipped % KEPT) as usize] = 0;
            }
            self.newest = minute;
        }
        if self.newest - minute < KEPT {
            self.records[(minute % KEPT) as usize] += n;
        }
    }

    fn sum(&self, range: Range<Minute>) -> u64 {
        let kept = (self.newest + 1).saturating_sub(KEPT)..self.newest + 1;
        let minutes = range.start.0.max(kept.start)..range.end.0.min(kept.end);
        minutes.map(|minute| u64::from(self.records[(minute % KEPT) as usize])).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_hours_are_kept_and_gaps_are_empty() {
        let mut sources = Sources::default();
        sources.add("web", Minute(1_000), 3);
        sources.add("web", Minute(1_255), 5);
        assert_eq!(sources.sum("web", Minute(0)..Minute(1_255)), 3);
        sources.add("web", Minute(1_256), 7);
        assert_eq!(sources.sum("web", Minute(0)..Minute(2_000)), 12);
        sources.add("web", Minute(1_000), 9);
        assert_eq!(sources.total(Minute(0)..Minute(2_000)), 12);
    }
}
