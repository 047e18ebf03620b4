//! What is read: which entries, in which order, and which of their fields. Start reading at
//! [`Selection`].

use crate::model::kind::CORE;
use crate::model::{Field, Kind, Query};

/// One sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The field, by its public name.
    pub field: String,
    /// Whether to sort in descending order.
    pub descending: bool,
}

impl Order {
    /// Parses a sort key: a field name, with a leading `-` for descending order.
    pub fn read(text: &str) -> Order {
        match text.strip_prefix('-') {
            Some(field) => Order {
                field: field.to_owned(),
                descending: true,
            },
            None => Order {
                field: text.to_owned(),
                descending: false,
            },
        }
    }
}

/// A query with a sort order and a limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// The entries to read.
    pub query: Query,
    /// Sort keys, most significant first. The uid breaks ties, so entries with equal keys come in
    /// the order in which they were added, or in reverse order after `-created`.
    pub order: Vec<Order>,
    /// The maximum number of entries.
    pub limit: Option<usize>,
    /// The fields that the caller reads. The others may be empty.
    pub reads: Reads,
}

/// The fields of entries that a caller reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reads {
    /// All fields.
    All,
    /// The fields that entries of every kind have.
    Common,
    /// These, by their public names, and those that every entry has a value of.
    Named(Vec<String>),
}

impl Reads {
    /// Whether no field of a kind's own is read.
    pub fn only_common(&self) -> bool {
        match self {
            Reads::All => false,
            Reads::Common => true,
            Reads::Named(names) => names
                .iter()
                .all(|name| CORE.contains(&name.as_str()) && name != "year"),
        }
    }

    /// Whether a field that entries of every kind have is read.
    pub(super) fn common(&self, name: &str) -> bool {
        match self {
            Reads::All | Reads::Common => true,
            Reads::Named(names) => names.iter().any(|known| known == name),
        }
    }

    /// Whether a field of the kind is read: by its name, as its wording (`NAME_text`), or as the year.
    pub(super) fn own(&self, kind: &Kind, field: &Field) -> bool {
        match self {
            Reads::All => true,
            Reads::Common => false,
            Reads::Named(names) => names.iter().any(|name| {
                name.strip_suffix("_text").unwrap_or(name) == field.name
                    || *name == field.name
                    || (name == "year" && kind.year_field() == Some(field))
            }),
        }
    }
}

impl Selection {
    /// Selects all entries that match, in the order in which they were added.
    pub fn of(query: Query) -> Selection {
        Selection {
            query,
            order: Vec::new(),
            limit: None,
            reads: Reads::All,
        }
    }
}
