//! Receivers, pipeline, evaluator, API and pages in one process. It must not hold arithmetic that core should hold.

pub mod asset;
pub mod clock;
pub mod evaluate;
pub mod intake;
pub mod kept;
pub mod live;
pub mod page;
pub mod play;
pub mod rehearsal;
pub mod show;
pub mod view;
pub mod watch;
