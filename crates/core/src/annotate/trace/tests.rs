//! The limits of a trace table, each at n and n+1: nothing is lost from the counts, and each is told.

use std::sync::Arc;

use smallvec::SmallVec;

use super::*;
use crate::annotate::entry::{ClientSays, Named};
use crate::annotate::names::{Interned, OperationId};
use crate::condition::Codes;
use crate::id::{ServiceId, SpanId};
use crate::model::registry::Registry;
use crate::observation::{ParentIs, SpanKind};

struct Nobody;

impl Flow for Nobody {
    fn newest_start(&self, _: ServiceId) -> Option<UnixNanos> {
        None
    }
}

#[derive(Default)]
struct Told {
    first: usize,
    messages: Vec<MessageStep>,
}

impl Tell for Told {
    fn moved(&mut self, _: &Entry, before: Option<&Decision>, _: &Decision) {
        self.first += usize::from(before.is_none());
    }

    fn late_annotation(&mut self) {}

    fn message(&mut self, _: Watch, _: TraceId, step: MessageStep) {
        self.messages.push(step);
    }
}

fn entry(trace: u128, span: u64) -> Entry {
    Entry {
        trace: TraceId(trace),
        span: SpanId(span),
        parent_id: None,
        parent_is: ParentIs::Unknown,
        kind: SpanKind::Server,
        service: ServiceId::new(1),
        operation: OperationId(1),
        start: UnixNanos(SECOND_NS),
        end_ns: std::num::NonZeroU64::new(2 * SECOND_NS),
        arrived: UnixNanos(2 * SECOND_NS),
        client: ClientSays::Nothing,
        class: TrafficClass::Interactive,
        codes: Codes::default(),
        reason: None,
        weight: 1 << 16,
        sampled: false,
        markers: 0,
        candidates: SmallVec::new(),
        links: None,
        decision: None,
        late_annotation: false,
    }
}

/// A table with what it needs to decide.
struct Table {
    table: TraceTable,
    rules: Rules,
    work: Work,
    told: Told,
}

impl Table {
    fn new(entries_max: usize) -> Self {
        let rules = Rules::new(Arc::new(Registry::default()), &Interned::default());
        Self { table: TraceTable::new(entries_max), rules, work: Work::default(), told: Told::default() }
    }

    fn insert(&mut self, mut entry: Entry) {
        let mut settling = Settling::new((&self.rules, &Nobody), &mut self.work, entry.arrived);
        let trace = entry.trace;
        self.table.insert(&mut entry, &mut settling, &mut self.told);
        self.table.settle(trace, &mut settling, &mut self.told);
    }
}

#[test]
fn a_full_table_decides_its_oldest_trace_early() {
    let mut table = Table::new(8);
    (1..=8).for_each(|trace| table.insert(entry(trace, 1)));
    assert_eq!((table.table.len(), table.table.limits().evicted), (8, 0));
    table.insert(entry(9, 1));
    assert_eq!((table.table.len(), table.table.limits().evicted), (8, 1));
    assert_eq!(table.told.first, 9);
}

#[test]
fn a_trace_has_room_for_its_spans_and_not_for_one_more() {
    let mut table = Table::new(2 * TRACE_SPANS_MAX);
    let settled = |table: &Table| (table.table.len(), table.table.limits().spans, table.told.first);
    for span in 1..TRACE_SPANS_MAX as u64 {
        let two = UnixNanos(2 * SECOND_NS);
        let mut settling = Settling::new((&table.rules, &Nobody), &mut table.work, two);
        table.table.insert(&mut entry(1, span), &mut settling, &mut table.told);
    }
    table.insert(entry(1, TRACE_SPANS_MAX as u64));
    assert_eq!(settled(&table), (TRACE_SPANS_MAX, 0, TRACE_SPANS_MAX));
    table.insert(entry(1, TRACE_SPANS_MAX as u64 + 1));
    let forgotten = TRACE_SPANS_MAX + 1 - TRIMMED_SPANS;
    assert_eq!(settled(&table), (TRIMMED_SPANS, forgotten as u64, TRACE_SPANS_MAX + 1));
}

fn watch(by: u128, message: u64) -> Watch {
    Watch { by: TraceId(by), consumer: SpanId(1), message: SpanId(message) }
}

#[test]
fn a_trace_has_room_for_its_watches_and_not_one_more() {
    let mut table = TraceTable::new(8);
    let now = UnixNanos(SECOND_NS);
    assert!((0..WATCHES_MAX as u64).all(|message| table.watch(TraceId(1), watch(2, message), now)));
    assert_eq!(table.limits().watches, 0);
    assert!(!table.watch(TraceId(1), watch(2, WATCHES_MAX as u64), now));
    assert_eq!(table.limits().watches, 1);
}

fn annotated(span: u64, step: u16) -> Entry {
    let client = ClientSays::Step { step: StepId::new(step), objective: Named::Not };
    Entry { client, ..entry(1, span) }
}

#[test]
fn a_message_is_told_when_its_step_changes_and_only_then() {
    let mut table = Table::new(8);
    let now = UnixNanos(SECOND_NS);
    assert!(table.table.watch(TraceId(1), watch(2, 1), now));
    table.insert(Entry { kind: SpanKind::Producer, ..entry(1, 1) });
    assert_eq!(table.told.messages, []);
    let told = |step| Some((StepId::new(step), TrafficClass::Interactive));
    table.insert(Entry { kind: SpanKind::Producer, ..annotated(1, 3) });
    table.insert(entry(1, 7));
    assert_eq!(table.told.messages, [told(3)]);
    assert!(table.table.watch(TraceId(1), watch(2, 1), now), "it asks again");
    table.insert(entry(1, 8));
    assert_eq!(table.told.messages, [told(3); 2]);
}

#[test]
fn links_to_traces_that_never_come_fill_no_memory() {
    let mut table = Table::new(8);
    let now = UnixNanos(SECOND_NS);
    assert!((1..=8).all(|trace| table.table.watch(TraceId(trace), watch(99, 1), now)));
    assert!(!table.table.watch(TraceId(9), watch(99, 1), now));
    assert!(table.table.watch(TraceId(8), watch(99, 2), now), "of a trace that is known already");
    assert_eq!((table.table.traces.len(), table.table.limits().watches), (8, 1));
    table.insert(entry(10, 1));
    assert_eq!((table.table.traces.len(), table.table.len()), (8, 1));
}
