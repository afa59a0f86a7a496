//! The frame of a page: head, navigation, the clock, the banner of a refused registry edit, the foot.

use maud::{DOCTYPE, Markup, html};

use crate::asset;
use crate::page::part::status;
use crate::view::number::plural;
use crate::view::path::{self, Layer};
use crate::view::shell::{RefusedEdit, Shell};

/// Which entry of the navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nav {
    Today,
    Map,
    Slos,
    Impact,
    Operations,
    Quality,
    /// Error pages.
    None,
}

/// A page before its frame.
#[derive(Debug)]
pub struct Page {
    pub nav: Nav,
    /// For the window and the browser's history.
    pub title: String,
    /// What a reader is told when it changes while the page is open: names and statuses.
    pub news: String,
    pub body: Markup,
}

/// Sets a page in its frame.
pub fn document(shell: &Shell, page: &Page) -> Markup {
    let assets = asset::paths();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (page.title) " · Throughline" }
                link rel="icon" href=(assets.icon);
                link rel="stylesheet" href=(assets.style);
                script src=(assets.script) {}
            }
            body {
                a.skip href="#main" { "Skip to content" }
                (status::sprite())
                (header(shell, page.nav))
                (refused(shell))
                main #main data-news=(page.news) { (page.body) }
                (footer(shell))
                p #news.vh role="status" {}
            }
        }
    }
}

fn header(shell: &Shell, nav: Nav) -> Markup {
    html! {
        header.top {
            a.brand href=(path::TODAY) {
                svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true" {
                    path d="M1 16h5l4-10 4 12 3-7h4" fill="none" stroke="currentColor" stroke-width="2" {}
                }
                "Throughline"
            }
            nav aria-label="Pages" {
                @for (entry, text, href) in entries(shell) {
                    a href=(href) aria-current=[(entry == nav).then_some("page")] { (text) }
                }
            }
            div.age {
                span #clock { (clock(shell)) }
                button #pause type="button" hidden {}
                button #theme type="button" hidden {}
            }
        }
    }
}

/// Lists the pages that exist: a map needs a product.
fn entries(shell: &Shell) -> Vec<(Nav, &'static str, String)> {
    let product = shell.product.as_deref().or(shell.products.first().map(|product| product.id.as_str()));
    let mut entries = vec![(Nav::Today, "Today", path::TODAY.to_owned())];
    if let Some(product) = product {
        entries.push((Nav::Map, "Map", path::map(product, Layer::Steps)));
        entries.push((Nav::Slos, "SLOs", path::slos(None, None, None)));
        entries.push((Nav::Impact, "Impact", path::impact(product, path::By::Service, None)));
    }
    entries.push((Nav::Operations, "Operations", path::OPERATIONS.to_owned()));
    entries.push((Nav::Quality, "Quality", path::QUALITY.to_owned()));
    entries
}

fn clock(shell: &Shell) -> String {
    let mut says = match shell.as_of {
        Some(as_of) => format!("as of {}", as_of.clock_utc()),
        None => "nothing judged yet".to_owned(),
    };
    if let Some(next) = shell.next {
        says.push_str(&format!(" · next {}", next.clock()));
    }
    if let Some(clock) = &shell.clock {
        says.push_str(&format!(" · {clock}"));
    }
    says
}

fn refused(shell: &Shell) -> Markup {
    html! {
        div #refused {
            @if let Some(edit) = &shell.refused { (banner(shell, edit)) }
        }
    }
}

fn banner(shell: &Shell, edit: &RefusedEdit) -> Markup {
    html! {
        div.refused role="status" {
            p {
                strong { "Registry edit refused at " (edit.at.clock_utc()) ", last good version kept" }
                @if let Some(version) = &shell.registry_version { " (" span.id { (version) } ")" }
                ". Every number below is made with that one."
            }
            ul {
                @for problem in &edit.diagnostics {
                    li {
                        code { (problem.place) } " " (problem.message) " " span.muted { "[" (problem.code) "]" }
                        @if let Some(hint) = &problem.hint { "; " (hint) }
                    }
                }
                @if edit.more > 0 {
                    li.muted { "and " (plural(edit.more, "problem")) " more: " code { "throughline check" } }
                }
            }
        }
    }
}

fn footer(shell: &Shell) -> Markup {
    html! {
        footer #foot.foot {
            @if let Some(version) = &shell.registry_version {
                span { "Registry version " span.id { (version) } }
            }
            @if shell.slos_not_measured > 0 {
                span { (plural(shell.slos_not_measured, "SLO")) " not measured by this version" }
            }
            span { "All times are UTC" }
        }
    }
}
