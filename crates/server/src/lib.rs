//! Receivers, pipeline, evaluator, API and pages in one process. It must not hold arithmetic that core should hold.
//!
//! In the order in which data passes: intake, kept, evaluate, play, replay, live, show, view, report, page. `clock` is
//! the only module that reads one.

pub mod clock;

pub mod intake;
pub mod kept;
pub mod rehearsal;
pub mod watch;

pub mod evaluate;
pub mod live;
pub mod play;
pub mod replay;

pub mod asset;
pub mod page;
pub mod report;
pub mod show;
pub mod view;
