//! Field tables: what a document may say, as data. One table gives the check of the shape with "did you mean",
//! the decoder's access, the canonical order of keys and the JSON Schema. It knows no document of its own.

mod unknown;

use crate::diagnostic::{Code, Problems};
use crate::parse::{Entry, Node, Value};
use crate::source::Place;
use crate::suggest;

/// A mapping with known keys.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) fields: &'static [Field],
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) need: Need,
    pub(crate) doc: &'static str,
}

/// Whether a key may be left out, and what it means then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    Optional,
    Default(&'static str),
}

/// What may stand as a value.
#[derive(Debug)]
pub(crate) enum Kind {
    Text,
    /// A DNS label.
    Id,
    Bool,
    Integer,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// A scalar with its own grammar.
    Written(&'static Format),
    List(&'static Kind),
    /// One value or a list of them.
    OneOrMany(&'static Kind),
    /// Any keys.
    Map(&'static Kind),
    /// Keys are ids.
    Named(&'static Kind),
    Object(&'static Object),
    /// A scalar of the first kind, or a mapping of the second.
    ScalarOr(&'static Kind, &'static Object),
}

/// A scalar with its own grammar.
pub(crate) struct Format {
    pub(crate) name: &'static str,
    /// For the JSON Schema.
    pub(crate) pattern: &'static str,
    pub(crate) example: &'static str,
    pub(crate) check: fn(&str) -> Result<(), Fault>,
}

impl std::fmt::Debug for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Why a scalar does not follow its grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl Fault {
    pub(crate) fn new(code: Code, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: hint.into() }
    }
}

/// Reports all that is wrong with the shape of a node.
pub(crate) fn check(node: &Node, kind: &Kind, problems: &mut Problems) {
    match (kind, &node.value) {
        (Kind::Object(object) | Kind::ScalarOr(_, object), Value::Map(entries)) => {
            check_object(node, entries, object, problems);
        }
        (Kind::ScalarOr(scalar, _), Value::Scalar { .. }) => check(node, scalar, problems),
        (Kind::List(item) | Kind::OneOrMany(item), Value::List(items)) => {
            items.iter().for_each(|node| check(node, item, problems));
        }
        (Kind::OneOrMany(item), _) => check(node, item, problems),
        (Kind::List(item), _) if item.is_meant_by(node) => {
            wrong_type(node, kind, problems);
            check(node, item, problems);
        }
        (Kind::Map(value), Value::Map(entries)) => check_map(entries, value, false, problems),
        (Kind::Named(value), Value::Map(entries)) => check_map(entries, value, true, problems),
        (kind, Value::Scalar { text, .. }) if kind.is_scalar() && !node.is_nothing() => {
            check_scalar(node.place, text, kind, problems);
        }
        _ => wrong_type(node, kind, problems),
    }
}

fn check_object(node: &Node, entries: &[Entry], object: &'static Object, problems: &mut Problems) {
    check_duplicates(entries, problems);
    let fields = Fields::of(entries, object);
    let known = entries.iter().filter_map(|entry| Some((entry, fields.field_of(&entry.key)?)));
    known.for_each(|(entry, field)| check(&entry.value, &field.kind, problems));
    unknown::check(&fields, problems);
    let required = object.fields.iter().filter(|field| field.need == Need::Required);
    for field in required.filter(|field| fields.entry(field.name).is_none()) {
        let place = Place { end: node.place.column + 1, ..node.place };
        let message = format!("{} lacks its `{}`", object.name, field.name);
        problems.hint(Code::MissingKey, place, message, field.doc);
    }
}

fn check_map(entries: &[Entry], value: &'static Kind, ids: bool, problems: &mut Problems) {
    check_duplicates(entries, problems);
    for entry in entries {
        if ids {
            check_id(entry.place, &entry.key, problems);
        }
        check(&entry.value, value, problems);
    }
}

fn check_duplicates(entries: &[Entry], problems: &mut Problems) {
    let mut seen = std::collections::HashMap::new();
    for entry in entries {
        if let Some(first) = seen.insert(entry.key.as_str(), entry.place.line) {
            let message = format!("`{}` is written twice", entry.key);
            problems.hint(
                Code::DuplicateKey,
                entry.place,
                message,
                format!("the first stands in line {first}; keep one"),
            );
        }
    }
}

fn check_scalar(place: Place, text: &str, kind: &Kind, problems: &mut Problems) {
    match kind {
        Kind::Id => check_id(place, text, problems),
        Kind::Bool if !matches!(text, "true" | "false") => {
            let hint = suggest::hint(text, &["true", "false"], "word");
            problems.hint(Code::WrongType, place, format!("`{text}` is neither true nor false"), hint);
        }
        Kind::Integer if text.parse::<i32>().is_err() => {
            problems.hint(
                Code::WrongType,
                place,
                format!("`{text}` is not a whole number"),
                "write a number such as 1",
            );
        }
        Kind::Word(words) if !words.contains(&text) => {
            problems.hint(
                Code::BadValue,
                place,
                format!("`{text}` is not known here"),
                suggest::hint(text, words, "word"),
            );
        }
        Kind::Written(format) => {
            if let Err(fault) = (format.check)(text) {
                problems.hint(fault.code, place, fault.message, fault.hint);
            }
        }
        _ => {}
    }
}

/// Longest id: a DNS label (RFC 1123).
const ID_MAX: usize = 63;

/// Returns whether a text is a DNS label.
pub(crate) fn is_id(text: &str) -> bool {
    let inner = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    inner && !text.is_empty() && text.len() <= ID_MAX && !text.starts_with('-') && !text.ends_with('-')
}

fn check_id(place: Place, text: &str, problems: &mut Problems) {
    if !is_id(text) {
        let hint = format!("lower-case letters, digits and `-`, at most {ID_MAX}: `{}`", id_like(text));
        problems.hint(Code::BadId, place, format!("`{text}` is not an id"), hint);
    }
}

fn id_like(text: &str) -> String {
    let mut id = String::new();
    for c in text.chars().flat_map(char::to_lowercase).take(ID_MAX) {
        match c {
            c if c.is_ascii_alphanumeric() => id.push(c),
            _ if id.is_empty() || id.ends_with('-') => {}
            _ => id.push('-'),
        }
    }
    let id = id.trim_end_matches('-');
    if id.is_empty() { "send-mail".to_owned() } else { id.to_owned() }
}

fn wrong_type(node: &Node, kind: &Kind, problems: &mut Problems) {
    let found = match &node.value {
        _ if node.is_nothing() => "nothing".to_owned(),
        Value::Scalar { text, .. } => format!("`{}`", text.chars().take(40).collect::<String>()),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a mapping".to_owned(),
    };
    let place = Place {
        end: if node.text().is_some() { node.place.end } else { node.place.column + 1 },
        ..node.place
    };
    let wanted = kind.words();
    problems.hint(Code::WrongType, place, format!("{wanted} is wanted here, not {found}"), kind.example());
}

impl Kind {
    /// Returns whether a value that is no list was meant as the one item of it: text where text is wanted, or a
    /// mapping with a key of the item's.
    fn is_meant_by(&self, node: &Node) -> bool {
        match (self, &node.value) {
            (Kind::Object(object) | Kind::ScalarOr(_, object), Value::Map(entries)) => {
                let fields = Fields::of(entries, object);
                object.fields.iter().any(|field| fields.entry(field.name).is_some())
            }
            (kind, _) => {
                let is_text = node.text().is_some_and(|text| !text.is_empty());
                is_text && (kind.is_scalar() || matches!(kind, Kind::ScalarOr(..)))
            }
        }
    }

    fn is_scalar(&self) -> bool {
        matches!(self, Kind::Text | Kind::Id | Kind::Bool | Kind::Integer | Kind::Word(_) | Kind::Written(_))
    }

    fn words(&self) -> String {
        match self {
            Kind::Text => "text".to_owned(),
            Kind::Id => "an id".to_owned(),
            Kind::Bool => "true or false".to_owned(),
            Kind::Integer => "a whole number".to_owned(),
            Kind::Word(words) => format!("one of {}", suggest::quoted(words)),
            Kind::Written(format) => format.name.to_owned(),
            Kind::List(item) => format!("a list (each: {})", item.words()),
            Kind::OneOrMany(item) => format!("{} or a list of them", item.words()),
            Kind::Map(_) | Kind::Named(_) => "a mapping".to_owned(),
            Kind::Object(object) => object.name.to_owned(),
            Kind::ScalarOr(scalar, object) => format!("{} or {}", scalar.words(), object.name),
        }
    }

    fn example(&self) -> String {
        match self {
            Kind::Written(format) | Kind::ScalarOr(Kind::Written(format), _) => {
                format!("for example {}", format.example)
            }
            Kind::List(_) => "put `- ` before each item, or write `[a, b]`".to_owned(),
            Kind::Object(object) | Kind::ScalarOr(_, object) => {
                let known: Vec<_> = object.fields.iter().map(|field| field.name).collect();
                format!("its keys: {}", suggest::quoted(&known))
            }
            Kind::Map(_) | Kind::Named(_) => "write `name: value` lines, indented".to_owned(),
            _ => "leave the key out to get its default".to_owned(),
        }
    }
}

/// The values of a mapping by the names of its table. A misspelt key stands for the one it most likely means,
/// so that one mistake is not followed by a page of others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    entries: &'a [Entry],
    pub(crate) object: &'static Object,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(entries: &'a [Entry], object: &'static Object) -> Self {
        Self { entries, object }
    }

    fn field_of(&self, key: &str) -> Option<&'static Field> {
        self.object.fields.iter().find(|field| field.name == key)
    }

    /// Returns the entries whose keys are not in the table.
    fn unknown(&self) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(|entry| self.field_of(&entry.key).is_none())
    }

    fn meant_by(&self, key: &str) -> Option<&'static Field> {
        let word = suggest::nearest(key, self.object.fields.iter().map(|field| field.name))?;
        let taken = self.entries.iter().any(|entry| entry.key == word);
        self.field_of(word).filter(|_| !taken)
    }

    /// Returns the entry of a key of the table.
    pub(crate) fn entry(&self, name: &str) -> Option<&'a Entry> {
        debug_assert!(self.field_of(name).is_some(), "{} has no field {name}", self.object.name);
        let exact = self.entries.iter().find(|entry| entry.key == name);
        exact.or_else(|| {
            // Most keys are not near at all, and looking at one word is cheaper than at all.
            let unknown = self.unknown().take(unknown::TOLD_MAX);
            let mut near = unknown.filter(|entry| suggest::nearest(&entry.key, [name]).is_some());
            near.find(|entry| self.meant_by(&entry.key).is_some_and(|field| field.name == name))
        })
    }

    /// Returns the value of a key of the table, `None` also when nothing is written there.
    pub(crate) fn node(&self, name: &str) -> Option<&'a Node> {
        self.entry(name).map(|entry| &entry.value).filter(|node| !node.is_nothing())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.node(name)?.text()
    }

    pub(crate) fn owned(&self, name: &str) -> String {
        self.text(name).unwrap_or_default().to_owned()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }

    /// Returns what a mapping says below a key.
    pub(crate) fn object(&self, name: &str) -> Option<Fields<'a>> {
        let field = self.field_of(name)?;
        let node = self.node(name)?;
        match (&field.kind, &node.value) {
            (Kind::Object(object) | Kind::ScalarOr(_, object), Value::Map(entries)) => {
                Some(Fields::of(entries, object))
            }
            _ => None,
        }
    }

    /// Returns the items of a list, or the one value that stands for a list of one, by right or by mistake.
    pub(crate) fn items(&self, name: &str) -> &'a [Node] {
        let (Some(node), Some(field)) = (self.node(name), self.field_of(name)) else { return &[] };
        match (&field.kind, &node.value) {
            (_, Value::List(items)) => items,
            (Kind::OneOrMany(_), _) => std::slice::from_ref(node),
            (Kind::List(item), _) if item.is_meant_by(node) => std::slice::from_ref(node),
            _ => &[],
        }
    }
}

/// Keys of a mapping below which something else stands than must. That was told, so what seems to be missing because
/// of it is not.
#[derive(Debug)]
pub(crate) struct Broken(Vec<&'static str>);

impl Broken {
    /// Finds them; where no mapping stands it is all keys, and a key that is needed and not there is broken too.
    pub(crate) fn of(node: &Node, object: &'static Object) -> Self {
        let fields = Fields::of(node.entries(), object);
        let broken = |field: &&Field| match fields.entry(field.name) {
            None => !node.is_map() || field.need == Need::Required,
            Some(entry) => is_broken(&entry.value, &field.kind),
        };
        Self(object.fields.iter().filter(broken).map(|field| field.name).collect())
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.contains(&key)
    }
}

fn is_broken(node: &Node, kind: &Kind) -> bool {
    match (kind, &node.value) {
        // Each of its values is read by itself.
        (Kind::Map(_) | Kind::Named(_), Value::Map(_)) => false,
        _ => {
            let mut problems = Problems::default();
            check(node, kind, &mut problems);
            problems.has_errors()
        }
    }
}
