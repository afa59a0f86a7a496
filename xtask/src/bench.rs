//! `cargo xtask bench intake`: the named benches. The measuring itself lies beside what is measured.

use anyhow::Result;

use crate::shell::{cargo, succeed};

/// Measures what counting a span costs; the answer on stdout is JSON.
pub(crate) fn intake() -> Result<()> {
    let arguments =
        ["run", "--release", "--quiet", "--package", "throughline-server", "--example", "bench_intake"];
    succeed(&mut cargo(&arguments))
}
