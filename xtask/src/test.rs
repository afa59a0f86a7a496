//! `cargo xtask test`: every check and every test, and at the end what was left out.

use anyhow::Result;

use crate::shell::{cargo, step, watch};
use crate::{check, ui};

/// Runs everything.
pub(crate) fn test(ci: bool) -> Result<()> {
    check::check(ci)?;
    // Output of tests that succeed is shown, because that is where a test says that its data set is not there.
    let is_skip = |line: &str| line.starts_with("skipped: ");
    let mut tests = cargo(&["test", "--workspace", "--exclude", "throughline", "--", "--show-output"]);
    let mut sets = step("cargo test", || watch(&mut tests, is_skip))?;
    // The binary is tested as users get it: its demo plays days of traffic against a clock.
    let mut binary = cargo(&["test", "--release", "--package", "throughline", "--", "--show-output"]);
    sets.extend(step("cargo test --release, the binary", || watch(&mut binary, is_skip))?);
    let browser = ui::ui(ci);
    sets.sort();
    sets.dedup();
    println!("\ndata sets that were not found beside the project, and their tests skipped: {}", sets.len());
    sets.iter().for_each(|line| println!("  {line}"));
    browser?;
    println!("everything else passed");
    Ok(())
}
