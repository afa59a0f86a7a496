//! RFC 4180 records from a stream: quoted fields may hold commas, doubled quotes and line ends. A quote that
//! never ends spoils its own line only. It knows no columns.

use std::io::Read;

use crate::limits;

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
}

impl Records {
    pub(super) fn new(input: Box<dyn Read + Send>) -> Self {
        let (buffer, fields) = (Vec::new(), Vec::new());
        Self { input, buffer, start: 0, ended: false, line: 1, newest_line: 1, again: false, fields }
    }

    /// Returns the line on which the next record begins, from 1.
    pub(super) fn line(&self) -> usize {
        if self.again { self.newest_line } else { self.line }
    }

    /// Puts the newest record back: it is the next one too. Not for a bad one.
    pub(super) fn put_back(&mut self) {
        self.again = true;
    }

    pub(super) fn next_record(&mut self) -> std::io::Result<Option<Record<'_>>> {
        if std::mem::take(&mut self.again) {
            return Ok(Some(Record::Fields(&self.fields)));
        }
        self.newest_line = self.line;
        loop {
            let rest = &self.buffer[self.start..];
            if let Some(end) = record_end(rest, self.ended) {
                let end = self.start + end;
                return Ok(Some(self.take(end, true)));
            }
            if rest.is_empty() && self.ended {
                return Ok(None);
            }
            if self.ended || rest.len() > limits::RECORD_BYTES {
                let first_line = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
                let end = self.start + first_line;
                return Ok(Some(self.take(end, false)));
            }
            self.fill()?;
        }
    }

    fn take(&mut self, end: usize, good: bool) -> Record<'_> {
        let record = &self.buffer[self.start..end];
        self.line += record.iter().filter(|byte| **byte == b'\n').count();
        if good {
            split(record, &mut self.fields);
        }
        self.start = end;
        if good { Record::Fields(&self.fields) } else { Record::Bad }
    }

    fn fill(&mut self) -> std::io::Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let read = self.input.by_ref().take(64 * 1024).read_to_end(&mut self.buffer)?;
        self.ended = read == 0;
        Ok(())
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

/// Cuts a record into fields, reusing their strings; what is not UTF-8 is replaced.
fn split(record: &[u8], fields: &mut Vec<String>) {
    let text = String::from_utf8_lossy(record);
    let text = text.trim_end_matches(['\n', '\r']);
    let mut n = 0;
    let mut rest = Some(text);
    while let Some(text) = rest {
        if fields.len() == n {
            fields.push(String::new());
        }
        fields[n].clear();
        rest = field(text, &mut fields[n]);
        n += 1;
    }
    fields.truncate(n);
}

/// Reads one field; returns what follows its comma.
fn field<'a>(mut text: &'a str, out: &mut String) -> Option<&'a str> {
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
    let (part, after) = match text.split_once(',') {
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
        let mut records = Records::new(Box::new(std::io::Cursor::new(text.to_owned())));
        let mut all = Vec::new();
        loop {
            let line = records.line();
            match records.next_record().unwrap() {
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
        let mut records = Records::new(Box::new(std::io::Cursor::new("a\n\"b\nb\"\nc\n")));
        let mut next = |put_back: bool| {
            let line = records.line();
            let first = match records.next_record().unwrap() {
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
