//! Tables, sums and facts: numbers right, units in the head, each table in its own scroll region.

use maud::{Markup, html};

use crate::view::number::{count, exact};
use crate::view::sli::Share;

/// A region that scrolls sideways by itself, reachable by keyboard.
pub fn scroll(label: &str, inner: &Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(label) { (inner) } }
}

/// Column heads; a head that begins with `#` stands over numbers.
pub fn heads(heads: &[&str]) -> Markup {
    html! {
        thead { tr {
            @for head in heads {
                @match head.strip_prefix('#') {
                    Some(text) => th.num scope="col" { (text) },
                    None => th scope="col" { (head) },
                }
            }
        } }
    }
}

/// A count; the exact value is in the title when it is shortened.
pub fn number(value: u64) -> Markup {
    let (short, whole) = (count(value), exact(value));
    html! { @if short == whole { (short) } @else { span title=(whole) { (short) } } }
}

/// `615 of 615`.
pub fn of(share: Share) -> Markup {
    let (short, whole) = (crate::view::number::of(share.part, share.of), exact_of(share));
    html! { @if short == whole { (short) } @else { span title=(whole) { (short) } } }
}

/// `252,548 of 252,700`, for sentences.
pub fn exact_of(share: Share) -> String {
    format!("{} of {}", exact(share.part), exact(share.of))
}

/// `615 of 615`, or a dash where nothing is known.
pub fn of_or_dash(share: Option<Share>) -> Markup {
    html! { @match share { Some(share) => (of(share)), None => "–" } }
}

/// One line that adds up: the whole with its word, then its parts. The caller's view has checked the sum;
/// here it is asserted again in debug builds.
pub fn sum(whole: (u64, &str), parts: &[(u64, &str)]) -> Markup {
    debug_assert_eq!(whole.0, parts.iter().map(|part| part.0).sum::<u64>(), "parts add up to {}", whole.1);
    html! {
        p.sum {
            span { i {} " " b { (exact(whole.0)) } " " (whole.1) } " "
            @for (index, (value, word)) in parts.iter().enumerate() {
                span { i { @if index == 0 { "=" } @else { "+" } } " " b { (exact(*value)) } " " (word) } " "
            }
        }
    }
}

/// Facts: a term and one or more lines each.
pub fn facts(facts: &[(&str, Vec<Markup>)]) -> Markup {
    html! {
        dl.facts {
            @for (term, lines) in facts {
                @if !lines.is_empty() {
                    dt { (term) }
                    @for line in lines { dd { (line) } }
                }
            }
        }
    }
}

/// Three big numbers: label, value, what it is made of; a class may colour the value.
pub fn big(numbers: [(&str, Markup, &str, Markup); 3]) -> Markup {
    html! {
        dl.big {
            @for (label, value, class, made_of) in numbers {
                div { dt { (label) } dd class=[(!class.is_empty()).then_some(class)] { (value) } dd { (made_of) } }
            }
        }
    }
}

/// Text to copy: one click selects it all, without script.
pub fn copy(label: &str, text: &str) -> Markup {
    html! { pre.copy tabindex="0" role="region" aria-label=(label) { (text) } }
}

/// Links of which one is chosen.
pub fn tabs(label: &str, tabs: &[(String, String, bool)]) -> Markup {
    html! {
        nav.tabs aria-label=(label) {
            @for (text, href, chosen) in tabs {
                a href=(href) aria-current=[chosen.then_some("true")] { (text) }
            }
        }
    }
}
