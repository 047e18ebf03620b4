//! SQLite connections with the settings that every notebook is opened with.
//!
//! docs/design/002-durability.md gives the reasons for the durability settings.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags};

use crate::store::error::StoreError;
use crate::store::fts5::without_statistics;
use crate::text::fold::fold;

/// Opens a connection to an existing file, with the settings of every notebook and the SQL function
/// `kb_fold`.
pub(crate) fn connect(path: &Path) -> Result<Connection, StoreError> {
    without_statistics();
    let db = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    set_up(db)
}

/// Opens an empty database in memory with the same settings.
pub(super) fn connect_to_memory() -> Result<Connection, StoreError> {
    without_statistics();
    set_up(Connection::open_in_memory()?)
}

/// Applies the settings of every notebook.
fn set_up(db: Connection) -> Result<Connection, StoreError> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // Query planner stability guarantee: plans do not depend on bound values, so SQLite never
    // prepares a statement again to look at them.
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

/// Sets a connection up to write: deleted content is overwritten with zeros, and a commit returns
/// only when it is on disk.
pub(super) fn prepare_to_write(db: &Connection) -> Result<(), StoreError> {
    db.execute_batch("PRAGMA query_only = OFF; PRAGMA cache_size = -2000; PRAGMA secure_delete = ON; PRAGMA synchronous = EXTRA")?;
    Ok(())
}
