//! Texts of users for a terminal: what would move the cursor, colour the screen or turn the writing around is shown
//! as `\u{1b}`. It shortens nothing.

/// Returns a text with its control characters escaped.
pub(crate) fn text(text: &str) -> String {
    text.chars().map(|c| shown(c, is_hidden(c))).collect()
}

/// Returns a line of a file with its control characters escaped, but for tabs.
pub(crate) fn line(line: &str) -> String {
    line.chars().map(shown_in_line).collect()
}

/// Returns blanks as wide as a character of [`line()`]; a tab stays one.
pub(crate) fn blank(c: char) -> String {
    if c == '\t' { "\t".to_owned() } else { " ".repeat(shown_in_line(c).chars().count()) }
}

fn shown_in_line(c: char) -> String {
    shown(c, c != '\t' && is_hidden(c))
}

fn shown(c: char, hidden: bool) -> String {
    if hidden { c.escape_unicode().to_string() } else { c.to_string() }
}

/// Returns whether a character acts instead of being seen: controls, line separators, and the marks that turn the
/// direction of writing (Trojan Source, CVE-2021-42574).
fn is_hidden(c: char) -> bool {
    let turns = matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    c.is_control() || turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_written_out_and_all_else_stays() {
        assert_eq!(text("a\u{1b}[31m\u{9b}\tb"), "a\\u{1b}[31m\\u{9b}\\u{9}b");
        assert_eq!(line("\tGröße 📮 \u{202e}"), "\tGröße 📮 \\u{202e}");
        assert_eq!(blank('\u{1b}').len(), r"\u{1b}".len());
    }
}
