//! Writes to the notebook: each command is one operation in one immediate transaction, and every
//! change is logged. Start reading at [`Store::write`].

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use serde_json::Value as Json;

use super::action::Action;
use super::history::Change;
use super::record::{Record, Targets};
use super::slugs::{Availability, Slugs, availability};
use super::subject::Subject;
use crate::model::entry::base_slug;
use crate::model::{Clock, Entry};
use crate::store::error::{StoreError, reason};
use crate::store::file::{Store, schema_version};
use crate::store::index::{IndexState, Indexer};
use crate::store::operation_id::Header;
use crate::store::rows::{self, KeptTargets, Stored, field_words};
use crate::store::schema;

/// SQLite page cache, in kibibytes, during a bulk import, so that slug look-ups stay in memory.
const CACHE: i64 = 24 << 10;

/// The least number of entries that are changed in bulk.
const BULK_LEAST: usize = 16;

/// How many entries are indexed again in the time that it takes to change one entry in the index:
/// that rewrites a page for each of its words, because a removed word must not stay in the file.
const BULK_SHARE: usize = 300;

/// SQLite's default page cache, in kibibytes.
const DEFAULT_CACHE: i64 = 2_000;

/// If at most one entry in this many changes, indexing these takes less time than rebuilding the index.
const REBUILD_SHARE: usize = 4;

/// When the full-text index follows the changes of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Indexing {
    /// With each change.
    AtOnce,
    /// When the operation ends, for the entries that it changed.
    Changes,
    /// When the operation ends: it is rebuilt.
    Rebuild,
}

/// Whether to commit an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteMode {
    /// Commit it.
    Commit,
    /// Dry run: roll back instead of committing.
    DryRun,
}

/// Makes the changes of one operation and logs them.
pub struct Writer<'s> {
    pub(super) store: &'s mut Store,
    pub(super) record: Record,
    pub(super) slugs: Slugs,
    pub(super) stamp: i64,
    pub(super) created: u32,
    /// Random bytes for the next uids.
    pub(super) random: Vec<[u8; 10]>,
    pub(super) indexing: Indexing,
    pub(super) indexer: Indexer,
    pub(super) targets: Targets,
}

impl Store {
    /// Runs `work` as one operation. Returns its result and the number of the operation, or no
    /// number if it changed nothing; then nothing is logged.
    ///
    /// # Errors
    /// An error of `work` or of the file. The transaction is then rolled back.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        command: &str,
        clock: &Clock,
        mode: WriteMode,
        work: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<(T, Option<i64>), E> {
        self.operate(command, clock, mode, Action::Do, work)
    }

    /// Runs an operation with the given action, as [`Store::write`] does.
    pub(super) fn operate<T, E: From<StoreError>>(
        &mut self,
        command: &str,
        clock: &Clock,
        mode: WriteMode,
        action: Action,
        work: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<(T, Option<i64>), E> {
        let foreign = schema::foreign_triggers(&self.db)?;
        if !foreign.is_empty() {
            let names = foreign.into_iter().map(|(name, _)| name).collect();
            return Err(StoreError::Triggers(names).into());
        }
        // One of several operations that are made together is a part of their transaction.
        let is_part = !self.db.is_autocommit();
        let [begin, commit, rollback] = if is_part {
            [
                "SAVEPOINT step",
                "RELEASE step",
                "ROLLBACK TO step; RELEASE step",
            ]
        } else {
            ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"]
        };
        self.db.execute_batch(begin).map_err(StoreError::from)?;
        let result = self.inside(command, clock, action, work);
        let keep = matches!(result, Ok((_, Some(_)))) && mode == WriteMode::Commit;
        let ended = self.db.execute_batch(if keep { commit } else { rollback });
        if !keep || ended.is_err() {
            if ended.is_err() && !is_part && !self.db.is_autocommit() {
                // Report the first error. If this rollback fails too, a hot journal remains.
                let _ = self.db.execute_batch("ROLLBACK");
            }
            if let Ok(kinds) = schema::load_kinds(&self.db) {
                self.take_kinds(kinds);
            }
        }
        let result = result?;
        if let Err(error) = ended {
            let was_made = match result.1 {
                Some(operation) if keep => self.has_operation(operation)?,
                _ => false,
            };
            return Err(if was_made {
                self.effects.commit();
                StoreError::Unconfirmed(reason(&error))
            } else {
                StoreError::from(error)
            }
            .into());
        }
        if keep && !is_part {
            self.effects.commit();
            if let Some((replica, operation)) = self.last_written.take() {
                self.bear_witness(&replica, &operation);
            }
        }
        Ok(result)
    }

    /// Ends the transaction of several operations.
    pub(super) fn end_transaction(&mut self, mode: WriteMode) -> Result<(), StoreError> {
        let keep = mode == WriteMode::Commit;
        let ended = self
            .db
            .execute_batch(if keep { "COMMIT" } else { "ROLLBACK" });
        if ended.is_err() && !self.db.is_autocommit() {
            let _ = self.db.execute_batch("ROLLBACK");
        }
        self.take_kinds(schema::load_kinds(&self.db)?);
        if keep && ended.is_ok() {
            self.effects.commit();
            if let Some((replica, operation)) = self.last_written.take() {
                self.bear_witness(&replica, &operation);
            }
        }
        Ok(ended?)
    }

    /// Whether an operation with this number is in the log.
    fn has_operation(&self, operation: i64) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM operation WHERE id = ?1)";
        Ok(self.db.query_row(sql, [operation], |row| row.get(0))?)
    }

    /// Runs `work` within the open transaction, and logs the operation if it made changes.
    fn inside<T, E: From<StoreError>>(
        &mut self,
        command: &str,
        clock: &Clock,
        action: Action,
        work: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<(T, Option<i64>), E> {
        let (operation, stamp) = self.next_stamp(clock)?;
        let mut writer = Writer {
            record: Record::new(operation, self.command_id)?,
            store: self,
            slugs: Slugs::default(),
            stamp,
            created: 0,
            random: Vec::new(),
            indexing: Indexing::AtOnce,
            indexer: Indexer::new(),
            targets: Targets::default(),
        };
        let value = work(&mut writer)?;
        writer.finish_bulk()?;
        writer.indexer.finish(writer.store)?;
        if writer.changes() == 0 {
            return Ok((value, None));
        }
        writer.log_targets()?;
        writer.log_operation(command, clock, action)?;
        Ok((value, Some(operation)))
    }

    /// The number and the hybrid logical clock stamp of the next operation. The stamp is the time
    /// in milliseconds times 2¹⁴, or the last stamp plus one if that is greater.
    fn next_stamp(&self, clock: &Clock) -> Result<(i64, i64), StoreError> {
        let (id, stamp): (i64, i64) = self
            .db
            .prepare_cached("SELECT (SELECT coalesce(max(id), 0) FROM operation), (SELECT coalesce(max(stamp), 0) FROM operation)")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let now = clock.now.timestamp_millis().max(0).saturating_mul(1 << 14);
        Ok((id + 1, now.max(stamp.saturating_add(1))))
    }
}

impl Writer<'_> {
    /// A version 7 UUID (RFC 9562, 5.7) that sorts in the order in which entries were added. It
    /// holds the millisecond of the operation's stamp, the low bits of the stamp, which number the
    /// operations within that millisecond, a counter of the entries within the operation, and 32
    /// random bits. The counter grows in random steps (RFC 9562, 6.2), so that public uids do not
    /// tell how many private entries are between them.
    fn new_uid(&mut self) -> Result<String, StoreError> {
        if self.random.is_empty() {
            // One entry needs one piece; after it there are likely many more.
            self.random = vec![[0; 10]; if self.created == 0 { 1 } else { 400 }];
            getrandom::fill(self.random.as_flattened_mut())
                .map_err(|e| StoreError::Random(e.to_string()))?;
        }
        let mut bytes = self.random.pop().unwrap_or_default();
        // The first entry starts anywhere in the lower half of the 30 bits of the counter.
        let step = match self.created {
            0 => u32::from_be_bytes([bytes[0] & 0x1f, bytes[1], bytes[2], bytes[3]]),
            _ => u32::from(bytes[4]),
        };
        self.created = self.created.saturating_add(step + 1);
        bytes[0..2].copy_from_slice(&u16::try_from(self.stamp & 0xfff).unwrap_or(0).to_be_bytes());
        bytes[2..6].copy_from_slice(&(self.created & 0x3fff_ffff).to_be_bytes());
        let millis = u64::try_from(self.stamp >> 14).unwrap_or(0);
        Ok(uuid::Builder::from_unix_timestamp_millis(millis, &bytes)
            .into_uuid()
            .simple()
            .to_string())
    }

    /// The notebook inside the transaction, with the changes so far.
    pub fn store(&self) -> &Store {
        self.store
    }

    /// The number of the last operation whose changes the notebook has: this one, if it has made
    /// changes.
    pub fn last_operation(&self) -> i64 {
        self.record.operation() - i64::from(self.changes() == 0)
    }

    /// The changes of each field of an entry in operations after the given one, apart from this one,
    /// oldest first.
    pub fn changes_since(
        &self,
        uid: &str,
        operation: i64,
    ) -> Result<BTreeMap<String, Vec<Change>>, StoreError> {
        self.store
            .field_changes(uid, operation, self.record.operation())
    }

    /// The number of changes so far.
    pub fn changes(&self) -> usize {
        self.record.changes()
    }

    /// Announces an undo or redo that makes the changes of its target, which are those of
    /// `subjects`.
    pub(super) fn inherit<'a>(&mut self, subjects: impl Iterator<Item = &'a Subject>) {
        self.record.inherit(subjects);
    }

    /// Announces that a subject is changed as the target of an undo or redo changed it.
    pub(super) fn follow(&mut self, subject: &Subject) {
        self.record.follow(subject);
    }

    /// An undo or redo does not make exactly the changes of its target.
    pub(super) fn differs(&mut self) -> Result<(), StoreError> {
        self.record.differs(&self.store.db)
    }

    /// Stops updating the search index with each change; it is rebuilt when the operation ends.
    pub fn begin_bulk(&mut self) -> Result<(), StoreError> {
        self.index_later(Indexing::Rebuild)?;
        schema::drop_triggers(&self.store.db)
    }

    /// Announces how many entries the operation changes at most. A large share of the notebook is
    /// indexed once, when the operation ends.
    pub fn expect_changes(&mut self, entries: usize) -> Result<(), StoreError> {
        if entries < BULK_LEAST || self.indexing != Indexing::AtOnce {
            return Ok(());
        }
        let all = self.store.count()?;
        if entries.saturating_mul(BULK_SHARE) < all {
            return Ok(());
        }
        // What another version of kb indexed cannot be taken out of the index one by one.
        let is_known = self.store.index_state()? != IndexState::Invalid;
        if is_known && entries.saturating_mul(REBUILD_SHARE) <= all {
            self.index_later(Indexing::Changes)?;
            schema::record_changes(&self.store.db)
        } else {
            self.begin_bulk()
        }
    }

    /// Sets when the search index is written, and makes room for what that reads.
    fn index_later(&mut self, indexing: Indexing) -> Result<(), StoreError> {
        self.indexing = indexing;
        Ok(self.store.db.pragma_update(None, "cache_size", -CACHE)?)
    }

    /// Writes the search index and restores its triggers, unless that was done with each change.
    pub(super) fn finish_bulk(&mut self) -> Result<(), StoreError> {
        let indexing = std::mem::replace(&mut self.indexing, Indexing::AtOnce);
        if indexing == Indexing::AtOnce {
            return Ok(());
        }
        let db = &self.store.db;
        db.pragma_update(None, "cache_size", -DEFAULT_CACHE)?;
        if self.changes() == 0 {
            // The transaction is rolled back, which restores the triggers.
            return Ok(());
        }
        match indexing {
            Indexing::Changes => {
                let any = self.store.index_changes()?;
                schema::forget_changes(db)?;
                if !any {
                    return Ok(());
                }
            }
            _ => {
                self.store.rebuild_index()?;
                schema::make_triggers(db)?;
            }
        }
        self.indexer.put_lengths(self.store)?;
        self.indexer.forget_lost_words(self.store)
    }

    /// Adds a change to the record of the operation.
    pub(super) fn log(
        &mut self,
        subject: &str,
        field: &str,
        old: Option<Json>,
        new: Option<Json>,
    ) -> Result<(), StoreError> {
        self.record.add(&self.store.db, subject, field, old, new)
    }

    /// Writes the operation itself, with its id and its position.
    fn log_operation(
        &mut self,
        command: &str,
        clock: &Clock,
        action: Action,
    ) -> Result<(), StoreError> {
        let (position, db) = (self.store.next_position()?, &self.store.db);
        let target: Option<String> = match action.target() {
            Some(target) => Some(db.query_row(
                "SELECT uid FROM operation WHERE id = ?1",
                [target],
                |row| row.get(0),
            )?),
            None => None,
        };
        let header = Header {
            nonce: self.record.nonce().to_vec(),
            stamp: self.stamp,
            at: clock.now.to_rfc3339_opts(SecondsFormat::Millis, true),
            actor: self.store.actor.clone(),
            command: self.record.command(command),
            action: action.word().to_owned(),
            target,
            inherits: self.record.inherits(),
            seen: position.seen,
            schema: schema_version(),
            kinds: schema::kinds_digest(db)?,
        };
        let uid = self.record.hasher(db)?.id(&header);
        db.prepare_cached(
            "INSERT INTO operation (id, uid, replica, sequence, stamp, at, actor, command, action, target, inherits, seen, schema, kinds, nonce, salt)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?
        .execute(rusqlite::params![
            self.record.operation(),
            uid,
            position.replica,
            position.sequence,
            header.stamp,
            header.at,
            header.actor,
            command,
            header.action,
            header.target,
            header.inherits,
            header.seen,
            header.schema,
            header.kinds,
            header.nonce,
            self.record.salt(),
        ])?;
        self.store.last_written = Some((position.replica, uid));
        Ok(())
    }

    /// Makes sure that an entry can be written with its slug.
    fn take_slug(&mut self, entry: &Entry, available: Availability) -> Result<(), StoreError> {
        match available {
            Availability::Free => Ok(()),
            Availability::Yielded => self.claim(entry),
            // The log has both entries as they were.
            Availability::Former if self.record.is_silent() => Ok(()),
            Availability::Former | Availability::Taken => Err(StoreError::NotUnique {
                kind: entry.kind.clone(),
                field: "slug".to_owned(),
                value: entry.slug.clone(),
            }),
        }
    }

    /// Adds an entry. Generates the uid if it is empty, and makes the slug from the title if it is
    /// empty.
    ///
    /// # Errors
    /// The slug or a unique value is taken, or the file cannot be written.
    pub fn create(&mut self, mut entry: Entry) -> Result<Stored, StoreError> {
        let is_new = entry.uid.is_empty();
        if is_new {
            entry.uid = self.new_uid()?;
        }
        let available = if entry.slug.is_empty() {
            let (slug, available) = self.slugs.free(&self.store.db, &entry, "")?;
            entry.slug = slug;
            available
        } else {
            availability(&self.store.db, &entry, &entry.slug)?
        };
        self.take_slug(&entry, available)?;
        let logged = Json::Object(entry.logged());
        let words = field_words(&entry);
        let text = logged.to_string();
        self.note_links_of(&entry)?;
        let (id, adopted) = rows::insert(self.store, &entry, &words, &text)?;
        self.note_adopted(adopted)?;
        self.index(id, &entry, &words)?;
        if is_new {
            self.record.add_new(&self.store.db, &entry.uid, &text)?;
        } else {
            self.log(&entry.uid, "", None, Some(logged))?;
        }
        Ok(Stored {
            id,
            revision: 1,
            entry,
        })
    }

    /// Writes an entry and logs each field that differs. Returns whether any does.
    ///
    /// # Errors
    /// The slug or a unique value is taken, or the file cannot be written.
    pub fn update(&mut self, before: &Stored, after: &Entry) -> Result<bool, StoreError> {
        // An entry keeps its identity, whatever a file calls it.
        let kept;
        let after = if after.uid == before.entry.uid {
            after
        } else {
            kept = Entry {
                uid: before.entry.uid.clone(),
                ..after.clone()
            };
            &kept
        };
        let (mut old, mut new) = (before.entry.logged(), after.logged());
        if old == new {
            return Ok(false);
        }
        if before.entry.slug != after.slug {
            let available = availability(&self.store.db, after, &after.slug)?;
            self.take_slug(after, available)?;
        }
        let logged = Json::Object(new.clone()).to_string();
        let words = field_words(after);
        self.note_links_of(&before.entry)?;
        self.note_links_of(after)?;
        let adopted = rows::update(self.store, before, after, &words, &logged)?;
        self.note_adopted(adopted)?;
        if before.entry.title == after.title && before.entry.body == after.body {
            self.indexer.put_field_words(self.store, after, &words)?;
            self.put_length(before.id)?;
        } else {
            self.index(before.id, after, &words)?;
        }
        self.forget_words(&before.entry, Some(after))?;
        let fields: Vec<String> = old
            .keys()
            .chain(new.keys().filter(|name| !old.contains_key(*name)))
            .cloned()
            .collect();
        for field in fields {
            let (old, new) = (old.remove(&field), new.remove(&field));
            if old != new {
                self.log(&after.uid, &field, old, new)?;
            }
        }
        Ok(true)
    }

    /// Takes the values of an entry out of the table of its kind, until [`Writer::put_back`], while
    /// the kind changes so that they would not fit.
    pub fn take_out(&mut self, stored: &Stored) -> Result<(), StoreError> {
        rows::remove_fields(self.store, stored.id, &stored.entry)
    }

    /// Writes an entry whose values were taken out, and logs each field that differs.
    ///
    /// # Errors
    /// The slug or a unique value is taken, or the file cannot be written.
    pub fn put_back(&mut self, before: &Stored, after: &Entry) -> Result<(), StoreError> {
        self.note_links_of(after)?;
        self.update(before, after)?;
        rows::write_fields(self.store, before.id, after)?;
        // Another type of a field makes other links of the same values.
        rows::rewrite_derived(self.store, before.id, after, KeptTargets::All)
    }

    /// Removes an entry.
    pub fn remove(&mut self, stored: &Stored) -> Result<(), StoreError> {
        let logged = Json::Object(stored.entry.logged());
        self.note_links_of(&stored.entry)?;
        for uid in self.store.linking(stored.id)? {
            self.note_links(&uid)?;
        }
        self.store
            .db
            .prepare_cached("DELETE FROM entry WHERE id = ?1")?
            .execute([stored.id])?;
        rows::remove_fields(self.store, stored.id, &stored.entry)?;
        self.forget_words(&stored.entry, None)?;
        self.log(&stored.entry.uid, "", Some(logged), None)
    }

    /// The slug that an entry gets when it becomes public: if its slug has a number that only
    /// private entries made necessary, the slug without it.
    pub fn public_slug(&mut self, entry: &Entry) -> Result<String, StoreError> {
        let base = base_slug(&entry.kind, &entry.title);
        let number = entry.slug.strip_prefix(&format!("{base}-"));
        if number.is_some_and(|number| number.parse::<u64>().is_ok()) {
            return Ok(self.slugs.free(&self.store.db, entry, "")?.0);
        }
        Ok(entry.slug.clone())
    }

    /// Updates the search data of an entry outside the full-text index: its vector, words and
    /// length. `words` is [`field_words`] of it.
    fn index(&mut self, id: i64, entry: &Entry, words: &str) -> Result<(), StoreError> {
        self.indexer.put(self.store, id, entry, words)?;
        self.put_length(id)
    }

    /// Copies the token count of an entry from the full-text index, which has not counted it yet in
    /// a bulk operation.
    fn put_length(&mut self, id: i64) -> Result<(), StoreError> {
        if self.indexing != Indexing::AtOnce {
            Ok(())
        } else {
            self.indexer.put_length(self.store, id)
        }
    }

    /// Removes words that no entry has any more from the word table, at once or when a bulk
    /// operation ends.
    fn forget_words(&mut self, before: &Entry, after: Option<&Entry>) -> Result<(), StoreError> {
        self.indexer.lose_words(before, after);
        if self.indexing != Indexing::AtOnce {
            Ok(())
        } else {
            self.indexer.forget_lost_words(self.store)
        }
    }

    /// Sets a setting of the notebook; `None` removes it.
    pub fn put_setting(&mut self, key: &str, value: Option<&str>) -> Result<(), StoreError> {
        let old = self.store.setting(key)?;
        if old.as_deref() == value {
            return Ok(());
        }
        match value {
            Some(value) => {
                self.store.db.execute("INSERT INTO setting (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2", (key, value))?
            }
            None => self.store.db.execute("DELETE FROM setting WHERE key = ?1", [key])?,
        };
        self.log_text(&Subject::Setting(key.to_owned()), old.as_deref(), value)
    }

    /// Sets the layout of a page; `None` removes the page.
    pub fn put_page(&mut self, name: &str, layout: Option<&str>) -> Result<(), StoreError> {
        let old = self.store.page(name)?;
        if old.as_deref() == layout {
            return Ok(());
        }
        match layout {
            Some(layout) => self.store.db.execute(
                "INSERT INTO page (name, layout, hash) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET layout = ?2, hash = ?3",
                (name, layout, rows::hash(&[name, layout])),
            )?,
            None => self.store.db.execute("DELETE FROM page WHERE name = ?1", [name])?,
        };
        self.log_text(&Subject::Page(name.to_owned()), old.as_deref(), layout)
    }

    /// Logs a change of a subject that is one text.
    pub(super) fn log_text(
        &mut self,
        subject: &Subject,
        old: Option<&str>,
        new: Option<&str>,
    ) -> Result<(), StoreError> {
        self.log(
            &subject.to_string(),
            "",
            old.map(Json::from),
            new.map(Json::from),
        )
    }

    /// Stores a file and returns the name under which it is stored. Equal content has the same
    /// name.
    pub fn put_attachment(&mut self, content: &[u8]) -> Result<String, StoreError> {
        let (name, is_new) = self.store.insert_attachment(content)?;
        if is_new {
            let subject = Subject::Attachment(name.clone());
            self.log_text(&subject, None, Some(&name))?;
        }
        Ok(name)
    }
}
