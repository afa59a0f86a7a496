//! The crate from the outside: texts in, registries and diagnostics out.

mod load;
