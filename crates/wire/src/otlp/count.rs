//! Logs and metrics in protobuf, which are only counted: log records, and data points as `rejected_data_points`
//! counts them. It reads no value of either.

use throughline_core::observation::Signal;

use super::reader::{ANY, Fields, LEN, Read, key};
use crate::visit::{Visit, WalkError};

/// The way from the request down to one record: the field number at each level.
const LOG_RECORDS: [&[u32]; 3] = [&[1], &[2], &[2]];
/// Below a metric stands one of five kinds of data, each with its points in field 1.
const DATA_POINTS: [&[u32]; 5] = [&[1], &[2], &[2], &[5, 7, 9, 10, 11], &[1]];

pub(super) fn records(signal: Signal, body: &[u8], visit: &mut impl Visit) -> Result<(), WalkError> {
    let path: &[&[u32]] = match signal {
        Signal::Metrics => &DATA_POINTS,
        Signal::Logs | Signal::Traces => &LOG_RECORDS,
    };
    count(path, body, &mut || visit.other(signal))
        .map_err(|place| WalkError::Protobuf { offset: place.offset(body), fault: place.fault })
}

/// The depth of recursion is the path's length, whatever the body says.
fn count(path: &[&[u32]], message: &[u8], found: &mut impl FnMut()) -> Read<()> {
    let [numbers, below @ ..] = path else {
        found();
        return check(message);
    };
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next_key()? {
        if numbers.iter().any(|number| field == key(*number, LEN)) {
            count(below, fields.bytes()?, found)?;
        } else {
            fields.skip(field, &[])?;
        }
    }
    Ok(())
}

/// Reads over a record's own fields, so that one that is no message is not counted in silence.
fn check(message: &[u8]) -> Read<()> {
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next_key()? {
        fields.skip(field, &[ANY])?;
    }
    Ok(())
}
