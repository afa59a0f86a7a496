//! The server's integration tests, one binary: annotation and counting of real bodies, receivers, replay.

mod annotation;
mod data;
