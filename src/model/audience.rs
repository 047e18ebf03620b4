//! The audience of an output: it decides which entries and fields are included.
//!
//! Every export function has an [`Audience`] parameter, so that none can skip the privacy check.

use super::{Entry, Field};

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

    /// Whether the audience may see a field of an entry that it may see.
    pub fn sees_field(self, field: &Field) -> bool {
        self == Audience::Owner || !field.private
    }
}
