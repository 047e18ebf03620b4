//! Opening and creating a notebook file. Start reading at [`Store::open`].

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::connection::{connect, prepare_to_write};
use super::header::check_header;
use super::migrate::{migrate, schema_version};
use super::new_file::with_temporary;
use crate::model::Kinds;
use crate::store::error::StoreError;
use crate::store::fts5::Database;
use crate::store::schema;

/// What a notebook is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Nothing is written, not even by a migration.
    Read,
    /// Something may be written.
    Write,
}

/// An open notebook file with its kinds.
#[derive(Debug)]
pub struct Store {
    pub(in crate::store) db: Database,
    pub(in crate::store) path: PathBuf,
    pub(in crate::store) kinds: Kinds,
    /// The statement that writes a row of a kind's table, by the kind's name, built when first needed.
    pub(in crate::store) inserts: RefCell<HashMap<String, String>>,
    /// The statement that reads one.
    pub(in crate::store) selects: RefCell<HashMap<String, String>>,
}

impl Store {
    pub(in crate::store) fn new(db: Connection, path: PathBuf, kinds: Kinds) -> Store {
        Store {
            db: Database::new(db),
            path,
            kinds,
            inserts: RefCell::default(),
            selects: RefCell::default(),
        }
    }

    /// Opens an existing notebook.
    ///
    /// # Errors
    /// There is none, it is something else, newer, damaged or may not be read; it is then left untouched.
    pub fn open(path: &Path, purpose: Purpose) -> Result<Store, StoreError> {
        let path = absolute(path)?;
        check_header(&path)?;
        let mut db = connect(&path)?;
        // Asked of SQLite, which first takes back what a killed process left half done; the header may be ahead of the file.
        let version = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version < schema_version() {
            bring_up_to_date(&mut db, &path, version)?;
        }
        if purpose == Purpose::Read {
            // One look at the file for the whole command: it sees one state, and takes its locks once. Pages are read into few buffers:
            // to read one again costs less than to touch memory that the system has to find first.
            db.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = 24; BEGIN")?;
        } else {
            prepare_to_write(&db)?;
        }
        let kinds = schema::load_kinds(&db)?;
        Ok(Store::new(db, path, kinds))
    }

    /// Makes a new notebook with the built-in kinds. The file appears whole or not at all, readable by its owner only.
    ///
    /// # Errors
    /// There is a file already, or it cannot be written.
    pub fn create(path: &Path) -> Result<(), StoreError> {
        let path = absolute(path)?;
        if path.symlink_metadata().is_ok() {
            return Err(StoreError::Exists(path));
        }
        if let Some(folder) = path.parent()
            && !folder.exists()
        {
            private_folder(folder)?;
        }
        with_temporary(&path, |temporary| {
            let mut db = connect(temporary)?;
            migrate(&mut db)
        })
    }

    /// Ends the read transaction of a reader, so that others may write.
    fn end_read(&self) {
        if !self.db.is_autocommit() {
            // Nothing was written, so that nothing can fail to be written.
            let _ = self.db.execute_batch("COMMIT");
        }
    }

    /// Ends the read transaction and leaves the memory to the end of the process, which is faster than freeing it.
    pub fn close_fast(self) {
        self.end_read();
        std::mem::forget(self);
    }

    /// Sets the kinds to those in the file now.
    pub(in crate::store) fn take_kinds(&mut self, kinds: Kinds) {
        self.inserts.borrow_mut().clear();
        self.selects.borrow_mut().clear();
        self.kinds = kinds;
    }

    /// Makes a connection that was opened to be read ready to write.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn allow_writes(&mut self) -> Result<(), StoreError> {
        self.end_read();
        prepare_to_write(&self.db)
    }

    /// The kinds of the notebook.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Keeps a copy of an older file beside it and migrates it.
fn bring_up_to_date(db: &mut Connection, path: &Path, version: i64) -> Result<(), StoreError> {
    let copy = path.with_extension(format!("schema-{version}.db"));
    let copied = match with_temporary(&copy, |temporary| {
        fs::copy(path, temporary)
            .map(drop)
            .map_err(|e| StoreError::file(temporary, e))
    }) {
        // Kept by a command that did not get further.
        Err(StoreError::Exists(_)) => Ok(()),
        copied => copied,
    };
    copied
        .and_then(|()| migrate(db))
        .map_err(|error| match error {
            StoreError::ReadOnly(_) => StoreError::Foreign {
                path: path.to_owned(),
                why: "it is older than this kb, and may not be written to bring it up to date"
                    .to_owned(),
            },
            other => other,
        })
}

fn private_folder(folder: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|e| StoreError::file(folder, e))
}

fn absolute(path: &Path) -> Result<PathBuf, StoreError> {
    std::path::absolute(path).map_err(|e| StoreError::file(path, e))
}
