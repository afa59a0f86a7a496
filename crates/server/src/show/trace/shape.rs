//! A trace's spans in the order of the picture: children after their parent, by start; and where errors began.

use crate::explain::{Became, Told};

/// The order of a trace's rows and what lies below each span.
#[derive(Debug)]
pub(super) struct Shape {
    /// Places in the trace, with their depth.
    pub(super) rows: Vec<(usize, u32)>,
    /// Whether a request below the span failed.
    pub(super) errs_below: Vec<bool>,
    /// The trace's first start in ns.
    pub(super) start: u64,
    /// The trace's last end in ns.
    pub(super) end: u64,
}

impl Shape {
    pub(super) fn of(told: &Told) -> Self {
        let starts = told.spans.iter().map(|span| span.entry.start.0);
        let ends = told.spans.iter().map(|span| span.entry.start.plus(span.entry.duration()).0);
        Self {
            rows: rows(told),
            errs_below: errs_below(told),
            start: starts.min().unwrap_or(0),
            end: ends.max().unwrap_or(0),
        }
    }
}

fn rows(told: &Told) -> Vec<(usize, u32)> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); told.spans.len()];
    let mut again: Vec<Vec<usize>> = vec![Vec::new(); told.spans.len()];
    let mut roots = Vec::new();
    for (place, span) in told.spans.iter().enumerate() {
        match (&span.became, told.parent(place)) {
            (Became::Duplicate(first) | Became::FilteredAgain(first), _) => again[*first].push(place),
            (_, Some(parent)) => children[parent].push(place),
            _ => roots.push(place),
        }
    }
    let key = |place: &usize| (told.spans[*place].entry.start, told.spans[*place].entry.span);
    // The stack hands out its last first.
    let backwards = |places: &mut Vec<usize>| places.sort_by_key(|place| std::cmp::Reverse(key(place)));
    backwards(&mut roots);
    children.iter_mut().for_each(backwards);
    let mut stack: Vec<(usize, u32)> = roots.into_iter().map(|place| (place, 0)).collect();
    let mut rows = Vec::with_capacity(told.spans.len());
    while let Some((place, depth)) = stack.pop() {
        rows.push((place, depth));
        rows.extend(again[place].iter().map(|place| (*place, depth)));
        stack.extend(children[place].iter().map(|child| (*child, depth + 1)));
    }
    rows
}

fn errs_below(told: &Told) -> Vec<bool> {
    let mut below = vec![false; told.spans.len()];
    for (place, span) in told.spans.iter().enumerate() {
        if span.ground.is_none() || !span.is_error() || span.entry.is_outgoing() {
            continue;
        }
        let mut at = told.parent(place);
        while let Some(parent) = at.filter(|parent| !below[*parent]) {
            below[parent] = true;
            at = told.parent(parent);
        }
    }
    below
}
