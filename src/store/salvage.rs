//! Salvage: copies what can still be read of a damaged notebook to a new one.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use serde_json::{Map, Value as Json};

use super::error::StoreError;
use super::file::{Purpose, Store};
use super::log::{Subject, WriteMode, Writer, edit_of, put};
use super::rows::{COLUMNS, entry_hash, from_row};
use super::schema;
use crate::model::kinds::BUILT_IN;
use crate::model::{Clock, Entry, Kind, Kinds};

/// What a salvage copied and lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Salvaged {
    /// Number of entries that match their hash or were restored from the history.
    pub whole: usize,
    /// Refs of entries that were copied although they do not match their hash.
    pub doubtful: Vec<String>,
    /// Entries that could not be copied (refs) or read (`row ID`).
    pub lost: Vec<String>,
    /// Number of pages copied.
    pub pages: usize,
    /// Number of settings copied.
    pub settings: usize,
    /// Number of entries whose row could not be read and that were restored from the history.
    pub restored: usize,
    /// Number of operations in the history that could be read. The history itself is not copied.
    pub operations: usize,
}

/// Copies everything readable from a damaged file to a new notebook. The damaged file is not
/// modified.
///
/// An entry is read from its row. If the row does not match its hash, the entry is restored from
/// its changes in the history, if possible. An entry without a readable row is restored from the
/// history too, unless it was removed. `actor` is who does all this.
///
/// # Errors
/// [`StoreError::Exists`] when `to` exists. An SQLite error when `damaged` cannot be opened.
pub fn salvage(
    damaged: &Path,
    to: &Path,
    clock: &Clock,
    actor: &str,
) -> Result<Salvaged, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(damaged, flags)?;
    db.execute_batch("PRAGMA writable_schema = ON").ok();
    Store::create(to)?;
    let mut new = Store::open(to, Purpose::Write)?;
    actor.clone_into(&mut new.actor);
    let mut old = Store::new(db, damaged.to_owned(), Kinds::default());
    let definitions = old.definitions();
    old.take_kinds(schema::load_kinds(&old.db).unwrap_or_else(|_| declared(&definitions)));
    let (salvaged, _) = new.write(
        "salvage",
        clock,
        WriteMode::Commit,
        |writer| -> Result<Salvaged, StoreError> {
            for (name, definition) in &definitions {
                writer.put_kind(name, Some(definition))?;
            }
            let mut salvaged = Salvaged::default();
            let (mut seen, mut unreadable) = (BTreeSet::new(), Vec::new());
            for id in old.row_ids() {
                match old.salvage_row(id) {
                    Some((entry, sound)) if !seen.contains(&entry.uid) => {
                        let from_history = if sound {
                            None
                        } else {
                            old.last_logged(&entry.uid)
                        };
                        let reference = entry.reference();
                        let whole = sound || from_history.is_some();
                        seen.insert(entry.uid.clone());
                        if !put_entry(writer, from_history.unwrap_or(entry)) {
                            salvaged.lost.push(reference);
                        } else if whole {
                            salvaged.whole += 1;
                        } else {
                            salvaged.doubtful.push(reference);
                        }
                    }
                    Some(_) => {}
                    None => unreadable.push(format!("row {id}")),
                }
            }
            for uid in old.logged_uids() {
                if !seen.contains(&uid)
                    && let Some(entry) = old.last_logged(&uid)
                {
                    let reference = entry.reference();
                    seen.insert(uid);
                    if put_entry(writer, entry) {
                        salvaged.restored += 1;
                        salvaged.whole += 1;
                    } else {
                        salvaged.lost.push(reference);
                    }
                }
            }
            // Each row that cannot be read is an entry. The history may have all of them.
            if unreadable.len() > salvaged.restored {
                salvaged.lost.append(&mut unreadable);
            }
            for (key, value) in old.settings("").unwrap_or_default() {
                writer.put_setting(&key, Some(&value))?;
                salvaged.settings += 1;
            }
            salvaged.operations = old
                .column("SELECT id FROM operation ORDER BY id", |row| {
                    row.get::<_, i64>(0)
                })
                .len();
            for name in old.pages().unwrap_or_default() {
                if let Ok(Some(layout)) = old.page(&name) {
                    writer.put_page(&name, Some(&layout))?;
                    salvaged.pages += 1;
                }
            }
            for name in old.attachments().unwrap_or_default() {
                if let Ok(Some(content)) = old.attachment(&name) {
                    writer.put_attachment(&content)?;
                }
            }
            Ok(salvaged)
        },
    )?;
    Ok(salvaged)
}

/// Copies an entry; returns whether it could be. A kind whose definition is lost has no table for its
/// entries.
fn put_entry(writer: &mut Writer<'_>, entry: Entry) -> bool {
    let has_kind = writer.store().kinds().name(&entry.kind).is_some();
    has_kind && writer.create(entry).is_ok()
}

/// The built-in kinds, and those with these definitions.
fn declared(definitions: &[(String, String)]) -> Kinds {
    let own = definitions.iter().map(|(_, toml)| toml.as_str());
    let built_in = BUILT_IN.iter().copied().filter(|toml| {
        let kind = Kind::read(toml);
        kind.is_ok_and(|kind| definitions.iter().all(|(name, _)| *name != kind.name))
    });
    Kinds::declared(built_in.chain(own).filter_map(|toml| {
        let kind = Kind::read(toml).ok()?;
        Some((kind.name, kind.plural, toml.to_owned()))
    }))
}

impl Store {
    /// The definitions of kinds that can be read, by name: from the table, else from the history.
    fn definitions(&self) -> Vec<(String, String)> {
        let mut names: Vec<String> =
            self.column("SELECT name FROM kind ORDER BY ordinal", |row| row.get(0));
        let logged = "SELECT DISTINCT substr(subject, 6) FROM change WHERE subject GLOB 'kind/*' ORDER BY id";
        for name in self.column::<String>(logged, |row| row.get(0)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let of_name = |name: String| {
            let stored = self.definition(&name).ok().flatten();
            let toml = stored.or_else(|| self.last_definition(&name))?;
            Kind::read(&toml).is_ok().then_some((name, toml))
        };
        names.into_iter().filter_map(of_name).collect()
    }

    /// The definition of a kind after its last change in the history.
    fn last_definition(&self, name: &str) -> Option<String> {
        let sql = "SELECT pieces, old, new FROM change WHERE subject = 'kind/' || ?1 AND field = '' ORDER BY id";
        let mut query = self.db.prepare(sql).ok()?;
        let edits = query.query_map([name], |row| edit_of(row, 0)).ok()?;
        let mut text: Option<Json> = None;
        for edit in edits.map_while(Result::ok) {
            text = edit.apply(text.as_ref()).unwrap_or(edit.values().1);
        }
        text?.as_str().map(str::to_owned)
    }

    /// The first column of a query, up to the first row that cannot be read.
    fn column<T>(
        &self,
        sql: &str,
        read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Vec<T> {
        let Ok(mut query) = self.db.prepare(sql) else {
            return Vec::new();
        };
        query
            .query_map([], |row| read(row))
            .map_or_else(|_| Vec::new(), |rows| rows.map_while(Result::ok).collect())
    }

    /// All row ids that can still be read from the table `entry`, its indexes or the table `topic`.
    /// Each is read from both ends, because a damaged page in the middle stops a scan.
    fn row_ids(&self) -> BTreeSet<i64> {
        [
            "SELECT id FROM entry NOT INDEXED",
            "SELECT id FROM entry NOT INDEXED ORDER BY id DESC",
            "SELECT id FROM entry ORDER BY uid",
            "SELECT id FROM entry ORDER BY uid DESC",
            "SELECT id FROM entry ORDER BY kind, slug",
            "SELECT DISTINCT entry FROM topic",
        ]
        .into_iter()
        .flat_map(|sql| self.column(sql, |row| row.get(0)))
        .collect()
    }

    /// The uids of all entries that the readable part of the history names.
    fn logged_uids(&self) -> BTreeSet<String> {
        [
            "SELECT subject FROM change NOT INDEXED ORDER BY id",
            "SELECT subject FROM change NOT INDEXED ORDER BY id DESC",
            "SELECT DISTINCT subject FROM change ORDER BY subject",
        ]
        .into_iter()
        .flat_map(|sql| self.column(sql, |row| row.get::<_, String>(0)))
        .filter_map(|subject| match Subject::read(&subject) {
            Subject::Entry(uid) => Some(uid),
            _ => None,
        })
        .collect()
    }

    /// An entry by row id, and whether it matches its hash; `None` if its row cannot be read.
    fn salvage_row(&self, id: i64) -> Option<(Entry, bool)> {
        let sql = format!("SELECT {COLUMNS}, e.hash FROM entry AS e WHERE e.id = ?1");
        let mut query = self.db.prepare_cached(&sql).ok()?;
        let (mut stored, expected) = query
            .query_row([id], |row| {
                Ok((from_row(row, &[])?, row.get::<_, i64>(16)?))
            })
            .ok()?;
        let complete = self.complete(&mut stored).is_ok();
        let logged = Json::Object(stored.entry.logged()).to_string();
        let sound = complete && entry_hash(&stored.entry.uid, &logged) == expected;
        Some((stored.entry, sound))
    }

    /// The entry rebuilt from its changes in the history; `None` if it was removed or they cannot
    /// be read.
    fn last_logged(&self, uid: &str) -> Option<Entry> {
        // Without the table of operations, which may be damaged too.
        let mut query = self
            .db
            .prepare(
                "SELECT field, pieces, old, new FROM change WHERE subject = ?1
                 AND (field = '' OR digest IS NULL OR old IS NOT NULL OR new IS NOT NULL) ORDER BY id",
            )
            .ok()?;
        let rows = query
            .query_map([uid], |row| {
                Ok((row.get::<_, String>(0)?, edit_of(row, 1)?))
            })
            .ok()?;
        let mut state: Option<Map<String, Json>> = None;
        for change in rows {
            let (field, edit) = change.ok()?;
            match (&mut state, field.as_str()) {
                (state, "") => {
                    *state = match edit.values().1 {
                        Some(Json::Object(map)) => Some(map),
                        _ => None,
                    };
                }
                (Some(map), field) => {
                    let new = edit.apply(map.get(field)).ok()?;
                    put(map, field, new);
                }
                (None, _) => {}
            }
        }
        state.map(|map| Entry::from_logged(uid, map, &self.kinds))
    }
}
