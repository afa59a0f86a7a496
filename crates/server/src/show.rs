//! Fills the values of [`crate::view`] from what is known now, one file a page. Numbers come from the judgement and
//! the counts; what is not known stays empty. It draws nothing and knows no HTML.

pub(crate) mod empty;
pub mod impact;
pub mod map;
pub mod objective;
pub mod operations;
pub mod quality;
pub mod shell;
pub mod slo;
pub mod slos;
pub mod step;
pub mod today;
pub mod trace;

mod charts;
mod counts;
mod explained;
mod flow;
mod hurt;
mod names;
mod people;
mod reasons;
mod say;
pub(crate) mod sli;
mod slow;
mod state;
mod telemetry;

#[cfg(test)]
mod tests;
