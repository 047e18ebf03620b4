//! The version of what is derived for search, stored beside it.

use rusqlite::Connection;

use crate::store::error::StoreError;
use crate::text::meaning;

/// Grows when what is kept beside the full-text index changes its form.
pub(crate) const FORM: &str = "2";

/// Says with what the search index was made.
pub(crate) fn stamp(db: &Connection) -> Result<(), StoreError> {
    let mut put = db.prepare("INSERT OR REPLACE INTO _state (key, value) VALUES (?1, ?2)")?;
    put.execute(("form", FORM))?;
    put.execute(("vectors", meaning::table_name()))?;
    Ok(())
}
