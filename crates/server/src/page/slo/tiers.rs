//! Alert tiers: what each asks for, what it looks at, above what it fires, and how both windows stand.

use maud::{Markup, html};

use crate::page::part::list::{Row, list};
use crate::page::part::{prose, status, table};
use crate::view::number::{exact, minutes, target};
use crate::view::slo::{FiresAbove, SilenceAlert, Tier};
use crate::view::word::Status;

/// The table of tiers.
pub(super) fn tiers(tiers: &[Tier], silence: Option<&SilenceAlert>) -> Markup {
    let heads = ["Tier", "Asks for", "Looks at", "#Fires above", "#Long window", "#Short window", "State"];
    list("Alert tiers", &heads, tiers.iter().map(row).chain(silence.map(silent)))
}

fn row(tier: &Tier) -> Row {
    Row::new([
        html! { (tier.name) },
        html! { (tier.notify.word()) },
        html! { span.nw { (minutes(tier.long_minutes)) " / " (minutes(tier.short_minutes)) } },
        html! { (above(tier.fires_above)) },
        table::of(tier.long),
        table::of(tier.short),
        state(tier),
    ])
    .now(tier.firing_since.is_some() && tier.held_back_by.is_none())
}

fn silent(alert: &SilenceAlert) -> Row {
    Row::new([
        html! { "silence" },
        html! { (alert.notify.word()) },
        prose::prose(&alert.says),
        status::shaped(Status::Silent, &format!("firing since {}", alert.since.clock())),
    ])
    .wide(2, 4)
    .now(true)
}

fn above(threshold: FiresAbove) -> String {
    match threshold {
        FiresAbove::Budget { attempts, share_ppb } => {
            format!("{} ({} of budget)", exact(attempts), target(share_ppb))
        }
        FiresAbove::AtLeast { attempts } => format!("{} at least", exact(attempts)),
        FiresAbove::Half { at_least } => format!("at least half of {at_least} or more"),
        FiresAbove::Unknown => "not known yet".to_owned(),
    }
}

fn state(tier: &Tier) -> Markup {
    let mut notes = Vec::new();
    if !tier.note.is_empty() {
        notes.push(tier.note.clone());
    }
    if let Some(by) = &tier.held_back_by {
        notes.push(format!("held back by {by}"));
    }
    if tier.frozen {
        notes.push("kept as it was: its data is late or silent".to_owned());
    }
    html! {
        @match (tier.firing_since, &tier.held_back_by) {
            (Some(since), None) => (status::shaped(Status::Burning, &format!("firing since {}", since.clock()))),
            (Some(since), Some(_)) => (status::shaped(Status::Burning, &format!("since {}", since.clock()))),
            (None, _) => span.muted { @if tier.is_known { "quiet" } @else { "cannot tell" } @if !notes.is_empty() { "," } },
        }
        @if !notes.is_empty() { " " span.muted { (notes.join(", ")) } }
    }
}
