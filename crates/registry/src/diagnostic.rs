//! Diagnostics: what is wrong with a registry, where, and what to do about it. Nothing is judged here.

use serde::{Serialize, Serializer};

use crate::source::{Place, Source};
use crate::visible;

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The registry cannot be used.
    Error,
    /// It can, but probably says something else than its writer thinks. `check --strict` fails.
    Warning,
}

impl Level {
    /// Returns the word used in output.
    pub const fn word(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
        }
    }
}

macro_rules! codes {
    ($($name:ident $text:literal $level:ident;)*) => {
        /// What kind of mistake a diagnostic reports; stable, each with a paragraph in `docs/diagnostics.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($name),* }

        impl Code {
            /// All codes, in the order of the documentation.
            pub const ALL: &[Code] = &[$(Code::$name),*];

            /// Returns the code as it is printed and searched for.
            pub const fn text(self) -> &'static str {
                match self { $(Code::$name => $text),* }
            }

            /// Returns whether the code is an error or a warning.
            pub const fn level(self) -> Level {
                match self { $(Code::$name => Level::$level),* }
            }
        }
    };
}

codes! {
    YamlSyntax "yaml-syntax" Error;
    NotUtf8 "not-utf8" Error;
    FileUnreadable "file-unreadable" Error;
    DuplicateKey "duplicate-key" Error;
    UnknownKey "unknown-key" Error;
    MissingKey "missing-key" Error;
    WrongType "wrong-type" Error;
    BadValue "bad-value" Error;
    BadId "bad-id" Error;
    BadRegex "bad-regex" Error;
    UnknownReference "unknown-reference" Error;
    DuplicateId "duplicate-id" Error;
    TargetFormat "target-format" Error;
    ImpossibleCondition "impossible-condition" Error;
    GoodEqualsTotal "good-equals-total" Error;
    RuleTest "rule-test" Error;
    NoProduct "no-product" Error;
    TooManyFiles "too-many-files" Error;
    TooManyNodes "too-many-nodes" Error;
    TooManyAliases "too-many-aliases" Error;
    TooDeep "too-deep" Error;
    FileTooLarge "file-too-large" Error;
    TooManyAttributes "too-many-attributes" Error;
    TooManyContains "too-many-contains" Error;
    TooManyFilters "too-many-filters" Error;
    TooManyConditions "too-many-conditions" Error;
    TooManyThresholds "too-many-thresholds" Error;
    TooManyIds "too-many-ids" Error;
    TooManyProblems "too-many-problems" Error;
    Target100 "target-100" Warning;
    TargetTooStrict "target-too-strict" Warning;
    TargetTooLoose "target-too-loose" Warning;
    UnreachableTier "unreachable-tier" Warning;
    FactorBelowOne "factor-below-one" Warning;
    MonthVs30d "month-vs-30d" Warning;
    OverlappingRules "overlapping-rules" Warning;
    PartOnly "part-only" Warning;
    MatchesEverything "matches-everything" Warning;
    UnfedCondition "unfed-condition" Warning;
    NoObjective "no-objective" Warning;
    StepUnused "step-unused" Warning;
    StepWithoutSlo "step-without-slo" Warning;
    ObjectiveWithoutSlo "objective-without-slo" Warning;
    NoCriticality "no-criticality" Warning;
    ShadowedRule "shadowed-rule" Warning;
    RaciMissing "raci-missing" Warning;
    RaciAccountable "raci-accountable" Warning;
    RaciResponsible "raci-responsible" Warning;
    RaciHole "raci-hole" Warning;
    ForeignKind "foreign-kind" Warning;
    EmptyFile "empty-file" Warning;
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

/// One mistake, with its place and a way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Level,
    /// The file's name as it was given, or the folder's.
    pub file: String,
    /// From 1; 0, and left out where diagnostics are written, when the mistake is of the whole file or folder.
    #[serde(skip_serializing_if = "is_whole")]
    pub line: u32,
    /// From 1, in characters.
    #[serde(skip_serializing_if = "is_whole")]
    pub column: u32,
    /// The column behind the last character that is meant, on the same line.
    #[serde(skip_serializing_if = "is_whole")]
    pub end_column: u32,
    /// The line as it stands in the file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub excerpt: String,
    pub message: String,
    pub hint: Option<String>,
}

/// Returns whether a line or column is of no place in a file, but of the whole of it.
fn is_whole(number: &u32) -> bool {
    *number == 0
}

/// Excerpts are cut to this many characters.
const EXCERPT_MAX: usize = 240;
/// Messages and hints have no more characters.
const MESSAGE_MAX: usize = 400;

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}[{}]: {}", self.severity.word(), self.code, self.message)?;
        if self.line == 0 {
            write!(f, "\n  {}", self.file)?;
        } else {
            write!(f, "\n  {}:{}:{}", self.file, self.line, self.column)?;
            self.fmt_excerpt(f)?;
        }
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl Diagnostic {
    fn fmt_excerpt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let width = self.line.to_string().len();
        write!(f, "\n  {} | {}", self.line, visible::line(&self.excerpt))?;
        if self.column as usize > EXCERPT_MAX {
            return Ok(());
        }
        let start = self.excerpt.chars().take(self.column.saturating_sub(1) as usize);
        let before: String = start.map(visible::blank).collect();
        let meant = self.excerpt.chars().skip(self.column.saturating_sub(1) as usize);
        let meant = meant.take(self.end_column.saturating_sub(self.column) as usize);
        let carets = meant.map(|c| visible::blank(c).len()).sum::<usize>().max(1);
        write!(f, "\n  {:width$} | {before}{}", "", "^".repeat(carets))
    }
}

/// A mistake while it is still a place in the sources.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) place: Place,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    list: Vec<Problem>,
}

/// Diagnostics that one load reports at most.
pub(crate) const PROBLEMS_MAX: usize = 1_000;

impl Problems {
    pub(crate) fn add(&mut self, code: Code, place: Place, message: impl Into<String>) {
        self.list.push(Problem { code, place, message: message.into(), hint: None });
    }

    pub(crate) fn hint(
        &mut self,
        code: Code,
        place: Place,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.list.push(Problem { code, place, message: message.into(), hint: Some(hint.into()) });
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.list.iter().any(|problem| problem.code.level() == Level::Error)
    }

    /// Returns whether there is an error behind which a document of ours may be hidden.
    pub(crate) fn has_errors_of_ours(&self) -> bool {
        let mut errors = self.list.iter().filter(|problem| problem.code.level() == Level::Error);
        errors.any(|problem| problem.code != Code::GoodEqualsTotal)
    }

    /// Returns how many mistakes were found so far.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Returns whether there is a mistake in a file.
    pub(crate) fn tell_of(&self, file: u32) -> bool {
        self.list.iter().any(|problem| problem.place.file == file)
    }

    /// Turns places into files, lines and excerpts, in reading order and each once.
    pub(crate) fn finish(mut self, sources: &[Source]) -> Vec<Diagnostic> {
        self.list.sort_by(|a, b| (a.place, a.code, &a.message).cmp(&(b.place, b.code, &b.message)));
        self.list.dedup_by(|a, b| (a.place, a.code, &a.message) == (b.place, b.code, &b.message));
        let left_out = self.list.len().saturating_sub(PROBLEMS_MAX);
        if left_out > 0 {
            self.list.truncate(PROBLEMS_MAX);
            let place = self.list[PROBLEMS_MAX - 1].place;
            let place = Place { line: 0, ..place };
            self.add(Code::TooManyProblems, place, format!("{left_out} further problems are not shown"));
        }
        self.list.into_iter().map(|problem| problem.diagnostic(sources)).collect()
    }
}

impl Problem {
    fn diagnostic(self, sources: &[Source]) -> Diagnostic {
        let source = sources.get(self.place.file as usize);
        let excerpt = source.filter(|_| self.place.line > 0).map(|source| excerpt(source, self.place.line));
        Diagnostic {
            code: self.code,
            severity: self.code.level(),
            file: source.map(|source| source.name.clone()).unwrap_or_default(),
            line: self.place.line,
            column: self.place.column,
            end_column: self.place.end,
            excerpt: excerpt.unwrap_or_default(),
            message: shown(&self.message),
            hint: self.hint.as_deref().map(shown),
        }
    }
}

/// Returns a line as it is shown, as far as that.
pub(crate) fn excerpt(source: &Source, line: u32) -> String {
    source.line(line).chars().take(EXCERPT_MAX).collect()
}

/// Returns a message for people: what it quotes of the file can be printed, and its middle is left out where that is
/// pages long.
pub(crate) fn shown(message: &str) -> String {
    let shown: Vec<char> = visible::text(message).chars().collect();
    if shown.len() <= MESSAGE_MAX {
        return shown.into_iter().collect();
    }
    let (head, tail) = (&shown[..MESSAGE_MAX / 2], &shown[shown.len() - MESSAGE_MAX / 4..]);
    head.iter().chain(&['…']).chain(tail).collect()
}
