//! Receivers, pipeline, evaluator, API and pages in one process. It must not hold arithmetic that core should hold.

pub mod asset;
pub mod page;
pub mod view;
