//! A shard: all that changes when spans are counted, in one owner. It commits a whole batch at once, and its ledger is
//! read as one value. It reads no span.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::annotate::decide::{Flow, Watch};
use crate::annotate::decision::{Agreement, Decision, Filtered};
use crate::annotate::entry::Entry;
use crate::annotate::names::{Interned, NAMES_MAX};
use crate::annotate::rules::Rules;
use crate::annotate::trace::{MessageStep, Settling, Tell, TraceLimits, TraceTable, Work};
use crate::count::batch::{Batch, Order, STRIPES, stripe_of};
use crate::count::dedupe::{Bodies, Fingerprints};
use crate::count::frame::Frames;
use crate::count::ledger::{Ledger, Rejected};
use crate::count::tally::{Changes, Tally, is_late};
use crate::id::{ServiceId, TraceId};
use crate::observation::Signal;
use crate::time::{SECOND_NS, UnixNanos};

/// Spans kept for their traces, over all stripes (about 100 MiB).
pub const ENTRIES_MAX: usize = 1 << 19;
/// Fingerprints a generation, over all stripes (two generations, about 64 MiB).
pub const FINGERPRINTS_MAX: usize = 1 << 21;
/// How far ahead of its arrival a span may start.
pub const FUTURE_NS: u64 = 600 * SECOND_NS;
/// Traces in a row that the step of a message is carried through at once, from link to link.
pub const NEWS_ROUNDS_MAX: usize = 8;

#[derive(Debug)]
struct Stripe {
    traces: TraceTable,
    fingerprints: Fingerprints,
}

/// When each service last started a span.
#[derive(Debug)]
pub struct Newest(Box<[AtomicU64]>);

impl Flow for Newest {
    fn newest_start(&self, service: ServiceId) -> Option<UnixNanos> {
        let newest = self.0[service.index()].load(Ordering::Relaxed);
        (newest > 0).then_some(UnixNanos(newest))
    }
}

/// What all shards share: names, traces, what was seen before.
#[derive(Debug)]
pub struct Shared {
    pub interned: Arc<Interned>,
    pub frames: Frames,
    stripes: Vec<Mutex<Stripe>>,
    newest: Newest,
    bodies: Mutex<Bodies>,
    news_dropped: AtomicU64,
}

/// How often limits were reached, over all stripes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SharedLimits {
    pub traces: TraceLimits,
    pub fingerprints_forgotten: u64,
    pub bodies_forgotten: u64,
    /// Steps of messages that were not carried on, over more than [`NEWS_ROUNDS_MAX`] traces in a row.
    pub news_dropped: u64,
    /// Spans that wait for their traces now.
    pub entries: usize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Makes empty tables; `seed` is the process's own.
    pub fn new(frames: Frames, seed: u64) -> Self {
        let stripe = |_| {
            let traces = TraceTable::new(ENTRIES_MAX / STRIPES);
            let fingerprints = Fingerprints::new(seed, FINGERPRINTS_MAX / STRIPES);
            Mutex::new(Stripe { traces, fingerprints })
        };
        Self {
            interned: Arc::default(),
            frames,
            stripes: (0..STRIPES).map(stripe).collect(),
            newest: Newest((0..NAMES_MAX).map(|_| AtomicU64::new(0)).collect()),
            bodies: Mutex::default(),
            news_dropped: AtomicU64::new(0),
        }
    }

    /// Returns the hashes of the bodies received lately.
    pub fn bodies(&self) -> MutexGuard<'_, Bodies> {
        lock(&self.bodies)
    }

    /// Returns when each service last started a span.
    pub fn newest(&self) -> &Newest {
        &self.newest
    }

    /// Returns how often limits were reached.
    pub fn limits(&self) -> SharedLimits {
        let mut sum = SharedLimits {
            bodies_forgotten: self.bodies().forgotten_early(),
            news_dropped: self.news_dropped.load(Ordering::Relaxed),
            ..Default::default()
        };
        for stripe in &self.stripes {
            let stripe = lock(stripe);
            let limits = stripe.traces.limits();
            sum.traces.evicted += limits.evicted;
            sum.traces.spans += limits.spans;
            sum.traces.watches += limits.watches;
            sum.fingerprints_forgotten += stripe.fingerprints.forgotten_early();
            sum.entries += stripe.traces.len();
        }
        sum
    }
}

/// Returns why a span is refused for good: older than `oldest_ns` at its arrival, or too far ahead of it.
pub fn refusal(entry: &Entry, oldest_ns: u64) -> Option<Rejected> {
    if entry.start > entry.arrived.plus(FUTURE_NS) {
        return Some(Rejected::Future);
    }
    (entry.start < entry.arrived.minus(oldest_ns)).then_some(Rejected::TooOld)
}

/// What one trace wants of another: the step of a message of `trace`, or to know that it changed.
#[derive(Debug, Clone, Copy)]
enum News {
    Ask { watch: Watch, trace: TraceId },
    Tell { watch: Watch, trace: TraceId, step: MessageStep },
}

/// Hands news to the trace it is for; returns the trace that must be decided again.
fn deliver(shared: &Shared, news: &News, now: UnixNanos) -> Option<TraceId> {
    let table = |trace: TraceId| lock(&shared.stripes[stripe_of(trace)]);
    let (trace, is_new) = match *news {
        News::Ask { watch, trace } => (trace, table(trace).traces.watch(trace, watch, now)),
        News::Tell { watch, trace, step } => {
            (watch.by, table(watch.by).traces.note_message(&watch, trace, step))
        }
    };
    is_new.then_some(trace)
}

/// One owner of counts. A thread works with one at a time.
#[derive(Debug)]
pub struct Shard {
    rules: Arc<Rules>,
    touched: Vec<TraceId>,
    work: Work,
    books: Books,
    oldest_ns: u64,
    untimely: Option<(TraceId, UnixNanos)>,
}

/// What decisions change.
#[derive(Debug, Default)]
struct Books {
    ledger: Ledger,
    tally: Tally,
    news: Vec<News>,
}

/// Applies what a table tells to the shard's own counts.
struct Teller<'a> {
    rules: &'a Rules,
    frames: &'a Frames,
    books: &'a mut Books,
}

impl Tell for Teller<'_> {
    fn moved(&mut self, entry: &Entry, before: Option<&Decision>, after: &Decision) {
        let known = (&*self.rules.registry, self.frames);
        for (decision, sign) in before.map(|b| (b, -1)).into_iter().chain([(after, 1)]) {
            self.books.ledger.decided(decision, sign);
            self.books.tally.apply(known, entry, decision, sign);
            self.note(entry, decision, sign);
        }
    }

    fn late_annotation(&mut self) {
        self.books.ledger.late_annotation += 1;
    }

    fn message(&mut self, watch: Watch, trace: TraceId, step: MessageStep) {
        self.books.news.push(News::Tell { watch, trace, step });
    }
}

impl Teller<'_> {
    fn note(&mut self, entry: &Entry, decision: &Decision, sign: i64) {
        let Decision::Counted(counted) = decision else { return };
        if counted.attempt.is_some() && is_late(entry) {
            self.books.ledger.late += sign * i64::from(counted.times);
        }
        let (same, both) = match counted.agreement {
            Agreement::NotBoth => (0, 0),
            Agreement::Same => (1, 1),
            Agreement::Differ => (0, 1),
        };
        self.books.ledger.agreement[0] += sign * same;
        self.books.ledger.agreement[1] += sign * both;
    }
}

impl Books {
    /// A span with the same trace, id and kind came before.
    fn seen_before(&mut self, entry: &Entry) {
        match entry.filters_itself() {
            true => self.ledger.filtered(Filtered::NoEntry, 1),
            false => self.ledger.traces.duplicate += 1,
        }
    }

    /// Asks for the steps of the messages of other traces that a CONSUMER links to; its own trace learns them
    /// as news.
    fn watch_messages(&mut self, entry: &Entry) {
        for link in entry.links.iter().flat_map(|links| &links.links) {
            if link.trace != entry.trace {
                let watch = Watch { by: entry.trace, consumer: entry.span, message: link.span };
                self.news.push(News::Ask { watch, trace: link.trace });
            }
        }
    }
}

impl Shard {
    /// Makes an empty shard that decides by these rules.
    pub fn new(rules: Arc<Rules>) -> Self {
        let oldest_ns = rules.registry.longest_window_ns();
        let touched = Vec::with_capacity(256);
        Self { rules, touched, work: Work::default(), books: Books::default(), oldest_ns, untimely: None }
    }

    /// Goes on with other rules. Decide all traces for good beforehand ([`Shard::finish`]).
    pub fn set_rules(&mut self, rules: Arc<Rules>) {
        self.oldest_ns = rules.registry.longest_window_ns();
        self.rules = rules;
    }

    /// Counts a batch as one that was received before, and clears it.
    pub fn duplicate(&mut self, batch: &mut Batch, signal: Signal) {
        let received = batch.ledger.signal(signal).received;
        batch.clear();
        let records = self.books.ledger.signal_mut(signal);
        records.received += received;
        records.duplicate += received;
    }

    /// Counts a batch as arrived at `now`, and clears it: every span is decided as far as its trace is known.
    pub fn commit(&mut self, batch: &mut Batch, shared: &Shared, now: UnixNanos) {
        self.books.ledger += &batch.ledger;
        self.note_sources(&batch.entries, shared, now);
        batch.order.sort_unstable();
        for group in batch.order.chunk_by(|a, b| a.0 == b.0) {
            self.commit_stripe(shared, (&mut batch.entries, group), now);
        }
        batch.clear();
        self.spread_news(shared, now);
    }

    /// Notes which services sent and how far they are; spans of a service come together. What is sent again or too
    /// old counts here: its sender is alive, and behind.
    fn note_sources(&mut self, entries: &[Entry], shared: &Shared, now: UnixNanos) {
        let same = |a: &Entry, b: &Entry| a.service == b.service && a.start.minute() == b.start.minute();
        for spans in entries.chunk_by(same) {
            let Some(first) = spans.first().filter(|first| first.start <= now.plus(FUTURE_NS)) else {
                continue;
            };
            let newest = spans.iter().map(|entry| entry.start.0).max().unwrap_or(0);
            shared.newest.0[first.service.index()].fetch_max(newest, Ordering::Relaxed);
            self.books.tally.source(first.service, first.start.minute(), spans.len() as u32);
        }
    }

    fn commit_stripe(&mut self, shared: &Shared, (entries, group): (&mut [Entry], &[Order]), now: UnixNanos) {
        let Some((stripe, ..)) = group.first() else { return };
        let mut stripe = lock(&shared.stripes[usize::from(*stripe)]);
        let mut settling = Settling::new((&self.rules, &shared.newest), &mut self.work, now);
        self.touched.clear();
        for (_, trace, _, index) in group {
            let entry = &mut entries[*index as usize];
            entry.arrived = now;
            if let Some(why) = refusal(entry, self.oldest_ns) {
                self.books.ledger.reject(Signal::Traces, why);
                self.untimely.get_or_insert((*trace, entry.start));
                continue;
            }
            let alone = trace.0 == 0 || entry.span.0 == 0;
            if !alone && !stripe.fingerprints.insert((*trace, entry.span, entry.kind), now) {
                self.books.seen_before(entry);
                continue;
            }
            self.books.watch_messages(entry);
            let mut teller = Teller { rules: &self.rules, frames: &shared.frames, books: &mut self.books };
            if alone {
                stripe.traces.decide_alone(entry, &mut settling, &mut teller);
                continue;
            }
            let settles = stripe.traces.insert(entry, &mut settling, &mut teller);
            if settles && self.touched.last() != Some(trace) {
                self.touched.push(*trace);
            }
        }
        for trace in &self.touched {
            let mut teller = Teller { rules: &self.rules, frames: &shared.frames, books: &mut self.books };
            stripe.traces.settle(*trace, &mut settling, &mut teller);
        }
    }

    /// Carries the steps of messages from trace to trace until nothing is new. In each round a trace is decided
    /// once, however many links lead to it.
    fn spread_news(&mut self, shared: &Shared, now: UnixNanos) {
        for _ in 0..NEWS_ROUNDS_MAX {
            if self.books.news.is_empty() {
                return;
            }
            let news = std::mem::take(&mut self.books.news);
            let mut changed: Vec<TraceId> =
                news.iter().filter_map(|news| deliver(shared, news, now)).collect();
            changed.sort_unstable();
            changed.dedup();
            changed.into_iter().for_each(|trace| self.settle(shared, trace, now));
        }
        shared.news_dropped.fetch_add(self.books.news.len() as u64, Ordering::Relaxed);
        self.books.news.clear();
    }

    fn settle(&mut self, shared: &Shared, trace: TraceId, now: UnixNanos) {
        let mut settling = Settling::new((&self.rules, &shared.newest), &mut self.work, now);
        let mut teller = Teller { rules: &self.rules, frames: &shared.frames, books: &mut self.books };
        lock(&shared.stripes[stripe_of(trace)]).traces.settle(trace, &mut settling, &mut teller);
    }

    /// Decides what has become due by `now`, in all stripes.
    pub fn advance(&mut self, shared: &Shared, now: UnixNanos) {
        let mut settling = Settling::new((&self.rules, &shared.newest), &mut self.work, now);
        for stripe in &shared.stripes {
            let mut teller = Teller { rules: &self.rules, frames: &shared.frames, books: &mut self.books };
            lock(stripe).traces.advance(&mut settling, &mut teller);
        }
        self.spread_news(shared, now);
    }

    /// Decides every trace for good, before the rules change.
    pub fn finish(&mut self, shared: &Shared, now: UnixNanos) {
        let mut settling = Settling::new((&self.rules, &shared.newest), &mut self.work, now);
        for stripe in &shared.stripes {
            let mut teller = Teller { rules: &self.rules, frames: &shared.frames, books: &mut self.books };
            lock(stripe).traces.finish(&mut settling, &mut teller);
        }
        self.books.news.clear();
    }

    /// Takes one of the spans that were refused for their time since the last call: its trace and start.
    pub fn take_untimely(&mut self) -> Option<(TraceId, UnixNanos)> {
        self.untimely.take()
    }

    /// Returns the ledger as one value; between two commits the law holds in it.
    pub fn ledger(&self) -> Ledger {
        self.books.ledger
    }

    /// Takes the changes since the last drain.
    pub fn drain(&mut self) -> Changes {
        self.books.tally.drain()
    }
}
