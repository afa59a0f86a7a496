//! The real binary through its real ports and files: wiring, exit codes, the demo's stories.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail its test")]
#![expect(clippy::print_stdout, reason = "what was measured must be seen")]
#![expect(clippy::disallowed_methods, reason = "a test waits for a real process, so it reads a real clock")]

mod commands;
mod demo;
mod onsets;
mod process;
mod replaying;
mod serve;
