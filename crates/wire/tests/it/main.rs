//! The crate's tests from outside: bodies in, observations out. They say nothing of transport or meaning.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail its test")]

mod baggage;
mod csv;
mod cut;
mod damage;
mod data;
mod excerpts;
mod files;
mod inflating;
mod json;
mod limits;
mod oracle;
mod owned;
mod protobuf;
