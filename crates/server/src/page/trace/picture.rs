//! The waterfall as a table whose one column is the picture: indent is depth, a bar is time, the rest is text.

use maud::{Markup, html};

use crate::page::part::sli::r;
use crate::page::part::{prose, table};
use crate::view::number::{plural, took};
use crate::view::trace::{Fate, Kept, SpanRow};

const WIDTH: f32 = 420.0;
const HEIGHT: f32 = 38.0;
const DEPTH_MAX: u32 = 6;
/// A span too short to be seen is drawn this wide.
const SEEN: f32 = 2.0;

/// A round scale in ns: the unit between grid lines, and where the axis ends.
#[derive(Debug, Clone, Copy)]
struct Axis {
    step_ns: u64,
    steps: u64,
}

impl Axis {
    /// Returns the unit of the axis in ns and its name.
    fn unit(self) -> (u64, &'static str) {
        match self.step_ns {
            0..1_000 => (1, "ns"),
            1_000..1_000_000 => (1_000, "µs"),
            1_000_000..1_000_000_000 => (1_000_000, "ms"),
            _ => (1_000_000_000, "s"),
        }
    }

    /// Returns a time in that unit, with a tenth where the axis is fine and there is one.
    fn text(self, ns: u64) -> String {
        let unit = self.unit().0;
        match ns % unit * 10 / unit {
            tenth if tenth > 0 && self.step_ns < 10 * unit => format!("{}.{tenth}", ns / unit),
            _ => format!("{}", ns / unit),
        }
    }
}

/// The picture, its key, and what is folded.
pub(super) fn picture(view: &Kept) -> Markup {
    let axis = axis(view.took_ns);
    html! {
        (table::scroll("Trace on a time axis, scrolls sideways", &html! {
            table.trace {
                thead { tr {
                    th scope="col" { "Service and operation" }
                    th.axis scope="col" { (ticks(axis)) span.vh { "When" } }
                    th.num scope="col" { "From, to" }
                    th.num scope="col" { "Took" }
                    th scope="col" { "What became of it" }
                } }
                tbody { @for span in &view.spans { (row(span, axis)) } }
            }
        }))
        @if view.folded > 0 { p.muted.small.after { (plural(view.folded, "more span")) ", filtered ones first, not shown." } }
        (key(&view.spans))
    }
}

/// Returns a round axis of three to six steps that holds the whole trace.
fn axis(took_ns: u64) -> Axis {
    let took_ns = took_ns.clamp(1, u64::MAX / 16);
    let mut unit = 1;
    loop {
        for step in [1, 2, 5] {
            let step_ns = step * unit;
            if step_ns * 5 >= took_ns {
                return Axis { step_ns, steps: took_ns.div_ceil(step_ns).max(1) };
            }
        }
        unit *= 10;
    }
}

fn ticks(axis: Axis) -> Markup {
    html! {
        span.ticks aria-hidden="true" {
            @for step in 0..=axis.steps {
                @let last = step == axis.steps;
                span { (axis.text(step * axis.step_ns)) @if last { " " (axis.unit().1) } }
            }
        }
    }
}

fn row(span: &SpanRow, axis: Axis) -> Markup {
    let quiet = matches!(span.fate, Fate::Filtered | Fate::Duplicate);
    let sign = if span.start_ns < 0 { "−" } else { "" };
    let from = axis.text(span.start_ns.unsigned_abs());
    let to = axis.text(u64::try_from(span.start_ns.saturating_add_unsigned(span.took_ns)).unwrap_or(0));
    html! {
        tr .quiet[quiet] {
            th scope="row" class={ "d" (span.depth.min(DEPTH_MAX)) } {
                @if quiet { (span.service) } @else { strong { (span.service) } }
                " " (span.operation) " "
                @if quiet { span.vh { ", " (span.kind) " span" } }
            }
            td.bars { (bars(span, axis)) }
            td.num { (sign) (from) " to " (to) " " (axis.unit().1) }
            td.num { (took(span.took_ns)) }
            td { (prose::prose(&span.became)) }
        }
    }
}

fn bars(span: &SpanRow, axis: Axis) -> Markup {
    let end = (axis.step_ns * axis.steps) as f32;
    let x = |ns: f32| (ns / end).clamp(0.0, 1.0) * WIDTH;
    let (from, to) = (span.start_ns as f32, span.start_ns as f32 + span.took_ns as f32);
    let start = x(from).min(WIDTH - SEEN);
    let width = (x(to) - start).max(SEEN);
    html! {
        svg viewBox={ "0 0 " (r(WIDTH)) " " (r(HEIGHT)) } preserveAspectRatio="none" aria-hidden="true" {
            @for step in 0..=axis.steps {
                @let line = r(WIDTH * step as f32 / axis.steps as f32);
                path.shair d={ "M" (line) " 0V38" } vector-effect="non-scaling-stroke" {}
            }
            (bar(span.fate, start, width))
        }
    }
}

fn bar(fate: Fate, x: f32, width: f32) -> Markup {
    let (x, width) = (r(x), r(width));
    let full = |class: &str, dash: Option<&str>| {
        html! {
            rect x=(x) y="12" width=(width) height="14" class=(class) stroke-width="1.5" stroke-dasharray=[dash]
                vector-effect="non-scaling-stroke" {}
        }
    };
    match fate {
        Fate::Began => full("fbad sbad", None),
        Fate::PassedOn | Fate::Bad => full("ftint sbad", None),
        Fate::Good => full("fgood", None),
        Fate::Excluded | Fate::Pending | Fate::Unmatched => full("nof sline", None),
        Fate::Duplicate => full("nof sunknown", Some("4 3")),
        Fate::Filtered => html! { rect.fquiet x=(x) y="15" width=(width) height="8" {} },
    }
}

/// What the bars mean, of those that the picture has.
fn key(spans: &[SpanRow]) -> Markup {
    let has = |fates: &[Fate]| spans.iter().any(|span| fates.contains(&span.fate));
    let entry = |fates: &[Fate], words: &str| {
        let Some(fate) = fates.first().copied().filter(|_| has(fates)) else { return html! {} };
        html! {
            span {
                svg width="26" height="14" viewBox="0 0 420 38" preserveAspectRatio="none" aria-hidden="true" { (bar(fate, 8.0, 404.0)) }
                (words)
            }
            " "
        }
    };
    let passed = match (has(&[Fate::PassedOn]), has(&[Fate::Bad])) {
        (true, false) => "passed the error on",
        (false, true) => "bad without an error",
        _ => "passed the error on, or bad without one",
    };
    html! {
        p .legend.key {
            (entry(&[Fate::Began], "the error began here"))
            (entry(&[Fate::PassedOn, Fate::Bad], passed))
            (entry(&[Fate::Good], "good"))
            (entry(&[Fate::Unmatched, Fate::Excluded, Fate::Pending], "no step, not counted or pending"))
            (entry(&[Fate::Filtered], "filtered: no request of its own"))
            (entry(&[Fate::Duplicate], "came twice"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_is_round_and_holds_the_trace() {
        for took_ns in [0, 1, 41_000_000, 50_000_000, 999, 3_600_000_000_000, u64::MAX] {
            let axis = axis(took_ns);
            let end = u128::from(axis.step_ns) * u128::from(axis.steps);
            assert!((1..=5).contains(&axis.steps), "{took_ns}: {axis:?}");
            assert!(end >= u128::from(took_ns.min(u64::MAX / 16)), "{took_ns}: {axis:?}");
        }
    }
}
