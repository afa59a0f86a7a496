//! A file of spans for replay, handed on a few hundred spans at a time so that a virtual clock can move in
//! between: OTLP (one body, JSON lines, streams of bodies), Zipkin, Jaeger, CSV. It opens no path and knows no
//! clock.

pub(crate) mod cut;
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
use crate::owned::OwnedSpan;
use crate::scratch::Scratch;
use crate::visit::{Notes, Refused, Visit, WalkError};
use crate::{inflate, jaeger, limits, zipkin};
use cut::{Cut, UpToCut};
use kept::Keep;

/// Bytes at a file's beginning from which its format is told.
const HEAD_BYTES: u64 = 64 * 1024;

/// Why a file cannot be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("failed to read `{name}`")]
    Read {
        name: String,
        #[source]
        error: std::io::Error,
    },
    #[error("`{name}` breaks off after {place}")]
    BrokenOff {
        name: String,
        /// How far it was read, such as `line 12`.
        place: String,
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
    #[error("`{name}` has the column {column} more than once")]
    Twice { name: String, column: String },
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
            FileError::BrokenOff { .. } => {
                "what came before is counted; check that the file is whole and compressed as its name says"
            }
            FileError::TooLarge { .. } => "write one request or trace a line, or cut the file",
            FileError::UnknownFormat { .. } => {
                "it must be OTLP (JSON or protobuf), Zipkin, Jaeger, or CSV with its columns named"
            }
            FileError::Unmapped { .. } => {
                "give the columns, such as `trace=TraceID,span=SpanID,parent=ParentID,service=Service,name=Name,start=Start:ns,end=End:ns`"
            }
            FileError::Columns { error, .. } => return Cow::Owned(error.hint()),
            FileError::Twice { .. } => {
                "give each column that the mapping names a name of its own in the header line"
            }
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
    /// Why the input ended too early.
    cut: Cut,
    fault: Option<FileError>,
    waiting: VecDeque<OwnedSpan>,
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
    /// `None` when it was read.
    Document(Option<Vec<u8>>),
    /// A stream of protobuf bodies.
    Bodies {
        bytes: Vec<u8>,
        ranges: VecDeque<Range<usize>>,
        /// Where the last of them ends.
        end: usize,
    },
    End,
}

/// A document and where it stands, if it is one of several.
type Placed = (Vec<u8>, Option<String>);

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
        let cut = Cut::default();
        let mut input = UpToCut::new(inflate::file_reader(name, file).map_err(read)?, cut.clone());
        let mut head = Vec::new();
        input.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(read)?;
        if head.is_empty()
            && let Some(error) = cut.take()
        {
            return Err(read(error));
        }
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
                Rows::new(input, cut.clone(), mapping.clone())
                    .map_err(|error| header_error(name, &cut, error))?,
            )),
            Format::OtlpProtobuf => bodies(whole(name, input)?, &cut),
            Format::OtlpJson | Format::Zipkin | Format::Jaeger => json_source(name, input, &cut)?,
        };
        let (name, waiting, notes) = (name.to_owned(), VecDeque::new(), Notes::default());
        Ok(Self { name, format, source, cut, fault: None, waiting, notes })
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

    /// Hands at most [`limits::CHUNK_SPANS`] spans to `visit`, those of one document in the order of their starts, cut before the first that starts after the 10 s of the
    /// clock (..:00 to ..:10) in which the first one starts: a clock that follows a file looks as often as at live
    /// data. Returns the start of the next span,
    /// so that several files can be read in turn; `None` at the end, also where it comes too early: then
    /// [`SpanFile::take_fault`] says why. What is no record is refused with the file's name and place, and the file
    /// goes on.
    pub fn next_chunk(
        &mut self,
        slots: &SlotTable,
        scratch: &mut Scratch,
        visit: &mut impl Visit,
    ) -> Option<UnixNanos> {
        if let Source::Rows(rows) = &mut self.source {
            let mut named = kept::Named { name: &self.name, inner: visit };
            let next = rows.next_rows(limits::CHUNK_SPANS, slots, &mut self.notes, &mut named);
            if next.is_none() {
                self.fault = self.broken_off();
            }
            return next;
        }
        while self.waiting.len() < limits::CHUNK_SPANS && self.load(slots, scratch, visit) {}
        let first = self.waiting.front().map(OwnedSpan::chunk);
        let is_later = |kept: &OwnedSpan| Some(kept.chunk()) > first;
        let chunk = self.waiting.iter().take(limits::CHUNK_SPANS).position(is_later);
        let chunk = chunk.unwrap_or(self.waiting.len().min(limits::CHUNK_SPANS));
        for kept in self.waiting.drain(..chunk) {
            kept.hand_over(slots, visit);
        }
        while self.waiting.is_empty() && self.load(slots, scratch, visit) {}
        self.waiting.front().map(OwnedSpan::start)
    }

    /// Returns why the file ended too early, once, after its last chunk. Whole lines, rows and bodies before the fault
    /// were handed over; of a document nothing was.
    pub fn take_fault(&mut self) -> Option<FileError> {
        if self.waiting.is_empty() { self.fault.take() } else { None }
    }

    /// Reads one more document; false at the end.
    fn load(&mut self, slots: &SlotTable, scratch: &mut Scratch, visit: &mut impl Visit) -> bool {
        match self.next_document() {
            Ok(Some((body, place))) => {
                self.read_document(&body, place.as_deref(), slots, scratch, visit);
                return true;
            }
            Ok(None) => self.fault = self.fault.take().or_else(|| self.broken_off()),
            Err(fault) => self.fault = Some(fault),
        }
        self.source = Source::End;
        false
    }

    fn next_document(&mut self) -> Result<Option<Placed>, FileError> {
        Ok(match &mut self.source {
            Source::Lines { input, next, line } => {
                let body = match next.take() {
                    Some(first) => Some(first),
                    None => one_line(&self.name, input, &self.cut)?,
                };
                *line += usize::from(body.is_some());
                body.map(|body| (body, Some(format!("{}:{line}", self.name))))
            }
            Source::Bodies { bytes, ranges, .. } => ranges.pop_front().map(|range| {
                let place = format!("{} at byte {}", self.name, range.start);
                (bytes[range].to_vec(), Some(place))
            }),
            Source::Document(body) => body.take().map(|body| (body, None)),
            Source::Rows(_) | Source::End => None,
        })
    }

    /// Returns what ended the input too early, if something did.
    fn broken_off(&self) -> Option<FileError> {
        let (name, error) = (self.name.clone(), self.cut.take()?);
        let place = match &self.source {
            Source::Lines { line, .. } => format!("line {line}"),
            Source::Rows(rows) => format!("line {}", rows.line().saturating_sub(1)),
            Source::Bodies { end, .. } => format!("byte {end}"),
            Source::Document(_) | Source::End => return Some(FileError::Read { name, error }),
        };
        Some(FileError::BrokenOff { name, place, error })
    }

    fn read_document(
        &mut self,
        body: &[u8],
        place: Option<&str>,
        slots: &SlotTable,
        scratch: &mut Scratch,
        visit: &mut impl Visit,
    ) {
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
            (Ok(notes), _) => {
                self.notes.add(&notes);
                // A document lists service after service, each from its beginning: the clock follows time, not them.
                let in_time = |span: &OwnedSpan| (span.start() == UnixNanos(0), span.start());
                self.waiting.make_contiguous()[before..].sort_by_key(in_time);
            }
            (Err(error), place) => {
                // The spans of a refused document are refused with it; a record that was refused in it stays so.
                self.waiting.truncate(before);
                match place {
                    Some(place) => {
                        visit.refused(format::signal(body), Refused::Record, &format!("{place}: {error}"));
                    }
                    None => self.fault = Some(FileError::Malformed { name: self.name.clone(), error }),
                }
            }
        }
    }
}

fn header_error(name: &str, cut: &Cut, error: HeaderError) -> FileError {
    let name = name.to_owned();
    match (error, cut.take()) {
        (HeaderError::Empty, Some(error)) => FileError::Read { name, error },
        (HeaderError::Empty, None) => FileError::NoHeader { name },
        (HeaderError::Columns(error), _) => FileError::Columns { name, error },
        (HeaderError::Twice(column), _) => FileError::Twice { name, column },
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

/// Reads the next line that is not blank; what a cut left of one is none.
fn one_line(name: &str, input: &mut impl BufRead, cut: &Cut) -> Result<Option<Vec<u8>>, FileError> {
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
            _ if !line.ends_with(b"\n") && cut.is_cut() && !format::is_whole_json(&line) => return Ok(None),
            _ => return Ok(Some(line)),
        }
    }
}

/// One document a line if the first line is whole by itself, or, where that one is damaged, the second: then the
/// file as a whole is none.
fn json_source(name: &str, input: Input, cut: &Cut) -> Result<Source, FileError> {
    let mut input = BufReader::new(input);
    let Some(first) = one_line(name, &mut input, cut)? else { return Ok(Source::End) };
    if format::is_whole_json(&first) {
        return Ok(Source::Lines { input, next: Some(first), line: 0 });
    }
    let mut bytes = first;
    let second = bytes.len();
    bytes.extend(whole(name, input)?);
    let second = bytes[second..].split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_whole = format::is_whole_json(&bytes);
    if second.starts_with(b"{") && format::is_whole_json(second) && !is_whole {
        let input: Input = Box::new(Cursor::new(bytes));
        return Ok(Source::Lines { input: BufReader::new(input), next: None, line: 0 });
    }
    Ok(Source::Document(Some(bytes).filter(|_| is_whole || !cut.is_cut())))
}

/// Where more than bodies is in the file, they end at a cut.
fn bodies(mut bytes: Vec<u8>, cut: &Cut) -> Source {
    let ranges = format::bodies(&bytes);
    match &ranges[..] {
        [alone] if *alone == (0..bytes.len()) => {
            Source::Document(Some(bytes).filter(|bytes| format::is_body(bytes) || !cut.is_cut()))
        }
        _ => {
            let end = ranges.last().map_or(0, |last| last.end);
            if end < bytes.len() {
                cut.set(std::io::Error::other("what follows is no whole body"));
            }
            bytes.truncate(end);
            Source::Bodies { bytes, ranges: ranges.into(), end }
        }
    }
}
