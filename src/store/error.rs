//! What goes wrong with a notebook file: [`StoreError`], and how faults of SQLite and of the file
//! system become one.

use std::path::{Path, PathBuf};

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
            Some(Code::DatabaseCorrupt)
                if error.sqlite_extended_error_code()
                    == Some(rusqlite::ffi::SQLITE_CORRUPT_VTAB) =>
            {
                StoreError::Index
            }
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => StoreError::Busy,
            Some(Code::ReadOnly | Code::CannotOpen | Code::PermissionDenied) => {
                StoreError::ReadOnly(reason(&error))
            }
            Some(Code::DiskFull) => StoreError::Full,
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => StoreError::Damaged(reason(&error)),
            _ => StoreError::Sqlite(error),
        }
    }
}

/// The fact in a fault of SQLite.
pub(super) fn reason(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    }
}

impl StoreError {
    /// A fault of the file system.
    pub fn file(path: &Path, source: std::io::Error) -> StoreError {
        match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::Full,
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                StoreError::ReadOnly(format!("`{}`: permission denied", path.display()))
            }
            _ => StoreError::File {
                path: path.to_owned(),
                source,
            },
        }
    }
}
