//! The commands, one file each.

pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod explain;
pub(crate) mod replay;
pub(crate) mod schema;
pub(crate) mod serve;
