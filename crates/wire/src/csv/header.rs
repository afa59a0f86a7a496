//! A mapping applied to one file's header line: where its columns are, or which of them are missing among which. It
//! reads no rows.

use super::mapping::{Mapping, Pair, quoted};
use super::shown;
use super::unit::Unit;

/// Columns of a header that an error lists.
const COLUMNS_TOLD: usize = 20;

/// Where the parts of a span stand in a row.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) trace: Option<usize>,
    pub(super) span: Option<usize>,
    pub(super) parent: Option<usize>,
    pub(super) service: Option<usize>,
    pub(super) name: Option<usize>,
    pub(super) kind: Option<usize>,
    pub(super) start: Option<(usize, Unit)>,
    pub(super) end: Option<(usize, Unit)>,
    pub(super) duration: Option<(usize, Unit)>,
    pub(super) attributes: Vec<(String, usize)>,
}

/// Columns that a mapping names and a header line does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no {} among {}", quoted(missing), told(found))]
pub struct MissingColumns {
    pub missing: Vec<String>,
    /// What the header line has.
    pub found: Vec<String>,
}

impl MissingColumns {
    /// Returns what may be meant instead.
    pub fn hint(&self) -> String {
        let alike = |missing: &String| {
            let found = self.found.iter().find(|found| plain(found) == plain(missing))?;
            Some(format!("{} for {}", shown(found), shown(missing)))
        };
        let meant: Vec<String> = self.missing.iter().filter_map(alike).collect();
        match (&meant[..], &self.found[..]) {
            ([], [_]) => "columns are separated by commas, else by semicolons, else by tabs".to_owned(),
            ([], _) => "the mapping names columns as the header line writes them".to_owned(),
            _ => format!("did you mean {}?", meant.join(", ")),
        }
    }
}

/// Why a mapping cannot be applied to a header line.
#[derive(Debug)]
pub(super) enum Unfit {
    Missing(MissingColumns),
    /// A column that the mapping names is there more than once.
    Twice(String),
}

impl Columns {
    /// Finds the columns in a header line.
    ///
    /// # Errors
    /// All columns that the header does not have, else the first that it has more than once.
    pub(super) fn find(mapping: &Mapping, header: &[String]) -> Result<Self, Unfit> {
        let at = |pair: &Pair| header.iter().position(|name| name.trim() == pair.column);
        let missing = mapping.pairs().iter().filter(|pair| at(pair).is_none());
        let mut missing: Vec<String> = missing.map(|pair| pair.column.clone()).collect();
        if !missing.is_empty() {
            missing.dedup();
            let found = header.iter().map(|name| name.trim().to_owned()).collect();
            return Err(Unfit::Missing(MissingColumns { missing, found }));
        }
        let times = |pair: &&Pair| header.iter().filter(|name| name.trim() == pair.column).count();
        if let Some(pair) = mapping.pairs().iter().find(|pair| times(pair) > 1) {
            return Err(Unfit::Twice(shown(&pair.column)));
        }
        let plain = |part| mapping.pair(part).and_then(at);
        let time = |part| mapping.pair(part).and_then(|pair| Some((at(pair)?, pair.unit?)));
        let attributes = mapping.pairs().iter().filter(|pair| pair.part.contains('.'));
        Ok(Self {
            trace: plain("trace"),
            span: plain("span"),
            parent: plain("parent"),
            service: plain("service"),
            name: plain("name"),
            kind: plain("kind"),
            start: time("start"),
            end: time("end"),
            duration: time("duration"),
            attributes: attributes.filter_map(|pair| Some((pair.part.clone(), at(pair)?))).collect(),
        })
    }
}

/// Returns a name without what is easily mistaken in it.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn told(found: &[String]) -> String {
    let told: Vec<String> = found.iter().take(COLUMNS_TOLD).map(|name| shown(name)).collect();
    let more = found.len() - told.len();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    told.join(", ") + &more
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &[&str], error: &str, hint: &str) {
        let mapping = Mapping::parse("trace=Trace ID,span=Span,start=Start:ns").unwrap();
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        let Err(Unfit::Missing(missing)) = Columns::find(&mapping, &header) else { panic!("{header:?}") };
        assert_eq!((missing.to_string().as_str(), missing.hint().as_str()), (error, hint));
    }

    #[test]
    fn all_missing_columns_are_told_with_what_is_there_and_may_be_meant() {
        check(
            &["Span", "Name"],
            "no `Trace ID`, `Start` among `Span`, `Name`",
            "the mapping names columns as the header line writes them",
        );
        check(
            &["trace_id", " span", "Start"],
            "no `Trace ID`, `Span` among `trace_id`, `span`, `Start`",
            "did you mean `trace_id` for `Trace ID`, `span` for `Span`?",
        );
        check(
            &["Trace ID|Span|Start"],
            "no `Trace ID`, `Span`, `Start` among `Trace ID|Span|Start`",
            "columns are separated by commas, else by semicolons, else by tabs",
        );
        let many = vec!["x"; COLUMNS_TOLD + 1];
        let listed = vec!["`x`"; COLUMNS_TOLD].join(", ");
        check(
            &many,
            &format!("no `Trace ID`, `Span`, `Start` among {listed} and 1 more"),
            "the mapping names columns as the header line writes them",
        );
    }

    #[test]
    fn a_column_that_the_mapping_names_stands_once_in_the_header() {
        let check = |header: &str, expected: Option<&str>| {
            let mapping = Mapping::parse("trace=t,span=s,start=b:ns").unwrap();
            let header: Vec<String> = header.split(',').map(str::to_owned).collect();
            let twice = match Columns::find(&mapping, &header) {
                Err(Unfit::Twice(column)) => Some(column),
                _ => None,
            };
            assert_eq!(twice.as_deref(), expected, "{header:?}");
        };
        check("t,s,b,x,x", None);
        check("t,s,b, s", Some("`s`"));
        check("t,s,s,s,b,b", Some("`s`"));
    }
}
