//! The files of a replay: folders opened, in the order of their first records, and those that cover the same hours
//! read in turn, ten seconds at a time. It counts nothing and moves no clock.

use std::collections::VecDeque;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use throughline_core::model::registry::Registry;
use throughline_core::time::UnixNanos;
use throughline_wire::file::{FileError, Format, SpanFile};
use throughline_wire::scratch::Scratch;
use throughline_wire::visit::Ignore;

use crate::extent::Dating;
use crate::replay::ReplayError;

/// Files that are read in turn; where more cover the same time, the others wait until one has ended.
pub(crate) const OPEN_FILES_MAX: usize = 64;
/// Folders below folders that are looked into.
const DEPTH_MAX: usize = 16;

/// A file and the start of its first span, `None` where it holds none.
pub(crate) type Dated = (Option<UnixNanos>, PathBuf);

/// A file being read.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) name: String,
    pub(crate) file: SpanFile,
    /// The start of the next span; `None` at the end.
    pub(crate) next: Option<UnixNanos>,
    /// Whether something was read.
    pub(crate) begun: bool,
}

/// All files, those that are open in the order of their next spans.
#[derive(Debug)]
pub(crate) struct Files {
    waiting: VecDeque<Dated>,
    open: Vec<Reading>,
    format: Option<Format>,
    total: usize,
}

impl Files {
    pub(crate) fn new(files: &[Dated], format: Option<&Format>) -> Self {
        let waiting: VecDeque<Dated> = files.iter().cloned().collect();
        Self { total: waiting.len(), waiting, open: Vec::new(), format: format.cloned() }
    }

    /// Returns the number of files, and of those that were read to their end.
    pub(crate) fn progress(&self) -> (usize, usize) {
        let ended = self.open.iter().filter(|reading| reading.begun && reading.next.is_none()).count();
        (self.total, self.total - self.waiting.len() - self.open.len() + ended)
    }

    /// Returns the file whose next span is the earliest, and whether any file lasts from before it to after it: then
    /// what lies between is a gap in the input, not its absence.
    pub(crate) fn turn(&mut self) -> Result<Option<(&mut Reading, bool)>, ReplayError> {
        self.open.retain(|reading| reading.next.is_some() || !reading.begun);
        while let Some((first, _)) = self.waiting.front()
            && self.open.len() < OPEN_FILES_MAX
            && self.open.iter().map(|reading| reading.next).min().is_none_or(|next| *first <= next)
            && let Some((first, path)) = self.waiting.pop_front()
        {
            let name = path.display().to_string();
            self.open.push(Reading {
                file: open(&path, self.format.clone())?,
                name,
                next: first,
                begun: false,
            });
        }
        let inside = self.open.iter().any(|reading| reading.begun);
        let earliest = self.open.iter_mut().min_by_key(|reading| reading.next);
        Ok(earliest.map(|reading| (reading, inside)))
    }
}

/// Opens a regular file: what is read twice, to order it and to play it, can be no pipe.
fn open(path: &Path, format: Option<Format>) -> Result<SpanFile, ReplayError> {
    let name = path.display().to_string();
    let failed = |error| ReplayError::Open { path: name.clone(), error };
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(ReplayError::NotAFile { path: name });
    }
    let file = File::open(path).map_err(failed)?;
    Ok(SpanFile::new(&name, BufReader::with_capacity(1 << 18, file), format)?)
}

/// What was found to read.
#[derive(Debug)]
pub(crate) struct Found {
    /// In the order of their first records.
    pub(crate) files: Vec<Dated>,
    /// Why each file of a folder is left out that cannot be read as spans.
    pub(crate) passed_over: Vec<ReplayError>,
}

/// Returns the files to read, folders opened.
///
/// # Errors
/// [`ReplayError`] for a file that was given by its own name; one of a folder is passed over.
pub(crate) fn in_order(
    (given, format): (&[PathBuf], Option<&Format>),
    registry: &Registry,
) -> Result<Found, ReplayError> {
    let (mut files, mut passed_over) = (Vec::new(), Vec::new());
    for path in given {
        if !path.is_dir() {
            files.push((first_record(path, format, registry)?, path.clone()));
            continue;
        }
        let mut inside = Vec::new();
        list(path, 0, &mut inside)?;
        inside.sort();
        for path in inside {
            match first_record(&path, format, registry) {
                Ok(first) => files.push((first, path)),
                Err(error) => passed_over.push(error),
            }
        }
    }
    if files.is_empty() {
        // What nearly was one says more than a file of another kind.
        let is_another_kind =
            |error: &ReplayError| matches!(error, ReplayError::File(FileError::UnknownFormat { .. }));
        let passed_over = passed_over.into_iter().min_by_key(is_another_kind).map(Box::new);
        return Err(ReplayError::NoFiles { passed_over });
    }
    files.sort();
    Ok(Found { files, passed_over })
}

/// Lists the files below a folder. Links to folders are not followed: they may lead back.
fn list(dir: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), ReplayError> {
    let failed = |error| ReplayError::Open { path: dir.display().to_string(), error };
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        match (hidden, kind.is_dir()) {
            (true, _) => {}
            (_, true) if depth < DEPTH_MAX => list(&path, depth + 1, found)?,
            _ if kind.is_symlink() && path.is_dir() => {}
            _ => found.push(path),
        }
    }
    Ok(())
}

fn first_record(
    path: &Path,
    format: Option<&Format>,
    registry: &Registry,
) -> Result<Option<UnixNanos>, ReplayError> {
    let mut file = open(path, format.cloned())?;
    let mut ignore = Ignore;
    let mut dating = Dating::new(&mut ignore);
    file.next_chunk(&registry.slots, &mut Scratch::default(), &mut dating);
    Ok(dating.dates.extent(registry.longest_window_ns()).map(|extent| extent.oldest))
}
