//! The server's integration tests, one binary: annotation and counting of real bodies, pages, receivers, replay.

mod annotation;
mod data;
mod pages;
mod sample;
