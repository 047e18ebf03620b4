//! A draft: the field texts of an entry before validation.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

/// Unvalidated input for an entry: texts by field name, as typed by a user or read from a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// Name of the kind, singular or plural, if the input names one.
    pub kind: Option<String>,
    /// The texts of each field. An empty list clears the field.
    pub texts: BTreeMap<String, Vec<String>>,
    /// Values that cannot be represented as texts, such as JSON objects of other programs.
    /// They are kept unchanged.
    pub extra: Map<String, Json>,
}

impl Draft {
    /// An empty draft of a kind.
    pub fn of(kind: &str) -> Draft {
        Draft {
            kind: Some(kind.to_owned()),
            ..Draft::default()
        }
    }

    /// Sets a field to one text.
    pub fn set(&mut self, field: &str, text: impl Into<String>) -> &mut Draft {
        self.texts.insert(field.to_owned(), vec![text.into()]);
        self
    }

    /// Sets a field to several texts.
    pub fn set_many(&mut self, field: &str, texts: Vec<String>) -> &mut Draft {
        self.texts.insert(field.to_owned(), texts);
        self
    }

    /// The first text of a field.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.texts
            .get(field)
            .and_then(|texts| texts.first())
            .map(String::as_str)
    }

    /// Sets a field from a JSON value. A string, number, boolean or array of them becomes texts,
    /// `null` clears the field, and any other value is stored in [`Draft::extra`].
    pub fn set_json(&mut self, field: &str, json: Json) {
        let one = |json: &Json| match json {
            Json::String(text) => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            Json::Bool(flag) => Some(if *flag { "yes" } else { "no" }.to_owned()),
            _ => None,
        };
        let texts = match &json {
            Json::Null => Some(Vec::new()),
            Json::Array(items) => items.iter().map(one).collect(),
            other => one(other).map(|text| vec![text]),
        };
        match texts {
            Some(texts) => drop(self.texts.insert(field.to_owned(), texts)),
            None => drop(self.extra.insert(field.to_owned(), json)),
        }
    }
}
