//! The meaning of Throughline: the model, annotation, counting and judging, as pure functions and values.
//! It does no I/O, reads no clock (time is an argument), is not async and knows no wire or file format.
//!
//! Folders stand in the order in which data passes through them; each imports only what stands above it.

pub mod hash;
pub mod id;
pub mod time;

pub mod observation;

pub mod condition;
pub mod model;

pub mod annotate;
pub mod count;

pub mod estimate;
pub mod judge;
