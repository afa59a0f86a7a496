//! `cargo xtask gen`: files that are generated from code and checked in. Each has a test that fails on drift; the
//! same test writes the file when it is told to.

use anyhow::Result;

use crate::shell::{cargo, run};

/// What a test may write, as package, test and file.
pub(crate) const GENERATED: [(&str, &str, &str); 2] = [
    (
        "throughline-registry",
        "schema::the_checked_in_schema_is_the_generated_one",
        "crates/registry/schema/throughline.dev-v1.schema.json",
    ),
    (
        "throughline-server",
        "openapi::the_checked_in_document_is_the_generated_one",
        "crates/server/openapi/throughline-v1.json",
    ),
];

/// Writes them all.
pub(crate) fn generate() -> Result<()> {
    for (package, test, file) in GENERATED {
        let arguments = ["test", "--quiet", "--package", package, "--test", "it", "--", "--exact", test];
        run(&format!("write {file}"), cargo(&arguments).env("THROUGHLINE_BLESS", "1"))?;
    }
    Ok(())
}
