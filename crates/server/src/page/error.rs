//! Pages without a view: nothing at this path, the page could not be made, nothing to show at all.

use maud::{Markup, html};

use crate::page::part::empty;
use crate::page::part::shell::{Nav, Page, document};
use crate::view::empty::{Empty, UnknownWord};
use crate::view::path;
use crate::view::shell::Shell;

pub(super) fn not_found(shell: &Shell, asked: &str) -> Markup {
    let body = html! {
        div.head { h1 { "Nothing here" } span.fact { "404" } }
        p.say {
            code { (asked) } " is no page. A step, an objective or an SLO that the registry no longer names is gone from "
            "here as well."
        }
        p { a href=(path::TODAY) { "Today" } " shows what there is." }
    };
    plain(shell, "Nothing here", body)
}

pub(super) fn unknown_word(shell: &Shell, unknown: &UnknownWord) -> Markup {
    let body = html! {
        div.head { h1 { "Not understood" } span.fact { "400" } }
        p.say { code { (unknown.said) } " is no " (unknown.name) ". Known are " (unknown.known) "." }
        p { a href=(path::TODAY) { "Today" } " shows what there is." }
    };
    plain(shell, "Not understood", body)
}

pub(super) fn failed(shell: &Shell, what: &str) -> Markup {
    let body = html! {
        div.head { h1 { "This page could not be made" } span.fact { "500" } }
        p.say { (what) }
        p { "Counting goes on; the numbers are not touched by this. " a href=(path::TODAY) { "Back to Today" } "." }
    };
    plain(shell, "Error", body)
}

pub(super) fn nothing(shell: &Shell, title: &str, view: &Empty) -> Markup {
    let body = html! { div.head { h1 { (title) } } (empty::empty(view)) };
    plain(shell, title, body)
}

fn plain(shell: &Shell, title: &str, body: Markup) -> Markup {
    document(shell, &Page { nav: Nav::None, title: title.to_owned(), news: String::new(), body })
}
