//! Conditions of a step: each question once as an atom, and trees over them.

use throughline_core::condition::{ATOMS_MAX, Atom, Conditions, Expr, Ranges, Test};

use crate::compile::Compiler;
use crate::diagnostic::Code;
use crate::document::condition::{Condition, ContainsDoc, What};
use crate::document::step::StepDoc;
use crate::source::At;

/// Atoms with the canonical text of each.
#[derive(Default)]
struct Atoms {
    atoms: Vec<Atom>,
    texts: Vec<String>,
}

impl Compiler<'_> {
    /// Returns a step's conditions and their canonical text.
    pub(super) fn conditions(&mut self, step: &StepDoc) -> (Conditions, String) {
        let mut atoms = Atoms::default();
        let mut tree = |condition: &Option<Condition>| condition.as_ref().map(|c| self.tree(c, &mut atoms));
        let (exclude, failure, success) = (tree(&step.exclude), tree(&step.failure), tree(&step.success));
        if atoms.atoms.len() > ATOMS_MAX {
            let message = format!("`{}` asks more than {ATOMS_MAX} different questions", step.id.value);
            self.problems.hint(
                Code::TooManyConditions,
                step.id.place,
                message,
                "join status codes in ranges and values in a regex",
            );
            return (Conditions::default(), String::new());
        }
        let text = format!("{:?} exclude {exclude:?} failure {failure:?} success {success:?}", atoms.texts);
        (Conditions { atoms: atoms.atoms, exclude, failure, success }, text)
    }

    fn tree(&mut self, condition: &Condition, atoms: &mut Atoms) -> Expr {
        match &condition.what {
            What::All(parts) => self.trees(parts, atoms, Expr::All),
            What::Any(parts) => self.trees(parts, atoms, Expr::Any),
            // What cannot be known is not known when negated either.
            What::Not(part) if asks_client(part) => atoms.ask(Atom::Unfed, "not client".to_owned()),
            What::Not(part) => Expr::Not(Box::new(self.tree(part, atoms))),
            What::Status { error: true } => atoms.ask(Atom::Error, "error".to_owned()),
            What::Status { error: false } => Expr::Not(Box::new(atoms.ask(Atom::Error, "error".to_owned()))),
            What::Http(ranges) => atoms.ask_ranges(Atom::Http, ranges, "http"),
            What::Grpc(ranges) => atoms.ask_ranges(Atom::Grpc, ranges, "grpc"),
            What::Duration(ranges) => atoms.ask_ranges(Atom::Duration, ranges, "duration"),
            What::Attribute { key, test } => self.attribute(key, test, atoms),
            What::Contains(contains) => self.contains(contains, atoms),
            What::Client(event) => atoms.ask(Atom::Unfed, format!("client {event}")),
        }
    }

    fn trees(&mut self, parts: &[Condition], atoms: &mut Atoms, join: fn(Vec<Expr>) -> Expr) -> Expr {
        let mut trees: Vec<_> = parts.iter().map(|part| self.tree(part, atoms)).collect();
        if trees.len() == 1 { trees.remove(0) } else { join(trees) }
    }

    fn attribute(&mut self, key: &At<String>, test: &Test, atoms: &mut Atoms) -> Expr {
        let text = format!("attribute {} {}", key.value, test_text(test));
        let slot = self.slot(&key.value, key.place);
        slot.map_or(Expr::All(Vec::new()), |slot| {
            atoms.ask(Atom::Attribute { slot, test: test.clone() }, text)
        })
    }

    fn contains(&mut self, contains: &ContainsDoc, atoms: &mut Atoms) -> Expr {
        let text = contains_text(contains);
        let marker = self.marker(contains);
        let child = contains.child;
        marker.map_or(Expr::All(Vec::new()), |marker| atoms.ask(Atom::Contains { marker, child }, text))
    }
}

impl Atoms {
    fn ask(&mut self, atom: Atom, text: String) -> Expr {
        let known = self.texts.iter().position(|known| *known == text);
        let index = known.unwrap_or_else(|| {
            self.atoms.push(atom);
            self.texts.push(text);
            self.atoms.len() - 1
        });
        Expr::Atom(u8::try_from(index).unwrap_or(u8::MAX))
    }

    fn ask_ranges(&mut self, atom: fn(Ranges) -> Atom, ranges: &Ranges, what: &str) -> Expr {
        self.ask(atom(ranges.clone()), format!("{what} {:?}", ranges.0))
    }
}

/// Returns whether a condition depends on an event of the user interface.
pub(crate) fn asks_client(condition: &Condition) -> bool {
    match &condition.what {
        What::All(parts) | What::Any(parts) => parts.iter().any(asks_client),
        What::Not(part) => asks_client(part),
        what => matches!(what, What::Client(_)),
    }
}

/// Returns a canonical text of a test.
pub(super) fn test_text(test: &Test) -> String {
    match test {
        Test::Present => "*".to_owned(),
        Test::Equals(text) => format!("={text}"),
        Test::Number(ranges) => format!("{:?}", ranges.0),
        Test::Regex(pattern) => format!("~{}", pattern.text()),
    }
}

/// Returns a canonical text of a `contains`.
pub(crate) fn contains_text(contains: &ContainsDoc) -> String {
    let depth = if contains.child { "child" } else { "below" };
    format!("contains {depth} {:?} {:?}", contains.service, contains.operation.key())
}
