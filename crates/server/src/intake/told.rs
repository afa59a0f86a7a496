//! What the sender of an accepted body is told: how many records were rejected and why, with examples, or what is
//! doubtful of those that were taken (OTLP 1.11, "Partial Success"). It decides nothing.

use throughline_core::count::ledger::Rejected;
use throughline_core::id::TraceId;
use throughline_core::time::UnixNanos;
use throughline_wire::visit::Notes;

use crate::intake::Accepted;
use crate::view::number::plural;
use crate::view::time::At;

/// What became of a body beside the counts.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// By [`Rejected::ALL`].
    pub(super) rejected: [u64; 3],
    /// About the first malformed record.
    pub(super) malformed: String,
    /// One that came at the wrong time.
    pub(super) untimely: Option<(TraceId, UnixNanos)>,
    pub(super) notes: Notes,
}

impl Told {
    pub(super) fn answer(self, duplicate: bool) -> Accepted {
        let rejected: u64 = self.rejected.iter().sum();
        let message = if rejected > 0 { self.reasons(rejected) } else { self.doubts() };
        Accepted { rejected, message, duplicate }
    }

    fn reasons(&self, rejected: u64) -> String {
        let counted = Rejected::ALL.into_iter().zip(self.rejected).filter(|(_, n)| *n > 0);
        let reasons: Vec<String> = counted.map(|(why, n)| format!("{n} {}", words(why))).collect();
        let untimely = self.untimely.map(|(trace, start)| {
            format!("a span of trace `{trace}` that starts at {}", At::from(start).rfc3339())
        });
        let malformed = Some(self.malformed.clone()).filter(|text| !text.is_empty());
        let examples: Vec<String> = malformed.into_iter().chain(untimely).collect();
        let example = match examples.as_slice() {
            [] => String::new(),
            examples => format!("; for example {}", examples.join("; ")),
        };
        format!("{} rejected: {}{example}", plural(rejected, "record"), reasons.join(", "))
    }

    /// Returns what a sender should look at although every record was taken; empty when there is nothing.
    fn doubts(&self) -> String {
        let Notes { string_indexes, integers_saturated, texts_mended, links_bad, bodies_unknown, .. } =
            self.notes;
        let doubts = [
            (bodies_unknown, "document", "without anything that belongs to this signal"),
            (string_indexes, "value", "in a string table that OTLP does not send, read as absent"),
            (integers_saturated, "whole number", "beyond 64 bits, cut"),
            (texts_mended, "place", "of a text not Unicode, read as U+FFFD"),
            (links_bad, "link", "with ids of a wrong length, left out"),
        ];
        let told = doubts.into_iter().filter(|(n, ..)| *n > 0);
        let told: Vec<String> = told.map(|(n, noun, what)| format!("{} {what}", plural(n, noun))).collect();
        told.join("; ")
    }
}

fn words(why: Rejected) -> &'static str {
    match why {
        Rejected::TooOld => "older than the longest window",
        Rejected::Future => "more than 10 min in the future",
        Rejected::Malformed => "malformed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(told: Told, rejected: u64, message: &str) {
        let message = message.to_owned();
        assert_eq!(told.answer(false), Accepted { rejected, message, duplicate: false });
    }

    #[test]
    fn every_reason_is_told_with_its_count_and_an_example() {
        check(Told::default(), 0, "");
        let untimely = Some((TraceId(1), UnixNanos(1_000_000_000)));
        let malformed = "span `a`: `status` cannot be read".to_owned();
        let told = Told { rejected: [1, 2, 3], malformed, untimely, ..Told::default() };
        let expected = "6 records rejected: 1 older than the longest window, 2 more than 10 min in the future, \
                        3 malformed; for example span `a`: `status` cannot be read; a span of trace \
                        `00000000000000000000000000000001` that starts at 1970-01-01T00:00:01Z";
        check(told, 6, expected);
    }

    #[test]
    fn what_is_doubtful_is_told_although_nothing_is_rejected() {
        let notes = Notes { string_indexes: 2, bodies_unknown: 1, ..Notes::default() };
        let expected = "1 document without anything that belongs to this signal; 2 values in a string table that \
                        OTLP does not send, read as absent";
        check(Told { notes, ..Told::default() }, 0, expected);
    }
}
