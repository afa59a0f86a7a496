//! The values that pages, API and CLI print: plain, serializable, one file a page (invariant 6: one number, one
//! place). They hold numbers as numbers and sentences as prose; they compute nothing and know no HTML.
//!
//! Conventions: counts are exact; shares are parts per 10^9 (`_ppb`), rounded towards worse, `None` where there
//! is no value (never NaN, never 0 for "unknown"); times are UTC and serialize as RFC 3339.

pub mod number;
pub mod path;
pub mod prose;
pub mod time;
pub mod word;

pub mod chart;
pub mod empty;
pub mod shell;
pub mod sli;

pub mod graph;
pub mod impact;
pub mod map;
pub mod objective;
pub mod operations;
pub mod quality;
pub mod slo;
pub mod slos;
pub mod step;
pub mod today;
pub mod trace;
