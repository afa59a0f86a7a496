//! Keys that a table does not know: each told with the nearest one that it does, up to a limit. It reads no values
//! but those of misspelt keys.

use crate::diagnostic::{Code, Problems};
use crate::parse::Entry;
use crate::suggest;
use crate::table::{Fields, check as check_value};

/// Unknown keys of a mapping that are told one by one and may be misspelt; the rest is counted.
pub(super) const TOLD_MAX: usize = 20;

/// Reports the keys of a mapping that are not in its table.
pub(super) fn check(fields: &Fields<'_>, problems: &mut Problems) {
    fields.unknown().take(TOLD_MAX).for_each(|entry| tell(entry, fields, problems));
    let mut more = fields.unknown().skip(TOLD_MAX);
    let Some(first) = more.next() else { return };
    let message = match more.count() {
        0 => format!("{} has no key `{}` either", fields.object.name, first.key),
        more => format!("{} has no key `{}` either, nor {more} further ones", fields.object.name, first.key),
    };
    let hint = "so many belong somewhere else: mend the first ones, or their indentation";
    problems.hint(Code::UnknownKey, first.place, message, hint);
}

fn tell(entry: &Entry, fields: &Fields<'_>, problems: &mut Problems) {
    let message = format!("{} has no key `{}`", fields.object.name, entry.key);
    let known: Vec<_> = fields.object.fields.iter().map(|field| field.name).collect();
    let hint = match entry.key.as_str() {
        "<<" => "merge keys are not read; write out what is merged".to_owned(),
        key => suggest::hint(key, &known, "key"),
    };
    problems.hint(Code::UnknownKey, entry.place, message, hint);
    if let Some(field) = fields.meant_by(&entry.key) {
        check_value(&entry.value, &field.kind, problems);
    }
}
