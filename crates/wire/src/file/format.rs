//! Telling what a file is from its beginning, and where its bodies are. It reads no spans.

use std::ops::Range;

use throughline_core::observation::Signal;

use super::FileError;
use crate::csv::Mapping;
use crate::inflate;
use crate::otlp::reader::Fields;

/// The formats of span files.
#[derive(Debug, Clone)]
pub enum Format {
    OtlpProtobuf,
    OtlpJson,
    Zipkin,
    Jaeger,
    Csv(Mapping),
}

impl Format {
    /// Tells the format from a file's first bytes (decompressed) and its name.
    ///
    /// # Errors
    /// [`FileError::Unmapped`] for CSV, whose columns must be named, [`FileError::UnknownFormat`] else.
    pub fn detect(head: &[u8], name: &str) -> Result<Self, FileError> {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        let inner = inflate::inner_name(name).to_ascii_lowercase();
        let is_json = matches!(text.first(), Some(b'{' | b'['));
        if let Some(format) = json(text).filter(|_| is_json) {
            return Ok(format);
        }
        if inner.ends_with(".csv") || inner.ends_with(".tsv") {
            return Err(FileError::Unmapped { name: name.to_owned() });
        }
        let protobuf_name = [".pb", ".binpb", ".bin", ".otlp", ".proto", ".protobuf"];
        if protobuf_name.iter().any(|end| inner.ends_with(end)) || looks_like_protobuf(head) {
            return Ok(Format::OtlpProtobuf);
        }
        let first_line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        if !is_json && first_line.contains(&b',') && first_line.is_ascii() {
            return Err(FileError::Unmapped { name: name.to_owned() });
        }
        Err(FileError::UnknownFormat { name: name.to_owned() })
    }
}

/// The keys of OTLP's requests, and what they hold.
const OTLP_KEYS: [(&str, Signal); 6] = [
    ("\"resourceSpans\"", Signal::Traces),
    ("\"resource_spans\"", Signal::Traces),
    ("\"resourceLogs\"", Signal::Logs),
    ("\"resource_logs\"", Signal::Logs),
    ("\"resourceMetrics\"", Signal::Metrics),
    ("\"resource_metrics\"", Signal::Metrics),
];

/// Returns what an OTLP/JSON request holds, by the first of its keys.
pub(super) fn signal(body: &[u8]) -> Signal {
    let head = String::from_utf8_lossy(&body[..body.len().min(4_096)]);
    let found = OTLP_KEYS.iter().filter_map(|(name, signal)| Some((head.find(name)?, *signal)));
    found.min_by_key(|(at, _)| *at).map_or(Signal::Traces, |(_, signal)| signal)
}

/// Each format has keys of its own, outermost in a document or in the elements of an array; the first decides.
fn json(head: &[u8]) -> Option<Format> {
    let is_object = head.first() == Some(&b'{');
    let depth = if is_object { 1 } else { 3 };
    let format = |key: &str| match key {
        "traceID" | "spanID" | "processes" => Some(Format::Jaeger),
        // A Zipkin tag may be called so too.
        "data" if is_object => Some(Format::Jaeger),
        "traceId" => Some(Format::Zipkin),
        key if is_object && OTLP_KEYS.iter().any(|(name, _)| name.trim_matches('"') == key) => {
            Some(Format::OtlpJson)
        }
        _ => None,
    };
    let empty = || match head.trim_ascii() {
        b"{}" => Some(Format::OtlpJson),
        b"[]" => Some(Format::Zipkin),
        _ => None,
    };
    keys(head, depth).into_iter().find_map(|key| format(std::str::from_utf8(key).ok()?)).or_else(empty)
}

/// Returns the keys of a JSON text that stand in at most so many brackets, as far as the text goes.
fn keys(text: &[u8], depth_max: usize) -> Vec<&[u8]> {
    let (mut keys, mut depth, mut at) = (Vec::new(), 0_usize, 0);
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = at + quoted_length(&text[at..]);
                let after = text.get(end + 1..).unwrap_or_default().trim_ascii_start();
                if depth <= depth_max && after.first() == Some(&b':') {
                    keys.push(&text[at..end]);
                }
                at = end + 1;
            }
            _ => {}
        }
    }
    keys
}

/// Returns the length of a string up to its closing quote.
fn quoted_length(text: &[u8]) -> usize {
    let mut escaped = false;
    let closes = |byte: &u8| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    };
    text.iter().position(closes).unwrap_or(text.len())
}

/// A byte order mark and a Latin letter; a length before a body looks otherwise.
pub(super) fn is_utf16(head: &[u8]) -> bool {
    matches!(head, [0xff, 0xfe, 1..=0xff, 0, ..] | [0xfe, 0xff, 0, 1..=0xff, ..])
}

/// A body begins with the key of `resource_spans`, a stream with a length and then that key.
fn looks_like_protobuf(head: &[u8]) -> bool {
    let after_prefix = [head.get(1..), head.get(2..), head.get(3..), head.get(4..)];
    let is_binary = head.iter().take(512).any(|byte| *byte < b'\t');
    is_binary
        && (head.starts_with(&[0x0a]) || after_prefix.iter().flatten().any(|rest| rest.starts_with(&[0x0a])))
}

/// Returns whether every bracket that a line opens is closed in it.
pub(super) fn is_whole_json(line: &[u8]) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            _ => {}
        }
    }
    depth == 0 && !quoted
}

/// Finds the bodies of a protobuf file: one alone, or a stream with the length before each, as a varint
/// (protobuf's delimited streams) or in four bytes, big-endian (the collector's file exporter). A stream that breaks
/// off ends with its last whole body.
pub(super) fn bodies(bytes: &[u8]) -> Vec<Range<usize>> {
    let alone = || std::iter::once(0..bytes.len()).collect();
    if is_body(bytes) {
        return alone();
    }
    let end = |ranges: &Vec<Range<usize>>| ranges.last().map_or(0, |last| last.end);
    let (varint, four_byte) = (chain(bytes, varint_prefix), chain(bytes, four_byte_prefix));
    let longer = if end(&varint) >= end(&four_byte) { varint } else { four_byte };
    if longer.iter().all(Range::is_empty) { alone() } else { longer }
}

pub(super) fn is_body(bytes: &[u8]) -> bool {
    let mut fields = Fields::new(bytes);
    loop {
        match fields.next_key() {
            Ok(None) => return true,
            Ok(Some(0x0a)) if fields.bytes().is_ok() => {}
            _ => return false,
        }
    }
}

/// Follows the prefixes as long as bodies follow them.
fn chain(bytes: &[u8], prefix: fn(&[u8]) -> Option<(usize, usize)>) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(range) = next_body(bytes, at, prefix) {
        at = range.end;
        ranges.push(range);
    }
    // A zero is an empty body's length, and also how a length in four bytes begins.
    while at < bytes.len() && ranges.pop_if(|last| Range::is_empty(last)).is_some() {}
    ranges
}

fn next_body(bytes: &[u8], at: usize, prefix: fn(&[u8]) -> Option<(usize, usize)>) -> Option<Range<usize>> {
    let (prefix_length, length) = prefix(&bytes[at..])?;
    let start = at + prefix_length;
    let range = start..start.checked_add(length)?;
    is_body(bytes.get(range.clone())?).then_some(range)
}

fn varint_prefix(bytes: &[u8]) -> Option<(usize, usize)> {
    let prefix = bytes.iter().take(10).position(|byte| *byte < 0x80)? + 1;
    let length = Fields::new(bytes).varint().ok()?;
    Some((prefix, usize::try_from(length).ok()?))
}

fn four_byte_prefix(bytes: &[u8]) -> Option<(usize, usize)> {
    let length = u32::from_be_bytes(*bytes.first_chunk()?);
    Some((4, length as usize))
}
