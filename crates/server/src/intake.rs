//! One request, top to bottom: inflate → hash → walk → count → acknowledge. Live ports and replay both end here,
//! so the same bytes give the same counts (invariant 10). It knows no transport and no page.

mod told;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use throughline_core::annotate::rules::Rules;
use throughline_core::count::frame::Frames;
use throughline_core::count::ledger::Ledger;
use throughline_core::count::shard::{Shard, Shared};
use throughline_core::count::tally::Changes;
use throughline_core::model::registry::Registry;
use throughline_core::observation::{Observation, Signal};
use throughline_core::time::UnixNanos;
use throughline_wire::file::{FileError, SpanFile};
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

/// Counts a body, with the buffers that outlive it. A thread works with one at a time.
#[derive(Debug)]
struct Lane {
    shard: Shard,
    scratch: Scratch,
    inflated: Vec<u8>,
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
    lanes: Vec<Mutex<Lane>>,
    published: Vec<Mutex<Ledger>>,
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
            let shard = Shard::new(Arc::clone(&rules), &shared, seed);
            Mutex::new(Lane { shard, scratch: Scratch::default(), inflated: Vec::new() })
        };
        let lanes: Vec<Mutex<Lane>> = (0..lanes.max(1)).map(lane).collect();
        let published = lanes.iter().map(|_| Mutex::default()).collect();
        let (tallies, ring, next) = (Tallies::default(), Mutex::default(), AtomicUsize::new(0));
        Self { tallies, ring, lanes, published, next, seed, shared }
    }

    /// Takes one request that arrived at `now`, and decides what its sender is told: the one place where an
    /// acknowledgement is decided (invariant 8).
    pub fn take(&self, request: &Request<'_>, now: UnixNanos) -> Answer {
        let (number, mut lane) = self.lane();
        let Lane { shard, scratch, inflated } = &mut *lane;
        self.tallies.bodies.fetch_add(1, Ordering::Relaxed);
        let body = match request.compression {
            Compression::Identity if request.body.len() <= BODY_BYTES_MAX => request.body,
            compression => match inflate(compression, request.body, BODY_BYTES_MAX, inflated) {
                Ok(()) => inflated,
                Err(error) => return self.refuse(error.into()),
            },
        };
        let hash = xxh3_128_with_seed(body, self.seed ^ request.signal as u64);
        let is_new = self.shared.bodies().insert(hash, now);
        let registry = shard.registry();
        let mut taking = Taking::new(shard);
        let walked = walk(request.signal, request.encoding, body, &registry.slots, scratch, &mut taking);
        let Taking { example, too_many, .. } = taking;
        let fault = match walked {
            Ok(_) if too_many => Err(Refusal::TooManySpans),
            Ok(notes) => Ok(notes),
            Err(error) => Err(Refusal::Malformed(error)),
        };
        let notes = match fault {
            Ok(notes) => notes,
            Err(fault) => {
                shard.abandon();
                if is_new {
                    self.shared.bodies().remove(hash);
                }
                return self.refuse(fault);
            }
        };
        lock(&self.tallies.notes).add(&notes);
        let before = shard.ledger().rejected;
        match is_new {
            true => shard.commit(&self.shared, now),
            false => shard.duplicate(request.signal),
        }
        let ledger = shard.ledger();
        *lock(&self.published[number]) = ledger;
        if is_new && request.signal == Signal::Traces {
            lock(&self.ring).push(request.encoding, body, now);
        }
        let rejected = std::array::from_fn(|why| (ledger.rejected[why] - before[why]).unsigned_abs());
        let told = Told { rejected, malformed: example, untimely: shard.take_untimely(), notes };
        Answer::Accepted(told.answer(!is_new))
    }

    /// Reads one chunk of a file; it counts at [`Intake::commit_chunk`].
    ///
    /// # Errors
    /// [`FileError`] when the file cannot be read on.
    pub fn read_chunk(&self, file: &mut SpanFile) -> Result<Chunk, FileError> {
        let mut lane = lock(&self.lanes[0]);
        let Lane { shard, scratch, .. } = &mut *lane;
        let registry = shard.registry();
        let mut taking = Taking::new(shard);
        let mut dated = Dating::new(&mut taking);
        let before = *file.notes();
        let next = file.next_chunk(&registry.slots, scratch, &mut dated)?;
        let dates = dated.dates;
        let Taking { refused, example, too_many, .. } = taking;
        assert!(!too_many, "chunks are counted before they are more than a body");
        lock(&self.tallies.notes).add(&file.notes().since(&before));
        Ok(Chunk { dates, next, waiting: shard.taken(), refused, example })
    }

    /// Counts the chunks that were read since the last call, as arrived at `now`. Returns their records, of all
    /// signals, refused ones with them.
    pub fn commit_chunk(&self, now: UnixNanos) -> u64 {
        let shard = &mut lock(&self.lanes[0]).shard;
        let records = shard.received();
        shard.commit(&self.shared, now);
        *lock(&self.published[0]) = shard.ledger();
        records
    }

    /// Decides what has become due and drains all shards, with the ledger at that instant.
    pub fn drain(&self, now: UnixNanos) -> Drained {
        let mut drained = Drained::default();
        for (number, lane) in self.lanes.iter().enumerate() {
            let shard = &mut lock(lane).shard;
            if number == 0 {
                shard.advance(&self.shared, now);
            }
            drained.changes.push(shard.drain());
            let (words, more) = shard.unknown();
            drained.unknown.extend(words.map(str::to_owned));
            drained.unknown_more += more;
            drained.memo_resets += shard.memo_resets();
            *lock(&self.published[number]) = shard.ledger();
        }
        drained.unknown.sort();
        drained.unknown.dedup();
        drained.ledger = self.ledger();
        drained
    }

    /// Returns the sum of what the shards published, each as one value; the law holds in it at every instant.
    pub fn ledger(&self) -> Ledger {
        let mut sum = Ledger::default();
        self.published.iter().for_each(|published| sum += &lock(published));
        sum
    }

    /// Goes on with another registry: what waits is decided under the old one first.
    pub fn set_registry(&self, registry: Arc<Registry>, now: UnixNanos) {
        let rules = Arc::new(Rules::new(registry, &self.shared.interned));
        let mut lanes: Vec<MutexGuard<'_, Lane>> = self.lanes.iter().map(lock).collect();
        for (number, lane) in lanes.iter_mut().enumerate() {
            if number == 0 {
                lane.shard.finish(&self.shared, now);
            }
            lane.shard.set_rules(Arc::clone(&rules), &self.shared, self.seed);
        }
    }

    /// Returns the rules that spans are read with.
    pub fn rules(&self) -> Arc<Rules> {
        lock(&self.lanes[0]).shard.rules()
    }

    /// Locks a free lane, else waits for the next in turn.
    fn lane(&self) -> (usize, MutexGuard<'_, Lane>) {
        let first = self.next.fetch_add(1, Ordering::Relaxed) % self.lanes.len();
        let numbers = (first..self.lanes.len()).chain(0..first);
        for number in numbers {
            if let Ok(lane) = self.lanes[number].try_lock() {
                return (number, lane);
            }
        }
        (first, lock(&self.lanes[first]))
    }

    fn refuse(&self, refusal: Refusal) -> Answer {
        self.tallies.refused.fetch_add(1, Ordering::Relaxed);
        *lock(&self.tallies.example) = refusal.to_string();
        Answer::Refused(refusal)
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
    /// Of the first refused record; empty when none was.
    pub example: String,
}

/// What was counted since the last drain.
#[derive(Debug, Default)]
pub struct Drained {
    /// Of each shard.
    pub changes: Vec<Changes>,
    pub ledger: Ledger,
    /// Unknown words that senders used, as `what=said`, sorted.
    pub unknown: Vec<String>,
    pub unknown_more: u64,
    pub memo_resets: u64,
}

/// Hands the records of one body to a shard.
struct Taking<'a> {
    shard: &'a mut Shard,
    refused: u64,
    example: String,
    too_many: bool,
}

impl<'a> Taking<'a> {
    fn new(shard: &'a mut Shard) -> Self {
        Self { shard, refused: 0, example: String::new(), too_many: false }
    }
}

impl Visit for Taking<'_> {
    fn span(&mut self, span: &Observation<'_>) {
        if self.shard.taken() >= BODY_SPANS_MAX {
            self.too_many = true;
            return;
        }
        self.shard.span(span);
    }

    fn refused(&mut self, signal: Signal, _: Refused, example: &str) {
        if self.refused == 0 {
            self.example = example.to_owned();
        }
        self.refused += 1;
        self.shard.refused(signal);
    }

    fn other(&mut self, signal: Signal) {
        self.shard.unused(signal);
    }
}
