//! Writes the definitions of kinds, with their tables and their order.

use rusqlite::OptionalExtension;
use serde_json::Value as Json;

use super::subject::Subject;
use super::writer::Writer;
use crate::model::Kind;
use crate::model::kinds::BUILT_IN;
use crate::store::error::StoreError;
use crate::store::schema::{self, Origin};

/// The field of a kind that holds its place among the others.
pub(super) const PLACE: &str = "ordinal";

impl Writer<'_> {
    /// Sets the definition of a kind; `None` removes the kind. Existing entries must already fit
    /// the new definition.
    ///
    /// # Errors
    /// The definition is invalid, or the file cannot be written.
    pub fn put_kind(&mut self, name: &str, definition: Option<&str>) -> Result<(), StoreError> {
        let db = &self.store.db;
        let old: Option<String> = db
            .query_row(
                "SELECT definition FROM kind WHERE name = ?1",
                [name],
                |row| row.get(0),
            )
            .optional()?;
        if old.as_deref() == definition {
            return Ok(());
        }
        let read = |toml: &str| {
            Kind::read(toml).map_err(|problems| {
                StoreError::Damaged(format!("kind `{name}`: {}", problems.join("; ")))
            })
        };
        match (&old, definition) {
            (None, Some(toml)) => {
                let origin = if BUILT_IN.contains(&toml) {
                    Origin::BuiltIn
                } else {
                    Origin::User
                };
                schema::insert_kind(db, &read(toml)?, toml, origin)?;
            }
            (Some(before), Some(toml)) => {
                let kind = read(toml)?;
                schema::change_table(db, &read(before)?, &kind)?;
                db.execute(
                    "UPDATE kind SET plural = ?2, definition = ?3 WHERE name = ?1",
                    (name, &kind.plural, toml),
                )?;
            }
            (Some(_), None) => {
                self.log_place(name)?;
                let db = &self.store.db;
                schema::drop_views(db)?;
                db.execute_batch(&format!("DROP TABLE {}", schema::quote(name)))?;
                db.execute("DELETE FROM kind WHERE name = ?1", [name])?;
            }
            (None, None) => return Ok(()),
        }
        let kinds = schema::load_kinds(&self.store.db)?;
        self.store.take_kinds(kinds);
        schema::rebuild_views(&self.store.db, &self.store.kinds)?;
        self.log_text(&Subject::Kind(name.to_owned()), old.as_deref(), definition)
    }

    /// Logs the place of a kind among the others that is about to be removed.
    fn log_place(&mut self, name: &str) -> Result<(), StoreError> {
        let sql = "SELECT ordinal FROM kind WHERE name = ?1";
        let ordinal: i64 = self.store.db.query_row(sql, [name], |row| row.get(0))?;
        let subject = Subject::Kind(name.to_owned()).to_string();
        self.log(&subject, PLACE, Some(Json::from(ordinal)), None)
    }

    /// Puts a kind that was removed back in its place among the others.
    pub(super) fn put_place(&mut self, name: &str, ordinal: i64) -> Result<(), StoreError> {
        self.order_kinds(std::iter::once((name, ordinal)))?;
        let subject = Subject::Kind(name.to_owned()).to_string();
        self.log(&subject, PLACE, None, Some(Json::from(ordinal)))
    }

    /// Sets the places of kinds among the others.
    pub(super) fn order_kinds<'k>(
        &mut self,
        places: impl Iterator<Item = (&'k str, i64)>,
    ) -> Result<(), StoreError> {
        for place in places {
            let sql = "UPDATE kind SET ordinal = ?2 WHERE name = ?1";
            self.store.db.execute(sql, place)?;
        }
        let kinds = schema::load_kinds(&self.store.db)?;
        self.store.take_kinds(kinds);
        Ok(())
    }
}
