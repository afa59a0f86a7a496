//! Finds and reads the files of a registry's folder, within limits. It does not know what they say.

use std::collections::{BTreeSet, HashSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Problems};
use crate::source::{Place, Source, with_line_feeds};

/// Files that a registry may have.
pub const FILES_MAX: usize = 10_000;
/// Bytes that a file may have.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;
/// Bytes that all files may have together.
const BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Folders that are looked into.
const FOLDERS_MAX: usize = 10_000;
/// Files passed over that are named.
const PASSED_OVER_MAX: usize = 5;

/// What lies below a folder.
#[derive(Default)]
struct Found {
    folders: HashSet<PathBuf>,
    paths: Vec<PathBuf>,
    passed_over: usize,
    /// The first of them by name.
    passed_over_first: BTreeSet<PathBuf>,
}

/// Reads every `*.yaml` and `*.yml` below a folder, sorted by path, hidden ones left out; returns their texts, at
/// least one for a place, and how many files there are.
pub(crate) fn read(dir: &Path, problems: &mut Problems) -> (Vec<Source>, usize) {
    let mut sources = Vec::new();
    let mut found = Found::default();
    if let Err(error) = found.find(dir) {
        unreadable(dir, format!("cannot read the folder: {error}"), &mut sources, problems);
    }
    found.paths.sort();
    if found.paths.len() > FILES_MAX {
        let place = unread(dir, &mut sources);
        let message = format!("more than {FILES_MAX} files below this folder, the rest is not read");
        problems.hint(Code::TooManyFiles, place, message, "name the registry's own folder");
        found.paths.truncate(FILES_MAX);
    }
    let mut room = BYTES_MAX;
    for path in &found.paths {
        room = room.saturating_sub(read_file(path, room, &mut sources, problems));
    }
    if sources.is_empty() {
        let place = unread(dir, &mut sources);
        let message = "there is no product here: no file's name ends in `.yaml` or `.yml`";
        problems.hint(Code::NoProduct, place, message, found.hint(dir));
    }
    (sources, found.paths.len())
}

impl Found {
    /// Finds the files below a folder; each folder once, whatever links lead to it.
    fn find(&mut self, dir: &Path) -> std::io::Result<()> {
        if dir.is_file() {
            self.paths.push(dir.to_owned());
            return Ok(());
        }
        if !self.folders.insert(dir.canonicalize()?) {
            return Ok(());
        }
        if self.folders.len() > FOLDERS_MAX {
            return Err(std::io::Error::other(format!("more than {FOLDERS_MAX} folders lie below it")));
        }
        for entry in std::fs::read_dir(dir)? {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name());
            if name.to_string_lossy().starts_with('.') || self.paths.len() > FILES_MAX {
                continue;
            }
            if path.is_dir() {
                self.find(&path)?;
            } else if is_yaml(&path) {
                self.paths.push(path);
            } else {
                self.pass_over(path);
            }
        }
        Ok(())
    }

    fn pass_over(&mut self, path: PathBuf) {
        self.passed_over += 1;
        self.passed_over_first.insert(path);
        if self.passed_over_first.len() > PASSED_OVER_MAX {
            self.passed_over_first.pop_last();
        }
    }

    fn hint(&self, dir: &Path) -> String {
        let name = |path: &PathBuf| format!("`{}`", path.strip_prefix(dir).unwrap_or(path).display());
        let names = self.passed_over_first.iter().map(name).collect::<Vec<_>>().join(", ");
        match self.passed_over - self.passed_over_first.len() {
            _ if names.is_empty() => "the folder holds no files; name the registry's own folder".to_owned(),
            0 => format!("passed over: {names}"),
            more => format!("passed over: {names} and {more} more"),
        }
    }
}

fn is_yaml(path: &Path) -> bool {
    let known = |extension: &str| ["yaml", "yml"].iter().any(|word| extension.eq_ignore_ascii_case(word));
    path.extension().and_then(|extension| extension.to_str()).is_some_and(known)
}

/// Names what is not read, and returns its place.
fn unread(path: &Path, sources: &mut Vec<Source>) -> Place {
    sources.push(Source::new(path.display().to_string(), ""));
    Place { file: sources.len() as u32 - 1, ..Place::default() }
}

fn unreadable(path: &Path, message: String, sources: &mut Vec<Source>, problems: &mut Problems) {
    let place = unread(path, sources);
    problems.hint(Code::FileUnreadable, place, message, "check its name and its permissions");
}

/// Reads a file if there is room for it, and returns the bytes it took.
fn read_file(path: &Path, room: u64, sources: &mut Vec<Source>, problems: &mut Problems) -> u64 {
    let limit = room.min(FILE_BYTES_MAX as u64);
    let bytes = match read_bounded(path, limit) {
        Ok(bytes) => bytes,
        Err(error) => {
            unreadable(path, format!("cannot read the file: {error}"), sources, problems);
            return 0;
        }
    };
    let length = bytes.len() as u64;
    let place = unread(path, sources);
    if length > limit {
        too_large(place, problems);
        return 0;
    }
    sources[place.file as usize].text = decode(bytes, place, problems);
    length
}

/// Reads at most one byte more than the limit of a regular file: a pipe would wait for its writer for ever, and a
/// device has no end.
fn read_bounded(path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Says that a file or all together are too large to be read.
pub(crate) fn too_large(place: Place, problems: &mut Problems) {
    let (one, all) = (FILE_BYTES_MAX / 1024, BYTES_MAX / 1024 / 1024);
    let message = format!(
        "the file is not read: it has more than {one} KiB, or all files together more than {all} MiB"
    );
    problems.hint(Code::FileTooLarge, place, message, "give each product a file of its own");
}

/// Returns the text; a wrong byte is reported at its place and shown as `U+FFFD`.
fn decode(bytes: Vec<u8>, place: Place, problems: &mut Problems) -> String {
    if let Some(encoding) = wide_encoding(&bytes) {
        let message = format!("the file is {encoding} and is not read");
        problems.hint(Code::NotUtf8, place, message, "save the file as UTF-8");
        return String::new();
    }
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let before = with_line_feeds(&String::from_utf8_lossy(good));
        let line = before.matches('\n').count() as u32 + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u32 + 1;
        let place = Place { line, column, end: column + 1, ..place };
        problems.hint(Code::NotUtf8, place, "this byte is not UTF-8", "save the file as UTF-8");
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    })
}

/// Tells encodings of several bytes a character by the mark or the first character, which is ASCII (YAML 1.2.2,
/// 5.2).
fn wide_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [1..=255, 0, 0, 0, ..] | [0, 0, 0, 1..=255, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [1..=255, 0, ..] | [0, 1..=255, ..] => Some("UTF-16"),
        _ => None,
    }
}
