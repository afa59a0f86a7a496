//! What a JSON body that does not parse can still say: bytes that are no UTF-8 and halves of surrogate pairs are
//! read as U+FFFD, so that one bad text loses no batch; for any other fault, its place and cause.

use serde::de::IgnoredAny;

use crate::visit::WalkError;

/// `\uXXXX`.
const ESCAPE: usize = 6;
const REPLACEMENT: &[u8] = b"\\ufffd";

/// Returns the body with its bad texts mended, and how many places were; `None` when there is nothing to mend.
pub(super) fn mended(body: &[u8]) -> Option<(Vec<u8>, u64)> {
    let mut mended = Vec::with_capacity(body.len());
    let mut places = 0;
    for chunk in body.utf8_chunks() {
        mended.extend_from_slice(chunk.valid().as_bytes());
        if !chunk.invalid().is_empty() {
            mended.extend_from_slice(REPLACEMENT);
            places += 1;
        }
    }
    places += replace_half_pairs(&mut mended);
    (places > 0).then_some((mended, places))
}

/// Replaces escapes of one half of a surrogate pair without its other half (RFC 8259, section 8.2), in place.
fn replace_half_pairs(text: &mut [u8]) -> u64 {
    let (mut at, mut places) = (0, 0);
    while at < text.len() {
        if text[at] != b'\\' {
            at += 1;
            continue;
        }
        let rest = &text[at..];
        match (unit(rest), rest.get(ESCAPE..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => at += 2 * ESCAPE,
            (Some(0xD800..=0xDFFF), _) => {
                text[at..at + ESCAPE].copy_from_slice(REPLACEMENT);
                places += 1;
                at += ESCAPE;
            }
            // Two bytes of any other escape: the second may be a backslash too.
            _ => at += 2,
        }
    }
    places
}

/// Returns the UTF-16 unit that an escape at the text's beginning writes.
fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u16::from_str_radix(digits, 16).ok()
}

/// Returns why a body is no JSON. The tape's parser tells no place for many faults, so another one is asked.
pub(super) fn fault(body: &[u8], parser: &simd_json::Error) -> WalkError {
    let Err(error) = serde_json::from_slice::<IgnoredAny>(body) else {
        // It is JSON, but more than the parser takes: too deep.
        return WalkError::Json { offset: parser.index().min(body.len()), cause: too_deep() };
    };
    let lines = body.split_inclusive(|byte| *byte == b'\n').take(error.line().saturating_sub(1));
    let offset = (lines.map(<[u8]>::len).sum::<usize>() + error.column()).saturating_sub(1);
    let text = error.to_string();
    let cause = text.split(" at line ").next().unwrap_or_default();
    let cause = if cause == "recursion limit exceeded" { too_deep() } else { cause.to_owned() };
    WalkError::Json { offset: offset.min(body.len()), cause }
}

fn too_deep() -> String {
    format!("no JSON, or brackets inside brackets beyond {}", crate::limits::JSON_DEPTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &[u8], expected: Option<(&str, u64)>) {
        let mended = mended(body).map(|(text, places)| (String::from_utf8(text).unwrap(), places));
        assert_eq!(mended, expected.map(|(text, places)| (text.to_owned(), places)));
    }

    #[test]
    fn half_of_a_pair_is_replaced_and_a_pair_is_not() {
        check(br#"["\ud800"]"#, Some((r#"["\ufffd"]"#, 1)));
        check(
            br#"["\uDC00\ud83d\ude00\ud83d\ud83d\ude00"]"#,
            Some((r#"["\ufffd\ud83d\ude00\ufffd\ud83d\ude00"]"#, 2)),
        );
        check(br#"["\ud83d\ude00 \\ud800 \" \n"]"#, None);
        check(br#"["\ud8"#, None);
        check(b"[\"\\u+d80\\", None);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        check(b"[\"a\xffb\xe2\x82\"]", Some((r#"["a\ufffdb\ufffd"]"#, 2)));
    }
}
