//! The JSON form of an entry, serialized from the entry without copying it.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value as Json};

use super::{Audience, Entry, FieldType, Kind};

/// The public names of all fields that the audience may see, common fields first. They are the same
/// in every format.
pub fn all_names(kind: &Kind, audience: Audience) -> Vec<String> {
    let core = [
        "uid", "kind", "slug", "title", "body", "topics", "tags", "aliases", "private", "position",
        "created", "updated",
    ];
    let mut names: Vec<String> = core.map(str::to_owned).to_vec();
    for field in kind
        .fields
        .iter()
        .filter(|field| audience.sees_field(field))
    {
        names.push(field.name.clone());
        if field.field_type == FieldType::Period {
            names.push(format!("{}_text", field.name));
        }
        if field.year {
            names.push("year".to_owned());
        }
    }
    names
}

/// An entry that serializes to a JSON object: the fields in [`EntryJson::names`], for the owner also
/// former slugs and extra data, and the fields in [`EntryJson::more`].
#[derive(Debug, Clone, Copy)]
pub struct EntryJson<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// Its kind.
    pub kind: &'a Kind,
    /// Public names of the fields to write, in order ([`all_names`]).
    pub names: &'a [String],
    /// The readers of the output.
    pub audience: Audience,
    /// Additional fields of this output. They override fields of the entry with the same name.
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
        if self.audience == Audience::Owner {
            if !self.entry.former.is_empty() {
                map.serialize_entry("former", &self.entry.former)?;
            }
            let own = self.entry.extra.iter().filter(|(name, _)| {
                !known(name) && *name != "former" && !self.more.contains_key(*name)
            });
            own.into_iter()
                .try_for_each(|(name, json)| map.serialize_entry(name, json))?;
        }
        self.more
            .iter()
            .filter(|(name, _)| !known(name))
            .try_for_each(|(name, json)| map.serialize_entry(name, json))?;
        map.end()
    }
}
