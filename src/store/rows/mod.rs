//! Rows: reads and writes entries, their labels and links, settings and attachments.
//!
//! Must not know the log or the search index. Start reading at [`Stored`].

mod attachments;
mod documents;
mod entry;
mod labels;
mod links;
mod resolve;
mod settings;
mod write;

pub use documents::{BeforeEdits, Document, FileState, TakenOut};
pub use entry::Stored;
pub(crate) use entry::{
    COLUMNS, columns_read, entry_hash, field_words, fill, from_row, hash, kind_columns,
};
pub(crate) use labels::derived_rows;
pub use links::Link;
pub(crate) use links::{Adopted, KeptTargets};
pub(crate) use resolve::{CANDIDATES, resolve, resolve_link};
pub(crate) use write::{insert, remove_fields, rewrite_derived, update, write_fields};
