//! The crate from the outside: texts in, registries and diagnostics out.

#[cfg(test)]
mod diagnostics;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod load;
#[cfg(test)]
mod once;
#[cfg(test)]
mod outcome;
#[cfg(test)]
mod overlap;
#[cfg(test)]
mod schema;

use std::path::{Path, PathBuf};

use throughline_core::model::registry::IdBook;
use throughline_registry::{Code, Loaded, Source, load_sources};

fn crate_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Loads one text under the name `registry.yaml`.
fn load_text(text: &str) -> Loaded {
    load_sources(vec![Source::new("registry.yaml", text)], &mut IdBook::default())
}

fn codes(loaded: &Loaded) -> Vec<Code> {
    loaded.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

/// A product without any mistake but that nobody stands behind it, with `steps` in the place of its steps.
fn product(steps: &str) -> String {
    let head = "apiVersion: throughline.dev/v1\nkind: Product\nmetadata: {name: mail}\nspec:\n";
    format!("{head}  steps:\n{steps}")
}
