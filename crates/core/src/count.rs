//! Counting: attempts by outcome in minutes of event time, records by what became of them.
//! Counts are the source of truth; no ratio is computed here.

pub mod bucket;
pub mod history;
pub mod sources;
