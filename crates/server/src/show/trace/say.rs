//! The sentence above a trace: which attempts it holds, how they went, and the way of the error.

use throughline_core::annotate::decision::{Attempt, Outcome};

use crate::explain::Span;
use crate::show::names::{capital, list, step_link};
use crate::show::trace::rows::short;
use crate::show::trace::{View, conditions};
use crate::view::number::{plural, took};
use crate::view::prose::Prose;
use crate::view::time::At;

/// Attempts that are told one by one.
const TOLD_MAX: usize = 3;

/// Says what the trace is.
pub(super) fn say(view: &View<'_>) -> Prose {
    let attempts = view.attempts();
    match attempts[..] {
        [] => no_attempt(view),
        [only] => one(view, only),
        _ => several(view, &attempts),
    }
}

fn one(view: &View<'_>, place: usize) -> Prose {
    let span = &view.told.spans[place];
    let Some((counted, attempt)) = span.attempt() else { return Prose::new() };
    let (begins, are) = match counted.times {
        1 => ("One attempt at ".to_owned(), "it is"),
        n => (format!("{} at ", plural(n.into(), "attempt")), "they are"),
    };
    let say = linked(view, Prose::new().strong(begins), counted.step);
    let why = view.why_bad(span, attempt).map(|why| format!(": {why}")).unwrap_or_default();
    let lacks = conditions::lacks(view, place).filter(|_| attempt.outcome == Outcome::Useless);
    let why = lacks.map_or(why.clone(), |lacks| format!("{why} ({lacks})"));
    let say = say.strong(format!(", and {are} {}{why}.", super::outcome(attempt.outcome).word()));
    let say = match way(view, place) {
        Some(way) => say.text(format!(" {}.", capital(&way.short()))),
        None => say,
    };
    say.text(by_rules_of_now(view).unwrap_or_else(|| counted_when(span, attempt)))
}

/// Says of a trace that came before the registry was exchanged that it was counted by other rules than it is told by;
/// `None` where it was not.
fn by_rules_of_now(view: &View<'_>) -> Option<String> {
    let since = view.live.source.since;
    let came = view.told.spans.iter().map(|span| span.entry.arrived).min()?;
    let since = (came < since).then(|| At::from(since).clock_seconds())?;
    Some(format!(
        " So say the rules in force since {since}. It came before, and stands as those of then counted it."
    ))
}

fn several(view: &View<'_>, attempts: &[usize]) -> Prose {
    let times = |place: &usize| view.told.spans[*place].counted().map_or(0, |c| u64::from(c.times));
    let all = attempts.iter().map(times).sum::<u64>();
    let mut say = Prose::new().strong(format!("{}: ", plural(all, "attempt")));
    for (index, place) in attempts.iter().take(TOLD_MAX).enumerate() {
        let span = &view.told.spans[*place];
        let Some((counted, attempt)) = span.attempt() else { continue };
        let why = view.why_bad(span, attempt).map(|why| format!(" ({why})")).unwrap_or_default();
        say = if index > 0 { say.text(", ") } else { say };
        say = linked(view, say, counted.step);
        say = say.text(format!(" is {}{why}", super::outcome(attempt.outcome).word()));
    }
    match attempts.len() - TOLD_MAX.min(attempts.len()) {
        0 => say.text("."),
        more => say.text(format!(", and {more} more.")),
    }
}

fn linked(view: &View<'_>, say: Prose, step: throughline_core::id::StepId) -> Prose {
    match view.live.registry.step(step) {
        Some(step) => {
            let link = step_link(&view.live.registry, step);
            say.link(link.text, link.href)
        }
        None => say.text(view.step_name(step)),
    }
}

fn counted_when(span: &Span, attempt: &Attempt) -> String {
    let minute = At::from(span.entry.start.minute()).clock();
    match attempt.outcome {
        Outcome::Pending => " It is not counted before the rest of its trace has had its time.".to_owned(),
        Outcome::Lost => format!(" What came does not tell; it stands as lost in minute {minute}."),
        Outcome::Excluded => format!(" It is left out of minute {minute}: neither good nor bad."),
        _ => format!(" Counted once, in minute {minute}."),
    }
}

fn no_attempt(view: &View<'_>) -> Prose {
    let mut steps: Vec<String> = Vec::new();
    for counted in view.told.spans.iter().filter_map(Span::counted) {
        let name = view.step_name(counted.step);
        if !steps.contains(&name) {
            steps.push(name);
        }
    }
    match steps.len() {
        0 => Prose::new().strong("No attempt, and no step is known for it.").text(
            by_rules_of_now(view).unwrap_or_else(|| " It counts as requests without a step.".to_owned()),
        ),
        _ => Prose::new().strong("No attempt.").text(format!(
            " Its requests belong to {}, of which none is an attempt by itself.",
            list(&steps)
        )),
    }
}

/// The way of an error: where it began, who passed it on, and what the user was answered.
#[derive(Debug, Clone)]
pub(super) struct Way {
    began: String,
    passed: Vec<String>,
    /// `None` where it began in the attempt itself.
    answered: Option<(String, String)>,
}

impl Way {
    /// Returns `the error began in storage Blobs/Put: quota exceeded; mail and webmail passed it on`.
    fn short(&self) -> String {
        let mut passed = self.passed.clone();
        passed.extend(
            self.answered.iter().map(|(service, _)| service.clone()).filter(|s| !self.passed.contains(s)),
        );
        match passed.is_empty() {
            true => format!("the error began in {}", self.began),
            false => format!("the error began in {}; {} passed it on", self.began, list(&passed)),
        }
    }

    /// Returns the same with what the user was answered.
    pub(super) fn with_answer(&self) -> String {
        let Some((service, answer)) = &self.answered else { return self.short() };
        let passed = match self.passed.is_empty() {
            true => String::new(),
            false => format!("{} passed it on, and ", list(&self.passed)),
        };
        format!("the error began in {}; {passed}{service} answered {answer}", self.began)
    }
}

/// Returns the way of an error below or at a bad attempt; nothing where no request failed.
pub(super) fn way(view: &View<'_>, place: usize) -> Option<Way> {
    let (told, top) = (view.told, &view.told.spans[place]);
    top.attempt().filter(|(_, attempt)| attempt.outcome.is_bad())?;
    let parents = |at: usize| std::iter::successors(told.parent(at), |at| told.parent(*at));
    let erring = (0..told.spans.len()).filter(|at| {
        let span = &told.spans[*at];
        let may_begin = span.ground.is_some() && span.is_error() && !span.entry.is_outgoing();
        may_begin && (*at == place || told.is_below(*at, place))
    });
    let key = |at: &usize| (parents(*at).count(), std::cmp::Reverse(told.spans[*at].entry.start));
    let began = erring.max_by_key(key)?;
    let span = &told.spans[began];
    let reason = view.reason(span).map(|reason| format!(": {reason}")).unwrap_or_default();
    if began == place {
        return Some(Way {
            began: format!("{} itself{reason}", span.service),
            passed: Vec::new(),
            answered: None,
        });
    }
    let mut passed: Vec<String> = Vec::new();
    for one in parents(began).take_while(|at| *at != place).map(|at| &told.spans[at]) {
        if one.is_error() && !one.entry.is_outgoing() && !passed.contains(&one.service) {
            passed.push(one.service.clone());
        }
    }
    let answer = view.own_reason(top).unwrap_or_else(|| "without an error".to_owned());
    Some(Way {
        began: format!("{} {}{reason}", span.service, short(&span.operation)),
        passed,
        answered: Some((top.service.clone(), answer)),
    })
}

/// The request in which most of an attempt's time went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::show) struct Longest {
    pub(in crate::show) service: String,
    pub(in crate::show) operation: String,
    pub(in crate::show) took_ns: u64,
    /// Of the whole attempt.
    pub(in crate::show) of_ns: u64,
}

/// Returns where the time of the longest attempt went: down from it, into the longest call for as long as that is
/// at least half of the call around it.
pub(super) fn longest(view: &View<'_>) -> Option<Longest> {
    let told = view.told;
    let took = |at: &usize| told.spans[*at].entry.duration();
    let top = view.attempts().into_iter().max_by_key(took)?;
    let mut at = top;
    for _ in 0..told.spans.len() {
        let calls = (0..told.spans.len()).filter(|call| told.parent(*call) == Some(at));
        match calls.max_by_key(took).filter(|call| 2 * took(call) >= took(&at)) {
            Some(call) => at = call,
            None => break,
        }
    }
    let span = &told.spans[at];
    let (service, operation) = (span.service.clone(), short(&span.operation).to_owned());
    Some(Longest { service, operation, took_ns: took(&at), of_ns: took(&top) })
}

impl Longest {
    /// Returns `auth Verify took 1.9 s of 2.1 s`.
    pub(in crate::show) fn words(&self) -> String {
        let (service, operation) = (&self.service, &self.operation);
        format!("{service} {operation} took {} of {}", took(self.took_ns), took(self.of_ns))
    }
}
