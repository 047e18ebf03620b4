//! The SQLite file; the only module that names rusqlite.
//!
//! Owns opening and settings, tables, reading and writing entries, the operation log with undo, queries
//! as SQL, the full-text index, and checks of the file. Must not know formats or a terminal. Every
//! write goes through [`Writer`] as one operation in one transaction. Start reading at `open`
//! and `write`.

mod attachments;
mod bulk;
mod check;
mod chunks;
mod damage;
mod entries;
mod filter;
mod fts5;
mod index;
mod lookup;
mod open;
mod plain_sql;
#[cfg(test)]
mod plans;
mod tables;
mod text_index;
mod undo;
mod weighing;
mod write;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::model::Kinds;

pub use check::{Finding, Findings};
pub use damage::{Salvaged, salvage};
pub use entries::Stored;
pub use filter::{Order, Selection};
pub use index::Step;
pub use lookup::{Labels, Link, Name};
pub use open::Purpose;
pub use text_index::{Near, Phrase, Question, Ranking, TextHit};
pub use undo::{Change, Operation, Reversal};
pub use weighing::Pair;
pub use write::Writer;

/// What goes wrong with a notebook file.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no file.
    #[error("no notebook at `{}`", .0.display())]
    Missing(PathBuf),
    /// There is a file already.
    #[error("`{}` is there already", .0.display())]
    Exists(PathBuf),
    /// Some other file, or a folder.
    #[error("`{}` is not a notebook: {why}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Written by a newer program.
    #[error("`{}` was written by a newer kb (schema {found}, this program knows {known})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: i64,
        /// The version that this program knows.
        known: i64,
    },
    /// Another process is writing.
    #[error("another kb is writing to the notebook")]
    Busy,
    /// The file or its folder may not be written.
    #[error("the notebook may not be written: {0}")]
    ReadOnly(String),
    /// The disk is full.
    #[error("disk full: nothing was changed")]
    Full,
    /// The file is damaged.
    #[error("the notebook is damaged: {0}")]
    Damaged(String),
    /// The full-text index is damaged, which holds nothing that the entries do not hold.
    #[error("the search index is damaged")]
    Index,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
    /// A query of the user's is wrong or not allowed.
    #[error("{0}")]
    Sql(String),
    /// Two entries would share what must be unique.
    #[error("{kind} `{value}` is there already: {field} must be unique")]
    NotUnique {
        /// The kind.
        kind: String,
        /// The field.
        field: String,
        /// The value.
        value: String,
    },
    /// An operation cannot be undone, because of a later change.
    #[error("operation {operation} cannot be reversed: {why}")]
    Conflict {
        /// The operation.
        operation: i64,
        /// Why.
        why: String,
    },
    /// Any other fault of SQLite.
    #[error("the notebook cannot be used: {0}")]
    Sqlite(rusqlite::Error),
    /// A fault of the file system.
    #[error("`{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The fault.
        source: std::io::Error,
    },
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        use rusqlite::ErrorCode as Code;
        match error.sqlite_error_code() {
            Some(Code::DatabaseCorrupt) if error.sqlite_extended_error_code() == Some(rusqlite::ffi::SQLITE_CORRUPT_VTAB) => StoreError::Index,
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => StoreError::Busy,
            Some(Code::ReadOnly | Code::CannotOpen | Code::PermissionDenied) => StoreError::ReadOnly(reason(&error)),
            Some(Code::DiskFull) => StoreError::Full,
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => StoreError::Damaged(reason(&error)),
            _ => StoreError::Sqlite(error),
        }
    }
}

fn reason(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    }
}

impl StoreError {
    fn file(path: &Path, source: std::io::Error) -> StoreError {
        match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::Full,
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                StoreError::ReadOnly(format!("`{}`: permission denied", path.display()))
            }
            _ => StoreError::File { path: path.to_owned(), source },
        }
    }
}

/// An open notebook file with its kinds.
#[derive(Debug)]
pub struct Store {
    /// The ranking function and the tokenizer, registered when first needed; dropped before the connection.
    extension: OnceCell<fts5::Extension>,
    db: Connection,
    path: PathBuf,
    kinds: Kinds,
    /// The statement that writes a row of a kind's table, by the kind's name, made when first needed.
    inserts: RefCell<HashMap<String, String>>,
    /// The statement that reads one.
    selects: RefCell<HashMap<String, String>>,
}

impl Store {
    fn new(db: Connection, path: PathBuf, kinds: Kinds) -> Store {
        Store { db, path, kinds, inserts: RefCell::default(), selects: RefCell::default(), extension: OnceCell::new() }
    }

    /// Ends the one look at the file that a reader takes, so that others may write.
    pub fn rest(&self) {
        if !self.db.is_autocommit() {
            // Nothing was written, so that nothing can fail to be written.
            let _ = self.db.execute_batch("COMMIT");
        }
    }

    /// Lets go of the file and leaves the memory to the end of the process, which is quicker than tidying it up.
    pub fn leave(self) {
        self.rest();
        std::mem::forget(self);
    }

    /// Takes the kinds as they are in the file now.
    fn take_kinds(&mut self, kinds: Kinds) {
        self.inserts.borrow_mut().clear();
        self.selects.borrow_mut().clear();
        self.kinds = kinds;
    }

    /// The kinds of the notebook.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A setting of the notebook.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        use rusqlite::OptionalExtension;
        let mut query = self.db.prepare_cached("SELECT value FROM setting WHERE key = ?1")?;
        Ok(query.query_row([key], |row| row.get(0)).optional()?)
    }

    /// All settings whose key begins so, in order.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn settings(&self, prefix: &str) -> Result<Vec<(String, String)>, StoreError> {
        let mut query = self.db.prepare("SELECT key, value FROM setting WHERE substr(key, 1, ?2) = ?1 ORDER BY key")?;
        let rows = query.query_map((prefix, prefix.chars().count()), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The layout of a page as JSON.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn page(&self, name: &str) -> Result<Option<String>, StoreError> {
        use rusqlite::OptionalExtension;
        Ok(self.db.query_row("SELECT layout FROM page WHERE name = ?1", [name], |row| row.get(0)).optional()?)
    }

    /// The names of all pages, in the order in which they were first imported.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn pages(&self) -> Result<Vec<String>, StoreError> {
        let mut query = self.db.prepare("SELECT name FROM page ORDER BY rowid")?;
        Ok(query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Writes a consistent copy of the notebook to a new file, fsynced.
    ///
    /// # Errors
    /// The file is there already, or cannot be written.
    pub fn back_up(&self, to: &Path) -> Result<(), StoreError> {
        if to.symlink_metadata().is_ok() {
            return Err(StoreError::Exists(to.to_owned()));
        }
        open::with_temporary(to, |temporary| {
            let text = temporary.to_str().ok_or_else(|| StoreError::Foreign { path: to.to_owned(), why: "the path is not UTF-8".to_owned() })?;
            // This connection may be for reading only; the copy is a write, though not to this file.
            open::connect(&self.path)?.execute("VACUUM INTO ?1", [text])?;
            Ok(())
        })
    }
}
