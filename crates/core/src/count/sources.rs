//! Which services sent anything, by minute of event time: the evidence that tells a silent step from a silent
//! source, and a source that is behind from one that has nothing to say. It keeps four hours and knows nothing of
//! steps.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::time::{MINUTE_NS, Minute, UnixNanos};

/// Minutes kept per service; the longest silence window is 240 min.
const KEPT: u32 = 256;

/// How long after its end a minute's records are late.
const LATE_NS: u64 = MINUTE_NS;
/// How long all that comes must be late before its source is behind: one slow batch is no backlog.
const PROOF_NS: u64 = MINUTE_NS;

#[derive(Debug, Clone)]
struct Ring {
    newest: u32,
    records: Vec<u32>,
    /// The newest minute of what came since the last look.
    heard: Option<Minute>,
    /// The minute after the newest that came in time.
    in_time: Option<Minute>,
    /// Since when everything that came was late, and the minute from which on.
    late: Option<(UnixNanos, Minute)>,
    behind: bool,
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
            let records = vec![0; KEPT as usize];
            let (heard, in_time, late) = (None, None, None);
            let empty = Ring { newest: minute.0, records, heard, in_time, late, behind: false };
            self.services.insert(service.to_owned(), empty);
        }
        if let Some(ring) = self.services.get_mut(service) {
            ring.add(minute.0, n);
            ring.heard = ring.heard.max(Some(minute));
        }
    }

    /// Judges what came since the last look by its delay. It must be told of every drain.
    pub fn look(&mut self, now: UnixNanos) {
        self.services.values_mut().for_each(|ring| ring.look(now));
    }

    /// Returns the minute from which on a service is behind, on positive evidence: for a minute or more all that it
    /// sent was late. One that sends nothing is not behind.
    pub fn behind(&self, service: &str) -> Option<Minute> {
        let ring = self.services.get(service).filter(|ring| ring.behind)?;
        ring.late.map(|(_, from)| from)
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
    fn look(&mut self, now: UnixNanos) {
        let Some(heard) = self.heard.take() else { return };
        if now < heard.end().plus(LATE_NS) {
            self.in_time = self.in_time.max(Some(heard.plus(1)));
            (self.late, self.behind) = (None, false);
            return;
        }
        let (since, _) = *self.late.get_or_insert((now, self.in_time.unwrap_or(heard)));
        self.behind |= now.since(since) >= PROOF_NS;
    }

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
    use crate::time::SECOND_NS;

    #[test]
    fn a_source_is_behind_once_all_that_it_sends_is_late_for_a_minute() {
        let mut sources = Sources::default();
        let mut look = |second: u64, minute: Option<u32>| {
            minute.into_iter().for_each(|minute| sources.add("web", Minute(minute), 1));
            sources.look(UnixNanos(second * SECOND_NS));
            sources.behind("web")
        };
        let steps = [
            (600, Some(9), None),
            (660, Some(10), None),
            (2_000, None, None),
            (2_010, Some(11), None),
            (2_060, Some(12), None),
            (2_070, Some(13), Some(Minute(11))),
            (3_000, None, Some(Minute(11))),
            (3_010, Some(20), Some(Minute(11))),
            (3_020, Some(49), None),
            (3_080, Some(49), None),
            (3_119, Some(50), None),
            (3_180, Some(50), None),
            (3_200, Some(50), None),
        ];
        for (second, minute, expected) in steps {
            assert_eq!(look(second, minute), expected, "at {second}");
        }
        assert_eq!(sources.behind("mail"), None);
    }

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
