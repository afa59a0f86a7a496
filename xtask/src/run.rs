//! `cargo xtask run`: the demo, built as users get it.

use anyhow::Result;

use crate::shell::{cargo, succeed};

/// Builds and starts the demo.
pub(crate) fn run(rest: &[&str]) -> Result<()> {
    succeed(cargo(&["run", "--release", "--package", "throughline", "--", "demo"]).args(rest))
}
