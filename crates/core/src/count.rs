//! Counting: attempts by outcome in minutes of event time, records by what became of them.
//! Counts are the source of truth; no ratio is computed here.

pub mod batch;
pub mod book;
pub mod brought;
pub mod bucket;
pub mod dedupe;
pub mod frame;
pub mod history;
pub mod latency;
pub mod ledger;
pub mod shard;
pub mod sources;
pub mod tally;
