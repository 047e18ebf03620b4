//! The form of an entry in the history: a flat JSON object of its fields, without empty ones.

use serde_json::{Map, Value as Json, json};

use super::{Entry, Field, FieldType, Kind, Kinds, Period, Value};

impl Entry {
    /// The fields of the entry for the history, without the uid and fields that have no value.
    pub fn logged(&self) -> Map<String, Json> {
        let mut map = Map::new();
        let mut put = |name: &str, json: Json| drop(map.insert(name.to_owned(), json));
        put("kind", json!(self.kind));
        put("slug", json!(self.slug));
        put("title", json!(self.title));
        if !self.body.is_empty() {
            put("body", json!(self.body));
        }
        for (name, list) in [
            ("topics", &self.topics),
            ("tags", &self.tags),
            ("aliases", &self.aliases),
            ("former", &self.former),
        ] {
            if !list.is_empty() {
                put(name, json!(list));
            }
        }
        if self.private {
            put("private", json!(true));
        }
        if let Some(position) = self.position {
            put("position", super::value::number(position));
        }
        put("created", json!(self.created));
        put("updated", json!(self.updated));
        for (name, value) in &self.values {
            put(name, value.logged());
        }
        if !self.extra.is_empty() {
            put("extra", Json::Object(self.extra.clone()));
        }
        map
    }

    /// Restores an entry from the result of [`Entry::logged`]. A value that does not fit a field of
    /// the kind any more is kept in [`Entry::extra`].
    /// A common field that is missing or malformed becomes empty, `None` or `false`.
    pub fn from_logged(uid: &str, mut map: Map<String, Json>, kinds: &Kinds) -> Entry {
        let mut text = |name: &str| match map.remove(name) {
            Some(Json::String(text)) => text,
            _ => String::new(),
        };
        let (kind, slug, title, body, created, updated) = (
            text("kind"),
            text("slug"),
            text("title"),
            text("body"),
            text("created"),
            text("updated"),
        );
        let mut list = |name: &str| -> Vec<String> {
            map.remove(name)
                .and_then(|json| serde_json::from_value(json).ok())
                .unwrap_or_default()
        };
        let (topics, tags, aliases, former) = (
            list("topics"),
            list("tags"),
            list("aliases"),
            list("former"),
        );
        let private = map
            .remove("private")
            .and_then(|json| json.as_bool())
            .unwrap_or(false);
        let position = map.remove("position").and_then(|json| json.as_f64());
        let mut extra = match map.remove("extra") {
            Some(Json::Object(extra)) => extra,
            _ => Map::new(),
        };
        let mut values = std::collections::BTreeMap::new();
        // What is left in `map` are fields of the kind. Without the kind, all go to `extra`.
        let declared: Option<&Kind> = kinds.get(&kind);
        for (name, json) in map {
            let field =
                declared.and_then(|kind| kind.fields.iter().find(|field| field.name == name));
            match field.and_then(|field| Value::from_logged(&json, field)) {
                Some(value) => drop(values.insert(name, value)),
                None => drop(extra.insert(name, json)),
            }
        }
        Entry {
            uid: uid.to_owned(),
            kind,
            slug,
            title,
            body,
            topics,
            tags,
            aliases,
            former,
            private,
            position,
            created,
            updated,
            values,
            extra,
        }
    }
}

impl Value {
    /// The JSON form of the value for the history. A period is an array of its EDTF and wording.
    pub fn logged(&self) -> Json {
        match self {
            Value::Period(period) => serde_json::json!([period.edtf, period.text]),
            other => other.json(),
        }
    }

    /// Restores a value from the result of [`Value::logged`]; `None` if it does not fit the field.
    /// A list fits only if each of its elements does.
    pub fn from_logged(json: &Json, field: &Field) -> Option<Value> {
        let one = |json: &Json| match (field.field_type, json) {
            (FieldType::Integer, Json::Number(n)) => n.as_i64().map(Value::Integer),
            (FieldType::Number, Json::Number(n)) => n.as_f64().map(Value::Number),
            (FieldType::Flag, Json::Bool(flag)) => Some(Value::Flag(*flag)),
            // The days are not logged: they are computed from the EDTF again.
            (FieldType::Period, Json::Array(pair)) => match pair.as_slice() {
                [Json::String(edtf), Json::String(text)] => {
                    Period::from_edtf(edtf, text).ok().map(Value::Period)
                }
                _ => None,
            },
            (FieldType::Integer | FieldType::Number | FieldType::Flag | FieldType::Period, _) => {
                None
            }
            (_, Json::String(text)) => Some(Value::Text(text.clone())),
            _ => None,
        };
        match json {
            // The array of a single period is not a list of values.
            Json::Array(items) if field.many => items
                .iter()
                .map(one)
                .collect::<Option<Vec<_>>>()
                .map(Value::Many),
            json => one(json),
        }
    }
}
