//! Documents as they are written: one file a kind, each with its field table and the values read by it. Nothing
//! here knows another document; references are names still.

pub(crate) mod condition;
pub(crate) mod foreign;
pub(crate) mod objective;
pub(crate) mod operation;
pub(crate) mod people;
pub(crate) mod product;
pub(crate) mod severity;
pub(crate) mod slo;
pub(crate) mod step;
pub(crate) mod test;

use crate::diagnostic::{Code, Problems};
use crate::document::product::{PRODUCT, ProductDoc};
use crate::document::slo::{SLO_DOCUMENT, SloDocument};
use crate::parse::{Node, Value};
use crate::source::{At, Place};
use crate::suggest;
use crate::table::{self, Fields, Kind, Object};

/// The version of the format that this crate reads.
pub(crate) const API_VERSION: &str = "throughline.dev/v1";

/// The kinds of document of that version.
pub(crate) const KINDS: &[&str] = &["Product", "SLO"];

/// The kinds with their tables.
pub(crate) const TABLES: &[(&str, &Object)] = &[("Product", &PRODUCT), ("SLO", &SLO_DOCUMENT)];

/// A document of ours.
#[derive(Debug)]
pub(crate) enum Read {
    Product(ProductDoc),
    Slo(SloDocument),
}

/// Reads one document and reports all that is wrong with its shape. Documents of other tools are named and left
/// aside.
pub(crate) fn read(node: &Node, problems: &mut Problems) -> Option<Read> {
    let Value::Map(entries) = &node.value else {
        no_mapping(node, problems);
        return None;
    };
    if let Some(what) = foreign::name(node) {
        foreign::check(node, &what, problems);
        return None;
    }
    // Any table will do to find a misspelt `apiVersion` or `kind`: all begin with them.
    let kind = Fields::of(entries, &PRODUCT).node("kind");
    let word = kind.and_then(Node::text);
    let known = word.and_then(|word| suggest::nearest(word, KINDS.iter().copied()));
    if known.is_none() {
        unknown_kind(node, kind, problems);
    }
    let (_, object) = TABLES.iter().find(|(name, _)| Some(*name) == known)?;
    table::check(node, &Kind::Object(object), problems);
    let fields = Fields::of(entries, object);
    match known? {
        "SLO" => slo::document(fields).map(Read::Slo),
        _ => product::read(fields, node).map(Read::Product),
    }
}

/// Tells a text or a list where a document should stand. Lists of documents are usual with other tools, so theirs are
/// named like single ones.
fn no_mapping(node: &Node, problems: &mut Problems) {
    let items: Vec<_> = node.list().iter().map(|item| (item, foreign::name(item))).collect();
    let theirs: Vec<_> = items.iter().filter_map(|(item, name)| Some((*item, name.as_deref()?))).collect();
    if !theirs.is_empty() {
        foreign::check_list(node, &theirs, problems);
    }
    let ours = items.iter().find(|(item, name)| name.is_none() && item.is_map());
    if let Some((item, _)) = ours {
        let hint = "write each document by itself, without the `- `, and `---` between them";
        problems.hint(Code::WrongType, head(item), "a document of ours stands in a list", hint);
    } else if theirs.is_empty() || theirs.len() < items.len() {
        let hint = "a document begins with `apiVersion: throughline.dev/v1` and `kind: Product`";
        problems.hint(Code::WrongType, head(node), "this document is not a mapping", hint);
    }
}

fn unknown_kind(node: &Node, kind: Option<&Node>, problems: &mut Problems) {
    match kind {
        Some(kind) => {
            let text = kind.text().unwrap_or_default();
            let hint = suggest::hint(text, KINDS, "kind");
            problems.hint(Code::BadValue, kind.place, format!("there is no kind `{text}`"), hint);
        }
        None => {
            let hint = format!("`kind: Product` or `kind: SLO`, below `apiVersion: {API_VERSION}`");
            problems.hint(Code::MissingKey, head(node), "this document lacks its `kind`", hint);
        }
    }
}

/// Returns the place of a document's first character.
pub(crate) fn head(node: &Node) -> Place {
    Place { end: node.place.column + 1, ..node.place }
}

/// Returns a scalar below a key with its place.
pub(crate) fn at(fields: Fields<'_>, name: &str) -> Option<At<String>> {
    let node = fields.node(name)?;
    Some(At::new(node.text()?.to_owned(), node.place))
}

/// Returns the texts of a list with their places.
pub(crate) fn texts(fields: Fields<'_>, name: &str) -> Vec<At<String>> {
    let items = fields.items(name).iter();
    items.filter_map(|node| Some(At::new(node.text()?.to_owned(), node.place))).collect()
}
