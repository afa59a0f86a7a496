//! Estimates: limits of shares and tails of distributions, numbers in, numbers out.
//! They know nothing of steps, minutes or SLOs.

pub mod limit;
pub mod tail;

mod beta;
mod gamma;
