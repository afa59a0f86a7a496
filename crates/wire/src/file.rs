//! A file of spans for replay, handed on a few hundred spans at a time so that a virtual clock can move in
//! between: OTLP (one body, JSON lines, streams of bodies), Zipkin, Jaeger, CSV. It opens no path and knows no
//! clock.

mod format;
mod kept;

pub use format::Format;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::ops::Range;

use throughline_core::observation::{Signal, SlotTable};
use throughline_core::time::UnixNanos;

use crate::csv::{HeaderError, MissingColumns, Rows};
use crate::otlp::{self, Encoding};
use crate::scratch::Scratch;
use crate::visit::{Notes, Refused, Visit, WalkError};
use crate::{inflate, jaeger, limits, zipkin};
use kept::{Keep, Kept};

/// Bytes at a file's beginning from which its format is told.
const HEAD_BYTES: u64 = 64 * 1024;

/// Why a file cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("failed to read `{name}`")]
    Read {
        name: String,
        #[source]
        error: std::io::Error,
    },
    #[error("`{name}` holds a document of more than {limit} bytes")]
    TooLarge { name: String, limit: u64 },
    #[error("cannot tell the format of `{name}`")]
    UnknownFormat { name: String },
    #[error("`{name}` is CSV, and nothing says what its columns hold")]
    Unmapped { name: String },
    #[error("`{name}` lacks columns that the mapping names")]
    Columns {
        name: String,
        #[source]
        error: MissingColumns,
    },
    #[error("`{name}` has no header line")]
    NoHeader { name: String },
    #[error("`{name}` is UTF-16, not UTF-8")]
    Utf16 { name: String },
    #[error("`{name}` is malformed")]
    Malformed {
        name: String,
        #[source]
        error: WalkError,
    },
}

impl FileError {
    /// Returns what the reader of the error can do.
    pub fn hint(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            FileError::Read { .. } => "check that the file is whole and compressed as its name says",
            FileError::TooLarge { .. } => "write one request or trace a line, or cut the file",
            FileError::UnknownFormat { .. } => {
                "it must be OTLP (JSON or protobuf), Zipkin, Jaeger, or CSV with its columns named"
            }
            FileError::Unmapped { .. } => {
                "give the columns, such as `trace=TraceID,span=SpanID,parent=ParentID,service=Service,name=Name,start=Start:ns,end=End:ns`"
            }
            FileError::Columns { error, .. } => return Cow::Owned(error.hint()),
            FileError::NoHeader { .. } => "the first line must name the columns",
            FileError::Utf16 { .. } => "save it as UTF-8, such as with `iconv -f UTF-16 -t UTF-8`",
            FileError::Malformed { .. } => "check that the file is whole and of the format it is read as",
        })
    }
}

/// A file being read. The slot table must be the same from the first chunk to the last.
pub struct SpanFile {
    name: String,
    format: Format,
    source: Source,
    waiting: VecDeque<Kept>,
    notes: Notes,
}

impl std::fmt::Debug for SpanFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpanFile")
            .field("name", &self.name)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

type Input = Box<dyn Read + Send>;

enum Source {
    Rows(Box<Rows>),
    /// One document a line; the first was read already.
    Lines {
        input: BufReader<Input>,
        next: Option<Vec<u8>>,
        line: usize,
    },
    Document(Vec<u8>),
    /// A stream of protobuf bodies.
    Bodies {
        bytes: Vec<u8>,
        ranges: VecDeque<Range<usize>>,
    },
    End,
}

impl SpanFile {
    /// Begins to read a file; its compression is told by the name, its format by its beginning unless given.
    ///
    /// # Errors
    /// [`FileError`] when the beginning cannot be read or the format is not known.
    pub fn new(
        name: &str,
        file: impl BufRead + Send + 'static,
        format: Option<Format>,
    ) -> Result<Self, FileError> {
        let read = |error| FileError::Read { name: name.to_owned(), error };
        let mut input = inflate::file_reader(name, file).map_err(read)?;
        let mut head = Vec::new();
        input.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(read)?;
        if format::is_utf16(&head) {
            return Err(FileError::Utf16 { name: name.to_owned() });
        }
        let format = match format {
            Some(format) => format,
            None => Format::detect(&head, name)?,
        };
        let input: Input = Box::new(Cursor::new(head).chain(input));
        let source = match &format {
            Format::Csv(mapping) => Source::Rows(Box::new(
                Rows::new(input, mapping.clone()).map_err(|error| header_error(name, error))?,
            )),
            Format::OtlpProtobuf => bodies(whole(name, input)?),
            Format::OtlpJson | Format::Zipkin | Format::Jaeger => json_source(name, input)?,
        };
        Ok(Self { name: name.to_owned(), format, source, waiting: VecDeque::new(), notes: Notes::default() })
    }

    /// Returns what the file is read as.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// Returns what was accepted so far but not as it was written.
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// Returns what the first chunk makes doubtful of how the file is read, for a person: units of times and the
    /// pattern of services in CSV.
    pub fn doubts(&self) -> Vec<String> {
        match &self.source {
            Source::Rows(rows) => rows.doubts(&self.name),
            _ => Vec::new(),
        }
    }

    /// Hands at most [`limits::CHUNK_SPANS`] spans to `visit`, cut before the first that starts after the 10 s of the
    /// clock (..:00 to ..:10) in which the first one starts: a clock that follows a file looks as often as at live
    /// data. Returns the start of the next span,
    /// so that several files can be read in turn; `None` at the end. What is no record is refused with the file's
    /// name and place, and the file goes on.
    ///
    /// # Errors
    /// [`FileError`] when the file cannot be read on, or is one malformed document.
    pub fn next_chunk(
        &mut self,
        slots: &SlotTable,
        scratch: &mut Scratch,
        visit: &mut impl Visit,
    ) -> Result<Option<UnixNanos>, FileError> {
        if let Source::Rows(rows) = &mut self.source {
            let mut named = kept::Named { name: &self.name, inner: visit };
            let read = rows.next_rows(limits::CHUNK_SPANS, slots, &mut self.notes, &mut named);
            return read.map_err(|error| FileError::Read { name: self.name.clone(), error });
        }
        while self.waiting.len() < limits::CHUNK_SPANS && self.load(slots, scratch, visit)? {}
        let first = self.waiting.front().map(Kept::chunk);
        let is_later = |kept: &Kept| Some(kept.chunk()) > first;
        let chunk = self.waiting.iter().take(limits::CHUNK_SPANS).position(is_later);
        let chunk = chunk.unwrap_or(self.waiting.len().min(limits::CHUNK_SPANS));
        for kept in self.waiting.drain(..chunk) {
            kept.hand_over(slots, visit);
        }
        while self.waiting.is_empty() && self.load(slots, scratch, visit)? {}
        Ok(self.waiting.front().map(Kept::start))
    }

    /// Reads one more document; false at the end.
    fn load(
        &mut self,
        slots: &SlotTable,
        scratch: &mut Scratch,
        visit: &mut impl Visit,
    ) -> Result<bool, FileError> {
        let (body, place) = match &mut self.source {
            Source::Lines { input, next, line } => {
                *line += 1;
                let body = next.take().map_or_else(|| one_line(&self.name, input), |body| Ok(Some(body)))?;
                let Some(body) = body else {
                    self.source = Source::End;
                    return Ok(false);
                };
                (body, Some(format!("{}:{line}", self.name)))
            }
            Source::Bodies { bytes, ranges } => match ranges.pop_front() {
                Some(range) => {
                    let place = format!("{} at byte {}", self.name, range.start);
                    (bytes[range].to_vec(), Some(place))
                }
                None => {
                    self.source = Source::End;
                    return Ok(false);
                }
            },
            Source::Document(body) => {
                let body = std::mem::take(body);
                self.source = Source::End;
                (body, None)
            }
            Source::Rows(_) | Source::End => return Ok(false),
        };
        self.read_document(&body, place.as_deref(), slots, scratch, visit)?;
        Ok(true)
    }

    fn read_document(
        &mut self,
        body: &[u8],
        place: Option<&str>,
        slots: &SlotTable,
        scratch: &mut Scratch,
        visit: &mut impl Visit,
    ) -> Result<(), FileError> {
        let before = self.waiting.len();
        let mut keep =
            Keep { waiting: &mut self.waiting, slots, place: place.unwrap_or(&self.name), inner: visit };
        let answer = match self.format {
            Format::OtlpProtobuf => {
                otlp::walk(Signal::Traces, Encoding::Protobuf, body, slots, scratch, &mut keep)
            }
            Format::OtlpJson => {
                otlp::walk(format::signal(body), Encoding::Json, body, slots, scratch, &mut keep)
            }
            Format::Zipkin => zipkin::walk(body, slots, scratch, &mut keep),
            Format::Jaeger => jaeger::walk(body, slots, scratch, &mut keep),
            Format::Csv(_) => Ok(Notes::default()),
        };
        match (answer, place) {
            (Ok(notes), _) => self.notes.add(&notes),
            (Err(error), Some(place)) => {
                // The spans of a refused line are refused with it; a record that was refused in it stays so.
                self.waiting.truncate(before);
                visit.refused(format::signal(body), Refused::Record, &format!("{place}: {error}"));
            }
            (Err(error), None) => return Err(FileError::Malformed { name: self.name.clone(), error }),
        }
        Ok(())
    }
}

fn header_error(name: &str, error: HeaderError) -> FileError {
    let name = name.to_owned();
    match error {
        HeaderError::Io(error) => FileError::Read { name, error },
        HeaderError::Empty => FileError::NoHeader { name },
        HeaderError::Columns(error) => FileError::Columns { name, error },
    }
}

/// Reads a whole file within the limit.
fn whole(name: &str, input: impl Read) -> Result<Vec<u8>, FileError> {
    let limit = limits::DOCUMENT_BYTES;
    let mut bytes = Vec::new();
    let read = input.take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|error| FileError::Read { name: name.to_owned(), error })?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge { name: name.to_owned(), limit });
    }
    Ok(bytes)
}

/// Reads the next line that is not blank.
fn one_line(name: &str, input: &mut impl BufRead) -> Result<Option<Vec<u8>>, FileError> {
    let limit = limits::DOCUMENT_BYTES;
    loop {
        let mut line = Vec::new();
        let read = input.by_ref().take(limit + 1).read_until(b'\n', &mut line);
        read.map_err(|error| FileError::Read { name: name.to_owned(), error })?;
        match line.trim_ascii() {
            [] if line.is_empty() => return Ok(None),
            [] => {}
            _ if line.len() as u64 > limit => {
                return Err(FileError::TooLarge { name: name.to_owned(), limit });
            }
            _ => return Ok(Some(line)),
        }
    }
}

/// One document a line if the first line is whole by itself, or, where that one is damaged, the second: then the
/// file as a whole is none.
fn json_source(name: &str, input: Input) -> Result<Source, FileError> {
    let mut input = BufReader::new(input);
    let Some(first) = one_line(name, &mut input)? else { return Ok(Source::End) };
    if format::is_whole_json(&first) {
        return Ok(Source::Lines { input, next: Some(first), line: 0 });
    }
    let mut bytes = first;
    let second = bytes.len();
    bytes.extend(whole(name, input)?);
    let second = bytes[second..].split(|byte| *byte == b'\n').next().unwrap_or_default();
    if second.starts_with(b"{") && format::is_whole_json(second) && !format::is_whole_json(&bytes) {
        let input: Input = Box::new(Cursor::new(bytes));
        return Ok(Source::Lines { input: BufReader::new(input), next: None, line: 0 });
    }
    Ok(Source::Document(bytes))
}

fn bodies(mut bytes: Vec<u8>) -> Source {
    let ranges = format::bodies(&bytes);
    match &ranges[..] {
        [alone] => {
            bytes.truncate(alone.end);
            bytes.drain(..alone.start);
            Source::Document(bytes)
        }
        _ => Source::Bodies { bytes, ranges: ranges.into() },
    }
}
