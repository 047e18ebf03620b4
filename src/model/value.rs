//! The valid value of a field, with its text, JSON form and sort order.

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::Period;

/// A valid value of a field, in the canonical form of the field's type.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Value of type `line`, `text`, `url`, `doi`, `arxiv`, `person`, `choice` or `ref`.
    Text(String),
    /// Value of type `integer`.
    Integer(i64),
    /// Value of type `number`.
    Number(f64),
    /// Value of type `flag`.
    Flag(bool),
    /// Value of type `period`.
    Period(Period),
    /// Values of a field with `many`, in order. Never empty.
    Many(Vec<Value>),
}

impl Value {
    /// The text of each single value, as a user would type it.
    pub fn texts(&self) -> Vec<String> {
        match self {
            Value::Many(values) => values.iter().flat_map(Value::texts).collect(),
            other => vec![other.text()],
        }
    }

    /// The value as text. Several values are joined by `; `.
    pub fn text(&self) -> String {
        match self {
            Value::Text(text) => text.clone(),
            Value::Integer(n) => n.to_string(),
            Value::Number(n) => n.to_string(),
            Value::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
            Value::Period(period) => period.text.clone(),
            Value::Many(values) => values
                .iter()
                .map(Value::text)
                .collect::<Vec<_>>()
                .join("; "),
        }
    }

    /// The JSON form of the value. A period becomes its EDTF.
    pub fn json(&self) -> Json {
        serde_json::to_value(self).unwrap_or(Json::Null)
    }

    /// The sort order in lists: numbers by size, periods by first and last day, all other values by
    /// their text.
    pub fn order(&self, other: &Value) -> Ordering {
        match (self, other) {
            (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
            (Value::Number(a), Value::Number(b)) => a.total_cmp(b),
            (Value::Period(a), Value::Period(b)) => {
                (a.lower(), a.upper()).cmp(&(b.lower(), b.upper()))
            }
            (a, b) => a.text().cmp(&b.text()),
        }
    }
}

/// A number as JSON: an integer if it is whole and below 9e15, otherwise a float.
pub fn number(n: f64) -> Json {
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    if n.fract() == 0.0 && n.abs() < 9e15 {
        Json::from(n as i64)
    } else {
        Json::from(n)
    }
}
