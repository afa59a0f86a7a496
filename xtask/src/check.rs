//! `cargo xtask check`: everything that needs no test to run.

use anyhow::Result;

use crate::shell::{cargo, has, run, skip};
use crate::tidy;

/// Checks formatting, lints, the tree, documentation and dependencies.
pub(crate) fn check(ci: bool) -> Result<()> {
    if has("cargo", &["fmt", "--version"]) {
        run("fmt", &mut cargo(&["fmt", "--all", "--check"]))?;
    } else {
        skip(ci, "fmt", "rustfmt is not installed")?;
    }
    tidy::tidy()?;
    if has("cargo", &["clippy", "--version"]) {
        run(
            "clippy",
            &mut cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]),
        )?;
    } else {
        skip(ci, "clippy", "clippy is not installed")?;
    }
    let mut doc = cargo(&["doc", "--workspace", "--no-deps", "--document-private-items", "--quiet"]);
    run("doc", doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    if has("cargo", &["deny", "--version"]) {
        run("deny", &mut cargo(&["deny", "--offline", "check", "licenses", "sources", "bans"]))?;
    } else {
        // Not an error in CI either: the tool is not packaged everywhere.
        skip(false, "deny", "cargo-deny is not installed")?;
    }
    Ok(())
}
