//! `throughline schema`: the JSON Schema of registry documents.

use crate::output::{Ended, Exit, line};

/// Arguments of `schema`.
#[derive(Debug, clap::Args)]
pub(crate) struct Schema {}

impl Schema {
    /// Prints the schema.
    pub(crate) fn run(self) -> Ended {
        line(&format!("{:#}", throughline_registry::json_schema()));
        Ok(Exit::Done)
    }
}
