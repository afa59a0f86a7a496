//! RFC 4180 records from a stream: quoted fields may hold separators, doubled quotes and line ends. A quote that
//! never ends spoils its own line only. The first line tells the separator. It knows no columns.

use std::borrow::Cow;
use std::io::Read;

use crate::file::cut::Cut;
use crate::limits;

/// The byte order mark of UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// One record.
#[derive(Debug)]
pub(super) enum Record<'a> {
    Fields(&'a [String]),
    /// A line with a quote that does not end within [`limits::RECORD_BYTES`].
    Bad,
}

/// Records read off a stream, one at a time.
pub(super) struct Records {
    input: Box<dyn Read + Send>,
    /// Whether the input ended too early.
    cut: Cut,
    buffer: Vec<u8>,
    /// Where in the buffer the next record begins.
    start: usize,
    ended: bool,
    line: usize,
    /// Where the newest record begins.
    newest_line: usize,
    /// The newest record is handed out again.
    again: bool,
    fields: Vec<String>,
    separator: char,
    /// Places of the newest record that are no UTF-8.
    mended: u64,
}

impl Records {
    pub(super) fn new(input: Box<dyn Read + Send>, cut: Cut) -> Self {
        Self {
            input,
            cut,
            buffer: Vec::new(),
            start: 0,
            ended: false,
            line: 1,
            newest_line: 1,
            again: false,
            fields: Vec::new(),
            separator: ',',
            mended: 0,
        }
    }

    /// Returns the line on which the next record begins, from 1.
    pub(super) fn line(&self) -> usize {
        if self.again { self.newest_line } else { self.line }
    }

    /// Puts the newest record back: it is the next one too. Not for a bad one.
    pub(super) fn put_back(&mut self) {
        self.again = true;
    }

    /// Returns how many places of the newest record are no UTF-8 and were read as U+FFFD.
    pub(super) fn mended(&self) -> u64 {
        self.mended
    }

    /// Returns the next record, `None` at the end; what a cut left of one is none.
    pub(super) fn next_record(&mut self) -> Option<Record<'_>> {
        if std::mem::take(&mut self.again) {
            return Some(Record::Fields(&self.fields));
        }
        self.newest_line = self.line;
        loop {
            let rest = &self.buffer[self.start..];
            let is_cut = self.ended && self.cut.is_cut();
            if let Some(end) = record_end(rest, self.ended && !is_cut) {
                let end = self.start + end;
                return Some(self.take(end, true));
            }
            if is_cut || rest.is_empty() && self.ended {
                return None;
            }
            if self.ended || rest.len() > limits::RECORD_BYTES {
                let first_line = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
                let end = self.start + first_line;
                return Some(self.take(end, false));
            }
            self.fill();
        }
    }

    fn take(&mut self, end: usize, good: bool) -> Record<'_> {
        let mut record = &self.buffer[self.start..end];
        let is_first = self.line == 1;
        self.line += record.iter().filter(|byte| **byte == b'\n').count();
        if is_first {
            record = record.strip_prefix(BOM).unwrap_or(record);
            self.separator = separator(record);
        }
        if good {
            self.mended = split(record, self.separator, &mut self.fields);
        }
        self.start = end;
        if good { Record::Fields(&self.fields) } else { Record::Bad }
    }

    fn fill(&mut self) {
        self.buffer.drain(..self.start);
        self.start = 0;
        let before = self.buffer.len();
        // A fault ends the input, and its cut keeps it.
        let read = self.input.by_ref().take(64 * 1024).read_to_end(&mut self.buffer);
        self.ended = read.is_err() || self.buffer.len() == before;
    }
}

/// Returns the length of the first record with its line end; at the stream's end the last one needs none.
fn record_end(bytes: &[u8], ended: bool) -> Option<usize> {
    let mut quoted = false;
    for (at, byte) in bytes.iter().enumerate().take(limits::RECORD_BYTES) {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => return Some(at + 1),
            _ => {}
        }
    }
    (ended && !quoted && !bytes.is_empty() && bytes.len() <= limits::RECORD_BYTES).then_some(bytes.len())
}

/// Returns what the header line's columns are separated by: a comma, else a semicolon, else a tab.
fn separator(header: &[u8]) -> char {
    let mut quoted = false;
    let mut is_outside = |byte: &u8| {
        quoted ^= *byte == b'"';
        !quoted
    };
    let outside: Vec<u8> = header.iter().copied().filter(|byte| is_outside(byte)).collect();
    [',', ';', '\t'].into_iter().find(|separator| outside.contains(&(*separator as u8))).unwrap_or(',')
}

/// Cuts a record into fields, reusing their strings; what is not UTF-8 is replaced. Returns in how many places.
fn split(record: &[u8], separator: char, fields: &mut Vec<String>) -> u64 {
    let text = String::from_utf8_lossy(record);
    let mended = match &text {
        Cow::Borrowed(_) => 0,
        Cow::Owned(_) => record.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count(),
    };
    let text = text.trim_end_matches(['\n', '\r']);
    let mut n = 0;
    let mut rest = Some(text);
    while let Some(text) = rest {
        if fields.len() == n {
            fields.push(String::new());
        }
        fields[n].clear();
        rest = field(text, separator, &mut fields[n]);
        n += 1;
    }
    fields.truncate(n);
    mended as u64
}

/// Reads one field; returns what follows its separator.
fn field<'a>(mut text: &'a str, separator: char, out: &mut String) -> Option<&'a str> {
    if let Some(quoted) = text.strip_prefix('"') {
        text = quoted;
        loop {
            let Some((part, after)) = text.split_once('"') else {
                out.push_str(text);
                return None;
            };
            out.push_str(part);
            match after.strip_prefix('"') {
                Some(after_escaped) => {
                    out.push('"');
                    text = after_escaped;
                }
                None => {
                    text = after;
                    break;
                }
            }
        }
    }
    let (part, after) = match text.split_once(separator) {
        Some((part, after)) => (part, Some(after)),
        None => (text, None),
    };
    out.push_str(part);
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(usize, Option<Vec<String>>)> {
        let mut records = Records::new(Box::new(std::io::Cursor::new(text.to_owned())), Cut::default());
        let mut all = Vec::new();
        loop {
            let line = records.line();
            match records.next_record() {
                Some(Record::Fields(fields)) => all.push((line, Some(fields.to_vec()))),
                Some(Record::Bad) => all.push((line, None)),
                None => return all,
            }
        }
    }

    fn check(text: &str, expected: &[(usize, Option<&[&str]>)]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(line, fields)| (*line, fields.map(|f| f.iter().map(|s| (*s).to_owned()).collect())))
            .collect();
        assert_eq!(read(text), expected, "{text:?}");
    }

    #[test]
    fn fields_are_cut_at_commas_and_records_at_line_ends() {
        check("a,b\r\n,\nc", &[(1, Some(&["a", "b"])), (2, Some(&["", ""])), (3, Some(&["c"]))]);
    }

    #[test]
    fn quoted_fields_hold_commas_quotes_and_line_ends() {
        check("\"a,\"\"b\"\"\n\",c\nd", &[(1, Some(&["a,\"b\"\n", "c"])), (3, Some(&["d"]))]);
    }

    #[test]
    fn a_header_without_commas_tells_another_separator() {
        check("a;b\n1,5;\"x;y\"\n", &[(1, Some(&["a", "b"])), (2, Some(&["1,5", "x;y"]))]);
        check("a\tb;c\n\t;\n", &[(1, Some(&["a\tb", "c"])), (2, Some(&["\t", ""]))]);
        check("a\tb\n1\t2,;\n", &[(1, Some(&["a", "b"])), (2, Some(&["1", "2,;"]))]);
        check("\"a,b\";c\n1;2\n", &[(1, Some(&["a,b", "c"])), (2, Some(&["1", "2"]))]);
        check("a;b,c\n", &[(1, Some(&["a;b", "c"]))]);
        check("a\n1,2\n", &[(1, Some(&["a"])), (2, Some(&["1", "2"]))]);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_field() {
        check("\u{feff}\"a\",b\n", &[(1, Some(&["a", "b"]))]);
    }

    #[test]
    fn a_quote_that_never_ends_spoils_its_own_line() {
        check("a\n\"b\nc\n", &[(1, Some(&["a"])), (2, None), (3, Some(&["c"]))]);
    }

    #[test]
    fn a_record_may_have_the_limit_and_not_one_byte_more() {
        let quoted = |n: usize| format!("\"{}\n\"\nnext\n", "x".repeat(n - 4));
        assert_eq!(read(&quoted(limits::RECORD_BYTES)).len(), 2);
        let long = read(&quoted(limits::RECORD_BYTES + 1));
        assert_eq!(long[0], (1, None));
    }

    #[test]
    fn a_record_put_back_is_the_next_one_with_its_line() {
        let mut records = Records::new(Box::new(std::io::Cursor::new("a\n\"b\nb\"\nc\n")), Cut::default());
        let mut next = |put_back: bool| {
            let line = records.line();
            let first = match records.next_record() {
                Some(Record::Fields(fields)) => fields[0].clone(),
                _ => String::new(),
            };
            if put_back {
                records.put_back();
            }
            (line, first)
        };
        assert_eq!(next(false), (1, "a".to_owned()));
        assert_eq!(next(true), (2, "b\nb".to_owned()));
        assert_eq!(next(true), (2, "b\nb".to_owned()));
        assert_eq!(next(false), (2, "b\nb".to_owned()));
        assert_eq!(next(false), (4, "c".to_owned()));
    }
}
