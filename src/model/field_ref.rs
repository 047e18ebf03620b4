//! One field of an entry, borrowed, under its public name.

use serde::ser::{Serialize, Serializer};
use serde_json::Value as Json;

use super::{Value, value::number};

/// One field of an entry, borrowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FieldRef<'a> {
    /// No value, or no such field.
    Nothing,
    /// A text.
    Text(&'a str),
    /// Texts.
    List(&'a [String]),
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// A value of the kind.
    Value(&'a Value),
    /// What was left over.
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

/// A period is its EDTF.
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
