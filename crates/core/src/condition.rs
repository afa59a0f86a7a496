//! What a registry says about an observation, compiled: atoms over slots and codes, trees over atoms.
//! An atom is looked at once, when the span arrives; what depends on the rest of the trace (`contains`) is
//! filled in later. It does not know where conditions are written.

use std::sync::Arc;

use crate::id::SlotId;
use crate::observation::{Observation, SpanStatus, Value, slot};

/// Atoms a step's conditions may have together; their truth is one `u64`.
pub const ATOMS_MAX: usize = 64;

/// `contains` predicates a registry may have; the markers of a span are one `u64`.
pub const MARKERS_MAX: usize = 64;

/// The index of a `contains` predicate (service and operation) in the registry, below 64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Marker(pub u8);

impl Marker {
    /// Returns the marker's bit.
    pub const fn bit(self) -> u64 {
        1 << self.0
    }
}

/// The technical result of a span (`slo.md` 1): its codes, and whether it is an error or was shed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Codes {
    /// The HTTP response status, `None` when there is none.
    pub http: Option<u16>,
    /// The gRPC status, 0..=16, `None` when there is none.
    pub grpc: Option<u8>,
    /// `status: error`: span status error, HTTP 500 and above, or a gRPC server code.
    pub error: bool,
    /// A 503 or 429 that carries our own shed marker.
    pub shed: bool,
}

impl Codes {
    /// Reads the codes of a span, stable and older attribute names alike.
    pub fn of(span: &Observation<'_>) -> Self {
        let slots = &span.slots;
        let http = [slot::HTTP_STATUS, slot::HTTP_STATUS_OLD].into_iter().find_map(|s| slots.get(s).int());
        let http = http.and_then(|code| u16::try_from(code).ok());
        let grpc = [slot::GRPC_STATUS, slot::RPC_STATUS_NAME, slot::RPC_STATUS];
        let grpc = grpc.into_iter().find_map(|s| grpc_code(slots.get(s)));
        let error = span.status == SpanStatus::Error
            || http.is_some_and(|code| code >= 500)
            || grpc.is_some_and(is_grpc_server_error);
        let marked = slots.get(slot::SHED).is_present();
        Self { http, grpc, error, shed: marked && matches!(http, Some(429 | 503)) }
    }
}

/// The gRPC status codes by number.
pub const GRPC_NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

impl Codes {
    /// Returns the gRPC code's name, `None` when there is none.
    pub fn grpc_name(self) -> Option<&'static str> {
        self.grpc.and_then(|code| GRPC_NAMES.get(usize::from(code)).copied())
    }
}

fn grpc_code(value: Value<'_>) -> Option<u8> {
    if let Some(code) = value.int() {
        return u8::try_from(code).ok().filter(|code| *code <= 16);
    }
    let name = value.text()?;
    GRPC_NAMES.iter().position(|known| known.eq_ignore_ascii_case(name)).map(|at| at as u8)
}

/// Returns whether a gRPC code blames the server: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL,
/// UNAVAILABLE, DATA_LOSS (`slo.md` 1).
pub const fn is_grpc_server_error(code: u8) -> bool {
    matches!(code, 2 | 4 | 12 | 13 | 14 | 15)
}

/// A set of whole numbers: ranges, inclusive on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ranges(pub Vec<(i64, i64)>);

impl Ranges {
    /// Returns whether a range holds the number.
    pub fn holds(&self, number: i64) -> bool {
        self.0.iter().any(|(low, high)| (*low..=*high).contains(&number))
    }
}

/// What is asked of an attribute's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// `"*"`: the attribute is there, whatever it says.
    Present,
    /// The value, as text, is exactly this.
    Equals(String),
    /// The value is a whole number in these ranges (`">=500"`, `"400-499"`).
    Number(Ranges),
    /// The value, as text, matches.
    Regex(Pattern),
}

impl Test {
    /// Returns whether the value passes; an absent one never does.
    pub fn passes(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (_, Value::Absent) => false,
            (Test::Present, _) => true,
            (Test::Equals(text), Value::Str(given)) => text == given,
            (Test::Equals(text), Value::Bool(given)) => text == if given { "true" } else { "false" },
            (Test::Equals(text), Value::Int(given)) => text.parse() == Ok(given),
            (Test::Equals(text), Value::Double(given)) => text.parse() == Ok(given),
            (Test::Number(ranges), value) => value.int().is_some_and(|number| ranges.holds(number)),
            (Test::Regex(pattern), Value::Str(given)) => pattern.matches(given),
            (Test::Regex(_) | Test::Equals(_), _) => false,
        }
    }
}

/// A compiled regular expression with the text it was written as. It matches the whole value only where the
/// writer anchored it.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    regex: Arc<regex_automata::meta::Regex>,
}

/// Expressions are the same if their texts are.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

/// The text alone: a compiled expression is pages long and differs from run to run.
impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}

impl Pattern {
    /// Compiles a regular expression, at most 64 KiB when compiled.
    ///
    /// # Errors
    /// The expression's own complaint, in one line.
    pub fn new(text: &str) -> Result<Self, String> {
        let config = regex_automata::meta::Config::new().nfa_size_limit(Some(64 * 1024));
        let built = regex_automata::meta::Builder::new().configure(config).build(text);
        let regex = built.map_err(|error| one_line(&error))?;
        Ok(Self { text: text.to_owned(), regex: Arc::new(regex) })
    }

    /// Compiles a glob in which `*` stands for any characters, `/` too, and all else for itself.
    ///
    /// # Errors
    /// As [`Pattern::new`], when the glob is too long.
    pub fn glob(text: &str) -> Result<Self, String> {
        let mut regex = String::from("^(?s)");
        for (index, part) in text.split('*').enumerate() {
            if index > 0 {
                regex.push_str(".*");
            }
            part.chars().for_each(|c| push_escaped(&mut regex, c));
        }
        regex.push('$');
        Ok(Self { text: text.to_owned(), ..Self::new(&regex)? })
    }

    /// Returns whether the text matches; `text` is looked at up to 8 KiB.
    pub fn matches(&self, text: &str) -> bool {
        let end = text.floor_char_boundary(text.len().min(8 * 1024));
        self.regex.is_match(&text[..end])
    }

    /// Returns the text it was written as.
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn push_escaped(regex: &mut String, c: char) {
    if !c.is_alphanumeric() && c.is_ascii() && !c.is_ascii_whitespace() {
        regex.push('\\');
    }
    regex.push(c);
}

fn one_line(error: &regex_automata::meta::BuildError) -> String {
    let mut text = error.to_string();
    if let Some(source) = std::error::Error::source(error) {
        text = source.to_string();
    }
    text.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned()
}

/// One question to a span.
#[derive(Debug, Clone)]
pub enum Atom {
    /// `status: error` (or, negated, `status: ok`).
    Error,
    /// `http.status`
    Http(Ranges),
    /// `grpc.status`
    Grpc(Ranges),
    /// `attribute: {key: value}`
    Attribute { slot: SlotId, test: Test },
    /// `duration`: end - start in ns lies in the range.
    Duration(Ranges),
    /// `contains`: a span of the marker's service and operation lies below in the trace.
    Contains { marker: Marker, child: bool },
    /// A condition over a signal that this version cannot feed; never true, never proven false.
    Unfed,
}

/// A tree over atoms, by their index in [`Conditions`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Not(Box<Expr>),
    Atom(u8),
}

impl Expr {
    /// Returns whether the tree holds over the atoms' truth.
    pub fn holds(&self, truth: u64) -> bool {
        match self {
            Expr::All(parts) => parts.iter().all(|part| part.holds(truth)),
            Expr::Any(parts) => parts.iter().any(|part| part.holds(truth)),
            Expr::Not(part) => !part.holds(truth),
            Expr::Atom(index) => truth >> index & 1 == 1,
        }
    }

    /// Returns the same where some atoms are not known: `None` when the answer may rest on them (Kleene's logic,
    /// each atom by itself).
    fn known(&self, truth: u64, unknown: u64) -> Option<bool> {
        match self {
            Expr::All(parts) => fold(parts, false, |part| part.known(truth, unknown)),
            Expr::Any(parts) => fold(parts, true, |part| part.known(truth, unknown)),
            Expr::Not(part) => part.known(truth, unknown).map(|holds| !holds),
            Expr::Atom(index) => (unknown >> index & 1 == 0).then_some(truth >> index & 1 == 1),
        }
    }
}

/// Returns `decisive` if a part is that, its opposite if all parts are, and `None` between.
fn fold(parts: &[Expr], decisive: bool, known: impl Fn(&Expr) -> Option<bool>) -> Option<bool> {
    let answers = || parts.iter().map(&known);
    if answers().any(|answer| answer == Some(decisive)) {
        return Some(decisive);
    }
    answers().all(|answer| answer.is_some()).then_some(!decisive)
}

/// A step's conditions. What is left out has its default: an attempt is good if `status: ok`.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    /// At most [`ATOMS_MAX`].
    pub atoms: Vec<Atom>,
    pub exclude: Option<Expr>,
    pub failure: Option<Expr>,
    pub success: Option<Expr>,
}

/// What the conditions say of an attempt, as far as its trace is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Said {
    Good,
    Excluded,
    /// `failure` matched, or `success` cannot be met whatever the trace still brings.
    Failed,
    /// Only a missing `contains` stands between the attempt and `good`.
    Useless,
    /// Our own shed marker (`telemetry.md` 3).
    Shed,
}

/// What an answer of [`Conditions::said`] rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestsOn {
    /// What is known: no span that comes could change it.
    Known,
    /// A span of a `contains` that was not seen, as far as its absence is proven.
    Missing,
    /// What nobody can know: a signal that this version cannot feed, the duration of a span without an end.
    Unfed,
}

impl Conditions {
    /// Returns the atoms' truth as far as the span itself tells; `contains` atoms are 0.
    pub fn observe(&self, span: &Observation<'_>, codes: Codes) -> u64 {
        let bits = self.atoms.iter().enumerate();
        bits.fold(0, |truth, (index, atom)| truth | u64::from(atom.holds(span, codes)) << index)
    }

    /// Returns the truth with the `contains` atoms answered from the markers below the attempt: of any
    /// descendant, and of direct children.
    pub fn with_trace(&self, truth: u64, below: u64, children: u64) -> u64 {
        self.contains().fold(truth, |truth, (index, marker, child)| {
            let found = if child { children } else { below } & marker.bit() != 0;
            truth | u64::from(found) << index
        })
    }

    /// Returns the `contains` atoms: index, marker, direct children only.
    pub fn contains(&self) -> impl Iterator<Item = (usize, Marker, bool)> + '_ {
        self.atoms.iter().enumerate().filter_map(|(index, atom)| match atom {
            Atom::Contains { marker, child } => Some((index, *marker, *child)),
            _ => None,
        })
    }

    /// Judges an attempt. The first that applies: shed, `exclude`, `failure`, `success` not met, good
    /// (`slo.md` 1).
    pub fn said(&self, truth: u64, codes: Codes) -> Said {
        let holds = |expr: &Option<Expr>| expr.as_ref().is_some_and(|expr| expr.holds(truth));
        if codes.shed {
            return Said::Shed;
        }
        if holds(&self.exclude) {
            return Said::Excluded;
        }
        if holds(&self.failure) {
            return Said::Failed;
        }
        let Some(success) = &self.success else {
            return if codes.error { Said::Failed } else { Said::Good };
        };
        if success.holds(truth) {
            return Said::Good;
        }
        let all_found = self.contains().fold(truth, |truth, (index, ..)| truth | 1 << index);
        if success.holds(all_found) { Said::Useless } else { Said::Failed }
    }

    /// Returns what the answer over this truth rests on: a `contains` that was not met is no proof by itself,
    /// wherever it stands, nor is the duration of a span without an end.
    pub fn rests_on(&self, truth: u64, codes: Codes, has_end: bool) -> RestsOn {
        let bits = |is: &dyn Fn(&Atom) -> bool| {
            let atoms = self.atoms.iter().enumerate().filter(|(_, atom)| is(atom));
            atoms.fold(0, |bits, (index, _)| bits | 1u64 << index)
        };
        let missing = bits(&|atom| matches!(atom, Atom::Contains { .. })) & !truth;
        let unfed = bits(&|atom| match atom {
            Atom::Unfed => true,
            Atom::Duration(_) => !has_end,
            _ => false,
        });
        if codes.shed || self.is_certain(truth, missing | unfed, codes) {
            return RestsOn::Known;
        }
        if self.is_certain(truth, unfed, codes) { RestsOn::Missing } else { RestsOn::Unfed }
    }

    fn is_certain(&self, truth: u64, unknown: u64, codes: Codes) -> bool {
        let known = |expr: &Option<Expr>, default: bool| {
            expr.as_ref().map_or(Some(default), |expr| expr.known(truth, unknown))
        };
        if unknown == 0 {
            return true;
        }
        match known(&self.exclude, false) {
            Some(true) => return true,
            None => return false,
            Some(false) => {}
        }
        match (known(&self.failure, false), known(&self.success, !codes.error)) {
            // Bad either way.
            (Some(true), _) | (_, Some(false)) => true,
            (Some(false), success) => success.is_some(),
            (None, _) => false,
        }
    }
}

impl Atom {
    fn holds(&self, span: &Observation<'_>, codes: Codes) -> bool {
        match self {
            Atom::Error => codes.error,
            Atom::Http(ranges) => codes.http.is_some_and(|code| ranges.holds(code.into())),
            Atom::Grpc(ranges) => codes.grpc.is_some_and(|code| ranges.holds(code.into())),
            Atom::Attribute { slot, test } => test.passes(span.slots.get(*slot)),
            Atom::Duration(ranges) => {
                span.end.is_some() && ranges.holds(i64::try_from(span.duration()).unwrap_or(i64::MAX))
            }
            Atom::Contains { .. } | Atom::Unfed => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(http: u16) -> Codes {
        Codes { http: Some(http), error: http >= 500, ..Codes::default() }
    }

    fn http(low: i64, high: i64) -> Atom {
        Atom::Http(Ranges(vec![(low, high)]))
    }

    #[test]
    fn the_first_that_applies_decides() {
        let conditions = Conditions {
            atoms: vec![http(400, 499), http(500, 999), Atom::Contains { marker: Marker(3), child: false }],
            exclude: Some(Expr::Atom(0)),
            failure: Some(Expr::Atom(1)),
            success: Some(Expr::Atom(2)),
        };
        let check = |truth, codes, expected| assert_eq!(conditions.said(truth, codes), expected);
        check(0b001, codes(404), Said::Excluded);
        check(0b001, Codes { shed: true, ..codes(429) }, Said::Shed);
        check(0b110, codes(503), Said::Failed);
        check(0b000, codes(200), Said::Useless);
        check(0b100, codes(200), Said::Good);
        assert_eq!(conditions.with_trace(0, Marker(3).bit(), 0), 0b100);
    }

    #[test]
    fn without_success_an_attempt_is_good_if_status_ok() {
        let none = Conditions::default();
        assert_eq!(none.said(0, codes(404)), Said::Good);
        assert_eq!(none.said(0, codes(500)), Said::Failed);
        let failure = Conditions { atoms: vec![http(404, 404)], failure: Some(Expr::Atom(0)), ..none };
        assert_eq!([0, 1].map(|truth| failure.said(truth, codes(500))), [Said::Failed; 2]);
        assert_eq!([0, 1].map(|truth| failure.said(truth, codes(404))), [Said::Good, Said::Failed]);
    }

    #[test]
    fn what_is_missing_or_not_fed_proves_nothing_wherever_it_stands() {
        let atoms = vec![http(200, 200), Atom::Contains { marker: Marker(3), child: false }, Atom::Unfed];
        let of = |exclude, failure, success| Conditions { atoms: atoms.clone(), exclude, failure, success };
        let check = |conditions: &Conditions, truth, code, expected| {
            assert_eq!(conditions.rests_on(truth, codes(code), true), expected, "{conditions:?} {truth:b}");
        };
        let (status, contains, unfed) =
            (|| Some(Expr::Atom(0)), || Some(Expr::Atom(1)), || Some(Expr::Atom(2)));
        let not = |expr: Option<Expr>| expr.map(|expr| Expr::Not(Box::new(expr)));
        let both = |any: bool| {
            let parts = vec![Expr::Atom(0), Expr::Atom(1)];
            Some(if any { Expr::Any(parts) } else { Expr::All(parts) })
        };
        check(&of(None, None, status()), 0b000, 200, RestsOn::Known);
        check(&of(None, None, contains()), 0b000, 200, RestsOn::Missing);
        check(&of(None, None, contains()), 0b010, 200, RestsOn::Known);
        check(&of(None, None, not(contains())), 0b000, 200, RestsOn::Missing);
        check(&of(None, contains(), None), 0b000, 200, RestsOn::Missing);
        check(&of(None, contains(), None), 0b000, 500, RestsOn::Known);
        check(&of(contains(), None, None), 0b000, 500, RestsOn::Missing);
        check(&of(None, None, both(false)), 0b000, 200, RestsOn::Known);
        check(&of(None, None, both(false)), 0b001, 200, RestsOn::Missing);
        check(&of(None, None, both(true)), 0b001, 200, RestsOn::Known);
        check(&of(None, None, both(true)), 0b000, 200, RestsOn::Missing);
        check(&of(None, None, unfed()), 0b000, 200, RestsOn::Unfed);
        check(&of(None, unfed(), status()), 0b001, 200, RestsOn::Unfed);
        check(&of(None, unfed(), status()), 0b000, 200, RestsOn::Known);
        let shed = Codes { shed: true, ..codes(503) };
        assert_eq!(of(contains(), None, None).rests_on(0, shed, true), RestsOn::Known);
    }

    #[test]
    fn without_an_end_nobody_knows_how_long_it_took() {
        let slow = Expr::Atom(0);
        let atoms = vec![Atom::Duration(Ranges(vec![(2_000_000_000, i64::MAX)])), http(500, 599)];
        let failure =
            Conditions { atoms: atoms.clone(), failure: Some(slow.clone()), ..Conditions::default() };
        let success = Conditions {
            atoms: atoms.clone(),
            success: Some(Expr::Not(Box::new(slow))),
            ..Conditions::default()
        };
        let either = Some(Expr::Any(vec![Expr::Atom(0), Expr::Atom(1)]));
        let either = Conditions { atoms, failure: either, ..Conditions::default() };
        for conditions in [&failure, &success, &either] {
            assert_eq!(conditions.rests_on(0, codes(200), false), RestsOn::Unfed);
            assert_eq!(conditions.rests_on(0, codes(200), true), RestsOn::Known);
        }
        assert_eq!(either.rests_on(0b10, codes(500), false), RestsOn::Known);
    }

    #[test]
    fn a_glob_takes_slashes_and_nothing_else_is_special() {
        let glob = Pattern::glob("GET /a.b/*").unwrap();
        assert!(glob.matches("GET /a.b/c/d"));
        assert!(!glob.matches("GET /aXb/c"));
        assert_eq!(glob.text(), "GET /a.b/*");
    }

    #[test]
    fn a_regex_that_cannot_be_compiled_says_why() {
        assert!(Pattern::new("a(").unwrap_err().contains("unclosed group"));
    }
}
