//! The columns of a field, and quoting for SQL.

use crate::model::{Field, FieldType};

/// Quotes a name as an SQL identifier.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Quotes a text as an SQL string literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The columns of a field, in the order in which they are read and written: four for a period, one
/// for any other type.
pub(crate) fn columns(field: &Field) -> Vec<String> {
    let name = &field.name;
    match field.field_type {
        FieldType::Period => vec![
            name.clone(),
            format!("{name}_text"),
            format!("{name}_from"),
            format!("{name}_to"),
        ],
        _ => vec![name.clone()],
    }
}

/// The number of columns of a field.
pub(crate) fn width(field: &Field) -> usize {
    if field.field_type == FieldType::Period {
        4
    } else {
        1
    }
}
