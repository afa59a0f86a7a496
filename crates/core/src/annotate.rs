//! Annotation: which step a request serves, by client, rule or trace, and which spans are attempts
//! (`telemetry.md` 3 and 4). It decides; it does not count.

pub mod baggage;
pub mod decide;
pub mod decision;
pub mod entry;
pub mod memo;
pub mod names;
pub mod reader;
pub mod rules;
pub mod trace;
