//! YAML events to a tree of nodes that keeps places of keys and values, duplicate keys and the order of keys.
//! It knows no field and no kind of document.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};

use crate::diagnostic::{Code, Problems};
use crate::source::Place;

/// Nodes that a file may hold, aliases expanded.
pub(crate) const NODES_MAX: usize = 100_000;
/// Nodes that aliases may add in a file.
pub(crate) const ALIAS_NODES_MAX: usize = 10_000;
/// Lists and mappings in each other.
pub(crate) const DEPTH_MAX: usize = 48;

/// A value with its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Scalar { text: String, plain: bool },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) value: Node,
}

impl Node {
    /// Returns the text of a scalar, `None` for lists, mappings and nothing.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } if !self.is_nothing() => Some(text),
            _ => None,
        }
    }

    /// Returns whether nothing is written: a key without a value, `~` or `null`.
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }

    pub(crate) fn is_map(&self) -> bool {
        matches!(&self.value, Value::Map(_))
    }

    pub(crate) fn list(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Returns the value of a key, without correction of its spelling.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }
}

/// Reads all documents of a text. After a syntax error the rest of that document is left out and reading goes
/// on after the next `---`.
pub(crate) fn documents(file: u32, text: &str, problems: &mut Problems) -> Vec<Node> {
    let starts = line_starts(text);
    let mut builder = Builder { file, ..Builder::default() };
    let mut from = Some(0);
    while let Some(line) = from {
        builder.begin(line);
        from = match builder.read(&text[starts[line]..]) {
            Ok(()) => None,
            Err(stop) => {
                stop.report(file, line, problems);
                let at = stop.line(line).max(builder.document_line + 1);
                (at..starts.len()).find(|line| text[starts[*line]..].starts_with("---"))
            }
        };
        if builder.nodes > NODES_MAX {
            from = None;
        }
    }
    builder.documents
}

fn line_starts(text: &str) -> Vec<usize> {
    let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(breaks).filter(|at| *at < text.len() || *at == 0).collect()
}

/// Why a document was given up.
enum Stop {
    Syntax(ScanError),
    Limit(Code, Span, String),
}

impl Stop {
    /// The parser looks ahead for keys and gives up itself, before any event, where brackets nest too deep for it.
    fn of(error: ScanError) -> Self {
        match error.info() {
            "recursion limit exceeded" => Self::too_deep(Span::empty(*error.marker())),
            _ => Self::Syntax(error),
        }
    }

    fn too_deep(span: Span) -> Self {
        let message = format!(
            "a bracket that is never closed, or more than {DEPTH_MAX} lists and mappings in each other"
        );
        Self::limit(Code::TooDeep, span, message)
    }

    fn limit(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::Limit(code, span, message.into())
    }

    /// Returns the line from 0, in the file.
    fn line(&self, base: usize) -> usize {
        let line = match self {
            Stop::Syntax(error) => error.marker().line(),
            Stop::Limit(_, span, _) => span.start.line(),
        };
        base + line.saturating_sub(1)
    }

    fn report(&self, file: u32, base: usize, problems: &mut Problems) {
        match self {
            Stop::Syntax(error) => {
                let column = error.marker().col() as u32 + 1;
                let line = self.line(base) as u32 + 1;
                let place = Place { file, line, column, end: column + 1 };
                let message = format!("this is not YAML: {}", error.info());
                let hint = "the rest of this document is not read; indent with spaces, quote text that holds `: ` or begins with `*`, `{`, `[`, `%`, `@` or `&`";
                problems.hint(Code::YamlSyntax, place, message, hint);
            }
            Stop::Limit(code, span, message) => {
                problems.hint(
                    *code,
                    place(file, base, *span),
                    message,
                    "the rest of this document is not read",
                );
            }
        }
    }
}

fn place(file: u32, base: usize, span: Span) -> Place {
    let (start, end) = (span.start, span.end);
    let column = start.col() as u32 + 1;
    let same_line = start.line() == end.line();
    let end = if same_line { end.col() as u32 + 1 } else { u32::MAX };
    Place { file, line: (base + start.line()) as u32, column, end: end.max(column + 1) }
}

/// A list or mapping that has not ended yet.
enum Open {
    List { place: Place, anchor: usize, items: Vec<Node> },
    Map { place: Place, anchor: usize, entries: Vec<Entry>, key: Option<(String, Place)> },
}

#[derive(Default)]
struct Builder {
    file: u32,
    /// Line of the text's first line in the file, from 0.
    base: usize,
    document_line: usize,
    stack: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    alias_nodes: usize,
    documents: Vec<Node>,
}

impl Builder {
    fn begin(&mut self, line: usize) {
        self.base = line;
        self.document_line = line;
        self.stack.clear();
        self.anchors.clear();
    }

    fn read(&mut self, text: &str) -> Result<(), Stop> {
        let mut parser: Parser<'_, StrInput<'_>> = Parser::new_from_str(text);
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(Stop::of)?;
            self.event(event, span)?;
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        let place = place(self.file, self.base, span);
        match event {
            Event::DocumentStart(_) => {
                self.document_line = place.line as usize - 1;
                self.stack.clear();
                self.anchors.clear();
            }
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                let value = Value::Scalar { text: text.into_owned(), plain };
                self.push(Node { place, value }, anchor, span)?;
            }
            Event::SequenceStart(anchor, _) => {
                self.open(Open::List { place, anchor, items: Vec::new() }, span)?;
            }
            Event::MappingStart(anchor, _) => {
                self.open(Open::Map { place, anchor, entries: Vec::new(), key: None }, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(anchor) => self.alias(anchor, place, span)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn open(&mut self, open: Open, span: Span) -> Result<(), Stop> {
        if self.stack.len() == DEPTH_MAX {
            return Err(Stop::too_deep(span));
        }
        self.stack.push(open);
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), Stop> {
        let Some(open) = self.stack.pop() else { return Ok(()) };
        let (place, anchor, value) = match open {
            Open::List { place, anchor, items } => (place, anchor, Value::List(items)),
            Open::Map { place, anchor, entries, .. } => (place, anchor, Value::Map(entries)),
        };
        self.push(Node { place, value }, anchor, span)
    }

    fn alias(&mut self, anchor: usize, place: Place, span: Span) -> Result<(), Stop> {
        let Some((node, size)) = self.anchors.get(&anchor) else {
            return Err(Stop::limit(Code::TooManyAliases, span, "this alias stands inside its own anchor"));
        };
        let (mut node, size) = (node.clone(), *size);
        self.spend_on_aliases(size, span)?;
        // A mistake inside is shown where the alias stands only if the alias is the whole value.
        node.place = place;
        self.push(node, 0, span)
    }

    fn spend_on_aliases(&mut self, size: usize, span: Span) -> Result<(), Stop> {
        self.alias_nodes += size;
        if self.alias_nodes > ALIAS_NODES_MAX {
            let message = format!("anchors and aliases add more than {ALIAS_NODES_MAX} values to this file");
            return Err(Stop::limit(Code::TooManyAliases, span, message));
        }
        Ok(())
    }

    fn push(&mut self, node: Node, anchor: usize, span: Span) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            let message = format!("more than {NODES_MAX} values in one file");
            return Err(Stop::limit(Code::TooManyNodes, span, message));
        }
        if anchor > 0 {
            let size = size(&node);
            self.spend_on_aliases(size, span)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        match self.stack.last_mut() {
            // Nothing behind `---` is no document.
            None if node.is_nothing() => {}
            None => self.documents.push(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                Some((key, place)) => entries.push(Entry { key, place, value: node }),
                None => {
                    *key = Some(key_text(node).ok_or_else(|| {
                        Stop::limit(Code::WrongType, span, "a key must be text, not a list or a mapping")
                    })?)
                }
            },
        }
        Ok(())
    }
}

fn key_text(node: Node) -> Option<(String, Place)> {
    match node.value {
        Value::Scalar { text, .. } => Some((text, node.place)),
        Value::List(_) | Value::Map(_) => None,
    }
}

fn size(node: &Node) -> usize {
    match &node.value {
        Value::Scalar { .. } => 1,
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Map(entries) => 1 + entries.iter().map(|entry| 1 + size(&entry.value)).sum::<usize>(),
    }
}
