//! A connection to SQLite with the settings of every notebook; docs/design/002-durability.md gives
//! the reasons.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags};

use crate::store::error::StoreError;
use crate::store::fts5::without_statistics;
use crate::text::fold::fold;

/// A connection with the settings of `trust.md`; docs/design/002-durability.md gives the reasons.
pub(crate) fn connect(path: &Path) -> Result<Connection, StoreError> {
    without_statistics();
    let db = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // The plan of a statement does not depend on what is bound, and no statement is prepared twice to look whether it should.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.execute_batch("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0")?;
    db.create_scalar_function(
        "kb_fold",
        1,
        FunctionFlags::SQLITE_UTF8
            | FunctionFlags::SQLITE_DETERMINISTIC
            | FunctionFlags::SQLITE_DIRECTONLY,
        |context| Ok(context.get_raw(0).as_str_or_null()?.map(fold)),
    )?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

/// The settings of a connection that writes: what is removed is overwritten, and what is committed is on disk.
pub(super) fn prepare_to_write(db: &Connection) -> Result<(), StoreError> {
    db.execute_batch("PRAGMA query_only = OFF; PRAGMA cache_size = -2000; PRAGMA secure_delete = ON; PRAGMA synchronous = EXTRA")?;
    Ok(())
}
