//! Charts as SVG from the server: series in, markup out. Steps, not curves; gaps stay gaps; labels at the line's
//! end; every chart has its data table in `details`.

mod attempts;
mod axis;
mod burndown;

pub use attempts::{attempts, length};
pub use burndown::burndown;
