//! Stakeholders and the RACI matrix: every activity has its people, and no discipline is missing (article,
//! "Engage your stakeholders").

use crate::diagnostic::{Code, Problems};
use crate::document::people::RaciDoc;
use crate::document::product::ProductDoc;
use crate::suggest;

/// The disciplines without which product reliability is nobody's or SRE's alone.
const ROLES: &[&str] = &["product", "ux", "engineering", "support"];

pub(super) fn check(product: &ProductDoc, problems: &mut Problems) {
    let people = &product.people;
    if people.raci.is_empty() && !product.broken.has("raci") {
        let message = format!("`{}` does not say who is accountable for what", product.name.value);
        let hint =
            "add `raci:` with an activity such as `define objectives: {accountable: .., responsible: [..]}`";
        problems.hint(Code::RaciMissing, product.name.place, message, hint);
    }
    people.raci.iter().for_each(|row| check_row(row, problems));
    let Some(place) = people.place.filter(|_| !product.broken.has("stakeholders")) else { return };
    let has = |role: &&&str| !people.stakeholders.iter().any(|at| at.value.role.eq_ignore_ascii_case(role));
    let missing: Vec<_> = ROLES.iter().filter(has).copied().collect();
    if !missing.is_empty() {
        let message = format!("no stakeholder has the role {}", suggest::quoted(&missing));
        problems.hint(
            Code::RaciHole,
            place,
            message,
            "without them nobody can say what is good enough; add who it is",
        );
    }
}

fn check_row(row: &RaciDoc, problems: &mut Problems) {
    let activity = &row.activity;
    match row.accountable.len() {
        1 => {}
        0 if row.broken.has("accountable") => {}
        0 => {
            let message = format!("nobody is accountable for `{}`", activity.value);
            problems.hint(
                Code::RaciAccountable,
                activity.place,
                message,
                "name the one stakeholder who answers for it",
            );
        }
        n => {
            let message = format!("{n} stakeholders are accountable for `{}`", activity.value);
            let hint = "exactly one answers for an activity; the others are consulted or responsible";
            problems.hint(Code::RaciAccountable, row.accountable[1].place, message, hint);
        }
    }
    if row.responsible.is_empty() && !row.broken.has("responsible") {
        let message = format!("nobody is responsible for `{}`", activity.value);
        problems.hint(
            Code::RaciResponsible,
            activity.place,
            message,
            "name at least one stakeholder who does it",
        );
    }
}
