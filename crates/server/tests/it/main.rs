//! The server's integration tests, one binary: annotation and counting of real bodies, receivers, replay, pages.

mod annotation;
mod data;
mod explain;
mod pages;
mod sample;
