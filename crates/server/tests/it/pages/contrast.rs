//! Contrast of the tokens, computed from the style sheet (WCAG 2.2, 1.4.3 and 1.4.11).

use std::collections::BTreeMap;

const STYLE: &str = include_str!("../../../assets/style.css");

type Colour = [u8; 3];

/// Reads `--name: light-dark(#light, #dark)`.
fn tokens() -> BTreeMap<&'static str, [Colour; 2]> {
    let mut tokens = BTreeMap::new();
    for declaration in STYLE.split([';', '{']) {
        let Some((name, value)) = declaration.trim().split_once(": light-dark(") else { continue };
        let Some((light, dark)) = value.trim_end_matches(')').split_once(", ") else { continue };
        tokens.insert(name, [colour(light), colour(dark)]);
    }
    tokens
}

fn colour(hex: &str) -> Colour {
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("a colour is #rrggbb");
    [byte(1), byte(3), byte(5)]
}

fn luminance(colour: Colour) -> f64 {
    let channel = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(colour[0]) + 0.7152 * channel(colour[1]) + 0.0722 * channel(colour[2])
}

fn contrast(a: Colour, b: Colour) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn text_stands_out_from_its_ground() {
    let mut pairs = Vec::new();
    for ground in ["--bg", "--band"] {
        for text in ["--fg", "--muted", "--link", "--ok", "--risk", "--bad", "--unknown"] {
            pairs.push((text, ground));
        }
    }
    pairs.extend([
        ("--ok", "--ok-tint"),
        ("--risk", "--risk-tint"),
        ("--bad", "--bad-tint"),
        ("--unknown", "--unknown-tint"),
    ]);
    for ground in ["--bad-tint", "--risk-tint"] {
        pairs.extend([("--fg", ground), ("--muted", ground), ("--link", ground)]);
    }
    pairs.push(("--risk", "--bad-tint"));
    pairs.extend(["--heat-1", "--heat-2", "--heat-3"].map(|heat| ("--fg", heat)));
    pairs.extend(["--heat-4", "--heat-5"].map(|heat| ("--heat-ink", heat)));
    check(&pairs, 4.5);
}

#[test]
fn lines_that_mean_something_are_seen() {
    check(&[("--line", "--bg"), ("--line", "--band"), ("--link", "--bg")], 3.0);
}

fn check(pairs: &[(&str, &str)], at_least: f64) {
    let tokens = tokens();
    for (text, ground) in pairs {
        for (side, theme) in ["light", "dark"].iter().enumerate() {
            let ratio = contrast(tokens[text][side], tokens[ground][side]);
            assert!(ratio >= at_least, "{text} on {ground}, {theme}: {ratio:.2}");
        }
    }
}
