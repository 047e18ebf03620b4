//! The version stamp of the search index, stored in the notebook.

use rusqlite::Connection;

use crate::store::error::StoreError;
use crate::text::meaning;

/// Version of the tables stored besides the full-text index, and of the folded names that filters
/// compare; incremented when their format changes.
pub(crate) const FORM: &str = "5";

/// Records the format version and the vector table with which the search index was built.
pub(crate) fn stamp(db: &Connection) -> Result<(), StoreError> {
    let mut put = db.prepare("INSERT OR REPLACE INTO _state (key, value) VALUES (?1, ?2)")?;
    put.execute(("form", FORM))?;
    put.execute(("vectors", meaning::table_name()))?;
    Ok(())
}
