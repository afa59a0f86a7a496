//! Status, severity and counts: shape, word and colour together, since colour is never alone.

use maud::{Markup, PreEscaped, html};

use crate::view::number::count;
use crate::view::word::{Severity, State, Status, StatusCount};

/// The shapes, once a page; `use` refers to them.
pub fn sprite() -> Markup {
    html! {
        svg.sprite width="0" height="0" aria-hidden="true" focusable="false" { defs { (PreEscaped(SYMBOLS)) } }
    }
}

/// Returns the class that colours a status.
pub fn class(status: Status) -> &'static str {
    match status {
        Status::CannotTell => "cannot",
        Status::LowBudget => "low",
        Status::NoSlo => "none",
        other => other.word(),
    }
}

/// Returns the id of a status's shape.
pub fn shape(status: Status) -> String {
    format!("#i-{}", class(status))
}

/// A status: `✕ failing`, `? cannot tell: too young`.
pub fn status(state: State) -> Markup {
    shaped(state.status, &state.words())
}

/// The shape of a status with other words, such as a count or `firing since 13:52`.
pub fn shaped(status: Status, words: &str) -> Markup {
    html! { span.st .(class(status)) { svg aria-hidden="true" { use href=(shape(status)) {} } span { (words) } } }
}

/// A severity: bars and word.
pub fn severity(level: Severity) -> Markup {
    html! {
        span.st .(level.word()) {
            svg aria-hidden="true" { use href=(severity_shape(level)) {} }
            span { (level.word()) }
        }
    }
}

/// A severity, or a dash.
pub fn severity_or_dash(level: Option<Severity>) -> Markup {
    html! { @match level { Some(level) => (severity(level)), None => "–" } }
}

fn severity_shape(level: Severity) -> &'static str {
    match level {
        Severity::Major => "#i-sev3",
        Severity::Medium => "#i-sev2",
        Severity::Minor => "#i-sev1",
    }
}

/// Counts per status with their shapes; further words follow.
pub fn counts(counts: &[StatusCount], rest: &str) -> Markup {
    html! {
        span.counts {
            @for one in counts {
                (shaped(one.status, &format!("{} {}", count(one.count), one.status.word())))
                " "
            }
            @if !rest.is_empty() { span.muted { (rest) } }
        }
    }
}

/// Counts per status as words: `1 failing · 3 met`.
pub fn counts_text(counts: &[StatusCount]) -> String {
    let words: Vec<String> =
        counts.iter().map(|one| format!("{} {}", count(one.count), one.status.word())).collect();
    words.join(" · ")
}

const SYMBOLS: &str = concat!(
    r##"<symbol id="i-met" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7.5" fill="currentColor"/><path d="M4.6 8.3l2.3 2.3 4.5-4.8" fill="none" class="knock" stroke-width="1.8"/></symbol>"##,
    r##"<symbol id="i-failing" viewBox="0 0 16 16"><path d="M5 .5h6L15.5 5v6L11 15.5H5L.5 11V5z" fill="currentColor"/><path d="M5 5l6 6M11 5l-6 6" class="knock" stroke-width="2"/></symbol>"##,
    r##"<symbol id="i-missed" viewBox="0 0 16 16"><path d="M5.2 1.2h5.6l4 4v5.6l-4 4H5.2l-4-4V5.2zM5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4" fill="none" stroke="currentColor" stroke-width="1.6"/></symbol>"##,
    r##"<symbol id="i-silent" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="7.2 3"/></symbol>"##,
    r##"<symbol id="i-burning" viewBox="0 0 16 16"><path d="M8 1l7.3 13.5H.7z" fill="currentColor"/><path d="M8 5.5V10M8 11.3v1.5" class="knock" stroke-width="1.7"/></symbol>"##,
    r##"<symbol id="i-cannot" viewBox="0 0 16 16"><path d="M1 1h14v14H1z" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="3 1.7"/><path d="M5.8 6.2c0-3 4.4-3 4.4-.2 0 1.8-2.2 1.7-2.2 3.6M8 11.2v1.3" fill="none" stroke="currentColor" stroke-width="1.5"/></symbol>"##,
    r##"<symbol id="i-late" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.8" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="3.2 1.6"/><path d="M8 4v4.3l2.8 1.7" fill="none" stroke="currentColor" stroke-width="1.5"/></symbol>"##,
    r##"<symbol id="i-low" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.8" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M8 1.2a6.8 6.8 0 0 1 0 13.6z" fill="currentColor"/></symbol>"##,
    r##"<symbol id="i-none" viewBox="0 0 16 16"><path d="M3 8h10" stroke="currentColor" stroke-width="2"/></symbol>"##,
    r##"<symbol id="i-sev3" viewBox="0 0 16 16"><path d="M2 10h3v5H2zM6.5 6h3v9h-3zM11 1h3v14h-3z" fill="currentColor"/></symbol>"##,
    r##"<symbol id="i-sev2" viewBox="0 0 16 16"><path d="M2 10h3v5H2zM6.5 6h3v9h-3z" fill="currentColor"/><path d="M11.5 1.5h2v13h-2z" fill="none" stroke="currentColor"/></symbol>"##,
    r##"<symbol id="i-sev1" viewBox="0 0 16 16"><path d="M2 10h3v5H2z" fill="currentColor"/><path d="M7 6.5h2v8H7zM11.5 1.5h2v13h-2z" fill="none" stroke="currentColor"/></symbol>"##,
);
