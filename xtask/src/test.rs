//! `cargo xtask test`: every check and every test, and at the end what was left out.

use anyhow::Result;

use crate::shell::{cargo, step, watch};
use crate::{check, ui};

/// Runs everything.
pub(crate) fn test(ci: bool) -> Result<()> {
    check::check(ci)?;
    // Output of tests that succeed is shown, because that is where a test says that its data set is not there.
    let mut tests = cargo(&["test", "--workspace", "--", "--show-output"]);
    let skipped = step("cargo test", || watch(&mut tests, |line| line.starts_with("skipped: ")))?;
    let browser = ui::ui(ci);
    let mut sets = skipped;
    sets.sort();
    sets.dedup();
    println!("\ndata sets that were not found beside the project, and their tests skipped: {}", sets.len());
    sets.iter().for_each(|line| println!("  {line}"));
    browser?;
    println!("everything else passed");
    Ok(())
}
