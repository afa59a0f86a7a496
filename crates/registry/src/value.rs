//! Scalars with a grammar of their own: percentages, durations, windows, number ranges. No floats: targets are
//! compared in parts per 10^9. It knows no document.

use throughline_core::condition::{GRPC_NAMES, Pattern, Ranges};
use throughline_core::model::slo::Ratio;

use crate::diagnostic::Code;
use crate::table::{Fault, Format};

pub(crate) static TARGET: Format = Format {
    name: "a target in per cent",
    pattern: r"^[0-9]+(\.[0-9]+)? ?%$",
    example: "`99.9%`",
    check: |text| target(text).map(drop),
};
pub(crate) static DURATION: Format = Format {
    name: "a duration",
    pattern: r"^[0-9]+(\.[0-9]+)? ?(us|ms|s|m|h|d|w)$",
    example: "`800ms`",
    check: |text| duration(text).map(drop),
};
pub(crate) static WINDOW: Format = Format {
    name: "a window",
    pattern: r"^[0-9]+(m|h|d|w|M|Q|Y)$",
    example: "`28d`",
    check: |text| window(text).map(drop),
};
pub(crate) static IMPACT: Format = Format {
    name: "an impact",
    pattern: r"^> ?[0-9]+(\.[0-9]+)? ?%$",
    example: "`\"> 5%\"`",
    check: |text| impact(text).map(drop),
};
pub(crate) static BAND: Format = Format {
    name: "a band of targets",
    pattern: r"^((<=|>=) ?[0-9]+(\.[0-9]+)? ?%|[0-9]+(\.[0-9]+)? ?%? ?- ?[0-9]+(\.[0-9]+)? ?%)$",
    example: "`99.5-99.99%` or `\"<= 99%\"`",
    check: |text| band(text).map(drop),
};
pub(crate) static HTTP_STATUS: Format = Format {
    name: "HTTP status codes",
    pattern: r"^(>=|<=|>|<)? ?[0-9]+( ?- ?[0-9]+)?$",
    example: "`\">=500\"`, `\"400-499\"` or `404`",
    check: |text| http_status(text).map(drop),
};
pub(crate) static GRPC_STATUS: Format = Format {
    name: "a gRPC status",
    pattern: r"^([A-Z_]+|(>=|<=|>|<)? ?[0-9]+( ?- ?[0-9]+)?)$",
    example: "`UNAVAILABLE` or `14`",
    check: |text| grpc_status(text).map(drop),
};
pub(crate) static DURATION_RANGE: Format = Format {
    name: "a comparison with a duration",
    pattern: r"^(>=|<=|>|<) ?[0-9]+(\.[0-9]+)? ?(us|ms|s|m|h|d|w)$",
    example: "`\"> 800ms\"`",
    check: |text| duration_range(text).map(drop),
};
pub(crate) static SERVICE: Format = Format {
    name: "the name of a service",
    pattern: r"\S",
    example: "`webmail`",
    check: |text| match text.trim() {
        "" => Err(Fault::new(
            Code::BadValue,
            "an empty service matches no span",
            "write its `service.name`, such as `webmail`",
        )),
        _ => Ok(()),
    },
};
pub(crate) static REGEX: Format = Format {
    name: "a regular expression",
    pattern: ".+",
    example: "`^GET /api/(files|docs)/.+$`",
    check: regex,
};

/// Parts per 10^9 in one per cent.
const PERCENT: u64 = Ratio::WHOLE / 100;

/// Reads a decimal number as a multiple of `1 / 10^digits`, exactly.
fn decimal(text: &str, digits: u32) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let all_digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(part) || part.len() > digits as usize {
        return None;
    }
    let scaled: u64 = format!("{part:0<width$}", width = digits as usize).parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(10u64.pow(digits))?.checked_add(scaled)
}

/// Reads `99.9%` as parts per 10^9.
pub(crate) fn percent(text: &str) -> Option<u64> {
    decimal(text.strip_suffix('%')?.trim_end(), 7)
}

/// Writes parts per 10^9 as people write them: `99.9 %`.
pub(crate) fn percent_text(ppb: u64) -> String {
    let (whole, part) = (ppb / PERCENT, ppb % PERCENT);
    let part = format!("{part:07}");
    match part.trim_end_matches('0') {
        "" => format!("{whole} %"),
        part => format!("{whole}.{part} %"),
    }
}

/// Reads a target: above 0 %, at most 100 %, with its `%`.
pub(crate) fn target(text: &str) -> Result<u64, Fault> {
    match percent(text) {
        Some(ppb) if ppb > 0 && ppb <= Ratio::WHOLE => Ok(ppb),
        Some(_) => {
            let message = format!("`{text}` is no target: it lies above 0 % and at most at 100 %");
            Err(Fault::new(Code::TargetFormat, message, "write a share of attempts such as `99.9%`"))
        }
        None => Err(Fault::new(Code::TargetFormat, format!("`{text}` is not a target"), target_hint(text))),
    }
}

fn target_hint(text: &str) -> String {
    let meant = match decimal(text.trim(), 9) {
        Some(billionths) if billionths <= Ratio::WHOLE => Some(billionths),
        Some(billionths) if billionths <= 100 * Ratio::WHOLE => Some(billionths / 100),
        _ => None,
    };
    let meant = meant.map_or("99.9%".to_owned(), |ppb| percent_text(ppb).replace(' ', ""));
    format!("a target is written in per cent, with at most 7 decimals: `{meant}`")
}

/// Reads `800ms`, `1.5s`, `5m` as ns.
pub(crate) fn duration(text: &str) -> Result<u64, Fault> {
    let fault = || {
        let hint = "a number and one of us, ms, s, m, h, d, w, such as `800ms` or `5m`";
        Fault::new(Code::BadValue, format!("`{text}` is not a duration"), hint)
    };
    let at = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(fault)?;
    let (number, unit) = (text[..at].trim_end(), &text[at..]);
    let unit_ns: u64 = match unit {
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        "w" => 604_800_000_000_000,
        _ => return Err(fault()),
    };
    let thousandths = decimal(number, 3).ok_or_else(fault)?;
    let ns = thousandths.checked_mul(unit_ns / 1_000).filter(|ns| *ns > 0 && i64::try_from(*ns).is_ok());
    ns.ok_or_else(fault)
}

/// Writes ns as people write them: `800 ms`.
pub(crate) fn duration_text(ns: u64) -> String {
    let units =
        [(86_400_000_000_000, "d"), (3_600_000_000_000, "h"), (60_000_000_000, "min"), (1_000_000_000, "s")];
    let whole = units.iter().find(|(unit, _)| ns >= *unit && ns.is_multiple_of(*unit));
    match whole {
        Some((unit, name)) => format!("{} {name}", ns / unit),
        None if ns.is_multiple_of(1_000_000) => format!("{} ms", ns / 1_000_000),
        None => format!("{} µs", ns / 1_000),
    }
}

/// Longest window, in minutes: buckets are kept no longer.
const WINDOW_MAX: u32 = 366 * 24 * 60;

/// Reads `28d` as minutes; M, Q and Y are 30, 90 and 365 days.
pub(crate) fn window(text: &str) -> Result<u32, Fault> {
    let fault = || {
        let hint = "a whole number and m, h, d or w, from 1m to 366d, such as `28d`";
        Fault::new(Code::BadValue, format!("`{text}` is not a window"), hint)
    };
    let unit = text.chars().last().filter(char::is_ascii).ok_or_else(fault)?;
    let minutes = match unit {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        'w' => 7 * 24 * 60,
        'M' => 30 * 24 * 60,
        'Q' => 90 * 24 * 60,
        'Y' => 365 * 24 * 60,
        _ => return Err(fault()),
    };
    let number: u32 = text[..text.len() - 1].trim_end().parse().map_err(|_| fault())?;
    number.checked_mul(minutes).filter(|all| (1..=WINDOW_MAX).contains(all)).ok_or_else(fault)
}

/// Reads `> 5%` as parts per 10^9.
pub(crate) fn impact(text: &str) -> Result<u64, Fault> {
    let share =
        text.strip_prefix('>').map(str::trim_start).and_then(percent).filter(|ppb| *ppb < Ratio::WHOLE);
    share.ok_or_else(|| {
        let hint = "`\"> 5%\"`: more than 5 % of the attempts; `\"> 0%\"`: any impact beyond noise";
        Fault::new(Code::BadValue, format!("`{text}` is not an impact"), hint)
    })
}

/// Targets that fit a criticality, in parts per 10^9, both ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Band {
    pub(crate) low: u64,
    pub(crate) high: u64,
}

impl Band {
    /// Returns the band as people write it.
    pub(crate) fn text(self) -> String {
        match (self.low, self.high) {
            (0, high) => format!("at most {}", percent_text(high)),
            (low, Ratio::WHOLE) => format!("at least {}", percent_text(low)),
            (low, high) => format!("{} to {}", percent_text(low).trim_end_matches(" %"), percent_text(high)),
        }
    }
}

/// Reads `99.5-99.99%`, `<= 99%` or `>= 99%`.
pub(crate) fn band(text: &str) -> Result<Band, Fault> {
    let read = || {
        if let Some(high) = text.strip_prefix("<=") {
            return Some(Band { low: 0, high: percent(high.trim_start())? });
        }
        if let Some(low) = text.strip_prefix(">=") {
            return Some(Band { low: percent(low.trim_start())?, high: Ratio::WHOLE });
        }
        let (low, high) = text.split_once('-')?;
        let low = decimal(low.trim().trim_end_matches('%').trim_end(), 7)?;
        Some(Band { low, high: percent(high.trim_start())? })
    };
    read().filter(|band| band.low <= band.high && band.high <= Ratio::WHOLE).ok_or_else(|| {
        Fault::new(
            Code::BadValue,
            format!("`{text}` is not a band of targets"),
            "`99.5-99.99%`, `\"<= 99%\"` or `\">= 95%\"`",
        )
    })
}

/// Reads `>=500`, `400-499`, `404` over whole numbers.
pub(crate) fn range(text: &str) -> Option<(i64, i64)> {
    let number = |text: &str| text.trim().parse::<i64>().ok();
    for (sign, low_by, high_by) in
        [(">=", Some(0), None), ("<=", None, Some(0)), (">", Some(1), None), ("<", None, Some(-1))]
    {
        let Some(rest) = text.strip_prefix(sign) else { continue };
        let bound = number(rest)?;
        let end = |by: Option<i64>, open| by.map_or(Some(open), |by| bound.checked_add(by));
        return Some((end(low_by, i64::MIN)?, end(high_by, i64::MAX)?));
    }
    if let Some(exact) = number(text) {
        return Some((exact, exact));
    }
    let (low, high) = text.split_once('-')?;
    Some((number(low)?, number(high)?))
}

fn codes_within(text: &str, low: i64, high: i64, what: &str, format: &Format) -> Result<(i64, i64), Fault> {
    let fault = || Fault::new(Code::BadValue, format!("`{text}` is no {what}"), format.example);
    let found = range(text).ok_or_else(fault)?;
    if found.0.max(low) > found.1.min(high) {
        let message = format!("no {what} is in `{text}`, so this is never true");
        return Err(Fault::new(
            Code::ImpossibleCondition,
            message,
            format!("{what} codes lie from {low} to {high}"),
        ));
    }
    Ok(found)
}

/// Reads a range of HTTP status codes.
pub(crate) fn http_status(text: &str) -> Result<(i64, i64), Fault> {
    codes_within(text, 100, 599, "HTTP status", &HTTP_STATUS)
}

/// Reads a gRPC status, by name or as a range of numbers.
pub(crate) fn grpc_status(text: &str) -> Result<(i64, i64), Fault> {
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let at = GRPC_NAMES.iter().position(|name| name.eq_ignore_ascii_case(text));
        let code = at.and_then(|at| i64::try_from(at).ok());
        return code.map(|code| (code, code)).ok_or_else(|| {
            let hint = crate::suggest::hint(text, &GRPC_NAMES, "gRPC status");
            Fault::new(Code::BadValue, format!("`{text}` is no gRPC status"), hint)
        });
    }
    codes_within(text, 0, 16, "gRPC status", &GRPC_STATUS)
}

/// Reads `> 800ms` as a range of ns.
pub(crate) fn duration_range(text: &str) -> Result<(i64, i64), Fault> {
    let sign = [">=", "<=", ">", "<"].into_iter().find(|sign| text.starts_with(sign));
    let sign = sign.ok_or_else(|| {
        let hint = "begin with >, >=, < or <=, such as `\"> 800ms\"`";
        Fault::new(Code::BadValue, format!("`{text}` compares with nothing"), hint)
    })?;
    let ns = i64::try_from(duration(text[sign.len()..].trim_start())?).unwrap_or(i64::MAX);
    Ok(match sign {
        ">=" => (ns, i64::MAX),
        "<=" => (i64::MIN, ns),
        ">" => (ns.saturating_add(1), i64::MAX),
        _ => (i64::MIN, ns - 1),
    })
}

/// Joins ranges, in the order they are written.
pub(crate) fn ranges<'a>(
    texts: impl Iterator<Item = &'a str>,
    read: fn(&str) -> Result<(i64, i64), Fault>,
) -> Ranges {
    Ranges(texts.filter_map(|text| read(text).ok()).collect())
}

/// Texts that have nothing in common: an expression that matches them all tells nothing apart.
const UNLIKE: [&str; 5] = ["0", "\u{e000}", "GET /~/{x}?y=z", "a.b.C/d", " \u{e001}: \"-\""];

/// Compiles a regular expression, and finds those that ask nothing.
fn regex(text: &str) -> Result<(), Fault> {
    let hint = "it is a regular expression as in the Rust crate `regex`, at most 64 KiB when compiled";
    let compiled = Pattern::new(text);
    let pattern = compiled
        .map_err(|why| Fault::new(Code::BadRegex, format!("this cannot be compiled: {why}"), hint))?;
    if UNLIKE.iter().all(|probe| pattern.matches(probe)) {
        let message = "this expression matches every text, so every operation or value";
        let hint =
            "it matches anywhere unless anchored with `^` and `$`; write `\"*\"` if everything is meant";
        return Err(Fault::new(Code::MatchesEverything, message, hint));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_exact_to_nine_digits() {
        assert_eq!(target("99.9%"), Ok(999_000_000));
        assert_eq!(target("99.9999999%"), Ok(999_999_999));
        assert_eq!(target("100%"), Ok(1_000_000_000));
        assert_eq!(target("99.99999999%").unwrap_err().code, Code::TargetFormat);
        assert!(target("0.999").unwrap_err().hint.contains("`99.9%`"));
        assert!(target("99.95").unwrap_err().hint.contains("`99.95%`"));
        assert!(target("0%").is_err() && target("100.1%").is_err() && target("99,9%").is_err());
    }

    #[test]
    fn durations_and_windows_know_their_units() {
        assert_eq!(duration("800ms"), Ok(800_000_000));
        assert_eq!(duration("1.5s"), Ok(1_500_000_000));
        assert!(
            duration("0s").is_err() && duration("5 parsecs").is_err() && duration("9999999999w").is_err()
        );
        assert_eq!(window("28d"), Ok(40_320));
        assert_eq!(window("366d"), Ok(WINDOW_MAX));
        assert!(
            window("367d").is_err() && window("0d").is_err() && window("28").is_err() && window("").is_err()
        );
    }

    #[test]
    fn ranges_are_inclusive_and_must_hold_a_code() {
        assert_eq!(http_status(">=500"), Ok((500, i64::MAX)));
        assert_eq!(http_status("> 499"), Ok((500, i64::MAX)));
        assert_eq!(http_status("400-499"), Ok((400, 499)));
        assert_eq!(http_status("700-800").unwrap_err().code, Code::ImpossibleCondition);
        assert_eq!(http_status("499-400").unwrap_err().code, Code::ImpossibleCondition);
        assert_eq!(grpc_status("UNAVAILABLE"), Ok((14, 14)));
        assert!(grpc_status("UNAVAILBLE").unwrap_err().hint.contains("`UNAVAILABLE`"));
        assert_eq!(duration_range("> 800ms"), Ok((800_000_001, i64::MAX)));
    }

    #[test]
    fn bands_have_one_or_two_ends() {
        assert_eq!(band("99.5-99.99%"), Ok(Band { low: 995_000_000, high: 999_900_000 }));
        assert_eq!(band("<= 99%").map(Band::text), Ok("at most 99 %".to_owned()));
        assert!(band("99.9-99%").is_err());
    }
}
