//! An entry: one thing kept in a notebook, checked.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::field_ref::FieldRef;
use super::{FieldType, Kind, Value};
use crate::text::{acronym, slug::slug};

/// A checked entry. Times are RFC 3339 in UTC.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entry {
    /// Identity for ever, in every copy of the notebook.
    pub uid: String,
    /// Name of its kind.
    pub kind: String,
    /// Readable handle, unique within the kind.
    pub slug: String,
    /// One line.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Subject headings; `/` nests.
    pub topics: Vec<String>,
    /// Flat labels.
    pub tags: Vec<String>,
    /// Other names.
    pub aliases: Vec<String>,
    /// Slugs that it had before; refs to them still work.
    pub former: Vec<String>,
    /// Whether it is left out of everything published.
    pub private: bool,
    /// Place in the order that the user gave, if any.
    pub position: Option<f64>,
    /// When it was added.
    pub created: String,
    /// When it was last changed.
    pub updated: String,
    /// Values of the kind's own fields.
    pub values: BTreeMap<String, Value>,
    /// What other programs or removed fields left, kept as it came.
    pub extra: Map<String, Json>,
}

impl Entry {
    /// `term/sparse-coding`
    pub fn reference(&self) -> String {
        format!("{}/{}", self.kind, self.slug)
    }

    /// The value of one of the kind's fields.
    pub fn value(&self, field: &str) -> Option<&Value> {
        self.values.get(field)
    }

    /// The address of the entry: its first URL field.
    pub fn url(&self, kind: &Kind) -> Option<String> {
        kind.first(FieldType::Url)
            .and_then(|field| self.value(&field.name))
            .map(Value::text)
    }

    /// One field under its public name; nothing when it is empty or unknown.
    pub fn field<'a>(&'a self, kind: &Kind, name: &str) -> FieldRef<'a> {
        match name {
            "uid" => FieldRef::Text(&self.uid),
            "kind" => FieldRef::Text(&self.kind),
            "slug" => FieldRef::Text(&self.slug),
            "title" => FieldRef::Text(&self.title),
            "body" => FieldRef::Text(&self.body),
            "topics" => FieldRef::List(&self.topics),
            "tags" => FieldRef::List(&self.tags),
            "aliases" => FieldRef::List(&self.aliases),
            "former" => FieldRef::List(&self.former),
            "private" => FieldRef::Flag(self.private),
            "position" => self.position.map_or(FieldRef::Nothing, FieldRef::Number),
            "created" => FieldRef::Text(&self.created),
            "updated" => FieldRef::Text(&self.updated),
            "year" => match kind.year_field().and_then(|field| self.value(&field.name)) {
                Some(Value::Period(period)) => {
                    period.year().map_or(FieldRef::Nothing, FieldRef::Integer)
                }
                _ => FieldRef::Nothing,
            },
            name => match (self.values.get(name), name.strip_suffix("_text")) {
                (Some(value), _) => FieldRef::Value(value),
                (None, Some(period)) => match self.values.get(period) {
                    Some(Value::Period(period)) => FieldRef::Text(&period.text),
                    _ => FieldRef::Nothing,
                },
                (None, None) => match kind.field(name) {
                    Some(field) if field.many => FieldRef::List(&[]),
                    _ => self
                        .extra
                        .get(name)
                        .map_or(FieldRef::Nothing, FieldRef::Json),
                },
            },
        }
    }

    /// One field as JSON under its public name; `null` when it is empty or unknown.
    pub fn json_field(&self, kind: &Kind, name: &str) -> Json {
        if name == "ref" {
            return Json::from(self.reference());
        }
        serde_json::to_value(self.field(kind, name)).unwrap_or(Json::Null)
    }

    /// One field as a person reads it, in one line; empty when it has no value.
    pub fn display(&self, kind: &Kind, name: &str) -> String {
        match self.values.get(name) {
            Some(value) => value.text(),
            None => match self.json_field(kind, name) {
                Json::Null => String::new(),
                Json::String(text) => text,
                Json::Bool(flag) => if flag { "yes" } else { "no" }.to_owned(),
                Json::Array(items) => items
                    .iter()
                    .map(|i| i.as_str().map_or_else(|| i.to_string(), str::to_owned))
                    .collect::<Vec<_>>()
                    .join("; "),
                other => other.to_string(),
            },
        }
    }
}

/// The slug that a title gives: without the acronym at its end, the kind's name when the title has no Latin letter or digit.
pub fn base_slug(kind: &str, title: &str) -> String {
    let title = acronym::split(title).map_or(title, |(before, _)| before);
    Some(slug(title))
        .filter(|slug| !slug.is_empty())
        .unwrap_or_else(|| kind.replace('_', "-"))
}

/// The slug with a number behind it; the first has none.
pub fn numbered_slug(base: &str, number: u64) -> String {
    if number == 1 {
        base.to_owned()
    } else {
        format!("{base}-{number}")
    }
}
