//! What stands between a document and the chunks of its file: spans wait as owned values, refusals are told their
//! place.

use std::collections::VecDeque;

use throughline_core::observation::{Observation, Signal, SlotTable};

use crate::owned::OwnedSpan;
use crate::visit::{Refused, Visit};

/// Keeps spans, hands everything else on with its place.
pub(super) struct Keep<'k, V> {
    pub(super) waiting: &'k mut VecDeque<OwnedSpan>,
    pub(super) slots: &'k SlotTable,
    pub(super) place: &'k str,
    pub(super) inner: &'k mut V,
}

impl<V: Visit> Visit for Keep<'_, V> {
    fn span(&mut self, span: &Observation<'_>) {
        self.waiting.push_back(OwnedSpan::of(span, self.slots));
    }

    fn refused(&mut self, signal: Signal, why: Refused, example: &str) {
        self.inner.refused(signal, why, &format!("{}: {example}", self.place));
    }

    fn other(&mut self, signal: Signal) {
        self.inner.other(signal);
    }
}

/// Puts the file's name before each refusal's example.
pub(super) struct Named<'k, V> {
    pub(super) name: &'k str,
    pub(super) inner: &'k mut V,
}

impl<V: Visit> Visit for Named<'_, V> {
    fn span(&mut self, span: &Observation<'_>) {
        self.inner.span(span);
    }

    fn refused(&mut self, signal: Signal, why: Refused, example: &str) {
        self.inner.refused(signal, why, &format!("{}: {example}", self.name));
    }

    fn other(&mut self, signal: Signal) {
        self.inner.other(signal);
    }
}
