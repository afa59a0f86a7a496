//! The server's integration tests, one binary: annotation and counting of real bodies, receivers, replay, pages.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail its test")]
#![expect(clippy::print_stdout, reason = "a skipped data set must be seen")]

mod alike;
mod annotation;
mod boutique;
mod cases;
mod client;
mod contract;
mod data;
mod empty_handed;
mod examples;
mod explain;
mod foreign;
mod long;
mod openapi;
mod pages;
mod playing;
mod rates;
mod receive;
mod sample;
mod sampled;
mod ties;
mod waiting;
