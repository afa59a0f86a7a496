//! Which column of a CSV holds what: `trace=TraceID,span=SpanID,start=StartTimeUnixNano:ns,...`. It reads no file.

use regex_automata::meta::Regex;

use super::shown;
use super::unit::Unit;

/// What stands where in a span CSV.
///
/// Written as `name=COLUMN` pairs: `trace`, `span`, `start` (required), `parent`, `service`, `name`, `kind`, `end`
/// or `duration`; times have a unit (`:ns`, `:us`, `:ms`, `:s`). A name with a dot is an attribute's key. `root=X` says
/// which text in the parent column means none.
#[derive(Debug, Clone)]
pub struct Mapping {
    pairs: Vec<Pair>,
    root: Option<String>,
    service_pattern: Option<Regex>,
}

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MappingError {
    #[error("`{0}` is not of the form `name=COLUMN`")]
    Pair(String),
    #[error(
        "`{0}` is no part of a span; known are trace, span, parent, service, name, kind, start, end, duration, root, and attribute keys with a dot"
    )]
    Name(String),
    #[error("`{0}` is given twice")]
    Twice(String),
    #[error("no column is given for {}", quoted(.0))]
    Missing(Vec<&'static str>),
    #[error("`end` and `duration` are both given; one is enough")]
    EndAndDuration,
    #[error("`{0}` has no unit; write `{0}:ns`, `:us`, `:ms` or `:s`")]
    NoUnit(String),
    #[error("`{0}` is no unit of time: s, ms, us, ns")]
    Unit(String),
    #[error("`{0}` is not a regular expression with one group")]
    Pattern(String),
    #[error("a pattern for services needs a column for `service`")]
    NoService,
}

/// One `name=COLUMN`.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    /// The part of a span, or an attribute's key.
    pub(super) part: String,
    pub(super) column: String,
    /// Of times.
    pub(super) unit: Option<Unit>,
}

const PARTS: &[&str] = &["trace", "span", "parent", "service", "name", "kind", "start", "end", "duration"];
const TIMES: &[&str] = &["start", "end", "duration"];
const REQUIRED: &[&str] = &["trace", "span", "start"];

impl Mapping {
    /// Reads the pairs.
    ///
    /// # Errors
    /// [`MappingError`] names the first pair that cannot be used, or all that are missing.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let mut mapping = Self { pairs: Vec::new(), root: None, service_pattern: None };
        for text in text.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            mapping.add(text)?;
        }
        let missing: Vec<_> = REQUIRED.iter().copied().filter(|part| mapping.pair(part).is_none()).collect();
        if !missing.is_empty() {
            return Err(MappingError::Missing(missing));
        }
        if mapping.pair("end").is_some() && mapping.pair("duration").is_some() {
            return Err(MappingError::EndAndDuration);
        }
        Ok(mapping)
    }

    /// Says which text in the parent column means none.
    #[must_use]
    pub fn with_root(mut self, root: &str) -> Self {
        self.root = Some(root.trim().to_owned());
        self
    }

    /// Takes the service from the column by a pattern with one group, such as `^(.*)-[^-]+-[^-]+$` for pod
    /// names; a text that does not match stays whole.
    ///
    /// # Errors
    /// [`MappingError::Pattern`] when it is no regular expression with exactly one group,
    /// [`MappingError::NoService`] when there is no column to take it from.
    pub fn with_service_pattern(mut self, pattern: &str) -> Result<Self, MappingError> {
        let bad = || MappingError::Pattern(pattern.to_owned());
        let regex = Regex::new(pattern).map_err(|_| bad())?;
        // The whole match is a group too.
        if regex.captures_len() != 2 {
            return Err(bad());
        }
        self.pair("service").ok_or(MappingError::NoService)?;
        self.service_pattern = Some(regex);
        Ok(self)
    }

    fn add(&mut self, text: &str) -> Result<(), MappingError> {
        let (part, column) = text.split_once('=').ok_or_else(|| MappingError::Pair(text.to_owned()))?;
        let (part, column) = (part.trim(), column.trim());
        if self.pair(part).is_some() || (part == "root" && self.root.is_some()) {
            return Err(MappingError::Twice(part.to_owned()));
        }
        match part {
            "root" => self.root = Some(column.to_owned()),
            _ => self.pairs.push(Pair::read(part, column)?),
        }
        Ok(())
    }

    /// Returns the columns in the order in which they were given.
    pub(super) fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    pub(super) fn pair(&self, part: &str) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.part == part)
    }

    /// Returns the column that holds a part; empty when none does.
    pub(super) fn column(&self, part: &str) -> &str {
        self.pair(part).map_or("", |pair| &pair.column)
    }

    pub(super) fn root(&self) -> &str {
        self.root.as_deref().unwrap_or("root")
    }

    /// Returns whether the pattern takes a service out of the cell; without one it takes all.
    pub(super) fn is_service_match(&self, cell: &str) -> bool {
        self.service_pattern.as_ref().is_none_or(|regex| regex.is_match(cell))
    }

    pub(super) fn service<'a>(&self, cell: &'a str) -> &'a str {
        let Some(regex) = &self.service_pattern else { return cell };
        let mut captures = regex.create_captures();
        regex.captures(cell, &mut captures);
        captures.get_group(1).map_or(cell, |group| &cell[group.start..group.end])
    }
}

impl Pair {
    fn read(part: &str, column: &str) -> Result<Self, MappingError> {
        if !PARTS.contains(&part) && !part.contains('.') {
            return Err(MappingError::Name(part.to_owned()));
        }
        let (column, unit) = match TIMES.contains(&part) {
            true => timed(column)?,
            false => (column, None),
        };
        if column.is_empty() {
            return Err(MappingError::Pair(format!("{part}=")));
        }
        Ok(Self { part: part.to_owned(), column: column.to_owned(), unit })
    }
}

/// Cuts `COLUMN:unit`; columns may contain colons, units do not.
fn timed(column: &str) -> Result<(&str, Option<Unit>), MappingError> {
    let no_unit = || MappingError::NoUnit(column.to_owned());
    let (column, unit) = column.rsplit_once(':').ok_or_else(no_unit)?;
    let unit = unit.trim();
    let read = Unit::parse(unit).ok_or_else(|| MappingError::Unit(unit.to_owned()))?;
    Ok((column.trim(), Some(read)))
}

pub(super) fn quoted(names: &[impl AsRef<str>]) -> String {
    names.iter().map(|name| shown(name.as_ref())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(Mapping::parse(text).unwrap_err().to_string(), expected, "{text}");
    }

    #[test]
    fn a_mapping_says_what_is_wrong_with_it() {
        check("", "no column is given for `trace`, `span`, `start`");
        check("trace=T,span=S", "no column is given for `start`");
        check("trace", "`trace` is not of the form `name=COLUMN`");
        check("trace= ", "`trace=` is not of the form `name=COLUMN`");
        check("start=:ns", "`start=` is not of the form `name=COLUMN`");
        check("trace=T,trace=U", "`trace` is given twice");
        check("root=a,root=b", "`root` is given twice");
        check("start=X", "`X` has no unit; write `X:ns`, `:us`, `:ms` or `:s`");
        check("start=start:hours", "`hours` is no unit of time: s, ms, us, ns");
        check(
            "trace=T,span=S,start=X:ns,end=E:ns,duration=D:ms",
            "`end` and `duration` are both given; one is enough",
        );
        assert_eq!(Mapping::parse("colour=C").unwrap_err(), MappingError::Name("colour".into()));
    }

    #[test]
    fn blanks_around_names_columns_and_units_are_none_of_them() {
        let mapping = Mapping::parse(" trace = T , span=S, start = a:b c : ns ,").unwrap();
        let start = mapping.pair("start").unwrap();
        assert_eq!(
            (mapping.column("trace"), start.column.as_str(), start.unit),
            ("T", "a:b c", Some(Unit::Ns))
        );
    }

    #[test]
    fn a_root_may_hold_a_comma() {
        let mapping = Mapping::parse("trace=T,span=S,start=X:ns").unwrap();
        assert_eq!((mapping.root(), mapping.clone().with_root("a,b").root()), ("root", "a,b"));
    }

    #[test]
    fn the_service_is_the_pattern_s_group() {
        let plain = Mapping::parse("trace=T,span=S,start=X:ns").unwrap();
        assert_eq!(plain.with_service_pattern("^(.*)$").unwrap_err(), MappingError::NoService);
        let mapping = Mapping::parse("trace=T,span=S,start=X:ns,service=P").unwrap();
        for bad in ["(", "a(b)(c)"] {
            let error = mapping.clone().with_service_pattern(bad).unwrap_err();
            assert_eq!(error, MappingError::Pattern(bad.to_owned()));
        }
        let mapping = mapping.with_service_pattern("^(.*)-[^-]+-[^-]+$").unwrap();
        assert_eq!(mapping.service("ad-service-5f8bc-x2k4z"), "ad-service");
        assert_eq!(mapping.service("plain"), "plain");
        assert_eq!(["a-b-c", "plain"].map(|cell| mapping.is_service_match(cell)), [true, false]);
    }
}
