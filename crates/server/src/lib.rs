//! Receivers, pipeline, evaluator, API and pages in one process. It must not hold arithmetic that core should hold.
//!
//! In the order in which data passes: extent, intake, kept, evaluate, play, replay, live, explain, show, view, report, page. `clock` is
//! the only module that reads one.

pub mod clock;

pub mod extent;
pub mod intake;
pub mod kept;
pub mod receive;
pub mod rehearsal;
pub mod watch;

pub mod evaluate;
pub mod explain;
pub mod live;
pub mod play;
pub mod replay;

pub mod api;
pub mod asset;
pub mod fetch;
pub mod metrics;
pub mod page;
pub mod report;
pub mod sender;
pub mod serve;
pub mod show;
pub mod site;
pub mod view;
