//! What is known now, in one place behind one lock: the evaluator writes it at every tick, pages and API read it.
//! Nothing here is computed; the judgement and the counts are.

use std::sync::Arc;

use throughline_core::annotate::names::Interned;
use throughline_core::count::book::Book;
use throughline_core::count::ledger::Ledger;
use throughline_core::count::shard::SharedLimits;
use throughline_core::judge::judgement::Judgement;
use throughline_core::model::registry::Registry;
use throughline_core::time::UnixNanos;
use throughline_registry::Diagnostic;
use throughline_wire::visit::Notes;

use crate::kept::Examples;
use crate::receive::tally::Snapshot;

/// Everything a page may show.
#[derive(Debug)]
pub struct Live {
    pub registry: Arc<Registry>,
    pub source: RegistrySource,
    pub interned: Arc<Interned>,
    pub book: Book,
    pub judgement: Judgement,
    pub ledger: Ledger,
    pub limits: SharedLimits,
    pub notes: Notes,
    pub examples: Examples,
    pub receiving: Receiving,
    pub clock: ClockNote,
    pub ticks: Ticks,
    /// Unknown words that senders used, as `what=said`, sorted.
    pub unknown: Vec<String>,
    /// Unknown words beyond those that are listed.
    pub unknown_more: u64,
    /// How often a shard's memo was full and began anew.
    pub memo_resets: u64,
}

/// Where the registry came from and how its last edit fared.
#[derive(Debug, Clone, Default)]
pub struct RegistrySource {
    /// The folder as given.
    pub dir: String,
    pub yaml_files: usize,
    pub documents: usize,
    /// When the registry was last exchanged; 0 while it is the first.
    pub since: UnixNanos,
    /// The last edit was refused; the registry is the last good one.
    pub refused: Option<RefusedEdit>,
}

/// An edit that did not pass.
#[derive(Debug, Clone)]
pub struct RefusedEdit {
    pub at: UnixNanos,
    pub diagnostics: Vec<Diagnostic>,
}

/// The ports, and the last request that was refused.
#[derive(Debug, Clone, Default)]
pub struct Receiving {
    pub since: UnixNanos,
    /// `host:port`, as bound.
    pub http: Option<String>,
    pub grpc: Option<String>,
    pub ui: Option<String>,
    pub refused: Option<RefusedRequest>,
    pub bodies: u64,
    pub bodies_refused: u64,
    /// Requests as the ports answered them, by the newest look.
    pub requests: Option<Snapshot>,
}

/// A request that was refused as a whole.
#[derive(Debug, Clone)]
pub struct RefusedRequest {
    pub at: UnixNanos,
    /// As HTTP.
    pub status: u16,
    pub why: String,
}

/// Which clock the numbers follow.
#[derive(Debug, Clone, Copy, Default)]
pub enum ClockNote {
    #[default]
    Wall,
    /// The demo's, so many times as fast.
    Demo { factor: u32 },
    /// That of the files which were replayed.
    Replay,
}

/// The evaluator's own rhythm.
#[derive(Debug, Clone, Default)]
pub struct Ticks {
    pub done: u64,
    pub last: Option<UnixNanos>,
    /// Real time that the newest took, oldest first, at most 100.
    pub took_ns: Vec<u64>,
    pub late: u64,
}

impl Live {
    /// Makes what is known before anything was received.
    pub fn new(registry: Arc<Registry>, source: RegistrySource, interned: Arc<Interned>, book: Book) -> Self {
        Self {
            registry,
            source,
            interned,
            book,
            judgement: Judgement::default(),
            ledger: Ledger::default(),
            limits: SharedLimits::default(),
            notes: Notes::default(),
            examples: Examples::default(),
            receiving: Receiving::default(),
            clock: ClockNote::default(),
            ticks: Ticks::default(),
            unknown: Vec::new(),
            unknown_more: 0,
            memo_resets: 0,
        }
    }
}
