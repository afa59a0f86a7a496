//! Numbers as people read them: the only place that turns counts, shares and times into text. Shares are whole
//! parts per 10^9; rounding is towards worse, so nothing looks better than it is.

/// Parts in a whole.
pub const WHOLE: u64 = 1_000_000_000;

/// Returns part/of in parts per 10^9, rounded down; `None` of nothing.
pub fn ppb(part: u64, of: u64) -> Option<u64> {
    if of == 0 {
        return None;
    }
    let share = u128::from(part) * u128::from(WHOLE) / u128::from(of);
    Some(u64::try_from(share).unwrap_or(u64::MAX))
}

/// Returns the decimals of a share in percent: 2 for 99.95 %, 0 for 99 %.
fn decimals(ppb: u64) -> u32 {
    (0..7).find(|decimals| ppb.is_multiple_of(10_u64.pow(7 - decimals))).unwrap_or(7)
}

/// Returns percent without its sign, rounded down, with a fixed number of decimals.
fn floor_percent(ppb: u64, decimals: u32) -> String {
    let unit = 10_u64.pow(7 - decimals.min(7));
    let units = ppb / unit;
    let scale = 10_u64.pow(decimals.min(7));
    match decimals {
        0 => format!("{units}"),
        _ => format!("{}.{:0width$}", units / scale, units % scale, width = decimals.min(7) as usize),
    }
}

/// Returns a target as it was written: `99.9 %`.
pub fn target(ppb: u64) -> String {
    format!("{} %", target_bare(ppb))
}

/// Returns a target without its sign, for pairs such as `99.753 / 99.5 %`.
pub fn target_bare(ppb: u64) -> String {
    floor_percent(ppb, decimals(ppb))
}

/// Returns an SLI with two decimals more than its target, rounded towards worse: `99.753 %`; `100 %` only when
/// nothing was bad.
pub fn sli(ppb: u64, target_ppb: u64) -> String {
    format!("{} %", sli_bare(ppb, target_ppb))
}

/// Returns an SLI without its sign.
pub fn sli_bare(ppb: u64, target_ppb: u64) -> String {
    if ppb >= WHOLE {
        return "100".to_owned();
    }
    floor_percent(ppb, (decimals(target_ppb) + 2).min(7))
}

/// Returns the half width of an interval, rounded up: `.050`.
pub fn plus_minus(ppb: u64, target_ppb: u64) -> String {
    let decimals = (decimals(target_ppb) + 2).min(7);
    let unit = 10_u64.pow(7 - decimals);
    let text = floor_percent(ppb.div_ceil(unit) * unit, decimals);
    text.strip_prefix('0').map_or(text.clone(), str::to_owned)
}

/// Returns a share of failures or requests: `2.0 %`, `< 0.1 %`, `100 %`; 100 only when it is the whole, 0 only
/// when it is nothing.
pub fn share(ppb: u64) -> String {
    const TENTH: u64 = WHOLE / 1_000;
    match ppb {
        0 => "0 %".to_owned(),
        whole if whole == WHOLE => "100 %".to_owned(),
        small if small < TENTH => "< 0.1 %".to_owned(),
        near if (WHOLE - TENTH / 2..WHOLE).contains(&near) => "99.9 %".to_owned(),
        other => format!("{} %", floor_percent(other + TENTH / 2, 1)),
    }
}

/// Returns a share with two decimals, rounded down: `99.15 %`, `100 %`, `< 0.01 %`.
pub fn share_fine(ppb: u64) -> String {
    match ppb {
        0 => "0 %".to_owned(),
        whole if whole >= WHOLE => "100 %".to_owned(),
        small if small < WHOLE / 10_000 => "< 0.01 %".to_owned(),
        other => format!("{} %", floor_percent(other, 2)),
    }
}

/// Returns a lower limit, rounded down: `at least 99.4 %`.
pub fn at_least(ppb: u64) -> String {
    match ppb {
        whole if whole >= WHOLE => "100 %".to_owned(),
        other => format!("at least {} %", floor_percent(other, 1)),
    }
}

/// Returns the budget left, rounded down: `50 %`, `9 %`, `over by 40 %`.
pub fn left(ppb: i64) -> String {
    left_with(ppb, 0)
}

/// Returns the budget left with one decimal, for the page of one SLO.
pub fn left_fine(ppb: i64) -> String {
    left_with(ppb, 1)
}

fn left_with(ppb: i64, decimals: u32) -> String {
    let size = ppb.unsigned_abs();
    match ppb {
        whole if whole == WHOLE as i64 => "100 %".to_owned(),
        0.. => format!("{} %", floor_percent(size, decimals)),
        _ => {
            let unit = 10_u64.pow(7 - decimals);
            format!("over by {} %", floor_percent(size.div_ceil(unit) * unit, decimals))
        }
    }
}

/// Returns a budget's range: `5 to 96 %`, `-93 to -73 %`.
pub fn left_range(low: i64, high: i64) -> String {
    match (low, high) {
        (0.., 0..) => format!("{} to {}", left(low).trim_end_matches(" %"), left(high)),
        _ => format!("{} to {} %", floor(low), floor(high)),
    }
}

/// Returns whole percent, rounded down on both sides of zero.
fn floor(ppb: i64) -> i64 {
    ppb.div_euclid(WHOLE as i64 / 100)
}

/// Returns a count with thousands apart, never shortened: for sums and sentences.
pub fn exact(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a count, exact below 100,000, then `123 k`, `1.2 M`, `3.4 G`; the exact value belongs in the title.
pub fn count(count: u64) -> String {
    match count {
        0..100_000 => exact(count),
        100_000..1_000_000 => format!("{} k", count / 1_000),
        1_000_000..1_000_000_000 => tenths(count, 1_000_000, "M"),
        _ => tenths(count, 1_000_000_000, "G"),
    }
}

fn tenths(count: u64, unit: u64, name: &str) -> String {
    match count / unit {
        0..100 => format!("{}.{} {name}", count / unit, count % unit / (unit / 10)),
        whole => format!("{} {name}", exact(whole)),
    }
}

/// Returns `615 of 615`; exact where two different counts would read alike.
pub fn of(part: u64, whole: u64) -> String {
    let (short, short_whole) = (count(part), count(whole));
    if part != whole && short == short_whole {
        return format!("{} of {}", exact(part), exact(whole));
    }
    format!("{short} of {short_whole}")
}

/// Returns `1 step`, `6 steps`.
pub fn plural(number: u64, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{} {noun}s", count(number)),
    }
}

/// Returns how long a request took or may take: `0.4 ms`, `41 ms`, `1.2 s`, `5 min`.
pub fn took(ns: u64) -> String {
    const MS: u64 = 1_000_000;
    const SECOND: u64 = 1_000 * MS;
    const MINUTE: u64 = 60 * SECOND;
    match ns {
        0..1_000 => format!("{ns} ns"),
        1_000..MS => format!("{} µs", ns / 1_000),
        MS..10_000_000 if !ns.is_multiple_of(MS) => format!("{}.{} ms", ns / MS, ns % MS / 100_000),
        MS..SECOND => format!("{} ms", ns / MS),
        SECOND..MINUTE if ns.is_multiple_of(SECOND) => format!("{} s", ns / SECOND),
        SECOND..MINUTE => format!("{}.{} s", ns / SECOND, ns % SECOND / (100 * MS)),
        _ => span(ns / SECOND),
    }
}

/// Returns a span of time with its two largest units: `23 min`, `3 h 3 min`, `2 d 4 h`.
pub fn span(seconds: u64) -> String {
    let pair = |large: u64, large_name: &str, small: u64, small_name: &str| match small {
        0 => format!("{large} {large_name}"),
        _ => format!("{large} {large_name} {small} {small_name}"),
    };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 if seconds < 600 => pair(seconds / 60, "min", seconds % 60, "s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => pair(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => pair(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

/// Returns a range of times: `0.9 to 2.4 h`, `20 to 55 min`, `3 to 5 d`; one value when both read alike.
pub fn span_range(low_seconds: u64, high_seconds: u64) -> String {
    let (unit, name) = match high_seconds {
        0..5_400 => (60, "min"),
        5_400..172_800 => (3_600, "h"),
        _ => (86_400, "d"),
    };
    let text = |seconds: u64| match (seconds / unit, unit) {
        (whole, 60) | (whole @ 10.., _) => format!("{whole}"),
        (whole, _) => format!("{whole}.{}", seconds % unit * 10 / unit),
    };
    let (low, high) = (text(low_seconds), text(high_seconds));
    if low == high { format!("{low} {name}") } else { format!("{low} to {high} {name}") }
}

/// Returns a window's length: `5 min`, `1 h`, `3 d`.
pub fn minutes(minutes: u32) -> String {
    match minutes {
        m if m % 1_440 == 0 && m > 0 => format!("{} d", m / 1_440),
        m if m % 60 == 0 && m > 0 => format!("{} h", m / 60),
        m => format!("{m} min"),
    }
}

/// Returns a window as a sentence says it: `28d` -> `28 days`.
pub fn window(text: &str) -> String {
    let (number, unit) = text.split_at(text.len().saturating_sub(1));
    let unit = match unit {
        "m" => "minute",
        "h" => "hour",
        "d" => "day",
        "w" => "week",
        _ => return text.to_owned(),
    };
    if number == "1" { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

/// Returns bytes: `64 MiB`, `1.9 MiB`, `8 KiB`, `15 B`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) if bytes.is_multiple_of(*unit) || bytes / unit >= 10 => {
            format!("{} {name}", bytes / unit)
        }
        Some((unit, name)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => format!("{bytes} B"),
    }
}

/// Returns an id cut in its middle: `8f1c09…e2`; short ones stay whole.
pub fn short_id(id: &str) -> String {
    let chars: Vec<char> = id.chars().collect();
    if chars.len() <= 12 {
        return id.to_owned();
    }
    let (head, tail) = (&chars[..6], &chars[chars.len() - 2..]);
    head.iter().chain(&['…']).chain(tail).collect()
}

#[cfg(test)]
mod tests;
