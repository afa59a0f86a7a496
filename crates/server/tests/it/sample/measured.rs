//! Series of Save draft and the page of its first SLO.

use throughline_server::view::chart::{
    AttemptBucket, Attempts, BurnPoint, Burndown, Mark, MarkKind, Range, ReasonCount,
};
use throughline_server::view::prose::Prose;
use throughline_server::view::sli::{Counts, Share};
use throughline_server::view::slo::{FiresAbove, Lasts, Measured, Notify, Slo, Tier, Verdict};
use throughline_server::view::time::At;
use throughline_server::view::word::{Criticality, DataState, Method, Severity, Status};

use super::steps::reasons;
use super::{NOW, at, objective_link, product, save_draft_sli, severity_now, step_link};

/// The last hour in buckets of five minutes: started, good, bad, not counted.
const HOUR: [(u64, u64, u64, u64); 12] = [
    (207, 204, 0, 3),
    (202, 198, 1, 3),
    (211, 207, 0, 4),
    (205, 202, 1, 2),
    (211, 207, 1, 3),
    (213, 209, 0, 4),
    (208, 205, 0, 3),
    (208, 82, 123, 3),
    (209, 0, 205, 4),
    (201, 0, 198, 3),
    (215, 0, 212, 3),
    (208, 0, 205, 3),
];

/// Six hours of attempts.
pub(crate) fn attempts() -> Attempts {
    let mut buckets = Vec::new();
    for n in 0..72_u64 {
        let started_at = at(8, 5).plus_seconds(n * 300);
        let (started, good, bad, excluded) = match n.checked_sub(60) {
            Some(index) => HOUR[index as usize],
            None => {
                let good = 198 + (n * 37 % 23) + n.abs_diff(30) / 2;
                let bad = u64::from(n % 7 == 1);
                (good + bad + 3, good, bad, 3)
            }
        };
        let reason = if n < 67 { "HTTP 500" } else { "HTTP 503" };
        let reasons = (bad > 0).then(|| ReasonCount { reason: reason.to_owned(), attempts: bad });
        let counts = Counts { started, good, slow: 0, bad, excluded, pending: 0, lost: 0 };
        let known = !(20..22).contains(&n);
        buckets.push(AttemptBucket {
            at: started_at,
            counts: known.then_some(counts),
            reasons: reasons.into_iter().collect(),
        });
    }
    let mut last_hour = Counts::default();
    for counts in buckets[60..].iter().filter_map(|bucket| bucket.counts) {
        last_hour += counts;
    }
    Attempts {
        from: at(8, 5),
        to: NOW,
        bucket_minutes: 5,
        buckets,
        slow_beyond_ns: None,
        last_hour,
        last_5_min: Share::new(205, 205),
    }
}

fn burndown() -> Burndown {
    let from = NOW.minus_seconds(28 * 86_400);
    let cliffs = [
        (9, 16_000_000),
        (22, 22_000_000),
        (36, 103_000_000),
        (50, 18_000_000),
        (65, 41_000_000),
        (80, 20_000_000),
        (93, 36_000_000),
        (103, 17_000_000),
    ];
    let mut left = 1_000_000_000_i64;
    let mut points = Vec::new();
    for n in 0..112_u64 {
        left -= 100_000;
        left -= cliffs.iter().filter(|cliff| cliff.0 == n).map(|cliff| cliff.1).sum::<i64>();
        points.push(BurnPoint { at: from.plus_seconds(n * 21_600), left_ppb: Some(left) });
    }
    let before = BurnPoint { at: at(13, 42), left_ppb: Some(713_000_000) };
    points.push(before);
    points.push(BurnPoint { at: NOW.minus_seconds(60), left_ppb: Some(506_023_000) });
    let mark = |days: u64, kind: MarkKind, text: &str| Mark {
        at: NOW.minus_seconds(days * 86_400),
        kind,
        text: text.to_owned(),
    };
    Burndown {
        from,
        to: NOW,
        points,
        provisional_since: None,
        marks: vec![
            mark(19, MarkKind::Incident, "medium, 4 Nov"),
            mark(6, MarkKind::Definition, "version 3"),
        ],
        left_low_ppb: None,
        left_high_ppb: None,
        before: Some(before),
        gone: Some(Range { from: at(15, 1), to: at(16, 31) }),
    }
}

pub(crate) fn slo() -> Slo {
    let say = Prose::new()
        .strong("946 of 2,460 attempts failed in the last hour")
        .text(" (38.5 %; allowed 0.5 %): 20.7 % of the 28-day budget. Still failing: ")
        .strong("205 of 205")
        .text(" in the last 5 minutes. At this rate the budget is gone between 15:01 and 16:31. ")
        .severity(Severity::Major)
        .text(" since 13:42.");
    Slo {
        id: "mail/save-draft/available".to_owned(),
        product: product(),
        objective: Some(objective_link("compose-mail", "Compose mail")),
        step: step_link("save-draft", "Save draft"),
        title: "Save draft is available".to_owned(),
        criticality: Criticality::Critical,
        method: Method::Service,
        state: Status::Failing.into(),
        verdict: Verdict::Met,
        say,
        severity: Some(severity_now()),
        sli: save_draft_sli(),
        is_known: true,
        lasts: Some(Lasts {
            low_seconds: 3_370,
            high_seconds: 8_760,
            at_rate_of: "at the rate of the last 5 minutes, of the last hour".to_owned(),
        }),
        burndown: Some(burndown()),
        attempts: Some(attempts()),
        tiers: tiers(),
        silence: None,
        may_fail: None,
        reasons: reasons(),
        measured: measured(),
        explained: None,
    }
}

#[expect(clippy::too_many_lines, reason = "a table of the sample moment")]
fn tiers() -> Vec<Tier> {
    let tier = |name: &str,
                notify: Notify,
                windows: (u32, u32),
                above: FiresAbove,
                long: Share,
                short: Share,
                since: At| Tier {
        name: name.to_owned(),
        notify,
        long_minutes: windows.0,
        short_minutes: windows.1,
        fires_above: above,
        long,
        short,
        firing_since: Some(since),
        held_back_by: (name != "outage").then(|| "outage".to_owned()),
        is_known: true,
        frozen: false,
        note: if name == "fast" { "first to fire".to_owned() } else { String::new() },
    };
    let budget =
        |attempts: u64, percent: u64| FiresAbove::Budget { attempts, share_ppb: percent * 10_000_000 };
    vec![
        tier(
            "outage",
            Notify::Page,
            (15, 5),
            FiresAbove::Half { at_least: 10 },
            Share::new(615, 615),
            Share::new(205, 205),
            at(13, 52),
        ),
        tier(
            "fast",
            Notify::Page,
            (60, 5),
            budget(91, 2),
            Share::new(946, 2_460),
            Share::new(205, 205),
            at(13, 46),
        ),
        tier(
            "steady",
            Notify::Page,
            (360, 30),
            budget(228, 5),
            Share::new(961, 14_760),
            Share::new(943, 1_230),
            at(13, 49),
        ),
        tier(
            "slow",
            Notify::Ticket,
            (1_440, 120),
            budget(456, 10),
            Share::new(1_013, 32_590),
            Share::new(948, 4_920),
            at(13, 53),
        ),
        tier(
            "creep",
            Notify::Ticket,
            (4_320, 360),
            budget(502, 11),
            Share::new(1_120, 97_780),
            Share::new(961, 14_760),
            at(13, 51),
        ),
    ]
}

fn measured() -> Measured {
    Measured {
        counts: Prose::new().text("entry spans of ").code("POST /api/drafts").text(" at webmail"),
        good: Prose::new().text("status ok and ").code("storage / put").text(" entered"),
        bad: Prose::new().text("HTTP 500 and above, or ").code("mail.error").text(" set"),
        excluded: "4xx, batch and test traffic (412 today)".into(),
        data: DataState::Flowing,
        late: 0,
        lost: 0,
        definition: "version 3 since 2 Oct".to_owned(),
        registry_version: "5b1e0c77a93d42f0".to_owned(),
        owner: "Mail SRE".to_owned(),
    }
}
