//! The audience of an output: it decides which entries and fields are included.
//!
//! Every export function has an [`Audience`] parameter, so that none can skip the privacy check.

use super::{Entry, Field, FieldType, Kind, Value};

/// The readers of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The owner of the notebook, who sees everything.
    Owner,
    /// Anyone else. Private entries and private fields are left out.
    Public,
}

impl Audience {
    /// Whether the audience may see an entry.
    pub fn sees(self, entry: &Entry) -> bool {
        self == Audience::Owner || !entry.private
    }

    /// The address of the DOI of an entry, else that of its arXiv id, if the audience may see them.
    pub fn identified_at(self, entry: &Entry, kind: &Kind) -> Option<String> {
        let at = |of: FieldType, site: &str| {
            let field = kind.first(of).filter(|field| self.sees_field(field))?;
            let value = entry.value(&field.name)?;
            Some(format!("{site}{}", value.text()))
        };
        at(FieldType::Doi, "https://doi.org/")
            .or_else(|| at(FieldType::Arxiv, "https://arxiv.org/abs/"))
    }

    /// The address of an entry: its first field of type url, else that of its DOI or arXiv id.
    pub fn address(self, entry: &Entry, kind: &Kind) -> Option<String> {
        let mut urls = kind
            .fields
            .iter()
            .filter(|field| field.field_type == FieldType::Url && self.sees_field(field))
            .filter_map(|field| entry.value(&field.name))
            .flat_map(Value::texts);
        urls.next().or_else(|| self.identified_at(entry, kind))
    }

    /// Whether the audience may see a field of an entry that it may see.
    pub fn sees_field(self, field: &Field) -> bool {
        self == Audience::Owner || !field.private
    }
}
