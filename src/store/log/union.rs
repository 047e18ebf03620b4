//! Two logs become one: the operations of another copy of the notebook are taken over, and the
//! tables become what all operations together give.

use std::collections::{BTreeSet, HashMap};

use rusqlite::OptionalExtension;
use serde_json::Value as Json;

use super::record::{Record, Targets};
use super::replay::{MergeConflict, State, Step, entry, replay, seen};
use super::slugs::Slugs;
use super::subject::Subject;
use super::writer::{Indexing, WriteMode, Writer};
use crate::model::{Entry, Kinds, Value};
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::store::index::Indexer;

/// What a union did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct United {
    /// The number of operations that were taken over.
    pub operations: usize,
    /// The values that both sides changed, each pair of operations once.
    pub conflicts: Vec<MergeConflict>,
}

impl Store {
    /// Takes over the operations that another copy of the notebook has and this one lacks, and
    /// makes the tables what all operations give. The result does not depend on which copy takes
    /// over from which.
    ///
    /// # Errors
    /// A file cannot be read or written. The notebook is then unchanged.
    pub fn unite(&mut self, other: &Store) -> Result<United, StoreError> {
        self.follow_log(|store| {
            let operations = store.take_over(other)?;
            let state = store.replayed()?;
            if operations > 0 {
                store.put_state(&state)?;
            }
            let conflicts: BTreeSet<MergeConflict> = state.conflicts.into_iter().collect();
            Ok(United {
                operations,
                conflicts: conflicts.into_iter().collect(),
            })
        })
    }

    /// Makes every table what the log alone gives, as after a union.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn rebuild_from_log(&mut self) -> Result<(), StoreError> {
        self.follow_log(|store| {
            let state = store.replayed()?;
            store.put_state(&state)
        })
    }

    /// Runs `work` in one transaction, which is rolled back after an error.
    fn follow_log<T>(
        &mut self,
        work: impl FnOnce(&mut Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        let done = work(self);
        self.end_transaction(match done {
            Ok(_) => WriteMode::Commit,
            Err(_) => WriteMode::DryRun,
        })?;
        done
    }

    /// Copies the operations and attachments that the other log has and this one lacks; returns the
    /// number of operations.
    fn take_over(&mut self, other: &Store) -> Result<usize, StoreError> {
        let renumbered = self.settle_positions(other)?;
        let mut query = other.db.prepare(
            "SELECT id, uid, replica, sequence, stamp, at, actor, command, action, target, inherits, seen, schema, kinds, nonce, salt, digest
             FROM operation ORDER BY id",
        )?;
        let mut changes = other.db.prepare(
            "SELECT subject, field, pieces, old, new, salt, digest FROM change WHERE operation = ?1 ORDER BY id",
        )?;
        let mut rows = query.query([])?;
        let mut taken = 0;
        while let Some(row) = rows.next()? {
            let uid: String = row.get(1)?;
            let sql = "SELECT EXISTS (SELECT 1 FROM operation WHERE uid = ?1)";
            if self.db.query_row(sql, [&uid], |row| row.get(0))? {
                continue;
            }
            let (replica, sequence): (String, i64) = (row.get(2)?, row.get(3)?);
            let (replica, sequence) = renumbered
                .get(&replica)
                .filter(|(_, from)| sequence >= *from)
                .map_or((replica, sequence), |(name, from)| {
                    (name.clone(), sequence - from + 1)
                });
            let id = self.last_operation()? + 1;
            let value = |at: usize| row.get::<_, rusqlite::types::Value>(at);
            self.db
                .prepare_cached(
                    "INSERT INTO operation (id, uid, replica, sequence, stamp, at, actor, command, action, target, inherits, seen, schema, kinds, nonce, salt, digest)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
                )?
                .execute(rusqlite::params![
                    id, uid, replica, sequence, value(4)?, value(5)?, value(6)?, value(7)?, value(8)?, value(9)?,
                    value(10)?, value(11)?, value(12)?, value(13)?, value(14)?, value(15)?, value(16)?,
                ])?;
            let mut inner = changes.query([row.get::<_, i64>(0)?])?;
            while let Some(change) = inner.next()? {
                let value = |at: usize| change.get::<_, rusqlite::types::Value>(at);
                self.db
                    .prepare_cached(
                        "INSERT INTO change (operation, subject, field, pieces, old, new, salt, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    )?
                    .execute(rusqlite::params![
                        id, value(0)?, value(1)?, value(2)?, value(3)?, value(4)?, value(5)?, value(6)?
                    ])?;
            }
            taken += 1;
        }
        for name in other.attachments()? {
            if let Some(content) = other.attachment(&name)? {
                self.insert_attachment(&content)?;
            }
        }
        Ok(taken)
    }

    /// Renumbers operations where both logs use one position for different operations: a disk went
    /// back, and nobody noticed. The side whose operation has the greater id becomes a replica of its
    /// own, called after the position where it began. Returns the replicas of the other log that are
    /// renumbered, with the new name and the first sequence number.
    fn settle_positions(
        &mut self,
        other: &Store,
    ) -> Result<HashMap<String, (String, i64)>, StoreError> {
        let mut theirs = HashMap::new();
        let mut query = other
            .db
            .prepare("SELECT replica, sequence, uid FROM operation ORDER BY replica, sequence")?;
        let mut rows = query.query([])?;
        let mut settled: BTreeSet<String> = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let (replica, sequence, uid): (String, i64, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            if settled.contains(&replica) {
                continue;
            }
            let ours: Option<String> = self
                .db
                .prepare_cached("SELECT uid FROM operation WHERE replica = ?1 AND sequence = ?2")?
                .query_row((&replica, sequence), |row| row.get(0))
                .optional()?;
            let Some(ours) = ours.filter(|ours| *ours != uid) else {
                continue;
            };
            settled.insert(replica.clone());
            let greater = (&ours).max(&uid);
            let name = format!("{replica}.{}.{}", sequence - 1, &greater[..8]);
            if *greater == uid {
                theirs.insert(replica, (name, sequence));
                continue;
            }
            self.db.execute(
                "UPDATE operation SET replica = ?3, sequence = sequence - ?2 + 1 WHERE replica = ?1 AND sequence >= ?2",
                (&replica, sequence, &name),
            )?;
            // This copy goes on under the new name.
            let is_this = self.db.execute(
                "INSERT INTO _replica (id, file) SELECT ?2, file FROM _replica WHERE id = ?1 AND until IS NULL",
                (&replica, &name),
            )?;
            if is_this > 0 {
                self.db.execute(
                    "UPDATE _replica SET until = ?2 WHERE id = ?1",
                    (&replica, sequence - 1),
                )?;
            }
        }
        Ok(theirs)
    }

    /// Replays the whole log.
    pub(super) fn replayed(&self) -> Result<State, StoreError> {
        let mut query = self.db.prepare(
            "SELECT id, uid, replica, sequence, seen FROM operation ORDER BY stamp, uid",
        )?;
        let rows = query.query_map([], |row| {
            Ok((
                row.get::<_, i64>(0)?,
                Step {
                    uid: row.get(1)?,
                    replica: row.get(2)?,
                    sequence: row.get(3)?,
                    seen: seen(row.get_ref(4)?.as_str()?),
                    changes: Vec::new(),
                },
            ))
        })?;
        let mut steps = Vec::new();
        for row in rows {
            let (id, step) = row?;
            let changes = self.changes_of(id)?;
            steps.push(Step {
                changes: changes
                    .into_iter()
                    .map(|change| (change.subject, change.field, change.edit))
                    .collect(),
                ..step
            });
        }
        Ok(replay(&steps))
    }

    /// Replaces what the tables have by a state.
    fn put_state(&mut self, state: &State) -> Result<(), StoreError> {
        let mut writer = Writer {
            record: Record::silent(),
            store: self,
            slugs: Slugs::default(),
            stamp: 0,
            created: 0,
            random: Vec::new(),
            indexing: Indexing::AtOnce,
            indexer: Indexer::new(),
            targets: Targets::default(),
        };
        writer.begin_bulk()?;
        for stored in writer.store().everything()? {
            writer.remove(&stored)?;
        }
        let in_use = state.kinds_in_use();
        let text = |subject: &Subject| state.value(subject).and_then(Json::as_str);
        let mut pages: BTreeSet<String> = writer.store().pages()?.into_iter().collect();
        for subject in &state.subjects {
            let written = match subject {
                // A kind that one side removed stays as long as the other has entries of it.
                Subject::Kind(name) if in_use.contains(name.as_str()) => {
                    let last = state.last_value(subject).and_then(Json::as_str);
                    writer.put_kind(name, last)
                }
                Subject::Kind(name) => writer.put_kind(name, text(subject)),
                Subject::Setting(key) => writer.put_setting(key, text(subject)),
                Subject::Page(name) => {
                    pages.remove(name);
                    writer.put_page(name, text(subject))
                }
                Subject::Entry(_) | Subject::Attachment(_) | Subject::Links(_) => Ok(()),
            };
            written?;
        }
        // The built-in kinds come first, then the others as they were added.
        let built_in = Kinds::built_in();
        let added = state.subjects.iter().filter_map(|subject| match subject {
            Subject::Kind(name) if built_in.get(name).is_none() => Some(name.as_str()),
            _ => None,
        });
        let names = built_in.iter().map(|kind| kind.name.as_str()).chain(added);
        writer.order_kinds(names.zip(1..))?;
        for subject in &state.subjects {
            if let (Subject::Entry(uid), Some(map)) = (subject, entry(state.value(subject))) {
                let entry = Entry::from_logged(uid, map.clone(), writer.store().kinds());
                writer.create_fitting(entry)?;
            }
        }
        writer.settle_links(i64::MAX)?;
        for subject in &state.subjects {
            if let (Subject::Links(uid), Some(map)) = (subject, entry(state.value(subject))) {
                writer.restore_targets(uid, map)?;
            }
        }
        writer.finish_bulk()?;
        // An entry that was refused at first may have left something in the index.
        self.index_all(&mut |_, _| {})
    }
}

impl Writer<'_> {
    /// Adds an entry. If another one has its slug, it gets a number; if another one has a unique
    /// value of it, the value is left over.
    fn create_fitting(&mut self, mut entry: Entry) -> Result<(), StoreError> {
        loop {
            // An entry that is refused may have been written in part.
            self.store.db.execute_batch("SAVEPOINT fitting")?;
            let created = self.create(entry.clone());
            self.store.db.execute_batch(if created.is_ok() {
                "RELEASE fitting"
            } else {
                "ROLLBACK TO fitting; RELEASE fitting"
            })?;
            match created {
                Err(StoreError::NotUnique { field, .. }) if field == "slug" => entry.slug.clear(),
                Err(StoreError::NotUnique { field, .. }) if entry.values.contains_key(&field) => {
                    let kind = self.store.kinds.get(&entry.kind);
                    let fields = kind.into_iter().flat_map(|kind| &kind.fields);
                    let is_required = fields
                        .into_iter()
                        .any(|known| known.name == field && known.required);
                    if let Some(value) = entry.values.remove(&field) {
                        // An entry cannot be without a required value: it becomes another one.
                        if let (true, Value::Text(text)) = (is_required, &value) {
                            let other = Value::Text(format!("{text} (2)"));
                            entry.values.insert(field, other);
                        } else {
                            entry.extra.insert(field, value.json());
                        }
                    }
                }
                created => return created.map(drop),
            }
        }
    }
}
