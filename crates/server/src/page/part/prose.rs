//! Sentences as HTML. Every text is escaped by maud.

use maud::{Markup, html};

use crate::page::part::status;
use crate::view::number::short_id;
use crate::view::path;
use crate::view::prose::{Link, Part, Prose};

/// A sentence with its marked words.
pub fn prose(prose: &Prose) -> Markup {
    html! { @for part in prose.parts() { (piece(part)) } }
}

fn piece(part: &Part) -> Markup {
    html! {
        @match part {
            Part::Text(text) => (bound(text)),
            Part::Strong(text) => strong { (bound(text)) },
            Part::Muted(text) => span.muted { (bound(text)) },
            Part::Code(text) => code { (text) },
            Part::Link { text, href } => a href=(href) { (text) },
            Part::Trace { text, href } => a.id href=(href) { (text) },
            Part::Status(state) => (status::status(*state)),
            Part::Severity(level) => (status::severity(*level)),
        }
    }
}

/// Binds a number to its sign, so that no line begins with `%`.
fn bound(text: &str) -> String {
    text.replace(" %", "\u{a0}%")
}

/// A sentence, or a dash where nothing is said.
pub fn or_dash(says: &Prose) -> Markup {
    html! { @if says.is_empty() { span.muted { "–" } } @else { (prose(says)) } }
}

/// A name that leads to its page.
pub fn link(link: &Link) -> Markup {
    html! { a href=(link.href) { (link.text) } }
}

/// A trace's short id, leading to the trace.
pub fn trace(id: &str) -> Markup {
    html! { a.id href=(path::trace(id)) title=(id) { (short_id(id)) } }
}

/// Names joined by commas.
pub fn list(names: &[String]) -> String {
    if names.is_empty() { "nobody named".to_owned() } else { names.join(", ") }
}

/// The sentence above a page's figures.
pub fn say(says: &Prose) -> Markup {
    html! { @if !says.is_empty() { p.say { (prose(says)) } } }
}

/// The way back: names above the heading.
pub fn crumbs(crumbs: &[Link]) -> Markup {
    html! {
        p.crumb {
            @for (index, crumb) in crumbs.iter().enumerate() {
                @if index > 0 { " / " }
                (link(crumb))
            }
        }
    }
}
