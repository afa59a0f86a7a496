//! Operations that two rules share: an example of one, made of their texts. Two different regular expressions are not
//! compared.

use throughline_core::model::step::Operation;

/// Stands where anything may.
const ANY: &str = "x";

/// What fits both of two operations.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Common {
    Example(String),
    /// Whatever the expression matches, for both have the same.
    Regex(String),
}

/// Returns what fits both; `None` when nothing does, or when it cannot be known.
pub(super) fn common(one: &Operation, other: &Operation) -> Option<Common> {
    let example = match (one, other) {
        (Operation::Exact(one), Operation::Exact(other)) => (one == other).then(|| one.clone()),
        (Operation::Template(one), Operation::Template(other)) => template(one.text(), other.text()),
        (Operation::Glob(one), Operation::Glob(other)) => glob(one.text(), other.text()),
        (Operation::Regex(one), Operation::Regex(other)) => {
            return (one == other).then(|| Common::Regex(one.text().to_owned()));
        }
        _ => None,
    };
    example.filter(|example| one.matches(example) && other.matches(example)).map(Common::Example)
}

/// Returns what any operation that fits begins with.
pub(super) fn stem(operation: &Operation) -> &str {
    let text = operation.text();
    let literal = match operation {
        Operation::Exact(_) | Operation::Regex(_) => None,
        Operation::Template(_) => text.find('{'),
        Operation::Glob(_) => text.find('*'),
    };
    &text[..literal.unwrap_or(text.len())]
}

/// Segments are compared one by one: `/` is never inside of one.
fn template(one: &str, other: &str) -> Option<String> {
    if one.split('/').count() != other.split('/').count() {
        return None;
    }
    let segments: Option<Vec<String>> =
        one.split('/').zip(other.split('/')).map(|(one, other)| segment(one, other)).collect();
    Some(segments?.join("/"))
}

fn segment(one: &str, other: &str) -> Option<String> {
    match (around(one), around(other)) {
        (None, _) => Some(one.to_owned()),
        (_, None) => Some(other.to_owned()),
        (Some((head, tail)), Some((head_other, tail_other))) => {
            Some([longer_head(head, head_other)?, ANY, longer_tail(tail, tail_other)?].concat())
        }
    }
}

/// Returns the texts before and behind the `{x}` of a segment.
fn around(segment: &str) -> Option<(&str, &str)> {
    let (head, rest) = segment.split_once('{')?;
    let (_, tail) = rest.split_once('}')?;
    Some((head, tail))
}

/// Every glob has a `*`, so two of them share an operation exactly if their heads and their tails go together: what
/// stands between can follow each other.
fn glob(one: &str, other: &str) -> Option<String> {
    let ends = |text: &'_ str| (text.find('*'), text.rfind('*'));
    let ((Some(first), Some(last)), (Some(first_other), Some(last_other))) = (ends(one), ends(other)) else {
        return None;
    };
    let head = longer_head(&one[..first], &other[..first_other])?;
    let tail = longer_tail(&one[last + 1..], &other[last_other + 1..])?;
    let between = |text: &str, first: usize, last: usize| text[first..=last].replace('*', ANY);
    let middle = between(one, first, last);
    let middle_other = between(other, first_other, last_other);
    // Both begin and end with what stands for a `*`.
    let further = if middle == middle_other { "" } else { &middle_other[ANY.len()..] };
    Some(format!("{head}{middle}{further}{tail}"))
}

fn longer_head<'a>(one: &'a str, other: &'a str) -> Option<&'a str> {
    let (long, short) = if one.len() < other.len() { (other, one) } else { (one, other) };
    long.starts_with(short).then_some(long)
}

fn longer_tail<'a>(one: &'a str, other: &'a str) -> Option<&'a str> {
    let (long, short) = if one.len() < other.len() { (other, one) } else { (one, other) };
    long.ends_with(short).then_some(long)
}

#[cfg(test)]
mod tests {
    use throughline_core::condition::Pattern;
    use throughline_core::model::step::Template;

    use super::*;

    fn operation(text: &str) -> Operation {
        match text {
            _ if text.contains('*') => Operation::Glob(Pattern::glob(text).unwrap()),
            _ if text.contains('{') => Operation::Template(Template::new(text)),
            _ => Operation::Exact(text.to_owned()),
        }
    }

    fn check(one: &str, other: &str, expected: Option<&str>) {
        for (one, other) in [(one, other), (other, one)] {
            let found = common(&operation(one), &operation(other)).map(|common| match common {
                Common::Example(text) | Common::Regex(text) => text,
            });
            assert_eq!(found.is_some(), expected.is_some(), "{one} and {other}: {found:?}");
        }
        let found = common(&operation(one), &operation(other));
        assert_eq!(found, expected.map(|text| Common::Example(text.to_owned())), "{one} and {other}");
    }

    #[test]
    fn templates_share_what_fits_segment_by_segment() {
        check("GET /a/{x}/c", "GET /a/{y}/{z}", Some("GET /a/x/c"));
        check("GET /{x}/b", "GET /a/{y}", Some("GET /a/b"));
        check("GET /v{n}", "GET /{m}.json", Some("GET /vx.json"));
        check("GET /a/{x}", "GET /b/{x}", None);
        check("GET /a/{x}", "POST /a/{x}", None);
        check("GET /a/{x}", "GET /a/{x}/{y}", None);
        check("GET /v{n}", "GET /w{n}", None);
        check("GET /{n}.json", "GET /{n}.xml", None);
        check("GET /v{n}", "GET /{x}/v", None);
    }

    #[test]
    fn globs_share_what_their_ends_allow() {
        check("GET /a*", "GET /*b", Some("GET /axb"));
        check("*", "*", Some("x"));
        check("GET /*/c/*", "GET /*/d/*", Some("GET /x/c/x/d/x"));
        check("a*", "*a", Some("axa"));
        check("*ab*", "*bc*", Some("xabxbcx"));
        check("GET /a*", "GET /b*", None);
        check("*a", "*b", None);
        check("GET /a*b", "GET /ab*c", None);
        check("*x*", "*xx", Some("xxxxx"));
    }

    #[test]
    fn different_kinds_and_different_texts_share_nothing() {
        check("GET /a", "GET /a", Some("GET /a"));
        check("GET /a", "GET /b", None);
        check("GET /a", "GET /{x}", None);
        check("GET /{x}", "GET /*", None);
    }

    #[test]
    fn expressions_are_the_same_or_not_known() {
        let regex = |text: &str| Operation::Regex(Pattern::new(text).unwrap());
        assert_eq!(common(&regex("^a"), &regex("^a")), Some(Common::Regex("^a".to_owned())));
        assert_eq!(common(&regex("^a"), &regex("^ab")), None);
    }
}
