//! The JSON form of an entry, as every format carries its fields: written straight from the entry, without a copy of it.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value as Json};

use super::{Audience, Entry, Kind, Value, value::number};

/// One field of an entry, borrowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shown<'a> {
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

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Shown::Nothing => serializer.serialize_none(),
            Shown::Text(text) => serializer.serialize_str(text),
            Shown::List(list) => list.serialize(serializer),
            Shown::Flag(flag) => serializer.serialize_bool(*flag),
            Shown::Integer(n) => serializer.serialize_i64(*n),
            Shown::Number(n) => number(*n).serialize(serializer),
            Shown::Value(value) => value.serialize(serializer),
            Shown::Json(json) => json.serialize(serializer),
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

/// A whole entry as a JSON object: the common fields, the kind's fields in order, then what was left over.
#[derive(Debug, Clone, Copy)]
pub struct EntryJson<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// Its kind.
    pub kind: &'a Kind,
    /// Its fields by their public names, in order ([`super::entry::all_names`]).
    pub names: &'a [String],
    /// Who reads it.
    pub audience: Audience,
    /// Fields that only this output has; one that the entry has too stands in its place.
    pub more: &'a Map<String, Json>,
}

impl Serialize for EntryJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let known = |name: &str| self.names.iter().any(|known| known == name);
        for name in self.names {
            match self.more.get(name) {
                Some(json) => map.serialize_entry(name, json)?,
                None => map.serialize_entry(name, &self.entry.field(self.kind, name))?,
            }
        }
        if !self.entry.former.is_empty() {
            map.serialize_entry("former", &self.entry.former)?;
        }
        if self.audience == Audience::Owner {
            let own = self.entry.extra.iter().filter(|(name, _)| !known(name) && *name != "former" && !self.more.contains_key(*name));
            own.into_iter().try_for_each(|(name, json)| map.serialize_entry(name, json))?;
        }
        self.more.iter().filter(|(name, _)| !known(name)).try_for_each(|(name, json)| map.serialize_entry(name, json))?;
        map.end()
    }
}
