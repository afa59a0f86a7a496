//! The parts that pages are made of, one function each, in the words of their view values.

pub mod chart;
pub mod empty;
pub mod flow;
pub mod list;
pub mod prose;
pub mod reasons;
pub mod shell;
pub mod sli;
pub mod status;
pub mod table;
pub mod text;
