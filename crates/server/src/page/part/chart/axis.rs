//! The plot's frame: where values and times fall, lines and labels of both axes.

use maud::{Markup, html};

use crate::page::part::sli::r;
use crate::view::time::At;

/// All charts are this wide; labels stand right of the plot.
pub(super) const WIDTH: f32 = 1232.0;
pub(super) const LEFT: f32 = 56.0;
pub(super) const RIGHT: f32 = 1064.0;
const DAY_NS: u64 = 86_400_000_000_000;

/// A plot: times from left to right, values from bottom to top.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plot {
    pub(super) from: At,
    pub(super) to: At,
    /// Values at the lower and upper edge.
    pub(super) low: f32,
    pub(super) high: f32,
    pub(super) top: f32,
    pub(super) bottom: f32,
}

impl Plot {
    /// Returns where a time stands, within the plot.
    pub(super) fn x(&self, at: At) -> f32 {
        let span = self.to.0.saturating_sub(self.from.0).max(1) as f32;
        let part = at.0.saturating_sub(self.from.0) as f32 / span;
        LEFT + part.min(1.0) * (RIGHT - LEFT)
    }

    /// Returns where a value stands, within the plot.
    pub(super) fn y(&self, value: f32) -> f32 {
        let part = (value - self.low) / (self.high - self.low).max(f32::MIN_POSITIVE);
        self.bottom - part.clamp(0.0, 1.0) * (self.bottom - self.top)
    }

    /// Level lines with their labels.
    pub(super) fn levels(&self, levels: &[(f32, String)]) -> Markup {
        html! {
            @for (value, label) in levels {
                @let y = self.y(*value);
                path.shair d={ "M" (r(LEFT)) " " (r(y)) "H" (r(RIGHT)) } {}
                text .t12.m x=(r(LEFT - 8.0)) y=(r(y + 4.0)) text-anchor="end" { (label) }
            }
        }
    }

    /// Times under the plot: days over two days and more, else the clock.
    pub(super) fn times(&self, parts: u64, last: &str) -> Markup {
        let span = self.to.0.saturating_sub(self.from.0);
        let text = |at: At| if span >= 2 * DAY_NS { at.day() } else { at.clock() };
        let y = r(self.bottom + 18.0);
        html! {
            @for part in 0..parts {
                @let at = At(self.from.0 + span / parts * part);
                text .t12.m x=(r(self.x(at))) y=(y) text-anchor=(if part == 0 { "start" } else { "middle" }) { (text(at)) }
            }
            text .t12.m x=(r(RIGHT)) y=(y) text-anchor="end" { (last) }
        }
    }
}

/// Returns a round step so that at most four steps reach a value.
pub(super) fn round_step(max: u64) -> u64 {
    let mut unit = 1;
    loop {
        for step in [1, 2, 5] {
            if step * unit * 4 >= max {
                return step * unit;
            }
        }
        unit *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_few() {
        for (max, step) in
            [(0, 1), (4, 1), (5, 2), (230, 100), (9_999, 5_000), (u64::MAX / 8, 1_000_000_000_000_000_000)]
        {
            assert_eq!(round_step(max), step, "{max}");
        }
    }

    #[test]
    fn values_and_times_beyond_the_plot_stay_at_its_edge() {
        let plot = Plot {
            from: At::seconds(100),
            to: At::seconds(200),
            low: 0.0,
            high: 1.0,
            top: 10.0,
            bottom: 110.0,
        };
        assert_eq!((plot.x(At::seconds(50)), plot.x(At::seconds(300))), (LEFT, RIGHT));
        assert_eq!((plot.y(2.0), plot.y(-1.0), plot.y(0.5)), (10.0, 110.0, 60.0));
        let none = Plot { from: At::seconds(1), to: At::seconds(1), low: 0.0, high: 0.0, ..plot };
        assert!(none.x(At::seconds(1)).is_finite() && none.y(0.0).is_finite());
    }
}
