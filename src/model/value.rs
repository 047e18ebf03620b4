//! A checked value of a field.

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::Period;

/// A value, as the type of its field admitted it. Equal values have equal canonical forms.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// line, text, url, doi, arxiv, person, choice and ref.
    Text(String),
    /// integer.
    Integer(i64),
    /// number.
    Number(f64),
    /// flag.
    Flag(bool),
    /// period.
    Period(Period),
    /// The values of a field that takes many, in order; never empty.
    Many(Vec<Value>),
}

impl Value {
    /// The texts of the value, one each, as a person would type them.
    pub fn texts(&self) -> Vec<String> {
        match self {
            Value::Many(values) => values.iter().flat_map(Value::texts).collect(),
            other => vec![other.text()],
        }
    }

    /// The value in one line: many are joined by `; `.
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

    /// The JSON form; a period is its EDTF.
    pub fn json(&self) -> Json {
        serde_json::to_value(self).unwrap_or(Json::Null)
    }

    /// The order in lists: numbers by size, periods by their days, text by its folded form.
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

/// A number as JSON, without a fraction when it has none.
pub fn number(n: f64) -> Json {
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    if n.fract() == 0.0 && n.abs() < 9e15 {
        Json::from(n as i64)
    } else {
        Json::from(n)
    }
}
