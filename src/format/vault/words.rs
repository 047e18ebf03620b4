//! Owns the names of front matter keys for the fields of an entry, from data/formats/vault.toml.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

const TABLE: &str = include_str!("../../../data/formats/vault.toml");

#[derive(Debug, Default, Deserialize)]
pub(super) struct FrontWords {
    /// The default kind of a note.
    pub kind: String,
    /// Keys that may name the kind of a note.
    pub kinds: Vec<String>,
    /// Keys that may fill the first field of a type, by the name of the type.
    pub types: BTreeMap<String, Vec<String>>,
    /// Keys that may fill a field of every entry, by the name of the field.
    pub names: BTreeMap<String, Vec<String>>,
}

/// The table, parsed once.
pub(super) fn table() -> &'static FrontWords {
    static READ: OnceLock<FrontWords> = OnceLock::new();
    READ.get_or_init(|| toml::from_str(TABLE).unwrap_or_default())
}

/// The kind of a note whose front matter and folders do not name one.
pub fn usual_kind() -> &'static str {
    &table().kind
}
