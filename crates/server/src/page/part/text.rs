//! How wide text may get: the server cannot measure it, so a table per kind of character stands for the
//! widest common font. What does not fit is cut with an ellipsis; the caller puts the whole into a title.

/// Returns a text's width in px at a font size, never less than a browser's.
pub fn width(text: &str, size: f32, bold: bool) -> f32 {
    let em: f32 = text.chars().map(em).sum();
    em * size * if bold { 1.12 } else { 1.0 }
}

/// Advance widths of DejaVu Sans, the widest of the common system fonts, in thousandths of an em.
fn em(c: char) -> f32 {
    let thousandths: u16 = match c {
        'i' | 'j' | 'l' => 278,
        'I' | 'J' => 295,
        ' ' | '.' | ',' | '·' => 318,
        '/' | ':' | ';' | '|' => 337,
        'f' => 352,
        '-' => 361,
        't' | '(' | ')' => 392,
        '!' | '[' | ']' | 'r' => 411,
        's' => 521,
        'z' => 525,
        'c' => 550,
        'F' | 'L' | 'k' => 579,
        'v' | 'x' | 'y' => 592,
        'P' | 'T' | 'Y' | 'a' | 'e' | 'o' => 615,
        'b' | 'd' | 'g' | 'h' | 'n' | 'p' | 'q' | 'u' | 'S' | 'E' | '0'..='9' => 636,
        'w' => 818,
        'm' | 'W' => 989,
        '%' => 950,
        'M' => 863,
        'A' | 'B' | 'C' | 'K' | 'R' | 'V' | 'X' | 'Z' => 698,
        'D' | 'G' | 'H' | 'N' | 'O' | 'Q' | 'U' => 787,
        '…' | '@' => 1_000,
        '_' => 500,
        c if c.is_ascii() => 838,
        c if (c as u32) < 0x2E80 => 838,
        _ => 1_100,
    };
    f32::from(thousandths) / 1_000.0
}

/// Returns the text, cut with `…` to at most `max` px.
pub fn fit(text: &str, max: f32, size: f32, bold: bool) -> String {
    if width(text, size, bold) <= max {
        return text.to_owned();
    }
    let mut cut = String::new();
    for c in text.chars() {
        cut.push(c);
        if width(&cut, size, bold) + width("…", size, bold) > max {
            cut.pop();
            break;
        }
    }
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut() {
        assert_eq!(fit("Log in", 160.0, 16.0, true), "Log in");
        let long = "Look up the addresses of everybody who ever wrote";
        let cut = fit(long, 160.0, 16.0, true);
        assert!(cut.ends_with('…') && width(&cut, 16.0, true) <= 160.0, "{cut}");
        assert_eq!(fit("x", 0.0, 16.0, false), "…");
        let wide = "邮件".repeat(40);
        assert!(width(&fit(&wide, 160.0, 16.0, false), 16.0, false) <= 160.0);
    }
}
