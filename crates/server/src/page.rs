//! The pages: each a function from a view value to HTML, with the frame around it. A page formats and places;
//! it computes nothing, reads no clock and knows no SQL, no registry and no HTTP.

pub mod part;

mod error;
mod impact;
mod map;
mod objective;
mod operations;
mod quality;
mod slo;
mod slos;
mod step;
mod today;
mod trace;

use maud::Markup;

use crate::view;
use crate::view::shell::Shell;

/// The header that every page needs: scripts, styles and pictures from here alone, none inline.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; \
                                           form-action 'self'; frame-ancestors 'none'";

/// `/`.
pub fn today(shell: &Shell, view: &view::today::Today) -> Markup {
    today::render(shell, view)
}

/// `/p/{product}/map`.
pub fn map(shell: &Shell, view: &view::map::Map) -> Markup {
    map::render(shell, view)
}

/// `/p/{product}/objectives/{objective}`.
pub fn objective(shell: &Shell, view: &view::objective::Objective) -> Markup {
    objective::render(shell, view)
}

/// `/p/{product}/steps/{step}`.
pub fn step(shell: &Shell, view: &view::step::Step) -> Markup {
    step::render(shell, view)
}

/// `/slos`.
pub fn slos(shell: &Shell, view: &view::slos::Slos) -> Markup {
    slos::render(shell, view)
}

/// `/slos/{id}`.
pub fn slo(shell: &Shell, view: &view::slo::Slo) -> Markup {
    slo::render(shell, view)
}

/// `/impact`.
pub fn impact(shell: &Shell, view: &view::impact::Impact) -> Markup {
    impact::render(shell, view)
}

/// `/operations`.
pub fn operations(shell: &Shell, view: &view::operations::Operations) -> Markup {
    operations::render(shell, view)
}

/// `/traces/{id}`.
pub fn trace(shell: &Shell, view: &view::trace::Trace) -> Markup {
    trace::render(shell, view)
}

/// `/quality`.
pub fn quality(shell: &Shell, view: &view::quality::Quality) -> Markup {
    quality::render(shell, view)
}

/// Nothing stands at the path that was asked for.
pub fn not_found(shell: &Shell, path: &str) -> Markup {
    error::not_found(shell, path)
}

/// The query holds a word that nobody knows.
pub fn unknown_word(shell: &Shell, unknown: &view::empty::UnknownWord) -> Markup {
    error::unknown_word(shell, unknown)
}

/// The page could not be made; `what` is for people and holds no internal text.
pub fn failed(shell: &Shell, what: &str) -> Markup {
    error::failed(shell, what)
}

/// Any page that has nothing but an empty state to show, such as the map without a registry.
pub fn nothing(shell: &Shell, title: &str, view: &view::empty::Empty) -> Markup {
    error::nothing(shell, title, view)
}
