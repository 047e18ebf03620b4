//! The raw form of a bibliography entry, and faults found while reading one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A broken part of a bibliography.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its byte offset in the source.
    pub at: usize,
    /// What is wrong, as one line for the user.
    pub message: String,
}

/// An entry of a bibliography as it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WrittenWork {
    /// The entry type: in lower case in BibTeX (`article`), as written in other dialects (`JOUR`).
    #[serde(rename = "type")]
    pub kind: String,
    /// The citation key.
    pub key: String,
    /// Field names (in lower case in BibTeX) and raw values, in order.
    pub fields: Vec<(String, String)>,
    /// Keys that the user replaced: a file that still has one gets the new key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<String>,
    /// Keys that it had until somebody renamed it in a file: other files keep them, until the user
    /// replaces the key in kb.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<String>,
    /// Later entries of the same file with the same key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repeated: Vec<WrittenWork>,
    /// The texts of the entry's fields that come from the records named by `crossref` and `xdata`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inherited: BTreeMap<String, Vec<String>>,
}

impl WrittenWork {
    /// The raw value of a field; the first one if the field is repeated.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, raw)| raw.as_str())
    }

    /// Whether BibLaTeX also finds the work under this key.
    pub(super) fn has_id(&self, key: &str) -> bool {
        let ids = self.raw("ids").unwrap_or_default();
        let mut ids = ids.trim_matches(['{', '}', '"']).split(',');
        ids.any(|id| id.trim() == key)
    }

    /// All raw values of a field, in order.
    pub(super) fn raws(&self, name: &str) -> Vec<&str> {
        self.fields
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, raw)| raw.as_str())
            .collect()
    }
}
