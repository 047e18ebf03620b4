//! A draft: field texts that are not yet checked.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

/// Texts by field name, as a person or a file gave them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// Name of the kind, singular or plural, when it was said.
    pub kind: Option<String>,
    /// The texts a field; an empty list clears the field.
    pub texts: BTreeMap<String, Vec<String>>,
    /// Values that are no field text (objects of other programs), kept as they are.
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

    /// Adds a JSON value: text, number, flag or a list of them become texts, `null` clears, an object is kept aside.
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
