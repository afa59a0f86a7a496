//! Alert tiers: what each asks for, what it looks at, above what it fires, and how both windows stand.

use maud::{Markup, html};

use crate::page::part::{prose, status, table};
use crate::view::number::{exact, minutes, target};
use crate::view::slo::{FiresAbove, SilenceAlert, Tier};
use crate::view::word::Status;

/// The table of tiers.
pub(super) fn tiers(tiers: &[Tier], silence: Option<&SilenceAlert>) -> Markup {
    table::scroll(
        "Alert tiers",
        &html! {
            table.wide {
                (table::heads(&["Tier", "Asks for", "Looks at", "#Fires above", "#Long window", "#Short window", "State"]))
                tbody {
                    @for tier in tiers { (row(tier)) }
                    @if let Some(alert) = silence { (silent(alert)) }
                }
            }
        },
    )
}

fn row(tier: &Tier) -> Markup {
    let now = tier.firing_since.is_some() && tier.held_back_by.is_none();
    html! {
        tr class=[now.then_some("now")] {
            th scope="row" { (tier.name) }
            td { (tier.notify.word()) }
            td.nw { (minutes(tier.long_minutes)) " / " (minutes(tier.short_minutes)) }
            td.num { (above(tier.fires_above)) }
            td.num { (table::of(tier.long)) }
            td.num { (table::of(tier.short)) }
            td { (state(tier)) }
        }
    }
}

fn silent(alert: &SilenceAlert) -> Markup {
    html! {
        tr.now {
            th scope="row" { "silence" }
            td { (alert.notify.word()) }
            td colspan="4" { (prose::prose(&alert.says)) }
            td { (status::shaped(Status::Silent, &format!("firing since {}", alert.since.clock()))) }
        }
    }
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
            (None, _) if !tier.is_known => span.muted { "cannot tell" },
            (None, _) => span.muted { "quiet" },
        }
        @if !notes.is_empty() { " " span.muted { (notes.join(", ")) } }
    }
}
