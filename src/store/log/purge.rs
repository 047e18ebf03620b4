//! Purge: takes values out of the history for good. The one exception to a log that never changes:
//! values become tombstones, their digests stay, and so do the ids of operations.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::record::edit_of;
use super::subject::Subject;
use super::writer::Writer;
use crate::model::layout::{Layout, Role};
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::store::operation_id::{change_digest, command_digest, salt_of};
use crate::store::rows::Stored;

/// What a purge takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purge {
    /// The whole entry.
    Entry,
    /// All values of a field.
    Field(String),
    /// The former values of fields that an entry cannot be without; the present ones stay.
    Former(Vec<String>),
}

/// What a purge found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purged {
    /// The number of changes in the history whose values are gone.
    pub changes: usize,
    /// The pages whose history is gone, because it had the values.
    pub pages: Vec<String>,
    /// The number of attachments removed.
    pub attachments: usize,
}

/// A change in the log and what a purge makes of it.
struct LoggedRow {
    id: i64,
    operation: i64,
    /// The values afterwards; none if they are all gone.
    kept: Option<[Option<String>; 2]>,
}

impl Writer<'_> {
    /// Purges an entry, or a field of it, from the tables and from the history, this operation
    /// included. `present` is the entry, unless it was removed before.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn purge(
        &mut self,
        uid: &str,
        present: Option<&Stored>,
        what: &Purge,
    ) -> Result<Purged, StoreError> {
        // The index is made anew, so that no page of it has a purged word.
        self.begin_bulk()?;
        self.record.purge();
        let subject = Subject::Entry(uid.to_owned());
        let changes = self.store.changes(&subject)?;
        let mut texts = BTreeSet::new();
        for change in &changes {
            for value in [&change.old, &change.new].into_iter().flatten() {
                match (what, change.field.as_str()) {
                    (Purge::Entry, _) => strings(value, &mut texts),
                    (Purge::Field(name), "") => strings(&value[name.as_str()], &mut texts),
                    (Purge::Field(name), field) if field == name => strings(value, &mut texts),
                    (Purge::Former(names), "") => {
                        names
                            .iter()
                            .for_each(|name| strings(&value[name.as_str()], &mut texts));
                    }
                    (Purge::Former(names), field) if names.iter().any(|name| name == field) => {
                        strings(value, &mut texts);
                    }
                    _ => {}
                }
            }
        }
        if let (Purge::Former(names), Some(stored)) = (what, present) {
            let now = stored.entry.logged();
            let mut kept = BTreeSet::new();
            names
                .iter()
                .filter_map(|name| now.get(name))
                .for_each(|value| strings(value, &mut kept));
            texts = &texts - &kept;
        }
        if let Some(stored) = present {
            self.take_from_tables(stored, what, &texts)?;
        }
        let field = match what {
            Purge::Entry => "",
            Purge::Field(name) => name,
            Purge::Former(names) => names.first().map_or("", String::as_str),
        };
        self.record.add_tombstone(&self.store.db, uid, field)?;
        let mut purged = Purged {
            pages: self.purge_pages(uid, what, &texts)?,
            attachments: self.purge_attachments(&texts)?,
            ..Purged::default()
        };
        let now = self.store.state(&subject)?;
        let rows = self
            .store
            .rows_without(&subject, what, now.as_ref(), &texts)?;
        purged.changes = self.bury(&rows)?;
        let operations = rows.iter().map(|row| row.operation).collect();
        self.shorten_commands(&operations, &texts)?;
        self.forget_bases(uid, &texts)?;
        Ok(purged)
    }

    /// Takes what is purged out of the entry as it is now.
    fn take_from_tables(
        &mut self,
        stored: &Stored,
        what: &Purge,
        texts: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let mut after = stored.entry.clone();
        match what {
            Purge::Entry => return self.remove(stored),
            Purge::Former(names) => {
                if names.iter().any(|name| name == "slug") {
                    after.former.clear();
                }
            }
            Purge::Field(name) => {
                match name.as_str() {
                    "body" => after.body.clear(),
                    "topics" => after.topics.clear(),
                    "tags" => after.tags.clear(),
                    "aliases" => after.aliases.clear(),
                    name => drop(after.values.remove(name)),
                }
                after
                    .extra
                    .retain(|key, value| key != name && !mentions(&value.to_string(), texts));
            }
        }
        self.update(stored, &after).map(drop)
    }

    /// Takes the entry off the pages that show what is purged, and purges the history of these
    /// pages.
    fn purge_pages(
        &mut self,
        uid: &str,
        what: &Purge,
        texts: &BTreeSet<String>,
    ) -> Result<Vec<String>, StoreError> {
        let mut pages = Vec::new();
        for name in self.store.pages()? {
            let subject = Subject::Page(name.clone());
            let logged = self.store.logged_text(&subject)?;
            let shows =
                |text: &str| text.contains(uid) && (*what == Purge::Entry || mentions(text, texts));
            let text = self.store.page(&name)?.unwrap_or_default();
            if !shows(&text) && !logged.iter().any(|text| shows(text)) {
                continue;
            }
            if let Ok(mut layout) = serde_json::from_str::<Layout>(&text) {
                layout
                    .pieces
                    .retain(|piece| !matches!(&piece.role, Role::Entry(item) if item.uid == uid));
                if let Ok(text) = layout.stored() {
                    self.put_page(&name, Some(&text))?;
                }
            }
            let rows = self.store.rows_of(&subject)?;
            self.bury(&rows)?;
            pages.push(name);
        }
        Ok(pages)
    }

    /// Removes the attachments that only the purged texts named.
    fn purge_attachments(&mut self, texts: &BTreeSet<String>) -> Result<usize, StoreError> {
        let mut removed = 0;
        for name in self.store.attachments()? {
            let is_named = texts.iter().any(|text| text.contains(&name));
            let sql = "SELECT EXISTS (SELECT 1 FROM entry WHERE instr(body, ?1) OR instr(coalesce(extra, ''), ?1))";
            let is_used: bool = self.store.db.query_row(sql, [&name], |row| row.get(0))?;
            if is_named && !is_used {
                self.store
                    .db
                    .execute("DELETE FROM _attachment WHERE name = ?1", [&name])?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Replaces values in the log by tombstones. Returns how many changes lost values.
    fn bury(&mut self, rows: &[LoggedRow]) -> Result<usize, StoreError> {
        let operations: BTreeSet<i64> = rows.iter().map(|row| row.operation).collect();
        for operation in operations {
            self.give_own_salts(operation)?;
        }
        let db = &self.store.db;
        let mut read = db.prepare_cached(
            "SELECT subject, field, pieces, old, new, salt FROM change WHERE id = ?1 AND digest IS NULL",
        )?;
        let mut write = db.prepare_cached(
            "UPDATE change SET old = ?2, new = ?3, digest = coalesce(digest, ?4), salt = NULL WHERE id = ?1",
        )?;
        for row in rows {
            let digest = read.query_map([row.id], |row| {
                let salt: Option<Vec<u8>> = row.get(5)?;
                let [old, new]: [Option<String>; 2] = [row.get(3)?, row.get(4)?];
                Ok(change_digest(
                    &salt.unwrap_or_default(),
                    row.get_ref(0)?.as_str()?,
                    row.get_ref(1)?.as_str()?,
                    row.get(2)?,
                    [old.as_deref(), new.as_deref()],
                ))
            })?;
            let digest = digest.collect::<Result<Vec<_>, _>>()?.pop();
            let [old, new] = row.kept.clone().unwrap_or_default();
            write.execute((row.id, old, new, digest))?;
        }
        Ok(rows.len())
    }

    /// Gives each change of an operation a salt of its own, and forgets that of the operation, from
    /// which all could be computed.
    fn give_own_salts(&self, operation: i64) -> Result<(), StoreError> {
        let db = &self.store.db;
        let found = db
            .prepare_cached(
                "SELECT salt, command FROM operation WHERE id = ?1 AND salt IS NOT NULL",
            )?
            .query_map([operation], |row| {
                Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, String>(1)?))
            })?
            .collect::<Result<Vec<_>, _>>()?
            .pop();
        // The operation in progress is not in the table; its changes have no values.
        let Some((salt, command)) = found else {
            return Ok(());
        };
        let changes: Vec<i64> = db
            .prepare_cached("SELECT id FROM change WHERE operation = ?1 ORDER BY id")?
            .query_map([operation], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut own = db.prepare_cached("UPDATE change SET salt = ?2 WHERE id = ?1")?;
        for (place, id) in changes.into_iter().enumerate() {
            own.execute((id, salt_of(&salt, place)))?;
        }
        // The verb is all that stays of the command: its words may have been values.
        let verb = command.split(' ').next().unwrap_or_default();
        db.execute(
            "UPDATE operation SET salt = NULL, digest = ?2, command = ?3 WHERE id = ?1",
            (operation, command_digest(&salt, &command), verb),
        )?;
        Ok(())
    }

    /// Shortens the commands of these operations to their verbs, and those that have a purged text.
    fn shorten_commands(
        &self,
        operations: &BTreeSet<i64>,
        texts: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let mut query = self.store.db.prepare("SELECT id, command FROM operation")?;
        let commands: Vec<(i64, String)> = query
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (id, command) in commands {
            if operations.contains(&id) || mentions(&command, texts) {
                self.give_own_salts(id)?;
            }
        }
        Ok(())
    }

    /// Forgets the texts of tracked files that have the entry.
    fn forget_bases(&self, uid: &str, texts: &BTreeSet<String>) -> Result<(), StoreError> {
        for document in self.store.documents("")? {
            let base = document.base.as_deref().unwrap_or_default();
            let text = String::from_utf8_lossy(base);
            if text.contains(uid) || mentions(&text, texts) || mentions(&document.path, texts) {
                let sql = "DELETE FROM _document WHERE path = ?1";
                self.store.db.execute(sql, [document.path])?;
            }
        }
        Ok(())
    }
}

impl Store {
    /// The rows of the log that have what is purged, and what stays of each. `now` is the entry as
    /// it is now.
    fn rows_without(
        &self,
        subject: &Subject,
        what: &Purge,
        now: Option<&Json>,
        texts: &BTreeSet<String>,
    ) -> Result<Vec<LoggedRow>, StoreError> {
        let mut query = self.db.prepare(
            "SELECT id, operation, field, pieces, old, new FROM change WHERE subject = ?1",
        )?;
        let rows = query.query_map([subject.to_string()], |row| {
            let field: String = row.get(2)?;
            let (old, new) = edit_of(row, 3)?.values();
            let kept = match what {
                Purge::Entry => None,
                _ if field.is_empty() => Some(
                    [old, new].map(|value| value.map(|value| without(value, what, now, texts))),
                ),
                Purge::Field(name) if field == *name || field == "extra" => None,
                Purge::Former(names) if names.contains(&field) || field == "former" => None,
                _ => return Ok(None),
            };
            Ok(Some(LoggedRow {
                id: row.get(0)?,
                operation: row.get(1)?,
                kept: kept.map(|values| values.map(|value| value.map(|json| json.to_string()))),
            }))
        })?;
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// All rows of a subject in the log, of which nothing stays.
    fn rows_of(&self, subject: &Subject) -> Result<Vec<LoggedRow>, StoreError> {
        let mut query = self
            .db
            .prepare("SELECT id, operation FROM change WHERE subject = ?1")?;
        let rows = query.query_map([subject.to_string()], |row| {
            Ok(LoggedRow {
                id: row.get(0)?,
                operation: row.get(1)?,
                kept: None,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The texts of a subject in the log.
    fn logged_text(&self, subject: &Subject) -> Result<Vec<String>, StoreError> {
        let mut query = self.db.prepare(
            "SELECT old FROM change WHERE subject = ?1 AND old IS NOT NULL UNION ALL SELECT new FROM change WHERE subject = ?1 AND new IS NOT NULL",
        )?;
        let rows = query.query_map([subject.to_string()], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Writes the file anew, so that no free page has what was removed.
    pub fn compact(&self) -> Result<(), StoreError> {
        Ok(self.db.execute_batch("VACUUM")?)
    }
}

/// A whole entry in the log without what is purged.
fn without(entry: Json, what: &Purge, now: Option<&Json>, texts: &BTreeSet<String>) -> Json {
    let Json::Object(mut map) = entry else {
        return entry;
    };
    match what {
        Purge::Entry => map.clear(),
        Purge::Field(name) => {
            map.remove(name);
            if let Some(Json::Object(extra)) = map.get_mut("extra") {
                extra.retain(|key, value| key != name && !mentions(&value.to_string(), texts));
            }
            if map
                .get("extra")
                .is_some_and(|extra| *extra == Json::Object(Map::new()))
            {
                map.remove("extra");
            }
        }
        Purge::Former(names) => {
            map.remove("former");
            for name in names {
                let present = now.and_then(|now| now.get(name)).cloned();
                map.insert(name.to_owned(), present.unwrap_or_default());
            }
        }
    }
    Json::Object(map)
}

/// Adds the texts in a value that are long enough to be told from others.
fn strings(value: &Json, texts: &mut BTreeSet<String>) {
    match value {
        Json::String(text) if text.chars().count() > 3 => drop(texts.insert(text.clone())),
        Json::Array(items) => items.iter().for_each(|item| strings(item, texts)),
        Json::Object(map) => map.values().for_each(|item| strings(item, texts)),
        _ => {}
    }
}

/// Whether a text has one of the purged texts, as it is or as JSON writes it.
fn mentions(text: &str, purged: &BTreeSet<String>) -> bool {
    purged.iter().any(|purged| {
        let json = Json::from(purged.as_str()).to_string();
        text.contains(purged.as_str()) || text.contains(json.trim_matches('"'))
    })
}
