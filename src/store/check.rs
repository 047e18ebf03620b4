//! Checks a notebook file: SQLite's integrity checks, hashes, derived rows, the history and the
//! search index.

use serde_json::Value as Json;

use super::error::StoreError;
use super::file::Store;
use super::index::IndexCheck;
use super::log::Subject;
use super::operation_id::computed;
use super::query::Selection;
use super::rows::{Stored, derived_rows, entry_hash, field_words, hash};
use super::schema;
use crate::model::kinds::{BUILT_IN, FORMER_BUILT_IN};
use crate::model::{Period, Query, Value};
use crate::text::checksum;

/// A fault that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A fault from SQLite's integrity check, a broken foreign key, or a changed setting: a
    /// message.
    File(String),
    /// An entry that does not match its hash or its derived rows: its ref, or `row ID` if it cannot
    /// be read.
    Entry(String),
    /// An operation that does not match its id or has a wrong position: its number.
    History(i64),
    /// A page that does not match its hash: its name.
    Page(String),
    /// The search index does not match the entries.
    Index,
    /// The search index was made by another version of kb. The next search rebuilds it.
    OldIndex,
    /// A table, view or index that kb did not make: its type and name. It is left alone.
    Foreign(String, String),
    /// A trigger that kb did not make: its name.
    Trigger(String),
    /// A kind whose definition is invalid or was changed outside kb: its name and the reason.
    Kind(String, String),
}

/// SQLite page cache during a check, in kibibytes.
const CACHE: i64 = 24 << 10;

/// All faults that a check found; empty for a sound file.
pub type Findings = Vec<Finding>;

impl Store {
    /// The names and the SQL of the triggers that kb did not make.
    pub fn foreign_triggers(&self) -> Result<Vec<(String, String)>, StoreError> {
        schema::foreign_triggers(&self.db)
    }

    /// Drops triggers by name.
    pub fn drop_foreign(&mut self, triggers: &[(String, String)]) -> Result<(), StoreError> {
        for (name, _) in triggers {
            self.db
                .execute_batch(&format!("DROP TRIGGER {}", schema::quote(name)))?;
        }
        Ok(())
    }

    /// Checks the whole file. An empty list means that it is sound.
    ///
    /// # Errors
    /// The file is too damaged to be read to the end.
    pub fn check(&self) -> Result<Findings, StoreError> {
        // Every page is read several times.
        self.db.pragma_update(None, "cache_size", -CACHE)?;
        let mut found = Vec::new();
        for pragma in ["integrity_check", "foreign_key_check"] {
            let mut query = self.db.prepare(&format!("PRAGMA {pragma}"))?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                let text: String = row.get_ref(0)?.as_str().unwrap_or("").to_owned();
                match pragma {
                    "integrity_check" if text == "ok" => {}
                    "integrity_check" => found.push(Finding::File(text)),
                    _ => found.push(Finding::File(format!(
                        "a row of `{text}` refers to a row that does not exist"
                    ))),
                }
            }
        }
        for (name, _) in schema::foreign_triggers(&self.db)? {
            found.push(Finding::Trigger(name));
        }
        for (object, name) in schema::others(&self.db, &self.kinds)? {
            found.push(Finding::Foreign(object, name));
        }
        for (name, why) in self.kinds.broken() {
            found.push(Finding::Kind(name.to_owned(), why.to_owned()));
        }
        let is_old = self.index_is_old()?;
        let index_fits = self.check_entries(is_old, &mut found)?;
        self.check_pages(&mut found)?;
        self.check_history(&mut found)?;
        self.check_against_history(&mut found)?;
        if is_old {
            found.push(Finding::OldIndex);
            return Ok(found);
        }
        // FTS5's integrity check writes nothing but counts as a write, which `query_only` refuses.
        self.db.pragma_update(None, "query_only", false)?;
        if let Err(error) = self.db.execute(
            "INSERT INTO search (search, rank) VALUES ('integrity-check', 1)",
            [],
        ) {
            match StoreError::from(error) {
                StoreError::Index | StoreError::Damaged(_) => found.push(Finding::Index),
                StoreError::ReadOnly(_) => {}
                other => return Err(other),
            }
        } else if !index_fits {
            found.push(Finding::Index);
        }
        Ok(found)
    }

    /// Checks each entry against its hash, its field text, the row in its kind's table, its periods
    /// and, unless the index is old, its derived rows. Returns whether what search keeps of the entries
    /// fits them.
    fn check_entries(&self, is_old: bool, found: &mut Findings) -> Result<bool, StoreError> {
        let mut index = IndexCheck::of(self)?;
        let mut query = self.db.prepare("SELECT id, hash, words FROM entry")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let Ok(Some(stored)) = self.by_id(id) else {
                found.push(Finding::Entry(format!("row {id}")));
                continue;
            };
            let entry = &stored.entry;
            let logged = Json::Object(entry.logged()).to_string();
            let whole = self.kinds.get(&entry.kind).is_none_or(|kind| {
                let sql = format!(
                    "SELECT EXISTS (SELECT 1 FROM {} WHERE entry = ?1)",
                    schema::quote(&kind.name)
                );
                let mut exists = match self.db.prepare_cached(&sql) {
                    Ok(exists) => exists,
                    Err(_) => return false,
                };
                exists.query_row([id], |row| row.get(0)).unwrap_or(false)
            });
            let periods = entry.values.values().all(|value| match value {
                Value::Period(period) => {
                    Period::from_edtf(&period.edtf, &period.text).is_ok_and(|read| read == *period)
                }
                _ => true,
            });
            let words = field_words(entry);
            let sound = entry_hash(&entry.uid, &logged) == row.get::<_, i64>(1)?
                && (is_old || words == row.get_ref(2)?.as_str().unwrap_or(""));
            // An old index is rebuilt from the entries, so that only these matter.
            let fits = is_old || self.derived(id)? == derived_rows(entry, &self.kinds);
            if !(sound && whole && periods && fits) {
                found.push(Finding::Entry(entry.reference()));
            }
            if let Some(check) = &mut index
                && !check.fits(self, &stored, &words)?
            {
                index = None;
            }
        }
        Ok(index.is_some())
    }

    /// The stored rows of an entry in the tables that filters and links search, in the form of
    /// [`derived_rows`].
    fn derived(&self, id: i64) -> Result<Vec<[String; 3]>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT 'topic', fold, name FROM topic WHERE entry = ?1 UNION ALL SELECT 'tag', fold, name FROM tag WHERE entry = ?1
             UNION ALL SELECT 'alias', fold, name FROM alias WHERE entry = ?1 UNION ALL SELECT field, fold, text FROM link WHERE source = ?1
             UNION ALL SELECT '_name', key, '' FROM _name WHERE entry = ?1",
        )?;
        let mut rows: Vec<[String; 3]> = query
            .query_map([id], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?
            .collect::<Result<_, _>>()?;
        rows.sort();
        Ok(rows)
    }

    /// Compares with the history what has no hash of its own: kind definitions and settings.
    fn check_against_history(&self, found: &mut Findings) -> Result<(), StoreError> {
        let mut query = self
            .db
            .prepare("SELECT name, definition, builtin, base FROM kind")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let (name, definition, builtin): (String, String, bool) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let is_of_kb = |definition: &str| {
                let sum = checksum::of_bytes(definition.as_bytes());
                BUILT_IN.contains(&definition) || FORMER_BUILT_IN.contains(&sum.as_str())
            };
            let known = match self.agrees_with_history(&Subject::Kind(name.clone()))? {
                Some(agrees) => agrees,
                None => builtin && is_of_kb(&definition),
            };
            let base: Option<String> = row.get(3)?;
            if base.is_some_and(|base| !is_of_kb(&base)) {
                let why = "the definition of kb that it was made from was changed outside kb";
                found.push(Finding::Kind(name.clone(), why.to_owned()));
            }
            if !known {
                found.push(Finding::Kind(
                    name,
                    "the definition was changed outside kb".to_owned(),
                ));
            }
        }
        for (key, _) in self.settings("")? {
            let known = self.agrees_with_history(&Subject::Setting(key.clone()))?;
            if known != Some(true) {
                found.push(Finding::File(format!(
                    "the setting `{key}` was changed outside kb"
                )));
            }
        }
        Ok(())
    }

    /// Checks the layout of each page against its hash.
    fn check_pages(&self, found: &mut Findings) -> Result<(), StoreError> {
        let mut query = self.db.prepare("SELECT name, layout, hash FROM page")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let (name, layout, expected): (String, String, i64) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            if hash(&[&name, &layout]) != expected {
                found.push(Finding::Page(name));
            }
        }
        Ok(())
    }

    /// Checks each operation and its changes against its id, and that the operations of each
    /// replica are numbered without a gap.
    fn check_history(&self, found: &mut Findings) -> Result<(), StoreError> {
        let mut operations = self.db.prepare("SELECT id, uid FROM operation")?;
        let mut rows = operations.query([])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let is_sound = computed(&self.db, id).is_ok_and(|uid| row.get(1) == Ok(uid));
            if !is_sound {
                found.push(Finding::History(id));
            }
        }
        let mut misnumbered = self.db.prepare(
            "SELECT max(id) FROM operation GROUP BY replica HAVING min(sequence) <> 1 OR max(sequence) <> count(*)
             OR length(replica) < 12 OR replica GLOB '*[^0-9a-f.]*'",
        )?;
        for id in misnumbered.query_map([], |row| row.get(0))? {
            found.push(Finding::History(id?));
        }
        Ok(())
    }

    /// Repairs what can be repaired without loss: rebuilds the views, the rows that filters and links
    /// search, and the search index, and clears the free space of the file.
    /// `progress` is called with the number of entries done and the total.
    pub fn mend(&mut self, progress: &mut dyn FnMut(usize, usize)) -> Result<(), StoreError> {
        self.derive(|store| {
            schema::rebuild_views(&store.db, &store.kinds)?;
            schema::remake_search(&store.db)?;
            store.index_all(progress)
        })?;
        self.compact()
    }

    /// All entries in the order in which they were added, for checks of their content.
    pub fn everything(&self) -> Result<Vec<Stored>, StoreError> {
        self.select(&Selection::of(Query::All))
    }
}
