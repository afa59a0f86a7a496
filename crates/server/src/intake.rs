//! One request, top to bottom: inflate → hash → walk → count → acknowledge. Live ports and replay both end here,
//! so the same bytes give the same counts (invariant 10). Reading and counting are two steps: what is played reads
//! ahead. It knows no transport and no page.

mod told;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use throughline_core::annotate::rules::Rules;
use throughline_core::count::batch::{Batch, BatchReader};
use throughline_core::count::frame::Frames;
use throughline_core::count::ledger::Ledger;
use throughline_core::count::shard::{Shard, Shared};
use throughline_core::count::tally::Changes;
use throughline_core::model::registry::Registry;
use throughline_core::observation::{Observation, Signal};
use throughline_core::time::UnixNanos;
use throughline_wire::file::SpanFile;
use throughline_wire::inflate::{Compression, InflateError, inflate};
use throughline_wire::otlp::{Encoding, walk};
use throughline_wire::scratch::Scratch;
use throughline_wire::visit::{Notes, Refused, Visit, WalkError};
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::extent::{Dates, Dating};
use crate::kept::Ring;
use told::Told;

/// Bytes of a body before and after decompression (OTLP 1.11: limits for both are a MUST).
pub const BODY_BYTES_MAX: usize = 64 << 20;
/// Spans of one body that are taken.
pub const BODY_SPANS_MAX: usize = 1 << 18;

/// An export request as it came off the wire.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub signal: Signal,
    pub encoding: Encoding,
    pub compression: Compression,
    pub body: &'a [u8],
}

/// What the sender is told. Only an accepted body was counted.
#[derive(Debug)]
pub enum Answer {
    Accepted(Accepted),
    Refused(Refusal),
}

/// The body is counted, but for the records that are refused for good.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    pub rejected: u64,
    /// Why, with one example, or what is doubtful of what was taken; empty when all is well.
    pub message: String,
    /// The whole body came before.
    pub duplicate: bool,
}

/// Why a whole body is refused; nothing of it was counted.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Inflate(#[from] InflateError),
    #[error("{0}")]
    Malformed(WalkError),
    #[error("the body has more than {BODY_SPANS_MAX} spans")]
    TooManySpans,
}

/// Reads bodies, with the buffers that outlive them.
#[derive(Debug)]
struct Desk {
    reader: BatchReader,
    scratch: Scratch,
    inflated: Vec<u8>,
}

/// A reader and a counter. A thread works with one at a time; where both are locked, the reader is first. Lanes share
/// no cache line, not even one that is fetched beside its neighbour.
#[derive(Debug)]
#[repr(align(128))]
struct Lane {
    desk: Mutex<Desk>,
    shard: Mutex<Shard>,
    published: Mutex<Ledger>,
}

/// What is known of a body that was read whole, besides its batch.
#[derive(Debug)]
pub struct ReadBody {
    signal: Signal,
    is_new: bool,
    notes: Notes,
    /// Of the first record that was refused by itself; empty when none was.
    malformed: String,
}

/// How many bodies were taken and refused, and what was accepted although it was not as it should be.
#[derive(Debug, Default)]
pub struct Tallies {
    pub bodies: AtomicU64,
    pub refused: AtomicU64,
    pub notes: Mutex<Notes>,
    /// Example of the newest refused record or body.
    pub example: Mutex<String>,
}

/// All that takes part in counting.
#[derive(Debug)]
pub struct Intake {
    pub shared: Shared,
    pub tallies: Tallies,
    pub ring: Mutex<Ring>,
    lanes: Vec<Lane>,
    next: AtomicUsize,
    seed: u64,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Intake {
    /// Makes an intake of `lanes` shards; `seed` is the process's own.
    pub fn new(registry: Arc<Registry>, frames: Frames, lanes: usize, seed: u64) -> Self {
        let shared = Shared::new(frames, seed);
        let rules = Arc::new(Rules::new(registry, &shared.interned));
        let lane = |_| {
            let reader = BatchReader::new(Arc::clone(&rules), Arc::clone(&shared.interned), seed);
            let desk = Desk { reader, scratch: Scratch::default(), inflated: Vec::new() };
            let shard = Shard::new(Arc::clone(&rules));
            Lane { desk: Mutex::new(desk), shard: Mutex::new(shard), published: Mutex::default() }
        };
        let lanes: Vec<Lane> = (0..lanes.max(1)).map(lane).collect();
        let (tallies, ring, next) = (Tallies::default(), Mutex::default(), AtomicUsize::new(0));
        Self { tallies, ring, lanes, next, seed, shared }
    }

    /// Takes one request that arrived at `now`, and decides what its sender is told: the one place where an
    /// acknowledgement is decided (invariant 8).
    pub fn take(&self, request: &Request<'_>, now: UnixNanos) -> Answer {
        let (lane, mut desk) = self.lane();
        match self.read_with(&mut desk, request, now) {
            Ok(read) => Answer::Accepted(self.count_with(lane, &read, desk.reader.batch(), now)),
            Err(refusal) => Answer::Refused(refusal),
        }
    }

    /// Reads one request that arrives at `now` into `batch`, ahead of [`Intake::count`]. One caller at a time: what it
    /// reads must be counted in that order.
    ///
    /// # Errors
    /// [`Refusal`] when the whole body is refused.
    pub fn read(
        &self,
        request: &Request<'_>,
        batch: &mut Batch,
        now: UnixNanos,
    ) -> Result<ReadBody, Refusal> {
        let mut desk = lock(&self.lanes[0].desk);
        let read = self.read_with(&mut desk, request, now)?;
        std::mem::swap(desk.reader.batch(), batch);
        Ok(read)
    }

    /// Counts what was read of a body, as arrived at `now`, and clears the batch.
    pub fn count(&self, read: &ReadBody, batch: &mut Batch, now: UnixNanos) -> Accepted {
        self.count_with(&self.lanes[0], read, batch, now)
    }

    fn read_with(&self, desk: &mut Desk, request: &Request<'_>, now: UnixNanos) -> Result<ReadBody, Refusal> {
        let Desk { reader, scratch, inflated } = desk;
        let (signal, encoding) = (request.signal, request.encoding);
        self.tallies.bodies.fetch_add(1, Ordering::Relaxed);
        let body = match request.compression {
            Compression::Identity if request.body.len() <= BODY_BYTES_MAX => request.body,
            compression => match inflate(compression, request.body, BODY_BYTES_MAX, inflated) {
                Ok(()) => inflated,
                Err(error) => return Err(self.refuse(error.into())),
            },
        };
        let hash = xxh3_128_with_seed(body, self.seed ^ signal as u64);
        let is_new = self.shared.bodies().insert(hash, now);
        let rules = Arc::clone(reader.rules());
        let mut taking = Taking::new(reader);
        let walked = walk(signal, encoding, body, &rules.registry.slots, scratch, &mut taking);
        let Taking { example, too_many, .. } = taking;
        let fault = match walked {
            Ok(notes) if !too_many => {
                lock(&self.tallies.notes).add(&notes);
                if is_new && signal == Signal::Traces {
                    lock(&self.ring).push(encoding, body, now);
                }
                return Ok(ReadBody { signal, is_new, notes, malformed: example });
            }
            Ok(_) => Refusal::TooManySpans,
            Err(error) => Refusal::Malformed(error),
        };
        reader.batch().clear();
        if is_new {
            self.shared.bodies().remove(hash);
        }
        Err(self.refuse(fault))
    }

    fn count_with(&self, lane: &Lane, read: &ReadBody, batch: &mut Batch, now: UnixNanos) -> Accepted {
        let shard = &mut lock(&lane.shard);
        let before = shard.ledger().rejected;
        match read.is_new {
            true => shard.commit(batch, &self.shared, now),
            false => shard.duplicate(batch, read.signal),
        }
        let ledger = shard.ledger();
        *lock(&lane.published) = ledger;
        let rejected = std::array::from_fn(|why| (ledger.rejected[why] - before[why]).unsigned_abs());
        let (malformed, notes) = (read.malformed.clone(), read.notes);
        Told { rejected, malformed, untimely: shard.take_untimely(), notes }.answer(!read.is_new)
    }

    /// Reads one chunk of a file, behind those that were read and not handed out yet.
    pub fn read_chunk(&self, file: &mut SpanFile) -> Chunk {
        let mut desk = lock(&self.lanes[0].desk);
        let Desk { reader, scratch, .. } = &mut *desk;
        let rules = Arc::clone(reader.rules());
        let mut taking = Taking::new(reader);
        let mut dated = Dating::new(&mut taking);
        let before = *file.notes();
        let next = file.next_chunk(&rules.registry.slots, scratch, &mut dated);
        let dates = dated.dates;
        let Taking { refused, causes, too_many, .. } = taking;
        assert!(!too_many, "chunks are counted before they are more than a body");
        lock(&self.tallies.notes).add(&file.notes().since(&before));
        Chunk { dates, next, waiting: reader.batch().spans(), refused, causes }
    }

    /// Hands out the chunks that were read since the last call.
    pub fn hand_out(&self, batch: &mut Batch) {
        std::mem::swap(lock(&self.lanes[0].desk).reader.batch(), batch);
    }

    /// Counts chunks that were read, as arrived at `now`, and clears the batch.
    pub fn count_chunk(&self, batch: &mut Batch, now: UnixNanos) {
        let shard = &mut lock(&self.lanes[0].shard);
        shard.commit(batch, &self.shared, now);
        *lock(&self.lanes[0].published) = shard.ledger();
    }

    /// Decides what has become due and drains all shards, with the ledger at that instant.
    pub fn drain(&self, now: UnixNanos) -> Drained {
        let mut drained = Drained::default();
        for (number, lane) in self.lanes.iter().enumerate() {
            let shard = &mut lock(&lane.shard);
            if number == 0 {
                shard.advance(&self.shared, now);
            }
            drained.changes.push(shard.drain());
            *lock(&lane.published) = shard.ledger();
        }
        drained.ledger = self.ledger();
        drained
    }

    /// Returns what the readers have to tell.
    pub fn heard(&self) -> Heard {
        let mut heard = Heard::default();
        for lane in &self.lanes {
            let desk = lock(&lane.desk);
            let (words, more) = desk.reader.unknown();
            heard.unknown.extend(words.map(str::to_owned));
            heard.unknown_more += more;
            heard.memo_resets += desk.reader.memo_resets();
        }
        heard.unknown.sort();
        heard.unknown.dedup();
        heard
    }

    /// Returns the sum of what the shards published, each as one value; the law holds in it at every instant.
    pub fn ledger(&self) -> Ledger {
        let mut sum = Ledger::default();
        self.lanes.iter().for_each(|lane| sum += &lock(&lane.published));
        sum
    }

    /// Goes on with another registry: what waits is decided under the old one first.
    pub fn set_registry(&self, registry: Arc<Registry>, now: UnixNanos) {
        let rules = Arc::new(Rules::new(registry, &self.shared.interned));
        let mut desks: Vec<MutexGuard<'_, Desk>> = self.lanes.iter().map(|lane| lock(&lane.desk)).collect();
        let mut shards: Vec<MutexGuard<'_, Shard>> =
            self.lanes.iter().map(|lane| lock(&lane.shard)).collect();
        shards[0].finish(&self.shared, now);
        shards.iter_mut().for_each(|shard| shard.set_rules(Arc::clone(&rules)));
        for desk in &mut desks {
            desk.reader = BatchReader::new(Arc::clone(&rules), Arc::clone(&self.shared.interned), self.seed);
        }
    }

    /// Returns the rules that spans are read with.
    pub fn rules(&self) -> Arc<Rules> {
        Arc::clone(lock(&self.lanes[0].desk).reader.rules())
    }

    /// Locks a free lane's desk, else waits for the next in turn.
    fn lane(&self) -> (&Lane, MutexGuard<'_, Desk>) {
        let first = self.next.fetch_add(1, Ordering::Relaxed) % self.lanes.len();
        let (before, from) = self.lanes.split_at(first);
        for lane in from.iter().chain(before) {
            if let Ok(desk) = lane.desk.try_lock() {
                return (lane, desk);
            }
        }
        (&from[0], lock(&from[0].desk))
    }

    fn refuse(&self, refusal: Refusal) -> Refusal {
        self.tallies.refused.fetch_add(1, Ordering::Relaxed);
        *lock(&self.tallies.example) = refusal.to_string();
        refusal
    }
}

/// What a chunk of a file held.
#[derive(Debug)]
pub struct Chunk {
    pub dates: Dates,
    /// The start of the file's next span; `None` at its end.
    pub next: Option<UnixNanos>,
    /// Spans that were read and are not counted yet.
    pub waiting: usize,
    pub refused: u64,
    /// Why, at most [`CAUSES_MAX`] causes, in the order in which they came.
    pub causes: Vec<RefusedCause>,
}

/// Causes of refusals that are told apart.
pub const CAUSES_MAX: usize = 5;

/// Records that were refused for one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedCause {
    pub why: Refused,
    pub records: u64,
    /// Of the first.
    pub example: String,
}

impl RefusedCause {
    /// Adds it to its like; beyond [`CAUSES_MAX`] causes it is left out.
    pub(crate) fn add_to(self, causes: &mut Vec<Self>) {
        if let Some(known) = causes.iter_mut().find(|known| known.why == self.why) {
            known.records += self.records;
            return;
        }
        if causes.len() < CAUSES_MAX {
            causes.push(self);
        }
    }
}

/// What was counted since the last drain.
#[derive(Debug, Default)]
pub struct Drained {
    /// Of each shard.
    pub changes: Vec<Changes>,
    pub ledger: Ledger,
}

/// What readers noticed besides the records, since the registry was last read.
#[derive(Debug, Default)]
pub struct Heard {
    /// Unknown words that senders used, as `what=said`, sorted.
    pub unknown: Vec<String>,
    pub unknown_more: u64,
    pub memo_resets: u64,
}

/// Hands the records of one body to a reader.
struct Taking<'a> {
    reader: &'a mut BatchReader,
    refused: u64,
    example: String,
    causes: Vec<RefusedCause>,
    too_many: bool,
}

impl<'a> Taking<'a> {
    fn new(reader: &'a mut BatchReader) -> Self {
        Self { reader, refused: 0, example: String::new(), causes: Vec::new(), too_many: false }
    }
}

impl Visit for Taking<'_> {
    fn span(&mut self, span: &Observation<'_>) {
        if self.reader.batch().spans() >= BODY_SPANS_MAX {
            self.too_many = true;
            return;
        }
        self.reader.span(span);
    }

    fn refused(&mut self, signal: Signal, why: Refused, example: &str) {
        if self.refused == 0 {
            self.example = example.to_owned();
        }
        RefusedCause { why, records: 1, example: example.to_owned() }.add_to(&mut self.causes);
        self.refused += 1;
        self.reader.refused(signal);
    }

    fn other(&mut self, signal: Signal) {
        self.reader.unused(signal);
    }
}
