//! A borrowed view of one field of an entry, and the JSON form of values.

use serde::ser::{Serialize, Serializer};
use serde_json::Value as Json;

use super::{Value, value::number};

/// A borrowed view of one field of an entry, common or declared by the kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FieldRef<'a> {
    /// The field has no value or does not exist.
    Nothing,
    /// A text of a common field, or the wording of a period.
    Text(&'a str),
    /// A list of texts.
    List(&'a [String]),
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// A decimal number.
    Number(f64),
    /// A value of a field that the kind declares.
    Value(&'a Value),
    /// A value from [`Entry::extra`](super::Entry::extra).
    Json(&'a Json),
}

impl Serialize for FieldRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            FieldRef::Nothing => serializer.serialize_none(),
            FieldRef::Text(text) => serializer.serialize_str(text),
            FieldRef::List(list) => list.serialize(serializer),
            FieldRef::Flag(flag) => serializer.serialize_bool(*flag),
            FieldRef::Integer(n) => serializer.serialize_i64(*n),
            FieldRef::Number(n) => number(*n).serialize(serializer),
            FieldRef::Value(value) => value.serialize(serializer),
            FieldRef::Json(json) => json.serialize(serializer),
        }
    }
}

/// A period is serialized as its EDTF.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Text(text) => serializer.serialize_str(text),
            Value::Integer(n) => serializer.serialize_i64(*n),
            Value::Number(n) => number(*n).serialize(serializer),
            Value::Flag(flag) => serializer.serialize_bool(*flag),
            Value::Period(period) => serializer.serialize_str(&period.edtf),
            Value::Many(values) => values.serialize(serializer),
        }
    }
}
