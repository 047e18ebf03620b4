//! Reads settings, page layouts and kind definitions: rows that hold one text each.

use rusqlite::OptionalExtension;

use crate::store::error::StoreError;
use crate::store::file::Store;

impl Store {
    /// The value of a setting; `None` if it is not set.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        let mut query = self
            .db
            .prepare_cached("SELECT value FROM setting WHERE key = ?1")?;
        Ok(query.query_row([key], |row| row.get(0)).optional()?)
    }

    /// Key and value of all settings whose key starts with `prefix`, sorted by key.
    pub fn settings(&self, prefix: &str) -> Result<Vec<(String, String)>, StoreError> {
        let mut query = self
            .db
            .prepare("SELECT key, value FROM setting WHERE substr(key, 1, ?2) = ?1 ORDER BY key")?;
        let rows = query.query_map((prefix, prefix.chars().count()), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The layout of a page as JSON; `None` for an unknown page.
    pub fn page(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .db
            .query_row("SELECT layout FROM page WHERE name = ?1", [name], |row| {
                row.get(0)
            })
            .optional()?)
    }

    /// The names of all pages, in the order in which they were first imported.
    pub fn pages(&self) -> Result<Vec<String>, StoreError> {
        let mut query = self.db.prepare("SELECT name FROM page ORDER BY rowid")?;
        Ok(query
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    /// The built-in kinds: name, definition, and the definition of kb from which it was made, if that
    /// is known.
    pub fn built_in_kinds(&self) -> Result<Vec<(String, String, Option<String>)>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT name, definition, base FROM kind WHERE builtin = 1 ORDER BY ordinal",
        )?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Notes from which definition of kb that of a built-in kind was made. It belongs to this copy
    /// of the notebook and is not logged.
    pub fn put_base(&self, name: &str, base: &str) -> Result<(), StoreError> {
        self.db
            .execute("UPDATE kind SET base = ?2 WHERE name = ?1", (name, base))?;
        Ok(())
    }

    /// The definition of a kind as TOML; `None` for an unknown kind.
    pub fn definition(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .db
            .query_row(
                "SELECT definition FROM kind WHERE name = ?1",
                [name],
                |row| row.get(0),
            )
            .optional()?)
    }
}
