//! Who will read what leaves the notebook.
//!
//! Every way out takes an [`Audience`], so that none can be written that forgot to ask.

use super::{Entry, Field};

/// The readers of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The owner of the notebook: everything.
    Owner,
    /// Anybody: no private entry, and no private field of a public one.
    Public,
}

impl Audience {
    /// Whether an entry may be shown at all.
    pub fn sees(self, entry: &Entry) -> bool {
        self == Audience::Owner || !entry.private
    }

    /// Whether a field of an entry that is shown may be shown.
    pub fn sees_field(self, field: &Field) -> bool {
        self == Audience::Owner || !field.private
    }
}
