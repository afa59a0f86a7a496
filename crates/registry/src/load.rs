//! Loading: a folder or a few texts to a registry, or to what is wrong with them. It is the crate's one entry.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use throughline_core::model::registry::{IdBook, Registry};

use crate::compile::{self, Whole};
use crate::diagnostic::{Code, Diagnostic, Level, Problems};
use crate::document::test::{TestDoc, TestOutcome, TestSpan};
use crate::document::{self, Read};
use crate::parse::{self, Node};
use crate::source::{Place, Source};
use crate::table::Kind;
use crate::{check, print as canonical_yaml};

/// Files that a registry may have.
pub const FILES_MAX: usize = 10_000;
/// Bytes that a file may have.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;
/// Bytes that all files may have together.
const BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Folders that are looked into.
const FOLDERS_MAX: usize = 10_000;

/// What was read: the registry if it has no error, and all that is wrong.
#[derive(Debug)]
pub struct Loaded {
    /// `None` if there is at least one error.
    pub registry: Option<Registry>,
    /// In the order of files and lines.
    pub diagnostics: Vec<Diagnostic>,
    pub files: usize,
    /// Documents of this format, in load order.
    pub documents: Vec<Document>,
    /// The users' tests of their rules, to be run where attempts are judged.
    pub tests: Vec<RuleTest>,
}

impl Loaded {
    /// Returns whether `check` has nothing to complain about: no error and, when strict, no warning.
    pub fn passes(&self, strict: bool) -> bool {
        let fails = |diagnostic: &Diagnostic| strict || diagnostic.severity == Level::Error;
        !self.diagnostics.iter().any(fails)
    }
}

/// A document of the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Document {
    /// `Product` or `SLO`.
    pub kind: String,
    pub name: String,
    pub file: String,
    pub line: u32,
    #[serde(skip)]
    canonical: String,
}

/// A user's test of a rule: this span, that step, that outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleTest {
    pub file: String,
    pub line: u32,
    pub product: String,
    pub name: String,
    pub span: TestSpan,
    /// The id of the step, `None` when the span must be no attempt.
    pub step: Option<String>,
    /// `None` when any will do.
    pub outcome: Option<TestOutcome>,
}

/// Prints all documents as canonical YAML; reading it again gives an equal registry.
pub fn print(loaded: &Loaded) -> String {
    loaded.documents.iter().map(|document| document.canonical.as_str()).collect::<Vec<_>>().join("---\n")
}

/// Loads every `*.yaml` and `*.yml` below a folder, sorted by path, hidden ones left out.
pub fn load_dir(dir: &Path, book: &mut IdBook) -> Loaded {
    let mut problems = Problems::default();
    let mut sources = Vec::new();
    let mut paths = Vec::new();
    if let Err(error) = find(dir, &mut HashSet::new(), &mut paths) {
        let message = format!("cannot read the folder: {error}");
        unreadable(dir, message, &mut sources, &mut problems);
    }
    paths.sort();
    if paths.len() > FILES_MAX {
        let message = format!("more than {FILES_MAX} files below this folder, the rest is not read");
        let file = sources.len() as u32;
        sources.push(Source::new(dir.display().to_string(), ""));
        problems.hint(
            Code::TooManyFiles,
            Place { file, ..Place::default() },
            message,
            "name the registry's own folder",
        );
        paths.truncate(FILES_MAX);
    }
    let mut room = BYTES_MAX;
    for path in &paths {
        room = room.saturating_sub(read_file(path, room, &mut sources, &mut problems));
    }
    if sources.is_empty() {
        sources.push(Source::new(dir.display().to_string(), ""));
    }
    load(sources, paths.len(), book, problems)
}

/// Finds the files below a folder; each folder once, whatever links lead to it.
fn find(dir: &Path, seen: &mut HashSet<PathBuf>, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if dir.is_file() {
        paths.push(dir.to_owned());
        return Ok(());
    }
    if !seen.insert(dir.canonicalize()?) {
        return Ok(());
    }
    if seen.len() > FOLDERS_MAX {
        return Err(std::io::Error::other(format!("more than {FOLDERS_MAX} folders lie below it")));
    }
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if name.to_string_lossy().starts_with('.') || paths.len() > FILES_MAX {
            continue;
        }
        if path.is_dir() {
            find(&path, seen, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            paths.push(path);
        }
    }
    Ok(())
}

fn unreadable(path: &Path, message: String, sources: &mut Vec<Source>, problems: &mut Problems) {
    let file = sources.len() as u32;
    sources.push(Source::new(path.display().to_string(), ""));
    let place = Place { file, ..Place::default() };
    problems.hint(Code::FileUnreadable, place, message, "check its name and its permissions");
}

/// Reads a file if there is room for it, and returns the bytes it took.
fn read_file(path: &Path, room: u64, sources: &mut Vec<Source>, problems: &mut Problems) -> u64 {
    let place = Place { file: sources.len() as u32, ..Place::default() };
    let limit = room.min(FILE_BYTES_MAX as u64);
    let bytes = match read_bounded(path, limit) {
        Ok(bytes) => bytes,
        Err(error) => {
            unreadable(path, format!("cannot read the file: {error}"), sources, problems);
            return 0;
        }
    };
    let length = bytes.len() as u64;
    if length > limit {
        sources.push(Source::new(path.display().to_string(), ""));
        too_large(place, problems);
        return 0;
    }
    sources.push(Source::new(path.display().to_string(), decode(bytes, place, problems)));
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

fn too_large(place: Place, problems: &mut Problems) {
    let (one, all) = (FILE_BYTES_MAX / 1024, BYTES_MAX / 1024 / 1024);
    let message = format!(
        "the file is not read: it has more than {one} KiB, or all files together more than {all} MiB"
    );
    problems.hint(Code::FileTooLarge, place, message, "give each product a file of its own");
}

/// Returns the text; a wrong byte is reported at its place and shown as `U+FFFD`.
fn decode(bytes: Vec<u8>, place: Place, problems: &mut Problems) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let before = String::from_utf8_lossy(good);
        let line = before.matches('\n').count() as u32 + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u32 + 1;
        let place = Place { line, column, end: column + 1, ..place };
        problems.hint(Code::NotUtf8, place, "this byte is not UTF-8", "save the file as UTF-8");
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    })
}

/// Loads a registry from texts.
pub fn load_sources(sources: Vec<Source>, book: &mut IdBook) -> Loaded {
    let mut problems = Problems::default();
    let mut kept = Vec::new();
    let files = sources.len();
    for source in sources {
        let place = Place { file: kept.len() as u32, ..Place::default() };
        if source.text.len() > FILE_BYTES_MAX {
            too_large(place, &mut problems);
            kept.push(Source::new(source.name, ""));
        } else {
            kept.push(source);
        }
    }
    load(kept, files, book, problems)
}

fn load(mut sources: Vec<Source>, files: usize, book: &mut IdBook, mut problems: Problems) -> Loaded {
    for source in &mut sources {
        if let Some(text) = source.text.strip_prefix('\u{feff}') {
            source.text = text.to_owned();
        }
    }
    let files_read = sources.iter().map(|source| source.name.clone()).collect();
    let mut whole = Whole { files: files_read, ..Whole::default() };
    let mut documents = Vec::new();
    for (file, source) in sources.iter().enumerate() {
        for node in parse::documents(file as u32, &source.text, &mut problems) {
            if let Some(read) = document::read(&node, &mut problems) {
                documents.push(canonical(&node, &read, &source.name));
                keep(read, &mut whole);
            }
        }
    }
    check::all(&whole, &mut problems);
    if whole.products.is_empty() && !problems.has_errors() {
        let hint = "write `apiVersion: throughline.dev/v1`, `kind: Product` and what users do with it";
        problems.hint(Code::NoProduct, Place::default(), "there is no product here", hint);
    }
    let mut loaded = Loaded { registry: None, diagnostics: Vec::new(), files, documents, tests: Vec::new() };
    let version = compile::hash(&print(&loaded));
    let mut tried = book.clone();
    let registry = compile::compile(&whole, version, &mut tried, &mut problems);
    if !problems.has_errors() {
        *book = tried;
        loaded.registry = Some(registry);
    }
    loaded.tests = tests(&whole, &sources);
    loaded.diagnostics = problems.finish(&sources);
    loaded
}

fn keep(read: Read, whole: &mut Whole) {
    match read {
        Read::Product(product) => whole.products.push(product),
        Read::Slo(slo) => whole.slos.push(slo),
    }
}

fn canonical(node: &Node, read: &Read, file: &str) -> Document {
    let (kind, name) = match read {
        Read::Product(product) => ("Product", product.name.value.clone()),
        Read::Slo(document) => ("SLO", format!("{}/{}", document.step.value, document.slo.name.value)),
    };
    let table = document::TABLES.iter().find(|(word, _)| *word == kind);
    let canonical = table.map(|(_, object)| canonical_yaml::block(node, &Kind::Object(object)));
    Document {
        kind: kind.to_owned(),
        name,
        file: file.to_owned(),
        line: node.place.line,
        canonical: canonical.unwrap_or_default(),
    }
}

fn tests(whole: &Whole, sources: &[Source]) -> Vec<RuleTest> {
    let mut tests = Vec::new();
    for product in &whole.products {
        let name = &product.name.value;
        for step in &product.steps {
            let at_step = Some(step.id.value.as_str());
            tests.extend(step.tests.iter().map(|test| rule_test(name, at_step, test, sources)));
        }
        tests.extend(product.tests.iter().map(|test| rule_test(name, None, test, sources)));
    }
    tests
}

fn rule_test(product: &str, step: Option<&str>, test: &TestDoc, sources: &[Source]) -> RuleTest {
    let step = test.step.as_ref().map(|step| step.value.as_str()).or(step).filter(|step| *step != "none");
    RuleTest {
        file: sources.get(test.place.file as usize).map(|source| source.name.clone()).unwrap_or_default(),
        line: test.place.line,
        product: product.to_owned(),
        name: test.name.clone(),
        span: test.span.clone(),
        step: step.map(str::to_owned),
        outcome: test.outcome,
    }
}
