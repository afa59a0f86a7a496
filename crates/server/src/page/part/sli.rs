//! An SLI, its target and its budget as text and bars. What is not known is a range or a word, never a blank.

use maud::{Markup, html};

use crate::page::part::status;
use crate::view::number;
use crate::view::sli::Sli;
use crate::view::word::{State, Status};

/// Returns the SLI: `99.753 %`, `99.810 ± .050 %`, `99.526 to 99.980 %`, `–`.
pub fn value(sli: &Sli) -> String {
    match bare(sli) {
        Some(value) => format!("{value} %"),
        None => "–".to_owned(),
    }
}

/// Returns the pair `99.753 / 99.5 %`; `– / 99 %` without attempts.
pub fn pair(sli: &Sli) -> String {
    let value = bare(sli).unwrap_or_else(|| "–".to_owned());
    format!("{value} / {}", number::target(sli.target_ppb))
}

fn bare(sli: &Sli) -> Option<String> {
    let text = |ppb| number::sli_bare(ppb, sli.target_ppb);
    if let (Some(low), Some(high)) = (sli.low_ppb, sli.high_ppb) {
        return Some(format!("{} to {}", text(low), text(high)));
    }
    let value = text(sli.sli_ppb?);
    Some(match sli.plus_minus_ppb {
        Some(half) => format!("{value} ± {}", number::plus_minus(half, sli.target_ppb)),
        None => value,
    })
}

/// Returns `, within 800 ms` for SLOs with a limit in time.
pub fn within(sli: &Sli) -> String {
    sli.within_ns.map_or(String::new(), |ns| format!(", within {}", number::took(ns)))
}

/// Returns the budget left: `60 %`, `5 to 96 %`, `over by 40 %`, `–`.
pub fn left(sli: &Sli) -> String {
    match (sli.left_low_ppb, sli.left_high_ppb, sli.left_ppb) {
        (Some(low), Some(high), _) => number::left_range(low, high),
        (_, _, Some(left)) => number::left(left),
        _ => "–".to_owned(),
    }
}

/// Returns the budget left with one decimal where it is one number: `60.2 %`, `over by 67.5 %`, `5 to 96 %`, `–`.
pub fn left_fine(sli: &Sli) -> String {
    match (sli.left_low_ppb, sli.left_high_ppb, sli.left_ppb) {
        (None, _, Some(left)) | (_, None, Some(left)) => number::left_fine(left),
        _ => left(sli),
    }
}

/// Returns the budget left with its word: `60 % left`, `over by 40 %`, empty without one.
pub fn left_words(sli: &Sli) -> String {
    match left(sli) {
        text if text == "–" => String::new(),
        text if text.starts_with("over") => text,
        text => format!("{text} left"),
    }
}

/// Where a bar is filled, as parts of its width, and in which class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fill {
    pub from: f32,
    pub to: f32,
    pub class: &'static str,
}

/// Returns how a budget bar is filled; `None` where there is no budget to show.
pub fn fill(sli: &Sli, state: State) -> Option<Fill> {
    let part = |ppb: i64| (ppb as f32 / number::WHOLE as f32).clamp(0.0, 1.0);
    if let (Some(low), Some(high)) = (sli.left_low_ppb, sli.left_high_ppb) {
        return Some(Fill { from: part(low), to: part(high), class: "funknown" });
    }
    let left = sli.left_ppb?;
    if left <= 0 {
        return Some(Fill { from: 0.0, to: 1.0, class: "over" });
    }
    let class = match state.status {
        Status::Met | Status::NoSlo => "fok",
        Status::CannotTell | Status::Late => "funknown",
        _ => "frisk",
    };
    Some(Fill { from: 0.0, to: part(left), class })
}

/// The budget as a small bar; empty where there is none.
pub fn bar(sli: &Sli, state: State) -> Markup {
    html! {
        @if let Some(fill) = fill(sli, state) {
            svg.left viewBox="0 0 72 6" aria-hidden="true" { (track(0.0, 0.0, 72.0, fill)) }
        }
    }
}

/// The bar itself, inside any drawing. An overspent budget is hatched over its whole length.
pub fn track(x: f32, y: f32, width: f32, fill: Fill) -> Markup {
    let (from, to) = (x + fill.from * width, (fill.to - fill.from) * width);
    html! {
        rect.fhair x=(r(x)) y=(r(y)) width=(r(width)) height="6" rx="1" {}
        @if fill.class == "over" {
            path.sbad d=(hatch(x, y, width)) stroke-width="2" {}
        } @else if to > 0.0 {
            rect .(fill.class) x=(r(from)) y=(r(y)) width=(r(to)) height="6" rx="1" {}
        }
    }
}

fn hatch(x: f32, y: f32, width: f32) -> String {
    let steps = (width / 6.0) as u32;
    (0..steps).map(|step| format!("M{} {}l6-6", r(x + step as f32 * 6.0), r(y + 6.0))).collect()
}

/// Returns a coordinate with at most one decimal.
pub fn r(value: f32) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A status with the class that tints its row, when it fails now.
pub fn is_now(state: State) -> bool {
    matches!(state.status, Status::Failing | Status::Silent)
}

/// A status in a cell with a small second line.
pub fn status_with(state: State, note: &str) -> Markup {
    html! { (status::status(state)) @if !note.is_empty() { small { (note) } } }
}
