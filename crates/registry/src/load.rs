//! Loading: a folder or a few texts to a registry, or to what is wrong with them. It is the crate's one entry.

use std::path::Path;

use serde::Serialize;
use throughline_core::model::registry::{IdBook, Registry};

use crate::compile::{self, Whole};
use crate::diagnostic::{Code, Diagnostic, Level, Problems, excerpt, shown};
use crate::document::test::{TestDoc, TestOutcome, TestSpan};
use crate::document::{self, Read};
use crate::parse::{self, Node};
use crate::source::{Place, Source};
use crate::table::Kind;
use crate::{check, folder, print as canonical_yaml, visible};

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

    /// Returns whether no product is written at all, and nothing else is wrong: the folder of a new user.
    pub fn is_without_product(&self) -> bool {
        let mut errors = self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Level::Error);
        errors.next().is_some_and(|first| first.code == Code::NoProduct) && errors.next().is_none()
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
    /// Where its name stands, as in a [`Diagnostic`].
    column: u32,
    end_column: u32,
    excerpt: String,
    pub product: String,
    pub name: String,
    pub span: TestSpan,
    /// The id of the step, `None` when the span must be no attempt.
    pub step: Option<String>,
    /// `None` when any will do.
    pub outcome: Option<TestOutcome>,
}

impl RuleTest {
    /// Returns what a failed test tells: what came out instead, and what to do.
    pub fn failed(&self, fault: &str, hint: &str) -> Diagnostic {
        Diagnostic {
            code: Code::RuleTest,
            severity: Code::RuleTest.level(),
            file: self.file.clone(),
            line: self.line,
            column: self.column,
            end_column: self.end_column,
            excerpt: self.excerpt.clone(),
            message: shown(&format!("`{}`: {fault}", self.name)),
            hint: Some(shown(hint)),
        }
    }
}

/// Prints all documents as canonical YAML; reading it again gives an equal registry.
pub fn print(loaded: &Loaded) -> String {
    loaded.documents.iter().map(|document| document.canonical.as_str()).collect::<Vec<_>>().join("---\n")
}

/// Loads every `*.yaml` and `*.yml` below a folder, sorted by path, hidden ones left out.
pub fn load_dir(dir: &Path, book: &mut IdBook) -> Loaded {
    let mut problems = Problems::default();
    let (sources, files) = folder::read(dir, &mut problems);
    load(sources, files, &dir.display().to_string(), book, problems)
}

/// Loads a registry from texts.
pub fn load_sources(sources: Vec<Source>, book: &mut IdBook) -> Loaded {
    let mut problems = Problems::default();
    let mut kept = Vec::new();
    let files = sources.len();
    let whole = sources.first().map(|source| source.name.clone()).unwrap_or_default();
    for source in sources {
        let place = Place { file: kept.len() as u32, ..Place::default() };
        if source.text.len() > folder::FILE_BYTES_MAX {
            folder::too_large(place, &mut problems);
            kept.push(Source::new(source.name, ""));
        } else {
            kept.push(source);
        }
    }
    load(kept, files, &whole, book, problems)
}

/// `name` is that of all sources together.
fn load(
    mut sources: Vec<Source>,
    files: usize,
    name: &str,
    book: &mut IdBook,
    mut problems: Problems,
) -> Loaded {
    sources.iter_mut().for_each(Source::prepare);
    let files_read = sources.iter().map(|source| source.name.clone()).collect();
    let mut whole = Whole { files: files_read, ..Whole::default() };
    let mut documents = Vec::new();
    for (file, source) in sources.iter().enumerate() {
        let nodes = parse::documents(file as u32, &source.text, &mut problems);
        if nodes.is_empty() {
            without_document(file as u32, &mut problems);
        }
        for node in nodes {
            if let Some(read) = document::read(&node, &mut problems) {
                documents.push(canonical(&node, &read, &source.name));
                keep(read, &mut whole);
            }
        }
    }
    check::all(&whole, &mut problems);
    if whole.products.is_empty() && !problems.has_errors_of_ours() {
        without_product(name, &mut sources, &mut problems);
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

/// Says that a file holds nothing, unless it was not read, or not to its end.
fn without_document(file: u32, problems: &mut Problems) {
    if !problems.tell_of(file) {
        let message = "this file holds no document, only comments or nothing at all";
        let hint = "write a document, or remove the file; was it saved?";
        problems.hint(Code::EmptyFile, Place { file, ..Place::default() }, message, hint);
    }
}

/// Says that no document is a product, of all sources together.
fn without_product(name: &str, sources: &mut Vec<Source>, problems: &mut Problems) {
    let place = Place { file: sources.len() as u32, ..Place::default() };
    sources.push(Source::new(visible::text(name), ""));
    let message = "there is no product here: no document is one of `kind: Product`";
    let hint = "is it the registry's own folder? a product begins with `apiVersion: throughline.dev/v1` and `kind: Product`";
    problems.hint(Code::NoProduct, place, message, hint);
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
    let Place { file, line, column, end } = test.name.place;
    let source = sources.get(file as usize);
    RuleTest {
        file: source.map(|source| source.name.clone()).unwrap_or_default(),
        line,
        column,
        end_column: end,
        excerpt: source.map(|source| excerpt(source, line)).unwrap_or_default(),
        product: product.to_owned(),
        name: visible::text(&test.name.value),
        span: test.span.clone(),
        step: step.map(str::to_owned),
        outcome: test.outcome,
    }
}
