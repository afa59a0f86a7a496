//! Which column of a CSV holds what: `trace=TraceID,span=SpanID,start=StartTimeUnixNano:ns,...`, and the units of
//! times. It reads no rows.

use regex_automata::meta::Regex;

/// What stands where in a span CSV.
///
/// Written as `name=COLUMN` pairs: `trace`, `span`, `start` (required), `parent`, `service`, `name`, `kind`, `end`
/// or `duration`; times have a unit (`:ns`, `:us`, `:ms`, `:s`). A name with a dot is an attribute's key. `root=X` says
/// which text in the parent column means none.
#[derive(Debug, Clone)]
pub struct Mapping {
    pairs: Vec<(String, String)>,
    root: String,
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
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("`{0}` has no unit; write `COLUMN:ns`, `:us`, `:ms` or `:s`")]
    Unit(String),
    #[error("`{0}` is not a regular expression with one group")]
    Pattern(String),
}

/// The unit a time column is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Ns,
    Us,
    Ms,
    S,
}

/// A mapping applied to one file's header.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) trace: Option<usize>,
    pub(super) span: Option<usize>,
    pub(super) parent: Option<usize>,
    pub(super) service: Option<usize>,
    pub(super) name: Option<usize>,
    pub(super) kind: Option<usize>,
    pub(super) start: (Option<usize>, Unit),
    pub(super) end: Option<(usize, Unit)>,
    pub(super) duration: Option<(usize, Unit)>,
    pub(super) attributes: Vec<(String, usize)>,
}

const NAMES: &[&str] =
    &["trace", "span", "parent", "service", "name", "kind", "start", "end", "duration", "root"];

impl Mapping {
    /// Reads the pairs.
    ///
    /// # Errors
    /// [`MappingError`] names the first pair that cannot be used.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let mut mapping = Self { pairs: Vec::new(), root: String::new(), service_pattern: None };
        for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (name, column) = pair.split_once('=').ok_or_else(|| MappingError::Pair(pair.to_owned()))?;
            if !NAMES.contains(&name) && !name.contains('.') {
                return Err(MappingError::Name(name.to_owned()));
            }
            if mapping.of(name).is_some() {
                return Err(MappingError::Twice(name.to_owned()));
            }
            if ["start", "end", "duration"].contains(&name) && timed(column).is_none() {
                return Err(MappingError::Unit(column.to_owned()));
            }
            mapping.pairs.push((name.to_owned(), column.to_owned()));
        }
        for required in ["trace", "span", "start"] {
            mapping.of(required).ok_or(MappingError::Missing(required))?;
        }
        mapping.root = mapping.of("root").unwrap_or("root").to_owned();
        Ok(mapping)
    }

    /// Takes the service from the column by a pattern with one group, such as `^(.*)-[^-]+-[^-]+$` for pod
    /// names; a text that does not match stays whole.
    ///
    /// # Errors
    /// [`MappingError::Pattern`] when it is no regular expression with exactly one group.
    pub fn with_service_pattern(mut self, pattern: &str) -> Result<Self, MappingError> {
        let bad = || MappingError::Pattern(pattern.to_owned());
        let regex = Regex::new(pattern).map_err(|_| bad())?;
        // The whole match is a group too.
        if regex.captures_len() != 2 {
            return Err(bad());
        }
        self.service_pattern = Some(regex);
        Ok(self)
    }

    fn of(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, column)| column.as_str())
    }

    pub(super) fn root(&self) -> &str {
        &self.root
    }

    pub(super) fn service<'a>(&self, cell: &'a str) -> &'a str {
        let Some(regex) = &self.service_pattern else { return cell };
        let mut captures = regex.create_captures();
        regex.captures(cell, &mut captures);
        captures.get_group(1).map_or(cell, |group| &cell[group.start..group.end])
    }

    /// Finds the columns in a header.
    ///
    /// # Errors
    /// The name of a column that the header does not have.
    pub(super) fn columns(&self, header: &[String]) -> Result<Columns, String> {
        let at = |column: &str| {
            let found = header.iter().position(|name| name.trim().trim_start_matches('\u{feff}') == column);
            found.ok_or_else(|| column.to_owned())
        };
        let plain = |name| self.of(name).map(at).transpose();
        let time = |name| {
            let timed = self.of(name).and_then(timed);
            timed.map(|(column, unit)| Ok::<_, String>((at(column)?, unit))).transpose()
        };
        let start = time("start")?;
        let attributes = self.pairs.iter().filter(|(name, _)| name.contains('.'));
        Ok(Columns {
            trace: plain("trace")?,
            span: plain("span")?,
            parent: plain("parent")?,
            service: plain("service")?,
            name: plain("name")?,
            kind: plain("kind")?,
            start: start.map_or((None, Unit::Ns), |(column, unit)| (Some(column), unit)),
            end: time("end")?,
            duration: time("duration")?,
            attributes: attributes
                .map(|(name, column)| Ok((name.clone(), at(column)?)))
                .collect::<Result<_, String>>()?,
        })
    }
}

/// Cuts `COLUMN:unit`; columns may contain colons, units do not.
fn timed(column: &str) -> Option<(&str, Unit)> {
    let (column, unit) = column.rsplit_once(':')?;
    let unit = match unit {
        "ns" => Unit::Ns,
        "us" | "µs" => Unit::Us,
        "ms" => Unit::Ms,
        "s" => Unit::S,
        _ => return None,
    };
    Some((column, unit))
}

impl Unit {
    /// Reads a decimal number of this unit as whole nanoseconds; finer digits are cut. `None` for what is no
    /// number, is negative or does not fit.
    pub(super) fn nanoseconds(self, text: &str) -> Option<u64> {
        let digits = match self {
            Unit::Ns => 0,
            Unit::Us => 3,
            Unit::Ms => 6,
            Unit::S => 9,
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let only_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !only_digits(whole) || !only_digits(fraction) {
            let number: f64 = text.parse().ok().filter(|number: &f64| *number >= 0.0 && *number < 1e19)?;
            return Some((number * 10_f64.powi(digits)) as u64);
        }
        let digits = digits as usize;
        let fraction = &fraction[..fraction.len().min(digits)];
        let fraction: u64 = format!("{fraction:0<digits$}0").parse().ok()?;
        whole.parse::<u64>().ok()?.checked_mul(10_u64.pow(digits as u32))?.checked_add(fraction / 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_unit_are_whole_nanoseconds() {
        assert_eq!(Unit::Ns.nanoseconds("1661146988592291144"), Some(1_661_146_988_592_291_144));
        assert_eq!(Unit::Us.nanoseconds("181991"), Some(181_991_000));
        assert_eq!(Unit::Ms.nanoseconds("1.5"), Some(1_500_000));
        assert_eq!(Unit::S.nanoseconds("1661146988.592291144"), Some(1_661_146_988_592_291_144));
        assert_eq!(Unit::S.nanoseconds("1.5e2"), Some(150_000_000_000));
        assert_eq!(Unit::Ns.nanoseconds("12.9"), Some(12));
        for bad in ["", "x", "-5", "99999999999999999999", "NaN"] {
            assert_eq!(Unit::Ns.nanoseconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_mapping_says_what_is_wrong_with_it() {
        let error = |text| Mapping::parse(text).unwrap_err();
        assert_eq!(error("trace"), MappingError::Pair("trace".into()));
        assert_eq!(error("trace=T,colour=C"), MappingError::Name("colour".into()));
        assert_eq!(error("trace=T,trace=U"), MappingError::Twice("trace".into()));
        assert_eq!(error("trace=T,span=S"), MappingError::Missing("start"));
        assert_eq!(error("trace=T,span=S,start=X"), MappingError::Unit("X".into()));
        let mapping = Mapping::parse("trace=T,span=S,start=X:ns").unwrap();
        assert_eq!(mapping.columns(&["T".into(), "S".into()]).unwrap_err(), "X");
        assert!(matches!(mapping.clone().with_service_pattern("("), Err(MappingError::Pattern(_))));
        assert!(matches!(mapping.with_service_pattern("a(b)(c)"), Err(MappingError::Pattern(_))));
    }

    #[test]
    fn the_service_is_the_pattern_s_group() {
        let mapping = Mapping::parse("trace=T,span=S,start=X:ns").unwrap();
        let mapping = mapping.with_service_pattern("^(.*)-[^-]+-[^-]+$").unwrap();
        assert_eq!(mapping.service("ad-service-5f8bc-x2k4z"), "ad-service");
        assert_eq!(mapping.service("plain"), "plain");
    }
}
