//! An entry of a bibliography as it is written, and what is broken in one.

use serde::{Deserialize, Serialize};

/// What is broken, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The byte.
    pub at: usize,
    /// The fact.
    pub message: String,
}

/// How an entry of a bibliography was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WrittenWork {
    /// `article`, as RIS has it or in lower case.
    #[serde(rename = "type")]
    pub kind: String,
    /// The citation key.
    pub key: String,
    /// Names (those of BibTeX in lower case) and values as they are written, in order.
    pub fields: Vec<(String, String)>,
    /// Entries further down that have the same key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repeated: Vec<WrittenWork>,
}

impl WrittenWork {
    /// The value of a field as it is written; of a field that is there twice the first.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, raw)| raw.as_str())
    }

    /// The values of a field that may come more than once.
    pub(super) fn raws(&self, name: &str) -> Vec<&str> {
        self.fields
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, raw)| raw.as_str())
            .collect()
    }
}
