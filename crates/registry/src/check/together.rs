//! Whether two questions can be answered with yes at once. Where that cannot be known it is not guessed.

use throughline_core::condition::{Ranges, Test};

/// Returns whether one value of an attribute can pass both tests, `None` when that is not known.
pub(super) fn tests(one: &Test, other: &Test) -> Option<bool> {
    match (one, other) {
        (Test::Present, _) | (_, Test::Present) => Some(true),
        (Test::Equals(one), Test::Equals(other)) => texts(one, other),
        (Test::Equals(text), Test::Number(ranges)) | (Test::Number(ranges), Test::Equals(text)) => {
            text.parse().ok().map(|number| ranges.holds(number))
        }
        (Test::Equals(text), Test::Regex(pattern)) | (Test::Regex(pattern), Test::Equals(text)) => {
            Some(pattern.matches(text))
        }
        (Test::Number(one), Test::Number(other)) => Some(meet(one, other)),
        (Test::Regex(one), Test::Regex(other)) => (one == other).then_some(true),
        (Test::Regex(_), Test::Number(_)) | (Test::Number(_), Test::Regex(_)) => None,
    }
}

/// A number may be written in several ways, so `1` and `1.0` are not told apart.
fn texts(one: &str, other: &str) -> Option<bool> {
    let is_number =
        |text: &str| text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    match (one.parse::<i64>(), other.parse::<i64>()) {
        _ if one == other => Some(true),
        (Ok(one), Ok(other)) if one != other => Some(false),
        _ if is_number(one) && is_number(other) => None,
        _ => Some(false),
    }
}

/// Returns whether two sets share a number.
pub(super) fn meet(one: &Ranges, other: &Ranges) -> bool {
    let meets = |a: &(i64, i64), b: &(i64, i64)| a.0.max(b.0) <= a.1.min(b.1);
    one.0.iter().any(|a| other.0.iter().any(|b| meets(a, b)))
}

/// Returns whether each range of the one lies in a range of the other.
pub(super) fn lies_in(one: &Ranges, other: &Ranges) -> bool {
    one.0.iter().all(|a| other.0.iter().any(|b| b.0 <= a.0 && a.1 <= b.1))
}
