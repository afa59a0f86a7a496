//! What the first rows of a CSV make doubtful: a unit that puts every start into another century, a pattern that
//! matches no service. It refuses nothing.

use std::ops::Range;

use super::shown;
use super::unit::Unit;

const SECOND_NS: u64 = 1_000_000_000;
const DAY_NS: u64 = 86_400 * SECOND_NS;

/// From 2000 to 2200: when recorded spans can have been.
const LIKELY: Range<u64> = 946_684_800 * SECOND_NS..7_258_118_400 * SECOND_NS;

/// What the rows of a file's first chunk, and the one after it, are like.
#[derive(Debug, Default)]
pub(super) struct FirstRows {
    has_ended: bool,
    unlikely_start: Option<u64>,
    is_any_likely: bool,
    unmatched_service: Option<String>,
    is_any_matched: bool,
}

impl FirstRows {
    pub(super) fn end(&mut self) {
        self.has_ended = true;
    }

    /// Looks at a start; one of zero says nothing.
    pub(super) fn see_start(&mut self, start: u64) {
        if self.has_ended || start == 0 {
            return;
        }
        match LIKELY.contains(&start) {
            true => self.is_any_likely = true,
            false => _ = self.unlikely_start.get_or_insert(start),
        }
    }

    /// Looks at a service's cell before the pattern is applied; an empty one says nothing.
    pub(super) fn see_service(&mut self, cell: &str, is_match: impl FnOnce() -> bool) {
        if self.has_ended || self.is_any_matched || cell.is_empty() {
            return;
        }
        match is_match() {
            true => self.is_any_matched = true,
            false => _ = self.unmatched_service.get_or_insert_with(|| cell.to_owned()),
        }
    }

    /// Says in which year every start lies, if it is an unlikely one, and which unit may be meant.
    pub(super) fn unit(&self, file: &str, column: &str, unit: Unit) -> Option<String> {
        let start = self.unlikely_start.filter(|_| !self.is_any_likely)?;
        let (year, column) = (year(start), shown(column));
        let written = start / 10_u64.pow(unit.digits());
        let as_unit = |unit: &Unit| Some((*unit, written.checked_mul(10_u64.pow(unit.digits()))?));
        let meant = Unit::ALL.iter().filter_map(as_unit).find(|(_, start)| LIKELY.contains(start));
        let meant =
            meant.map(|(unit, start)| format!(" as `:{unit}` they would lie in {}", self::year(start)));
        let meant = meant.unwrap_or_default();
        Some(format!("starts of `{file}` lie in {year}: is `:{unit}` the unit of {column}?{meant}"))
    }

    /// Says that the pattern matched no service.
    pub(super) fn pattern(&self, file: &str, column: &str) -> Option<String> {
        let service = self.unmatched_service.as_ref().filter(|_| !self.is_any_matched)?;
        let (column, service) = (shown(column), shown(service));
        Some(format!("the pattern for services matches no {column} of `{file}`, such as {service}"))
    }
}

fn year(ns: u64) -> u64 {
    let (mut year, mut days) = (1970, ns / DAY_NS);
    loop {
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = if is_leap { 366 } else { 365 };
        if days < length {
            return year;
        }
        (year, days) = (year + 1, days - length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likely_starts_are_those_from_2000_up_to_2200() {
        let check = |ns: u64, expected: u64| assert_eq!(year(ns), expected, "{ns}");
        check(0, 1970);
        check(LIKELY.start - 1, 1999);
        check(LIKELY.start, 2000);
        check(LIKELY.end - 1, 2199);
        check(LIKELY.end, 2200);
        check(u64::MAX, 2554);
    }

    #[test]
    fn a_unit_is_doubted_where_every_start_is_unlikely() {
        let check = |starts: &[u64], expected: Option<&str>| {
            let mut rows = FirstRows::default();
            starts.iter().for_each(|start| rows.see_start(*start));
            rows.end();
            rows.see_start(LIKELY.start);
            assert_eq!(rows.unit("a.csv", "Start", Unit::Ns).as_deref(), expected, "{starts:?}");
        };
        let ms =
            "starts of `a.csv` lie in 1970: is `:ns` the unit of `Start`? as `:ms` they would lie in 2026";
        check(&[1_795_600_000_000, 1_795_600_000_001], Some(ms));
        check(&[1_795_600_000_000, LIKELY.start], None);
        check(&[5], Some("starts of `a.csv` lie in 1970: is `:ns` the unit of `Start`?"));
        check(&[LIKELY.end], Some("starts of `a.csv` lie in 2200: is `:ns` the unit of `Start`?"));
        check(&[0], None);
        check(&[], None);
    }

    #[test]
    fn a_pattern_is_doubted_where_it_matches_no_service() {
        let check = |cells: &[(&str, bool)], expected: Option<&str>| {
            let mut rows = FirstRows::default();
            cells.iter().for_each(|(cell, is_match)| rows.see_service(cell, || *is_match));
            assert_eq!(rows.pattern("a.csv", "Pod").as_deref(), expected, "{cells:?}");
        };
        let doubt = "the pattern for services matches no `Pod` of `a.csv`, such as `shop`";
        check(&[("shop", false), ("cart", false)], Some(doubt));
        check(&[("shop", false), ("cart-1-2", true)], None);
        check(&[("", false)], None);
    }
}
