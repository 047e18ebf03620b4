//! [`StoreError`], and its conversion from errors of SQLite and of the file system.

use std::path::{Path, PathBuf};

/// A failure to read or write a notebook file.
///
/// Any function that reads or writes the file can fail because it is busy, damaged, not writable,
/// or the disk is full. An `# Errors` section names only what is special about a function.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file does not exist.
    #[error("no notebook at `{}`", .0.display())]
    Missing(PathBuf),
    /// A file with this path already exists.
    #[error("`{}` already exists", .0.display())]
    Exists(PathBuf),
    /// The path is a folder or a file that is not a notebook, or the notebook cannot be migrated.
    #[error("`{}` is not a notebook: {why}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The reason, for the message.
        why: String,
    },
    /// A newer version of kb wrote the file.
    #[error("`{}` was written by a newer kb (schema {found}, this kb supports up to {known})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema version of the file.
        found: i64,
        /// The newest schema version that this kb supports.
        known: i64,
    },
    /// The file has an older schema and is too large to be migrated in memory for a command that
    /// only reads.
    #[error("`{}` has the schema of an older kb and is larger than 64 MB", .0.display())]
    Older(PathBuf),
    /// Objects that kb did not make have the names of its tables: they would run in their place.
    #[error("the notebook has views in place of its tables: {}", .0.join(", "))]
    Shadowed(Vec<String>),
    /// Another process has locked the file for 5 seconds.
    #[error("another kb is writing to the notebook")]
    Busy,
    /// The file or its folder is not writable, or the file cannot be opened.
    #[error("the notebook may not be written: {0}")]
    ReadOnly(String),
    /// The disk or the quota is full.
    #[error("disk full: nothing was changed")]
    Full,
    /// An operation was committed, but its last sync failed: after a power cut it may be gone. The
    /// text is the reason.
    #[error("the change was made, but the disk did not confirm it: {0}")]
    Unconfirmed(String),
    /// The file is damaged; the text is the reason.
    #[error("the notebook is damaged: {0}")]
    Damaged(String),
    /// The file has triggers that kb did not make and that would run with every change: their names.
    #[error("the notebook has triggers that kb did not make: {}", .0.join(", "))]
    Triggers(Vec<String>),
    /// The full-text index is damaged. It can be rebuilt from the entries without loss.
    #[error("the search index is damaged")]
    Index,
    /// The operating system's random number generator failed.
    #[error("the random number generator of the system failed: {0}")]
    Random(String),
    /// An SQL query of the user is invalid, not allowed, or was stopped after its time limit.
    #[error("{0}")]
    Sql(String),
    /// Another entry of the kind already has the value of a unique field.
    #[error("`{value}` is already the {field} of another {kind}")]
    NotUnique {
        /// The kind.
        kind: String,
        /// The field.
        field: String,
        /// The value.
        value: String,
    },
    /// An operation cannot be undone or redone because of a later change.
    #[error("operation {operation} cannot be reversed: {why}")]
    Conflict {
        /// Number of the operation.
        operation: i64,
        /// The reason, for the message.
        why: String,
        /// The newest operation that is in the way and can be undone.
        later: Option<i64>,
    },
    /// Any other error of SQLite.
    #[error("the notebook cannot be used: {}{}", reason(.0), code(.0))]
    Sqlite(rusqlite::Error),
    /// Any other error of the file system.
    #[error("`{}`: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The message of the operating system, in lower case and without its number.
        why: String,
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

/// The extended code of an I/O error, which says what failed.
fn code(error: &rusqlite::Error) -> String {
    match error.sqlite_extended_error_code() {
        Some(code) if code & 0xff == rusqlite::ffi::SQLITE_IOERR => {
            format!(" (SQLite code {code})")
        }
        _ => String::new(),
    }
}

/// The message of an SQLite error, without its code if it has a message of its own.
pub(super) fn reason(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    }
}

impl StoreError {
    /// Converts an I/O error on the file `path`.
    pub fn file(path: &Path, source: std::io::Error) -> StoreError {
        match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::Full,
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                StoreError::ReadOnly(format!("`{}`: permission denied", path.display()))
            }
            _ => {
                let text = source.to_string();
                let text = text.split(" (os error").next().unwrap_or_default();
                StoreError::File {
                    path: path.to_owned(),
                    why: text.to_lowercase(),
                }
            }
        }
    }
}
