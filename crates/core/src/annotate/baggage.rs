//! W3C baggage as text: one pass over a header's value, one member at a time. It gives members no meaning,
//! skips properties, and which of two members of one key counts is the reader's rule ([`find`]: the last).

use std::borrow::Cow;

/// One list member of a baggage header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<'a> {
    /// The key as written; W3C keys are tokens and never percent-encoded.
    pub key: &'a str,
    /// The value, percent-decoded; borrowed when nothing was encoded.
    pub value: Cow<'a, str>,
}

/// Returns the members of a header's value, in order; several header lines are joined by `,` beforehand.
///
/// A part without `=` or with an empty key is no member and is passed over, since one bad neighbour must not
/// hide the members that are ours.
pub fn members(header: &str) -> impl Iterator<Item = Member<'_>> {
    header.split(',').filter_map(member)
}

/// Returns the value of the last member of that key.
pub fn find<'a>(header: &'a str, key: &str) -> Option<Cow<'a, str>> {
    members(header).filter(|member| member.key == key).last().map(|member| member.value)
}

fn member(part: &str) -> Option<Member<'_>> {
    let without_properties = part.split(';').next().unwrap_or_default();
    let (key, value) = without_properties.split_once('=')?;
    let key = trim(key);
    if key.is_empty() {
        return None;
    }
    Some(Member { key, value: decode(trim(value)) })
}

/// W3C allows optional white space, which is blanks and tabs only.
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// Percent-decodes; a `%` without two hex digits stands for itself, and what is no UTF-8 becomes U+FFFD, as
/// the specification asks.
fn decode(value: &str) -> Cow<'_, str> {
    if !value.contains('%') {
        return Cow::Borrowed(value);
    }
    let bytes = value.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match encoded_byte(&bytes[at..]) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    Cow::Owned(
        String::from_utf8(decoded).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()),
    )
}

fn encoded_byte(bytes: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = bytes else { return None };
    Some(hex_digit(*high)? << 4 | hex_digit(*low)?)
}

fn hex_digit(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, expected: &[(&str, &str)]) {
        let found: Vec<_> = members(header).map(|m| (m.key, m.value.into_owned())).collect();
        let found: Vec<_> = found.iter().map(|(key, value)| (*key, value.as_str())).collect();
        assert_eq!(found, expected, "{header:?}");
    }

    #[test]
    fn members_come_in_order_without_blanks_and_properties() {
        check("a=1,b=2", &[("a", "1"), ("b", "2")]);
        check("a \t=\t 1 ; p ; q = r ,b=2;x=y", &[("a", "1"), ("b", "2")]);
        check("a=b=c", &[("a", "b=c")]);
    }

    #[test]
    fn values_are_percent_decoded_and_keys_are_not() {
        check("a%20b=c%20d%2Ce%3b", &[("a%20b", "c d,e;")]);
        check("a=c+d", &[("a", "c+d")]);
        check("a=100%,b=%4,c=%zz,d=%%41", &[("a", "100%"), ("b", "%4"), ("c", "%zz"), ("d", "%A")]);
        check("a=%C3%A9,b=%C3", &[("a", "é"), ("b", "\u{fffd}")]);
        check("a=é%21", &[("a", "é!")]);
    }

    #[test]
    fn what_is_no_member_does_not_hide_its_neighbours() {
        check("", &[]);
        check(",,a=1,,", &[("a", "1")]);
        check("junk,=novalue,a=1,b=", &[("a", "1"), ("b", "")]);
    }

    #[test]
    fn plain_values_are_borrowed() {
        assert!(members("a=1").all(|member| matches!(member.value, Cow::Borrowed(_))));
    }

    #[test]
    fn the_last_member_of_a_key_is_found() {
        assert_eq!(find("a=1,b=2,a=3", "a").as_deref(), Some("3"));
        assert_eq!(find("a=1", "b"), None);
    }

    #[test]
    fn long_headers_are_read_whole() {
        let many: String = (0..512).map(|n| format!("m{n:03}=123456789,")).collect();
        assert_eq!(members(&many).count(), 512);
        let long = format!("a={}", "x".repeat(8_190));
        assert_eq!(find(&long, "a").map(|value| value.len()), Some(8_190));
    }
}
