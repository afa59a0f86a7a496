//! How wide text may get: the server cannot measure it, so a table per kind of character stands for the
//! widest common font. What does not fit is cut with an ellipsis; the caller puts the whole into a title.

/// Returns a text's width in px at a font size, never less than a browser's.
pub fn width(text: &str, size: f32, bold: bool) -> f32 {
    let em: f32 = text.chars().map(em).sum();
    em * size * if bold { 1.1 } else { 1.0 }
}

fn em(c: char) -> f32 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' => 0.32,
        ' ' | '.' | ',' | ':' | ';' | 'I' | '·' => 0.36,
        'f' | 't' | 'r' | '(' | ')' | '-' | '/' | '!' => 0.44,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '…' => 1.0,
        'A'..='Z' => 0.76,
        '0'..='9' => 0.64,
        c if c.is_ascii() => 0.63,
        c if (c as u32) < 0x2E80 => 0.8,
        _ => 1.1,
    }
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
