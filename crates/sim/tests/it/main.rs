//! The simulator as its callers see it: bodies are decoded with `opentelemetry-proto` and judged by what is in them.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod faults;
mod format;
mod oracle;
mod rates;
