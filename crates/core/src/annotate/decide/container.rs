//! Finds containers: long spans that no action names and that hold the steps of two or more segments, such as
//! a session or a long poll. Nothing inherits from them (`telemetry.md` 4). It decides no step.

use crate::annotate::decide::known::Known;
use crate::annotate::decide::trace::client_above;
use crate::annotate::decide::tree::Tree;
use crate::annotate::decide::{Spans, THINK_TIME_NS};
use crate::time::UnixNanos;

/// Marks the containers among the spans.
pub(super) fn find(spans: Spans<'_>, tree: &Tree, known: &mut [Known]) {
    if known.iter().filter(|known| known.has_step).count() < 2 || !is_long(spans) {
        return;
    }
    let mut longest_last: Vec<usize> =
        (0..spans.len()).filter(|i| may_contain(spans, tree, known, *i)).collect();
    longest_last.sort_by_key(|index| (spans.get(*index).duration(), *index));
    let mut solid: Vec<usize> =
        (0..spans.len()).filter(|i| known[*i].may_enter() && !longest_last.contains(i)).collect();
    for index in longest_last {
        known[index].container = holds_two_segments(spans, tree, known, &solid, index);
        if !known[index].container && known[index].may_enter() {
            solid.push(index);
        }
    }
}

fn is_long(spans: Spans<'_>) -> bool {
    let start = spans.iter().map(|(_, entry)| entry.start).min().unwrap_or_default();
    let last = spans.iter().map(|(_, entry)| entry.start).max().unwrap_or_default();
    last.since(start) > THINK_TIME_NS
}

/// A span that no action names and that lies under none.
fn may_contain(spans: Spans<'_>, tree: &Tree, known: &[Known], index: usize) -> bool {
    let entry = spans.get(index);
    !known[index].named
        && !entry.is_outgoing()
        && entry.duration() > THINK_TIME_NS
        && !tree.ancestors(index).any(|ancestor| known[ancestor].named)
}

/// Returns whether the starts of steps that a span holds belong to two or more segments of the entry spans
/// that are no containers.
fn holds_two_segments(spans: Spans<'_>, tree: &Tree, known: &[Known], solid: &[usize], index: usize) -> bool {
    let holder = spans.get(index);
    let sees = |other: &&usize| **other != index && holder.sees(spans.get(**other));
    let mut stretches: Vec<(UnixNanos, UnixNanos, bool)> =
        solid.iter().filter(sees).map(|i| stretch(spans, tree, known, *i)).collect();
    stretches.sort_unstable();
    let (mut end, mut segments, mut counted) = (UnixNanos(0), 0, false);
    for (start, its_end, has_step) in stretches {
        if start.since(end) > THINK_TIME_NS {
            counted = false;
        }
        end = end.max(its_end);
        if has_step && holder.holds(start) && !counted {
            (segments, counted) = (segments + 1, true);
        }
    }
    segments >= 2
}

/// Returns where an entry span stands: where its CLIENT parent is, if that was seen, else by its own times.
fn stretch(spans: Spans<'_>, tree: &Tree, known: &[Known], index: usize) -> (UnixNanos, UnixNanos, bool) {
    let stands = client_above(spans, tree, index).unwrap_or(spans.get(index));
    (stands.start, stands.end().unwrap_or(stands.start).max(stands.start), known[index].has_step)
}
