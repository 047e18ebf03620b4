//! The columns of a field, and names and texts as SQL writes them.

use crate::model::{Field, FieldType};

/// A name as an SQL identifier.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as an SQL literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The columns of a field in the order in which they are read and written.
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

/// How many columns a field has.
pub(crate) fn width(field: &Field) -> usize {
    if field.field_type == FieldType::Period {
        4
    } else {
        1
    }
}
