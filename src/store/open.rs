//! Opening, creating and migrating a notebook file, and the settings of every connection.

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags};

use super::{Store, StoreError, index, tables};
use crate::model::{Kind, Kinds, kinds::BUILT_IN};
use crate::text::fold::fold;

/// `kbnb` in the header of the file.
const APPLICATION_ID: i32 = 0x6b62_6e62;
/// The migrations in order; the schema version is their count.
const MIGRATIONS: [&str; 4] = [
    include_str!("../../migrations/001_core.sql"),
    include_str!("../../migrations/002_search.sql"),
    include_str!("../../migrations/003_attachments.sql"),
    include_str!("../../migrations/004_word_forms.sql"),
];

/// What a notebook is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Nothing is written, not even by a migration.
    Read,
    /// Something may be written.
    Write,
}

impl Store {
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
        let kinds = tables::load_kinds(&db)?;
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
}

/// Keeps a copy of an older file beside it and migrates it.
fn bring_up_to_date(db: &mut Connection, path: &Path, version: i64) -> Result<(), StoreError> {
    let copy = path.with_extension(format!("schema-{version}.db"));
    let copied = match with_temporary(&copy, |temporary| fs::copy(path, temporary).map(drop).map_err(|e| StoreError::file(temporary, e))) {
        // Kept by a command that did not get further.
        Err(StoreError::Exists(_)) => Ok(()),
        copied => copied,
    };
    copied.and_then(|()| migrate(db)).map_err(|error| match error {
        StoreError::ReadOnly(_) => {
            StoreError::Foreign { path: path.to_owned(), why: "it is older than this kb, and may not be written to bring it up to date".to_owned() }
        }
        other => other,
    })
}

/// The schema version that this program writes.
pub fn schema_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Makes a file under a temporary name beside its place, then links it there; never replaces a file.
pub fn with_temporary(path: &Path, make: impl FnOnce(&Path) -> Result<(), StoreError>) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or(PathBuf::from("."), Path::to_owned);
    let temporary = tempfile::Builder::new().prefix(".kb-new-").suffix(".db").tempfile_in(&folder).map_err(|e| StoreError::file(&folder, e))?;
    make(temporary.path())?;
    let file = File::open(temporary.path()).map_err(|e| StoreError::file(path, e))?;
    file.sync_all().map_err(|e| StoreError::file(path, e))?;
    match fs::hard_link(temporary.path(), path) {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => return Err(StoreError::Exists(path.to_owned())),
        // A file system without hard links: a rename that may not replace.
        Err(_) => drop(temporary.persist_noclobber(path).map_err(|e| StoreError::file(path, e.error))?),
    }
    let opened = File::open(&folder).map_err(|e| StoreError::file(&folder, e))?;
    opened.sync_all().map_err(|e| StoreError::file(&folder, e))
}

fn private_folder(folder: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|e| StoreError::file(folder, e))
}

fn absolute(path: &Path) -> Result<PathBuf, StoreError> {
    std::path::absolute(path).map_err(|e| StoreError::file(path, e))
}

/// Looks at the file without SQLite, so that what is no notebook, or is newer, is never altered.
fn check_header(path: &Path) -> Result<(), StoreError> {
    let foreign = |why: &str| StoreError::Foreign { path: path.to_owned(), why: why.to_owned() };
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(StoreError::Missing(path.to_owned())),
        Err(e) => return Err(StoreError::file(path, e)),
    };
    if meta.is_dir() {
        return Err(foreign("it is a folder"));
    }
    if !meta.is_file() {
        return Err(foreign("it is not a regular file"));
    }
    let mut header = [0u8; 100];
    let mut file = OpenOptions::new().read(true).open(path).map_err(|e| StoreError::file(path, e))?;
    match file.read_exact(&mut header) {
        Ok(()) => {}
        Err(_) if meta.len() == 0 => return Err(foreign("it is empty")),
        Err(_) => return Err(foreign("it is too short")),
    }
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(foreign("it is not an SQLite file"));
    }
    let word = |at: usize| i32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    if word(68) != APPLICATION_ID {
        return Err(foreign("it is an SQLite file of another program"));
    }
    let found = i64::from(word(60));
    let known = schema_version();
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    Ok(())
}

/// A connection with the settings of `trust.md`; docs/design/002-durability.md gives the reasons.
pub fn connect(path: &Path) -> Result<Connection, StoreError> {
    super::fts5::without_statistics();
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // The plan of a statement does not depend on what is bound, and no statement is prepared twice to look whether it should.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.execute_batch("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0")?;
    db.create_scalar_function("kb_fold", 1, FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY, |context| {
        Ok(context.get_raw(0).as_str_or_null()?.map(fold))
    })?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

/// The settings of a connection that writes: what is removed is overwritten, and what is committed is on disk.
pub fn prepare_to_write(db: &Connection) -> Result<(), StoreError> {
    db.execute_batch("PRAGMA query_only = OFF; PRAGMA cache_size = -2000; PRAGMA secure_delete = ON; PRAGMA synchronous = EXTRA")?;
    Ok(())
}

/// Brings a file to the newest schema in one transaction.
fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    prepare_to_write(db)?;
    let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let applied = usize::try_from(version).unwrap_or(0);
    for sql in MIGRATIONS.iter().skip(applied) {
        transaction.execute_batch(sql)?;
    }
    if applied == 0 {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        let mut machine = [0; 6];
        getrandom::fill(&mut machine).map_err(|e| StoreError::Random(e.to_string()))?;
        let machine: String = machine.iter().map(|byte| format!("{byte:02x}")).collect();
        transaction.execute("INSERT INTO setting (key, value) VALUES ('machine', ?1)", [machine])?;
        for toml in BUILT_IN {
            let kind = Kind::read(toml).map_err(|problems| StoreError::Damaged(problems.join("; ")))?;
            tables::insert_kind(&transaction, &kind, toml, true)?;
        }
    }
    let kinds: Kinds = tables::load_kinds(&transaction)?;
    tables::rebuild_views(&transaction, &kinds)?;
    tables::make_triggers(&transaction)?;
    transaction.pragma_update(None, "user_version", schema_version())?;
    if applied == 0 {
        // There is nothing to index yet, so that the index is in step.
        index::stamp(&transaction)?;
    }
    transaction.commit()?;
    Ok(())
}
