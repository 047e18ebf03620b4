//! The words of front matter for the fields of an entry; the table is data/formats/vault.toml.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

const TABLE: &str = include_str!("../../../data/formats/vault.toml");

#[derive(Debug, Default, Deserialize)]
pub(super) struct FrontWords {
    pub kind: String,
    pub kinds: Vec<String>,
    pub types: BTreeMap<String, Vec<String>>,
    pub names: BTreeMap<String, Vec<String>>,
}

pub(super) fn table() -> &'static FrontWords {
    static READ: OnceLock<FrontWords> = OnceLock::new();
    READ.get_or_init(|| toml::from_str(TABLE).unwrap_or_default())
}

/// The kind of a note that does not say it and lies in no folder of a kind.
pub fn usual_kind() -> &'static str {
    &table().kind
}
