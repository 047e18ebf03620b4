//! The notebook in its SQLite file; the only module that uses rusqlite.
//!
//! Must not know formats or a terminal. [`Writer`] makes every change of content, as one operation
//! in one transaction. The folders are in import order: [`fts5`] and [`schema`] do not import
//! [`rows`], [`rows`] does not import [`index`], [`index`] does not import [`query`], and [`query`]
//! does not import [`log`]. Start reading at [`Store`].

mod check;
mod error;
mod file;
mod fts5;
mod index;
mod log;
mod operation_id;
#[cfg(test)]
mod plans;
mod query;
mod rows;
mod salvage;
mod schema;

pub use check::{Finding, Findings};
pub use error::StoreError;
pub use file::{
    Effects, Purpose, Store, drop_shadows, left_behind, remove_left_behind, restore, shadows,
    sync_folder, temporary, temporary_folder,
};
pub use fts5::Pair;
pub use index::IndexState;
pub use log::{
    Action, Change, CommandId, MergeConflict, Operation, OperationFilter, Purge, Purged, Reversal,
    Subject, United, WriteMode, Writer, command_id,
};
pub use query::{Labels, Name, Near, Order, Phrase, Ranking, Reads, Selection, TextHit, TextQuery};
pub use rows::{BeforeEdits, Document, FileState, Link, Stored, TakenOut};
pub use salvage::{Salvaged, salvage};
