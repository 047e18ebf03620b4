//! An entry: one validated record of a notebook, and access to its fields by name.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::field_ref::FieldRef;
use super::{FieldType, Kind, Value, link};
use crate::text::{acronym, slug::slug};

/// The name among the left-over values of an entry that holds the note that it was imported from.
pub const NOTE: &str = "file";

/// The key in an entry's extra data for the values of merged entries that differ from its own.
pub const MERGED: &str = "merged";

/// A validated entry. Times are RFC 3339 in UTC.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entry {
    /// Permanent identifier, the same in every copy of the notebook.
    pub uid: String,
    /// Name of its kind.
    pub kind: String,
    /// Readable handle, unique within the kind.
    pub slug: String,
    /// Title, a single line.
    pub title: String,
    /// Body in Markdown. May be empty.
    pub body: String,
    /// Topics. `/` separates a topic from its subtopic.
    pub topics: Vec<String>,
    /// Tags, which have no hierarchy.
    pub tags: Vec<String>,
    /// Alternative titles.
    pub aliases: Vec<String>,
    /// Previous slugs. References to them still resolve.
    pub former: Vec<String>,
    /// Whether the entry is left out of everything that is published.
    pub private: bool,
    /// Sort position set by the user, if any.
    pub position: Option<f64>,
    /// Time of creation.
    pub created: String,
    /// Time of the last change.
    pub updated: String,
    /// Values of the kind's own fields.
    pub values: BTreeMap<String, Value>,
    /// Data that the kind declares no field for, from other programs or removed fields. It is kept
    /// unchanged.
    pub extra: Map<String, Json>,
}

impl Entry {
    /// The kind and slug, as in `term/sparse-coding`.
    pub fn reference(&self) -> String {
        format!("{}/{}", self.kind, self.slug)
    }

    /// The value of one of the kind's fields.
    pub fn value(&self, field: &str) -> Option<&Value> {
        self.values.get(field)
    }

    /// The value of the first URL field of the kind.
    pub fn url(&self, kind: &Kind) -> Option<String> {
        kind.first(FieldType::Url)
            .and_then(|field| self.value(&field.name))
            .map(Value::text)
    }

    /// The entry with the links in its body and its fields whose text `is_meant` picks naming `new`.
    pub fn relinked(
        &self,
        kind: Option<&Kind>,
        is_meant: impl Fn(&str) -> bool,
        new: &str,
    ) -> Entry {
        let mut after = self.clone();
        after.body = link::renamed(&after.body, &is_meant, new);
        let fields = kind.into_iter().flat_map(|kind| &kind.fields);
        for field in fields.filter(|field| field.field_type == FieldType::Ref) {
            match after.values.get_mut(&field.name) {
                Some(Value::Text(text)) if is_meant(text) => new.clone_into(text),
                Some(Value::Many(values)) => {
                    for value in values {
                        if is_meant(&value.text()) {
                            *value = Value::Text(new.to_owned());
                        }
                    }
                }
                _ => {}
            }
        }
        after
    }

    /// The path within its folder of the note that the entry was imported from.
    pub fn note_path(&self) -> Option<&str> {
        self.extra.get(NOTE)?.get("path")?.as_str()
    }

    /// One field by its public name; `FieldRef::Nothing` if it has no value or is unknown.
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

    /// One field as JSON by its public name; `null` if it has no value or is unknown.
    pub fn json_field(&self, kind: &Kind, name: &str) -> Json {
        if name == "ref" {
            return Json::from(self.reference());
        }
        serde_json::to_value(self.field(kind, name)).unwrap_or(Json::Null)
    }

    /// One field as text for display, with several values joined by `; `; empty if it has no value.
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

/// The slug of a title without the acronym at its end. If that is empty (no Latin letter or digit),
/// the name of the kind is used.
pub fn base_slug(kind: &str, title: &str) -> String {
    let title = acronym::split(title).map_or(title, |(before, _)| before);
    Some(slug(title))
        .filter(|slug| !slug.is_empty())
        .unwrap_or_else(|| kind.replace('_', "-"))
}

/// The slug with a number after it: `base-2`, `base-3`. Number 1 returns `base` itself.
pub fn numbered_slug(base: &str, number: u64) -> String {
    if number == 1 {
        base.to_owned()
    } else {
        format!("{base}-{number}")
    }
}
