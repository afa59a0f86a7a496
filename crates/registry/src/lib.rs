//! YAML documents to diagnostics and the compiled model. It must not run anything or know HTTP.
//!
//! [`load_dir`] reads a folder: texts become nodes with places ([`Source`]), nodes become documents by their
//! field tables, documents are checked together, and what is free of errors becomes a
//! `throughline_core::model::registry::Registry`. It never stops at the first mistake: all [`Diagnostic`]s come
//! at once.

mod check;
mod compile;
mod diagnostic;
mod document;
mod folder;
mod load;
mod parse;
mod print;
mod schema;
mod source;
mod suggest;
mod table;
mod value;
mod visible;

pub use diagnostic::{Code, Diagnostic, Level};
pub use document::test::{TestOutcome, TestSpan, TestValue};
pub use folder::{FILE_BYTES_MAX, FILES_MAX};
pub use load::{Document, Loaded, RuleTest, load_dir, load_sources, print};
pub use schema::json_schema;
pub use source::Source;
