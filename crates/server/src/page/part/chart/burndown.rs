//! Budget left over the window: from 100 % to the number on the tile, with the even burn, what may still change,
//! marks, and when the budget is gone at the present rate.

use maud::{Markup, html};

use crate::page::part::chart::axis::{LEFT, Plot, RIGHT, WIDTH};
use crate::page::part::sli::r;
use crate::page::part::table;
use crate::page::part::text::width;
use crate::view::chart::{BurnPoint, Burndown, Mark, MarkKind};
use crate::view::number::{WHOLE, left_fine, left_range, window};
use crate::view::sli::Sli;

const HEIGHT: f32 = 272.0;
const ROWS_MAX: usize = 32;
/// Labels nearer than this would touch.
const LINE: f32 = 17.0;

/// The chart with its data table; `failing` colours the end of the line.
pub fn burndown(view: &Burndown, sli: &Sli, failing: bool) -> Markup {
    html! {
        (table::scroll("Budget chart, scrolls sideways", &picture(view, sli, failing)))
        details {
            summary { "As table" }
            (table::scroll("Budget left, as table", &data(view)))
        }
    }
}

/// Returns percent for the axis.
fn percent(ppb: i64) -> f32 {
    ppb as f32 / (WHOLE / 100) as f32
}

fn picture(view: &Burndown, sli: &Sli, failing: bool) -> Markup {
    let lefts = view.points.iter().filter_map(|point| point.left_ppb).chain(view.left_low_ppb);
    let lowest = lefts.min().map_or(0.0, percent);
    let low = if lowest < 0.0 { (lowest / 50.0).floor().max(-4.0) * 50.0 } else { 0.0 };
    let plot = Plot { from: view.from, to: view.to, low, high: 100.0, top: 14.0, bottom: 230.0 };
    let step = if low < -100.0 {
        100.0
    } else if low < 0.0 {
        50.0
    } else {
        25.0
    };
    let levels: Vec<(f32, String)> = (0..=((100.0 - low) / step) as u32)
        .map(|n| 100.0 - n as f32 * step)
        .map(|value| (value, format!("{value:.0} %")))
        .collect();
    html! {
        svg.chart role="img" aria-label=(label(view, sli)) viewBox={ "0 0 " (r(WIDTH)) " " (r(HEIGHT)) }
            width=(r(WIDTH)) height=(r(HEIGHT)) {
            @if low < 0.0 {
                rect.ftint x=(r(LEFT)) y=(r(plot.y(0.0))) width=(r(RIGHT - LEFT)) height=(r(plot.bottom - plot.y(0.0))) {}
            }
            (plot.levels(&levels))
            (even_burn(&plot))
            (provisional(view, &plot))
            (marks(view, &plot))
            path .nof.sfg stroke-width="2" d=(line(&view.points, view, &plot)) {}
            (end(view, &plot, failing))
            (plot.times(4, "now"))
        }
    }
}

fn label(view: &Burndown, sli: &Sli) -> String {
    let now = view.points.iter().rev().find_map(|point| point.left_ppb);
    let now = match view.left_low_ppb.zip(view.left_high_ppb) {
        Some((low, high)) => left_range(low, high),
        None => now.map_or("not known".to_owned(), left_fine),
    };
    let before = view.before.and_then(|point| Some((point.at, point.left_ppb?)));
    let before =
        before.map_or(String::new(), |(at, left)| format!(", {} at {}", left_fine(left), at.near(view.to)));
    format!("Budget left over {}: 100 % on {}{before}, {now} now", window(&sli.window), view.from.day())
}

fn even_burn(plot: &Plot) -> Markup {
    let (x, y) = (LEFT + (RIGHT - LEFT) * 0.72, plot.y(28.0));
    html! {
        path .nof.sline stroke-dasharray="3 4" d={ "M" (r(LEFT)) " " (r(plot.y(100.0))) "L" (r(RIGHT)) " " (r(plot.y(0.0))) } {}
        text .t12.m.halo x=(r(x - 8.0)) y=(r(y + 12.0)) text-anchor="end" { "even burn" }
    }
}

/// Hatches what late data may still change.
fn provisional(view: &Burndown, plot: &Plot) -> Markup {
    html! {
        @if let Some(since) = view.provisional_since {
            @let x = plot.x(since);
            defs {
                pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    path.shair d="M0 0v6" stroke-width="2" {}
                }
            }
            rect x=(r(x)) y=(r(plot.top)) width=(r((RIGHT - x).max(2.0))) height=(r(plot.bottom - plot.top)) fill="url(#hatch)" {}
        }
    }
}

/// Marks as upright lines; a label that would touch the one before it is left to the table.
fn marks(view: &Burndown, plot: &Plot) -> Markup {
    let mut free = LEFT;
    let mut labelled = Vec::new();
    for mark in &view.marks {
        let x = plot.x(mark.at);
        let wide = width(&mark.text, 12.0, false) + 12.0;
        let fits = x >= free && x + wide < RIGHT;
        if fits {
            free = x + wide;
        }
        labelled.push((mark, x, fits));
    }
    html! {
        @for (mark, x, fits) in labelled {
            path.sline stroke-dasharray="2 3" d={ "M" (r(x)) " " (r(plot.top)) "V" (r(plot.bottom)) } {}
            @if fits { text .t12.m.halo x=(r(x + 5.0)) y=(r(plot.bottom - 9.0)) { (mark.text) } }
        }
    }
}

/// Returns the step line; it breaks where nothing is known.
fn line(points: &[BurnPoint], view: &Burndown, plot: &Plot) -> String {
    let mut path = String::new();
    let mut pen = false;
    for (index, point) in points.iter().enumerate() {
        let Some(left) = point.left_ppb else {
            pen = false;
            continue;
        };
        let (x, y) = (r(plot.x(point.at)), r(plot.y(percent(left))));
        let next = points.get(index + 1).map_or(view.to, |next| next.at);
        path.push_str(&format!("{}{x} {y}H{}", if pen { "L" } else { "M" }, r(plot.x(next))));
        pen = true;
    }
    path
}

/// The end of the line: the cliff of the present trouble, the number, and when the budget is gone.
fn end(view: &Burndown, plot: &Plot, failing: bool) -> Markup {
    let Some(left) = view.points.iter().rev().find_map(|point| point.left_ppb) else {
        return html! {};
    };
    let y = plot.y(percent(left));
    let range = view.left_low_ppb.zip(view.left_high_ppb);
    let number =
        range.map_or_else(|| one_left(left), |(low, high)| format!("{} left", left_range(low, high)));
    let class = if failing { "fbad" } else { "" };
    let before = view.before.and_then(|point| Some((point, plot.y(percent(point.left_ppb?)))));
    html! {
        @if let Some((point, above)) = before {
            @let tail: Vec<BurnPoint> = view.points.iter().copied().filter(|one| one.at >= point.at).collect();
            path .nof.sbad stroke-width="4" d={ "M" (r(plot.x(point.at))) " " (r(above)) "H" (r(tail.first().map_or(RIGHT, |first| plot.x(first.at)))) (line(&tail, view, plot).replacen('M', "L", 1)) "V" (r(y)) } {}
            @if (y - above).abs() >= LINE {
                text .t12.m x=(r(RIGHT + 12.0)) y=(r(above + 4.0)) { (left_fine(point.left_ppb.unwrap_or(0))) " at " (point.at.near(view.to)) }
            }
        }
        @if let Some((low, high)) = range {
            @let class = if low < 0 { "nof sbad" } else { "nof sfg" };
            path class=(class) stroke-width="6" d={ "M" (r(RIGHT)) " " (r(plot.y(percent(high)))) "V" (r(plot.y(percent(low)))) } {}
        } @else { circle .(if failing { "fbad" } else { "fg" }) cx=(r(RIGHT)) cy=(r(y)) r="4" {} }
        text .t14.b .(class) .here[view.gone.is_none()] x=(r(RIGHT + 12.0)) y=(r(y + 5.0)) { (number) }
        @if let (Some(gone), true) = (view.gone, left > 0) {
            @let foot = plot.y(0.0);
            path .nof.sbad stroke-dasharray="3 3" d={ "M" (r(RIGHT + 2.0)) " " (r(y + 8.0)) "L" (r(RIGHT + 8.0)) " " (r(foot)) } {}
            @if foot - y >= 2.0 * LINE {
                text .t12.fbad.here x=(r(RIGHT + 14.0)) y=(r(foot - 6.0)) { "gone " (gone.from.near(view.to)) " to " (gone.to.near(view.to)) }
            }
        }
    }
}

fn one_left(left: i64) -> String {
    if left >= 0 { format!("{} left", left_fine(left)) } else { left_fine(left) }
}

fn data(view: &Burndown) -> Markup {
    let every = view.points.len().div_ceil(ROWS_MAX).max(1);
    let last = view.points.len().saturating_sub(1);
    let rows = view.points.iter().enumerate().filter(|(index, _)| index % every == 0 || *index == last);
    html! {
        table {
            (table::heads(&["From", "#Budget left"]))
            tbody {
                @for (_, point) in rows {
                    tr {
                        th scope="row" { (point.at.day()) " " (point.at.clock_utc()) }
                        td.num { @match point.left_ppb { Some(left) => (left_fine(left)), None => "not known" } }
                    }
                }
                @for mark in &view.marks {
                    tr { th scope="row" { (mark.at.day()) " " (mark.at.clock_utc()) } td { (kind(mark)) ": " (mark.text) } }
                }
            }
        }
    }
}

fn kind(mark: &Mark) -> &'static str {
    match mark.kind {
        MarkKind::Definition => "definition",
        MarkKind::Incident => "incident",
        MarkKind::Silence => "silence",
        MarkKind::Adjustment => "adjustment",
    }
}
