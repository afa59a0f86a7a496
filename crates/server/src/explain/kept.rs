//! Explains from what is kept: pinned spans and the newest bodies. It looks at no file.

use std::convert::Infallible;
use std::sync::Arc;

use throughline_core::annotate::decide::Flow;
use throughline_core::annotate::rules::Rules;
use throughline_core::id::{ServiceId, TraceId};
use throughline_core::time::UnixNanos;

use crate::explain::{Collect, Told, explain};
use crate::intake::{Intake, lock};
use crate::kept::Piece;
use crate::live::Live;

/// Nothing is known to flow: what a missing span proves is left open.
#[derive(Debug, Clone, Copy)]
pub struct NoFlow;

impl Flow for NoFlow {
    fn newest_start(&self, _: ServiceId) -> Option<UnixNanos> {
        None
    }
}

/// Decides a trace again from all that is kept of it, as of the newest tick.
pub fn explain_kept(live: &Live, intake: &Intake, trace: TraceId) -> Told {
    let mut newest = live.judgement.now;
    let rules = Arc::new(Rules::new(Arc::clone(&live.registry), &live.interned));
    let mut pieces: Vec<Piece> = pieces_of(live, intake, trace);
    newest = pieces.iter().map(|piece| piece.at).fold(newest, UnixNanos::max);
    let read = |collect: &mut Collect| {
        for wanted in collect.traces() {
            let of_wanted =
                if wanted == trace { std::mem::take(&mut pieces) } else { pieces_of(live, intake, wanted) };
            of_wanted.iter().for_each(|piece| collect.piece(piece));
        }
        Ok::<(), Infallible>(())
    };
    match explain(trace, (&rules, &live.interned), (intake.shared.newest(), newest), read) {
        Ok(told) => told,
        Err(never) => match never {},
    }
}

/// Decides pinned traces again, by themselves: for a line about each, where every outcome need not be exact.
pub fn explain_pinned(live: &Live, traces: impl Iterator<Item = TraceId>) -> Vec<Told> {
    let rules = Arc::new(Rules::new(Arc::clone(&live.registry), &live.interned));
    let told = |trace: TraceId| {
        let read = |collect: &mut Collect| {
            for wanted in collect.traces() {
                live.examples.pins().pieces(wanted).iter().for_each(|piece| collect.piece(piece));
            }
            Ok::<(), Infallible>(())
        };
        match explain(trace, (&rules, &live.interned), (&NoFlow, live.judgement.now), read) {
            Ok(told) => told,
            Err(never) => match never {},
        }
    };
    traces.map(told).collect()
}

/// Returns what is kept of a trace, in the order in which it came; what is both pinned and in the ring once.
fn pieces_of(live: &Live, intake: &Intake, trace: TraceId) -> Vec<Piece> {
    let bodies = lock(&intake.ring).bodies_of(trace);
    let mut pieces: Vec<Piece> = bodies.iter().filter_map(|body| body.of_trace(trace)).collect();
    for pinned in live.examples.pins().pieces(trace) {
        if !pieces.contains(pinned) {
            pieces.push(pinned.clone());
        }
    }
    pieces.sort_by_key(|piece| piece.at);
    pieces
}
