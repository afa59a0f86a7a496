//! Attempts by outcome as bars: bad at the foot, then the slow ones, good above, what is not known on top; a gap where
//! nothing is known at all.

use maud::{Markup, html};

use crate::page::part::chart::axis::{LEFT, Plot, RIGHT, WIDTH, round_step};
use crate::page::part::sli::r;
use crate::page::part::table;
use crate::view::chart::{AttemptBucket, Attempts, ReasonCount};
use crate::view::number::{count, exact, plural, took};
use crate::view::sli::Counts;

const HEIGHT: f32 = 190.0;
/// A bad attempt is seen, however many were good.
const SEEN: f32 = 2.0;

/// The chart with its data table; `sum` puts the line that adds up above it.
pub fn attempts(view: &Attempts, sum: bool) -> Markup {
    html! {
        @if sum { (sum_line(view)) }
        (table::scroll("Attempts chart, scrolls sideways", &picture(view)))
        details {
            summary { "As table, last hour" }
            (table::scroll("Attempts, last hour, as table", &data(view)))
        }
    }
}

/// How long the chart is, as headings say it: `6 hours`.
pub fn length(view: &Attempts) -> String {
    let minutes = view.to.0.saturating_sub(view.from.0) / 60_000_000_000;
    match minutes {
        whole if whole > 0 && whole % 60 == 0 => plural(whole / 60, "hour"),
        _ => plural(minutes, "minute"),
    }
}

fn sum_line(view: &Attempts) -> Markup {
    let counts = &view.last_hour;
    let slow = view.slow_beyond_ns.map(|ns| (counts.slow, format!("slower than {}", took(ns))));
    let mut parts = vec![(counts.good, "good")];
    parts.extend(slow.as_ref().map(|(slow, word)| (*slow, word.as_str())));
    parts.extend([
        (counts.bad, "bad"),
        (counts.excluded, "not counted"),
        (counts.pending, "pending"),
        (counts.lost, "lost"),
    ]);
    table::sum((counts.started, "started in the last hour"), &parts)
}

fn shown(counts: &Counts) -> u64 {
    counts.decided() + counts.pending + counts.lost
}

/// What stands for trouble in the chart.
fn trouble(view: &Attempts) -> &'static str {
    if view.slow_beyond_ns.is_some() { "bad or slow" } else { "bad" }
}

fn picture(view: &Attempts) -> Markup {
    let max = view.buckets.iter().filter_map(|bucket| bucket.counts.as_ref()).map(shown).max().unwrap_or(0);
    let step = round_step(max);
    let plot =
        Plot { from: view.from, to: view.to, low: 0.0, high: max.max(1) as f32, top: 16.0, bottom: 160.0 };
    let levels: Vec<(f32, String)> =
        (0..=4).map(|n| n * step).filter(|n| *n <= max.max(1)).map(|n| (n as f32, count(n))).collect();
    let last = view.last_5_min;
    let label = format!(
        "Attempts per {} minutes from {} to {}; in the last 5 minutes {} of {} were {}",
        view.bucket_minutes,
        view.from.clock(),
        view.to.clock_utc(),
        exact(last.part),
        exact(last.of),
        trouble(view)
    );
    let class = if last.part > 0 { "t13 b fbad here" } else { "t13 b here" };
    html! {
        svg.chart role="img" aria-label=(label) viewBox={ "0 0 " (r(WIDTH)) " " (r(HEIGHT)) }
            width=(r(WIDTH)) height=(r(HEIGHT)) {
            (plot.levels(&levels))
            @for bucket in &view.buckets { (bar(&plot, view, bucket)) }
            (plot.times(6, &view.to.clock()))
            @if last.of == 0 {
                text class=(class) x=(r(RIGHT + 12.0)) y="92" { "no attempt" }
                text .t12.m x=(r(RIGHT + 12.0)) y="110" { "in 5 minutes" }
            } @else {
                text class=(class) x=(r(RIGHT + 12.0)) y="92" { (count(last.part)) " of " (count(last.of)) }
                text .t12.m x=(r(RIGHT + 12.0)) y="110" { (trouble(view)) }
                text .t12.m x=(r(RIGHT + 12.0)) y="127" { "in 5 minutes" }
            }
        }
    }
}

fn bar(plot: &Plot, view: &Attempts, bucket: &AttemptBucket) -> Markup {
    let width = (RIGHT - LEFT) / view.buckets.len().max(1) as f32;
    let (x, gap) = (plot.x(bucket.at), if width > 4.0 { 1.5 } else { 0.0 });
    let Some(counts) = &bucket.counts else {
        return html! {};
    };
    let height = |n: u64| plot.bottom - plot.y(n as f32);
    let seen = |n: u64| if n > 0 { height(n).max(SEEN) } else { 0.0 };
    let (bad, slow) = (seen(counts.bad), seen(counts.slow));
    let good = (height(counts.decided()) - bad - slow).max(0.0);
    let unknown = height(shown(counts)) - height(counts.decided());
    let bars = [("fbad", bad), ("frisk", slow), ("fgood", good)];
    let mut top = plot.bottom;
    let placed: Vec<(&str, f32, f32)> = bars
        .into_iter()
        .map(|(class, height)| {
            top -= height;
            (class, top, height)
        })
        .collect();
    let (x, width) = (r(x), r(width - gap));
    html! {
        @for (class, top, height) in placed {
            @if height > 0.0 { rect class=(class) x=(x) y=(r(top)) width=(width) height=(r(height)) {} }
        }
        @if unknown > 0.0 {
            rect .fhair.sunknown stroke-dasharray="3 2" x=(x) y=(r(top - unknown)) width=(width) height=(r(unknown)) {}
        }
    }
}

fn data(view: &Attempts) -> Markup {
    let hour = view.to.minus_seconds(3_600);
    let head = format!("{} minutes from", view.bucket_minutes);
    let slow = view.slow_beyond_ns.is_some();
    let mut heads = vec![head.as_str(), "#Started", "#Good"];
    heads.extend(slow.then_some("#Too slow"));
    heads.extend(["#Bad", "Bad by reason", "#Not counted", "#Pending", "#Lost"]);
    html! {
        table {
            (table::heads(&heads))
            tbody {
                @for bucket in view.buckets.iter().filter(|bucket| bucket.at >= hour) {
                    tr {
                        th scope="row" { (bucket.at.clock()) }
                        @match &bucket.counts {
                            Some(counts) => (cells(counts, slow, &bucket.reasons)),
                            None => td colspan=(heads.len() - 1) class="muted" { "nothing known" },
                        }
                    }
                }
                tr.total { th scope="row" { "last hour" } (cells(&view.last_hour, slow, &[])) }
            }
        }
    }
}

fn cells(counts: &Counts, slow: bool, reasons: &[ReasonCount]) -> Markup {
    let words: Vec<String> =
        reasons.iter().map(|one| format!("{}: {}", one.reason, count(one.attempts))).collect();
    html! {
        td.num { (table::number(counts.started)) }
        td.num { (table::number(counts.good)) }
        @if slow { td.num { (table::number(counts.slow)) } }
        td.num { (table::number(counts.bad)) }
        td { @if words.is_empty() { "–" } @else { (words.join(", ")) } }
        td.num { (table::number(counts.excluded)) }
        td.num { (table::number(counts.pending)) }
        td.num { (table::number(counts.lost)) }
    }
}
