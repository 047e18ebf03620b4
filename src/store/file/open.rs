//! Opens and creates notebook files. Start reading at [`Store::open`].

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::connection::{connect, connect_to_memory, prepare_to_write};
use super::header::check_header;
use super::migrate::{migrate, schema_version};
use super::new_file::with_temporary;
use crate::model::Kinds;
use crate::store::error::StoreError;
use crate::store::fts5::Database;
use crate::store::schema;

/// Whether a notebook is opened for reading or for writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Reads in one transaction and refuses writes. An older file is not changed: a copy of it in
    /// memory is migrated.
    Read,
    /// Reads and writes.
    Write,
}

/// An open notebook file, with its kinds loaded.
#[derive(Debug)]
pub struct Store {
    pub(in crate::store) db: Database,
    pub(in crate::store) path: PathBuf,
    pub(in crate::store) kinds: Kinds,
    /// SQL that writes a row of a kind's table, by kind name; built on first use.
    pub(in crate::store) inserts: RefCell<HashMap<String, String>>,
    /// SQL that reads a row of a kind's table, by kind name; built on first use.
    pub(in crate::store) selects: RefCell<HashMap<String, String>>,
    /// Whether `db` is a migrated copy in memory of an older file.
    is_copy: bool,
    /// Who writes.
    pub actor: String,
    /// What the nonces of the operations begin with, if they are those of one command.
    pub command_id: Option<[u8; 8]>,
    /// The replica and the id of the operation that is being committed.
    pub(in crate::store) last_written: Option<(String, String)>,
    /// What the operations of this process did.
    pub effects: Effects,
}

/// What the operations of a process did. Clones share one state.
#[derive(Debug, Clone, Default)]
pub struct Effects {
    /// What was done beyond what was asked for, as sentences for the user.
    sentences: Rc<RefCell<Vec<String>>>,
    /// Whether an operation was committed.
    committed: Rc<Cell<bool>>,
    /// Who is told of the progress of an operation.
    watcher: Rc<RefCell<Watcher>>,
}

/// Is told how many entries of how many an operation has changed.
#[derive(Default)]
struct Watcher(Option<Box<dyn FnMut(u64, u64)>>);

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Watcher").field(&self.0.is_some()).finish()
    }
}

impl Effects {
    /// Adds a sentence.
    pub(crate) fn say(&self, sentence: String) {
        self.sentences.borrow_mut().push(sentence);
    }

    /// Takes all sentences, oldest first.
    pub fn take_sentences(&self) -> Vec<String> {
        self.sentences.take()
    }

    /// Calls `watcher` while an operation changes many entries, with how many are done and how many
    /// there are.
    pub fn watch(&self, watcher: impl FnMut(u64, u64) + 'static) {
        self.watcher.replace(Watcher(Some(Box::new(watcher))));
    }

    /// Ends what [`Effects::watch`] began.
    pub fn unwatch(&self) {
        self.watcher.take();
    }

    /// Tells the watcher that `done` of `total` entries are changed.
    pub(crate) fn progress(&self, done: usize, total: usize) {
        if let Watcher(Some(watcher)) = &mut *self.watcher.borrow_mut() {
            watcher(done as u64, total as u64);
        }
    }

    /// Records that an operation was committed.
    pub fn commit(&self) {
        self.committed.set(true);
    }

    /// Whether an operation was committed.
    pub fn has_committed(&self) -> bool {
        self.committed.get()
    }
}

impl Store {
    pub(in crate::store) fn new(db: Connection, path: PathBuf, kinds: Kinds) -> Store {
        Store {
            db: Database::new(db),
            path,
            kinds,
            inserts: RefCell::default(),
            selects: RefCell::default(),
            is_copy: false,
            actor: String::new(),
            command_id: None,
            last_written: None,
            effects: Effects::default(),
        }
    }

    /// Opens an existing notebook.
    ///
    /// To write, an older file is migrated first; a copy of it is kept in the same folder as
    /// `NAME.schema-VERSION.db`. To read, it is copied to memory and migrated there.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Foreign`], [`StoreError::Newer`],
    /// [`StoreError::Shadowed`], or [`StoreError::Older`] if the file is too large for a copy in
    /// memory; the file is then left untouched.
    pub fn open(path: &Path, purpose: Purpose) -> Result<Store, StoreError> {
        let path = absolute(path)?;
        check_header(&path)?;
        let mut db = connect(&path)?;
        if purpose == Purpose::Read {
            begin_read(&db)?;
        }
        // SQLite first rolls back the unfinished transaction of a killed process. Until then the
        // header may hold a version that was never committed.
        let version = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let shadowed = schema::shadowed(&db)?;
        if !shadowed.is_empty() {
            return Err(StoreError::Shadowed(shadowed));
        }
        let is_copy = version < schema_version() && purpose == Purpose::Read;
        if is_copy {
            db = migrated_copy(&db, &path)?;
            begin_read(&db)?;
        } else if version < schema_version() {
            bring_up_to_date(&mut db, &path, version)?;
        }
        if purpose == Purpose::Write {
            prepare_to_write(&db)?;
        }
        let kinds = schema::load_kinds(&db)?;
        Ok(Store {
            is_copy,
            ..Store::new(db, path, kinds)
        })
    }

    /// Creates a notebook with the built-in kinds, and its folder if it is missing.
    ///
    /// The file appears complete or not at all. Only its owner can read it.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when there is a file at `path`.
    pub fn create(path: &Path) -> Result<(), StoreError> {
        let path = absolute(path)?;
        if path.symlink_metadata().is_ok() {
            return Err(StoreError::Exists(path));
        }
        if let Some(folder) = path.parent()
            && !folder.exists()
        {
            private_folder(folder)?;
            // A notebook inside a repository is not committed with it by accident.
            if folder.file_name().is_some_and(|name| name == ".kb") {
                let ignored = folder.join(".gitignore");
                fs::write(&ignored, "*\n").map_err(|e| StoreError::file(&ignored, e))?;
            }
        }
        with_temporary(&path, |temporary| {
            let mut db = connect(temporary)?;
            migrate(&mut db)
        })
    }

    /// Ends the read transaction, if one is open, so that other processes can write.
    fn end_read(&self) {
        if !self.db.is_autocommit() {
            // A read transaction has nothing to lose, so an error does not matter.
            let _ = self.db.execute_batch("COMMIT");
        }
    }

    /// Ends the read transaction and leaks the memory. For use just before the process exits, which
    /// frees it faster.
    pub fn close_fast(self) {
        self.end_read();
        std::mem::forget(self);
    }

    /// Replaces the loaded kinds and discards the SQL built for the old ones.
    pub(in crate::store) fn take_kinds(&mut self, kinds: Kinds) {
        self.inserts.borrow_mut().clear();
        self.selects.borrow_mut().clear();
        self.kinds = kinds;
    }

    /// Makes a notebook opened with [`Purpose::Read`] ready for operations. An older file is
    /// migrated now.
    pub fn into_writable(mut self) -> Result<Store, StoreError> {
        if self.is_copy {
            let store = Store::open(&self.path, Purpose::Write)?;
            return Ok(Store {
                effects: self.effects,
                actor: self.actor,
                command_id: self.command_id,
                ..store
            });
        }
        self.allow_writes()?;
        Ok(self)
    }

    /// Another connection to the content of this notebook, to the file or to a copy in memory.
    pub(in crate::store) fn second_connection(&self) -> Result<Connection, StoreError> {
        if !self.is_copy {
            return connect(&self.path);
        }
        let mut copy = connect_to_memory()?;
        Backup::new(&self.db, &mut copy)?.step(-1)?;
        Ok(copy)
    }

    /// Makes a notebook opened with [`Purpose::Read`] writable for derived data.
    pub(in crate::store) fn allow_writes(&mut self) -> Result<(), StoreError> {
        self.end_read();
        prepare_to_write(&self.db)
    }

    /// The kinds of the notebook, in order.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// The absolute path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Starts the one read transaction of a command: it sees one state and takes its locks once. The
/// page cache holds 24 pages only: reading a page again costs less than touching new memory.
fn begin_read(db: &Connection) -> Result<(), StoreError> {
    db.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = 24; BEGIN")?;
    Ok(())
}

/// The largest older file that is copied to memory to be read, in bytes.
const LARGEST_COPY: u64 = 64 << 20;

/// A copy in memory of an older file, migrated.
fn migrated_copy(db: &Connection, path: &Path) -> Result<Connection, StoreError> {
    let size = fs::metadata(path)
        .map_err(|e| StoreError::file(path, e))?
        .len();
    if size > LARGEST_COPY {
        return Err(StoreError::Older(path.to_owned()));
    }
    let mut copy = connect_to_memory()?;
    Backup::new(db, &mut copy)?.step(-1)?;
    migrate(&mut copy)?;
    Ok(copy)
}

/// Copies an older file to `NAME.schema-VERSION.db` in the same folder, then migrates it.
fn bring_up_to_date(db: &mut Connection, path: &Path, version: i64) -> Result<(), StoreError> {
    let copy = path.with_extension(format!("schema-{version}.db"));
    let copied = match with_temporary(&copy, |temporary| {
        fs::copy(path, temporary)
            .map(drop)
            .map_err(|e| StoreError::file(temporary, e))
    }) {
        // An earlier command kept this copy and then failed to migrate.
        Err(StoreError::Exists(_)) => Ok(()),
        copied => copied,
    };
    copied
        .and_then(|()| migrate(db))
        .map_err(|error| match error {
            StoreError::ReadOnly(_) => StoreError::Foreign {
                path: path.to_owned(),
                why: "its schema is older than this kb and the file is not writable, so it cannot be migrated"
                    .to_owned(),
            },
            other => other,
        })
}

/// Creates a folder and its missing parents, with mode 0700 on Unix.
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
