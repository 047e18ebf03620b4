//! Refuses values that a person typed and that may mean two things; what a program wrote is exact.
//!
//! `2023-24` is a winter in EDTF, which kb exports, but two years to most people. So it is a matter of who
//! wrote it, and not of the field: the model accepts it, and the command line asks.

use super::failure::Failure;
use crate::model::{FieldType, Kind, Period};

/// Checks a value for a field of one of these kinds.
///
/// # Errors
/// The field is a period, and the value has two readings.
pub(super) fn check<'k>(
    mut kinds: impl Iterator<Item = &'k Kind>,
    field: &str,
    value: &str,
) -> Result<(), Failure> {
    let is_period = |kind: &Kind| {
        let field = kind.field(field);
        field.is_some_and(|field| field.field_type == FieldType::Period)
    };
    match Period::two_readings(value).filter(|_| kinds.any(is_period)) {
        None => Ok(()),
        Some(reason) => {
            let failure = Failure::usage(format!("{field}: {}", reason.fact));
            Err(reason.hint.into_iter().fold(failure, Failure::hint))
        }
    }
}
