//! Views in place of kb's tables: such a file is not opened as a notebook, so they are read and
//! dropped without one.

use std::path::Path;

use super::connection::connect;
use super::header::check_header;
use crate::store::error::StoreError;
use crate::store::schema::{quote, shadowed};

/// The name and the SQL of each view in place of one of kb's tables.
///
/// # Errors
/// The file is not a notebook.
pub fn shadows(path: &Path) -> Result<Vec<(String, String)>, StoreError> {
    check_header(path)?;
    let db = connect(path)?;
    let sql = |name: String| {
        let query = "SELECT coalesce(sql, '') FROM sqlite_schema WHERE name = ?1";
        let sql = db.query_row(query, [&name], |row| row.get(0))?;
        Ok((name, sql))
    };
    shadowed(&db)?.into_iter().map(sql).collect()
}

/// Drops views by name.
pub fn drop_shadows(path: &Path, views: &[(String, String)]) -> Result<(), StoreError> {
    let db = connect(path)?;
    for (name, _) in views {
        db.execute_batch(&format!("DROP VIEW {}", quote(name)))?;
    }
    Ok(())
}
