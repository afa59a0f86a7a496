//! Why an attempt is good, bad or not counted: each clause in the order in which it was asked, with what was found
//! (`slo.md` 1: shed, exclude, failure, success).

use throughline_core::annotate::decision::Outcome;
use throughline_core::condition::{Atom, Conditions, Expr};
use throughline_core::model::step::{Clause, Step};

use crate::explain::Span;
use crate::show::trace::View;
use crate::view::number::took;
use crate::view::trace::Condition;

/// What a `contains` finds that is not met.
const MISSING: &str = "not in the trace";

/// Which conditions a clause belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Exclude,
    Failure,
    Success,
}

/// Returns the conditions of the step that an attempt was judged by.
pub(super) fn conditions(view: &View<'_>, place: usize) -> Vec<Condition> {
    let span = &view.told.spans[place];
    let Some((counted, attempt)) = span.attempt() else { return Vec::new() };
    let Some(step) = view.live.registry.step(counted.step) else { return Vec::new() };
    let asking = Asking::new(view, place, step, attempt.outcome);
    let mut rows: Vec<Condition> = asking.shed().into_iter().collect();
    let of = |kind, expr, clauses| asking.rows(kind, expr, clauses);
    let (conditions, clauses) = (&step.conditions, &step.clauses);
    rows.extend(of(Kind::Exclude, conditions.exclude.as_ref(), &clauses.exclude));
    rows.extend(of(Kind::Failure, conditions.failure.as_ref(), &clauses.failure));
    rows.extend(of(Kind::Success, conditions.success.as_ref(), &clauses.success));
    only_one_decides(&mut rows, attempt.outcome);
    rows
}

/// Returns what stands between an attempt and a useful result, or between it and an answer while its trace may still
/// bring that: `the page is filled: not in the trace`. `None` where nothing is missing.
pub(super) fn lacks(view: &View<'_>, place: usize) -> Option<String> {
    let decided = conditions(view, place).into_iter().find(|one| one.decides && one.found == MISSING)?;
    let asked = decided.asked.strip_prefix("Good: ").unwrap_or(&decided.asked);
    Some(format!("{asked}: {MISSING}"))
}

/// Of several clauses that suffice the first decides; of those that must all hold the last one that was asked.
fn only_one_decides(rows: &mut [Condition], outcome: Outcome) {
    let decides: Vec<usize> = (0..rows.len()).filter(|at| rows[*at].decides).collect();
    let keep = if outcome == Outcome::Good { decides.last() } else { decides.first() }.copied();
    for at in decides.into_iter().filter(|at| Some(*at) != keep) {
        rows[at].decides = false;
        let plain = rows[at].answer.split(',').next().unwrap_or_default().to_owned();
        rows[at].answer = plain;
    }
}

struct Asking<'a> {
    view: &'a View<'a>,
    span: &'a Span,
    place: usize,
    conditions: &'a Conditions,
    outcome: Outcome,
    truth: u64,
}

impl<'a> Asking<'a> {
    fn new(view: &'a View<'a>, place: usize, step: &'a Step, outcome: Outcome) -> Self {
        let span = &view.told.spans[place];
        let conditions = &step.conditions;
        let own = |c: &&throughline_core::annotate::entry::Candidate| c.step == step.id && !c.part;
        let candidate = span.entry.candidates.iter().filter(own).max_by_key(|candidate| candidate.rank);
        let (below, children) = span.ground.map_or((0, 0), |ground| (ground.below, ground.children));
        let truth = candidate.map_or(0, |candidate| candidate.truth);
        Self { view, span, place, conditions, outcome, truth: conditions.with_trace(truth, below, children) }
    }

    fn shed(&self) -> Option<Condition> {
        self.span.entry.codes.shed.then(|| Condition {
            asked: "Bad: shed to protect more critical requests".to_owned(),
            rule: "shed marker".to_owned(),
            found: self.span.entry.codes.http.map_or_else(|| "set".to_owned(), |code| code.to_string()),
            answer: "yes, this decides".to_owned(),
            decides: true,
        })
    }

    fn rows(&self, kind: Kind, expr: Option<&Expr>, clauses: &[Clause]) -> Vec<Condition> {
        let parts = expr.map_or_else(Vec::new, |expr| aligned(expr, clauses.len()));
        let row = |(at, clause): (usize, &Clause)| self.row(kind, clause, parts.get(at).copied().or(expr));
        clauses.iter().enumerate().map(row).collect()
    }

    fn row(&self, kind: Kind, clause: &Clause, expr: Option<&Expr>) -> Condition {
        let holds = match expr {
            Some(expr) => expr.holds(self.truth),
            // Good without being said: the answer is no error.
            None => !self.span.entry.codes.error,
        };
        let waits = expr.is_some_and(|expr| self.waits(expr));
        let decides = match (self.outcome, kind) {
            (Outcome::Excluded, Kind::Exclude) | (Outcome::Failed, Kind::Failure) => holds,
            (Outcome::Good, Kind::Success) => true,
            (Outcome::Failed, Kind::Success) => !holds && !waits && !self.failure_holds(),
            (Outcome::Useless, Kind::Success) => !holds,
            (Outcome::Pending | Outcome::Lost, Kind::Success) => waits || !holds,
            (Outcome::Pending | Outcome::Lost, Kind::Failure | Kind::Exclude) => waits && !holds,
            _ => false,
        };
        let before = match kind {
            Kind::Exclude => "Not counted",
            Kind::Failure => "Bad",
            Kind::Success => "Good",
        };
        Condition {
            asked: format!("{before}: {}", clause.words),
            rule: clause.rule.clone(),
            found: expr.map_or_else(|| self.error(), |expr| self.found(expr)),
            answer: self.answer(kind, holds, decides).to_owned(),
            decides,
        }
    }

    fn failure_holds(&self) -> bool {
        self.conditions.failure.as_ref().is_some_and(|failure| failure.holds(self.truth))
    }

    fn answer(&self, kind: Kind, holds: bool, decides: bool) -> &'static str {
        match (holds, decides, self.outcome) {
            (false, true, Outcome::Pending) => "not yet",
            (_, true, Outcome::Lost) => "never to be known",
            (true, true, Outcome::Pending) => "as far as is known",
            (false, true, _) => "no, this decides",
            (true, true, Outcome::Good) => "yes, and with it all",
            (true, true, _) => "yes, this decides",
            (true, false, outcome) if outcome != Outcome::Good && kind == Kind::Success => "yes, not enough",
            (true, false, _) => "yes, but decided before",
            (false, false, _) => "no",
        }
    }

    /// Returns whether only the rest of the trace can answer, or nothing that this version receives.
    fn waits(&self, expr: &Expr) -> bool {
        atoms(expr).into_iter().any(|at| match self.conditions.atoms.get(at) {
            Some(Atom::Contains { .. }) => self.truth >> at & 1 == 0,
            Some(Atom::Unfed) => true,
            Some(Atom::Duration(_)) => self.span.entry.end_ns.is_none(),
            _ => false,
        })
    }

    fn found(&self, expr: &Expr) -> String {
        let mut found: Vec<String> = Vec::new();
        for atom in atoms(expr).into_iter().filter_map(|at| self.conditions.atoms.get(at)) {
            let one = self.found_by(atom);
            if !found.contains(&one) {
                found.push(one);
            }
        }
        if found.is_empty() { "nothing is asked".to_owned() } else { found.join(", ") }
    }

    fn found_by(&self, atom: &Atom) -> String {
        let codes = self.span.entry.codes;
        let not_set = || "not set".to_owned();
        match atom {
            Atom::Error => self.error(),
            Atom::Http(_) => codes.http.map_or_else(not_set, |code| code.to_string()),
            Atom::Grpc(_) => codes.grpc_name().map_or_else(not_set, str::to_owned),
            Atom::Attribute { slot, .. } => self.span.value(*slot).map_or_else(not_set, str::to_owned),
            Atom::Duration(_) if self.span.entry.end_ns.is_none() => "no end was told".to_owned(),
            Atom::Duration(_) => took(self.span.entry.duration()),
            Atom::Contains { marker, child } => match self.view.told.marked(self.place, *marker, *child) {
                Some(place) => {
                    let after = self.view.told.spans[place].entry.start.since(self.span.entry.start);
                    format!("after {}", took(after))
                }
                None => MISSING.to_owned(),
            },
            Atom::Unfed => "not measured".to_owned(),
        }
    }

    fn error(&self) -> String {
        let found = if self.span.entry.codes.error { "error" } else { "no error" };
        found.to_owned()
    }
}

/// Returns the parts of a tree that its clauses stand for: clauses flatten what joins them.
fn aligned(expr: &Expr, clauses: usize) -> Vec<&Expr> {
    let (Expr::All(first) | Expr::Any(first)) = expr else { return vec![expr] };
    if clauses == 1 {
        return vec![expr];
    }
    if first.len() == clauses {
        return first.iter().collect();
    }
    let joins_all = matches!(expr, Expr::All(_));
    let mut flat = Vec::new();
    flatten(expr, joins_all, &mut flat);
    if flat.len() == clauses { flat } else { vec![expr; clauses] }
}

fn flatten<'a>(expr: &'a Expr, joins_all: bool, flat: &mut Vec<&'a Expr>) {
    match expr {
        Expr::All(parts) if joins_all => parts.iter().for_each(|part| flatten(part, true, flat)),
        Expr::Any(parts) if !joins_all => parts.iter().for_each(|part| flatten(part, false, flat)),
        other => flat.push(other),
    }
}

fn atoms(expr: &Expr) -> Vec<usize> {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => parts.iter().flat_map(atoms).collect(),
        Expr::Not(part) => atoms(part),
        Expr::Atom(at) => vec![usize::from(*at)],
    }
}
