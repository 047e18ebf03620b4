//! Purge: takes values out of the history for good. The one exception to a log that never changes:
//! values become tombstones, their digests stay, and so do the ids of operations.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use rusqlite::OptionalExtension;
use serde_json::{Map, Value as Json};

use super::record::edit_of;
use super::subject::Subject;
use super::writer::Writer;
use crate::model::Query;
use crate::model::kind::CORE;
use crate::model::layout::Layout;
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::store::operation_id::{change_digest, command_digest, form_of, salt_of};
use crate::store::query::Selection;
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
    /// Where else the same values are: refs of entries, uids of removed ones, `setting/KEY`.
    pub elsewhere: Vec<String>,
}

impl Purged {
    /// Adds what another purge found.
    pub fn add(&mut self, other: Purged) {
        self.changes += other.changes;
        self.attachments += other.attachments;
        self.pages.extend(other.pages);
        self.elsewhere.extend(other.elsewhere);
    }
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
        // The index is rebuilt, so that no page of it has a purged word.
        self.begin_bulk()?;
        self.record.purge();
        let subject = Subject::Entry(uid.to_owned());
        let changes = self.store.changes(&subject)?;
        let mut texts = BTreeSet::new();
        for change in &changes {
            for value in [&change.old, &change.new].into_iter().flatten() {
                collect(what, &change.field, value, &mut texts);
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
            ..Purged::default()
        };
        let now = self.store.state(&subject)?;
        let rows = self
            .store
            .rows_without(&subject, what, now.as_ref(), &texts)?;
        let commands = self.store.commands_of(&rows)?;
        purged.changes = self.bury(&rows)?;
        let links = self.store.links_with(uid, what, &texts)?;
        self.bury(&links)?;
        let settings = self.store.removed_settings_with(&texts)?;
        self.bury(&settings)?;
        self.shorten_commands(&texts, &commands)?;
        purged.attachments = self.purge_attachments()?;
        self.store
            .forget_texts(&|text| text.contains(uid) || has_word_of(text, &texts))?;
        purged.elsewhere = self.store.elsewhere(uid, &texts)?;
        Ok(purged)
    }

    /// Purges a setting, also one that was removed before. Returns the number of changes in the history
    /// whose values are gone.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn purge_setting(&mut self, key: &str) -> Result<usize, StoreError> {
        let subject = Subject::Setting(key.to_owned());
        let texts: BTreeSet<String> = self.store.logged_text(&subject)?.into_iter().collect();
        if texts.is_empty() {
            return Ok(0);
        }
        let rows = self
            .store
            .db
            .prepare("SELECT id, operation FROM change WHERE subject = ?1")?
            .query_map([subject.to_string()], |row| {
                Ok(LoggedRow {
                    id: row.get(0)?,
                    operation: row.get(1)?,
                    kept: None,
                })
            })?
            .collect::<Result<Vec<_>, _>>()?;
        self.record.purge();
        self.put_setting(key, None)?;
        let subject = subject.to_string();
        self.record.add_tombstone(&self.store.db, &subject, "")?;
        let commands = self.store.commands_of(&rows)?;
        let changes = self.bury(&rows)?;
        self.shorten_commands(&texts, &commands)?;
        Ok(changes)
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
                after.extra = left(&after.extra, name, texts);
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
                layout.forget(uid);
                if let Ok(text) = layout.stored() {
                    self.put_page(&name, Some(&text))?;
                }
            }
            let rows = self
                .store
                .rows_without(&subject, &Purge::Entry, None, texts)?;
            self.bury(&rows)?;
            pages.push(name);
        }
        Ok(pages)
    }

    /// Removes the attachments that nothing names any more, neither an entry nor a change in the history,
    /// with which an entry may come back.
    fn purge_attachments(&mut self) -> Result<usize, StoreError> {
        let mut removed = 0;
        for name in self.store.attachments()? {
            let sql = "SELECT EXISTS (SELECT 1 FROM entry WHERE instr(body, ?1) OR instr(coalesce(extra, ''), ?1))
                OR EXISTS (SELECT 1 FROM change WHERE subject NOT GLOB 'attachment/*'
                  AND (instr(coalesce(old, ''), ?1) OR instr(coalesce(new, ''), ?1)))";
            let is_named: bool = self.store.db.query_row(sql, [&name], |row| row.get(0))?;
            if !is_named {
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
            let digest = read.query_row([row.id], |row| {
                let salt: Option<Vec<u8>> = row.get(5)?;
                let [old, new]: [Option<String>; 2] = [row.get(3)?, row.get(4)?];
                Ok(change_digest(
                    &salt.unwrap_or_default(),
                    row.get_ref(0)?.as_str()?,
                    row.get_ref(1)?.as_str()?,
                    form_of(row, 2)?,
                    [old.as_deref(), new.as_deref()],
                ))
            });
            let digest = digest.optional()?;
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
            .query_row([operation], |row| {
                Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, String>(1)?))
            })
            .optional()?;
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

    /// Shortens the commands that have a purged text, or a word of one that no entry has any more, and
    /// these, to their verbs. A command may have made more than one operation.
    fn shorten_commands(
        &self,
        texts: &BTreeSet<String>,
        purged: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let mut query = self.store.db.prepare("SELECT id, command FROM operation")?;
        let commands: Vec<(i64, String)> = query
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let mut lost: BTreeSet<String> = texts.iter().flat_map(|text| words_of(text)).collect();
        // The words of the command line tell nothing.
        lost.retain(|word| word != "where" && !CORE.contains(&word.as_str()));
        for kind in self.store.kinds().iter() {
            lost.remove(&kind.name);
            lost.remove(&kind.plural);
            for field in &kind.fields {
                lost.remove(&field.name);
            }
        }
        self.store.for_each(&Selection::of(Query::All), |stored| {
            let mut said = BTreeSet::new();
            stored
                .entry
                .logged()
                .values()
                .for_each(|value| strings(value, &mut said));
            for word in said.iter().flat_map(|text| words_of(text)) {
                lost.remove(&word);
            }
            match lost.is_empty() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
        for (id, command) in commands {
            if mentions(&command, texts)
                || purged.contains(&command)
                || words_of(&command).any(|word| lost.contains(&word))
            {
                self.give_own_salts(id)?;
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
                // Left-over values without anything that is purged stay.
                Purge::Field(name) if field == "extra" => {
                    let is_clean = |value: &Json| {
                        let map = value.as_object();
                        map.is_some_and(|map| left(map, name, texts) == *map)
                    };
                    if [&old, &new].into_iter().flatten().all(is_clean) {
                        return Ok(None);
                    }
                    None
                }
                Purge::Field(name) if field == *name => None,
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

    /// The changes in the log of the links of an entry that a purged text has.
    fn links_with(
        &self,
        uid: &str,
        what: &Purge,
        texts: &BTreeSet<String>,
    ) -> Result<Vec<LoggedRow>, StoreError> {
        let mut query = self
            .db
            .prepare("SELECT id, operation, coalesce(new, '{}'), coalesce(old, '{}') FROM change WHERE subject = ?1")?;
        let rows = query.query_map([Subject::Links(uid.to_owned()).to_string()], |row| {
            let [new, old]: [String; 2] = [row.get(2)?, row.get(3)?];
            let maps = [new, old].map(|text| serde_json::from_str::<Map<String, Json>>(&text));
            let mut links = maps.iter().flatten().flat_map(Map::keys);
            let is_purged = *what == Purge::Entry
                || links.any(|link| texts.iter().any(|text| text.contains(link)));
            Ok(is_purged.then_some(LoggedRow {
                id: row.get(0)?,
                operation: row.get(1)?,
                kept: None,
            }))
        })?;
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// The commands whose operations have some changes.
    fn commands_of(&self, rows: &[LoggedRow]) -> Result<BTreeSet<String>, StoreError> {
        let mut command = self
            .db
            .prepare_cached("SELECT command FROM operation WHERE id = ?1")?;
        let mut commands = BTreeSet::new();
        for row in rows {
            let found = command.query_row([row.operation], |row| row.get(0));
            commands.extend(found.optional()?);
        }
        Ok(commands)
    }

    /// The uids of the removed entries that were merged into an entry.
    pub fn merged_into(&self, uid: &str) -> Result<Vec<String>, StoreError> {
        let mut query = self.db.prepare(
            "SELECT DISTINCT gone.subject, operation.command FROM change AS own
             JOIN change AS gone ON gone.operation = own.operation JOIN operation ON operation.id = own.operation
             WHERE own.subject = ?1 AND gone.subject <> ?1 AND gone.field = '' AND gone.old IS NOT NULL AND gone.new IS NULL
               AND gone.subject NOT GLOB '*/*' AND NOT EXISTS (SELECT 1 FROM entry WHERE uid = gone.subject)",
        )?;
        let rows = query.query_map([uid], |row| {
            let command: String = row.get(1)?;
            let is_merge = command.split(' ').any(|word| word == "merge");
            Ok(is_merge.then_some(row.get(0)?))
        })?;
        let found: Vec<Option<String>> = rows.collect::<Result<_, _>>()?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Where else the purged texts are: entries, by ref or uid, and settings, by key.
    fn elsewhere(&self, uid: &str, texts: &BTreeSet<String>) -> Result<Vec<String>, StoreError> {
        let mut found = BTreeSet::new();
        let mut query = self.db.prepare(
            "SELECT subject, coalesce(old, '') || ' ' || coalesce(new, '') FROM change WHERE subject <> ?1 AND subject NOT GLOB 'links/*'",
        )?;
        let mut rows = query.query([uid])?;
        while let Some(row) = rows.next()? {
            if mentions(row.get_ref(1)?.as_str().unwrap_or_default(), texts) {
                found.insert(row.get::<_, String>(0)?);
            }
        }
        let mut names = Vec::new();
        for subject in found {
            names.push(match Subject::read(&subject) {
                Subject::Entry(uid) => match self.by_uid(&uid)? {
                    Some(stored) => stored.entry.reference(),
                    None => uid,
                },
                // One that no entry names any more is gone; another entry has its own.
                Subject::Attachment(name) => {
                    names.extend(self.attached_to(&name)?);
                    continue;
                }
                // The history of a removed setting is gone.
                Subject::Setting(key) if self.setting(&key)?.is_none() => continue,
                _ => subject,
            });
        }
        Ok(names)
    }

    /// The refs of the entries to which an attachment is attached, by hand or from a note.
    fn attached_to(&self, name: &str) -> Result<Vec<String>, StoreError> {
        let mut query = self
            .db
            .prepare("SELECT kind || '/' || slug FROM entry WHERE instr(extra, ?1)")?;
        let refs = query.query_map([name], |row| row.get(0))?;
        Ok(refs.collect::<Result<_, _>>()?)
    }

    /// The changes in the log of settings that were removed since, such as saved filters, which have a
    /// purged text.
    fn removed_settings_with(
        &self,
        texts: &BTreeSet<String>,
    ) -> Result<Vec<LoggedRow>, StoreError> {
        let mut query = self.db.prepare(
            "SELECT id, operation, subject, coalesce(old, '') || ' ' || coalesce(new, '') FROM change WHERE subject GLOB 'setting/*'",
        )?;
        let mut rows = query.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let Subject::Setting(key) = Subject::read(&row.get::<_, String>(2)?) else {
                continue;
            };
            if mentions(row.get_ref(3)?.as_str().unwrap_or_default(), texts)
                && self.setting(&key)?.is_none()
            {
                found.push(LoggedRow {
                    id: row.get(0)?,
                    operation: row.get(1)?,
                    kept: None,
                });
            }
        }
        Ok(found)
    }

    /// The texts of a subject in the log.
    fn logged_text(&self, subject: &Subject) -> Result<Vec<String>, StoreError> {
        let mut query = self.db.prepare(
            "SELECT old FROM change WHERE subject = ?1 AND old IS NOT NULL UNION ALL SELECT new FROM change WHERE subject = ?1 AND new IS NOT NULL",
        )?;
        let rows = query.query_map([subject.to_string()], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Rewrites the file, so that no free page has what was removed.
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
            if let Some(Json::Object(extra)) = map.remove("extra") {
                let left = left(&extra, name, texts);
                if !left.is_empty() {
                    map.insert("extra".to_owned(), Json::Object(left));
                }
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

/// The fields of an entry that say nothing of its own.
const COMMON: [&str; 5] = ["kind", "created", "updated", "private", "position"];

/// Adds the texts of what is purged in a logged value.
fn collect(what: &Purge, field: &str, value: &Json, texts: &mut BTreeSet<String>) {
    let names: Vec<&str> = match what {
        Purge::Entry if field.is_empty() => {
            let fields = value.as_object().into_iter().flatten();
            for (_, value) in fields.filter(|(name, _)| !COMMON.contains(&name.as_str())) {
                strings(value, texts);
            }
            return;
        }
        Purge::Entry if COMMON.contains(&field) => return,
        Purge::Entry => return strings(value, texts),
        Purge::Field(name) => vec![name],
        Purge::Former(names) => names.iter().map(String::as_str).collect(),
    };
    for name in names {
        match field {
            "" => {
                strings(&value[name], texts);
                strings(&value["extra"][name], texts);
                merged_strings(&value["extra"]["merged"], name, texts);
                // The files that a note refers to go with its text.
                if name == "body" {
                    strings(&value["extra"]["file"]["attachments"], texts);
                }
            }
            "extra" => {
                strings(&value[name], texts);
                merged_strings(&value["merged"], name, texts);
            }
            field if field == name => strings(value, texts),
            _ => {}
        }
    }
}

/// The left-over fields of an entry that stay when a field is purged. What keeps the words of a file
/// loses the parts that have one of the purged words.
fn left(extra: &Map<String, Json>, purged: &str, texts: &BTreeSet<String>) -> Map<String, Json> {
    let mut kept = Map::new();
    for (key, value) in extra.iter().filter(|(key, _)| *key != purged) {
        let value = match value {
            Json::Object(parts) => {
                let mut parts = parts.clone();
                parts.retain(|part, value| {
                    let is_file_of_body = purged == "body" && part == "attachments";
                    !is_file_of_body && !has_word_of(&value.to_string(), texts)
                });
                if parts.is_empty() {
                    continue;
                }
                Json::Object(parts)
            }
            Json::Array(items) if key == "merged" => {
                let items = items.iter().filter_map(|item| {
                    let kept = left(item.as_object()?, purged, texts);
                    (!kept.is_empty()).then_some(Json::Object(kept))
                });
                let items: Vec<Json> = items.collect();
                if items.is_empty() {
                    continue;
                }
                Json::Array(items)
            }
            list @ Json::Array(_) if has_word_of(&list.to_string(), texts) => continue,
            other if mentions(&other.to_string(), texts) => continue,
            other => other.clone(),
        };
        kept.insert(key.clone(), value);
    }
    kept
}

/// Adds the texts of a field in what an entry keeps of the entries that were merged into it.
fn merged_strings(merged: &Json, name: &str, texts: &mut BTreeSet<String>) {
    for one in merged.as_array().into_iter().flatten() {
        strings(&one[name], texts);
    }
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

/// Whether a text has one of the purged texts, as it is or as JSON writes it. A text of a few
/// characters does not count: it may be there by chance.
fn mentions(text: &str, purged: &BTreeSet<String>) -> bool {
    let long = purged.iter().filter(|text| text.chars().count() > 5);
    long.into_iter().any(|purged| {
        let json = Json::from(purged.as_str()).to_string();
        text.contains(purged.as_str()) || text.contains(json.trim_matches('"'))
    })
}

/// The words of four characters or more of a text, in lower case.
fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 3)
        .map(str::to_lowercase)
}

/// Whether a text has a word of four characters or more of the purged texts.
fn has_word_of(text: &str, purged: &BTreeSet<String>) -> bool {
    let found: BTreeSet<String> = words_of(text).collect();
    let mut words = purged.iter().flat_map(|text| words_of(text));
    words.any(|word| found.contains(&word))
}
