//! The record of the operation in progress: its changes, each field of a subject at most once, and
//! their digests. Start reading at [`Record`].

use std::collections::{BTreeMap, HashSet};

use rusqlite::{Connection, OptionalExtension};
use serde_json::{Map, Value as Json};

use super::subject::Subject;
use crate::model::Edit;
use crate::model::edit::Form;
use crate::store::error::StoreError;
use crate::store::operation_id::{
    Digest, Hasher, RANDOM, change_digest, command_digest, for_each_digest, form_of, salt_of,
};

/// What the nonces of all operations of one command begin with. The rest of a nonce is random too.
pub type CommandId = [u8; 8];

/// A new id for a command; none if the system has no random numbers.
pub fn command_id() -> Option<CommandId> {
    let mut id = CommandId::default();
    getrandom::fill(&mut id).ok().map(|()| id)
}

/// The changes of the operation in progress.
#[derive(Debug)]
pub(super) struct Record {
    operation: i64,
    changes: usize,
    hasher: Hasher,
    /// Whether a row was rewritten, so that `hasher` does not have what the log has.
    is_rewritten: bool,
    /// Random bytes: the nonce and the salt of the operation.
    random: [u8; 2 * RANDOM],
    /// Whether nothing is logged: the log has the changes already.
    is_silent: bool,
    /// Whether the values of the changes are purged as they are made.
    is_purge: bool,
    /// The changes that an undo or redo inherits, as long as it makes exactly these.
    inherited: Option<Inherited>,
}

/// The changes that an undo or redo shares with its target.
#[derive(Debug)]
struct Inherited {
    subjects: HashSet<String>,
    /// The one that is being changed as its target changed it.
    current: String,
    held: Vec<Change>,
}

/// A change from one value to another.
#[derive(Debug)]
struct Change {
    subject: String,
    field: String,
    old: Option<Json>,
    new: Option<Json>,
}

/// The links that an operation changes, by the uid of the entry with the links.
#[derive(Debug, Default)]
pub(super) struct Targets {
    /// What they referred to before the operation.
    pub(super) before: BTreeMap<String, Option<Json>>,
    /// What an undo or redo changes.
    pub(super) expected: BTreeMap<String, Edit>,
}

impl Record {
    /// An empty record of the operation with this number. Operations of one command share the start of
    /// their nonces, which is `command`.
    pub(super) fn new(operation: i64, command: Option<CommandId>) -> Result<Record, StoreError> {
        let mut random = [0; 2 * RANDOM];
        getrandom::fill(&mut random).map_err(|e| StoreError::Random(e.to_string()))?;
        if let Some(command) = command {
            random[..command.len()].copy_from_slice(&command);
        }
        Ok(Record {
            operation,
            random,
            is_silent: false,
            ..Record::silent()
        })
    }

    /// A record that logs nothing, for tables that follow the log.
    pub(super) fn silent() -> Record {
        Record {
            operation: 0,
            changes: 0,
            hasher: Hasher::default(),
            is_rewritten: false,
            random: [0; 2 * RANDOM],
            is_silent: true,
            is_purge: false,
            inherited: None,
        }
    }

    /// Whether nothing is logged.
    pub(super) fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// The number of the operation.
    pub(super) fn operation(&self) -> i64 {
        self.operation
    }

    /// The number of changes so far.
    pub(super) fn changes(&self) -> usize {
        self.changes
            + self
                .inherited
                .as_ref()
                .map_or(0, |inherited| inherited.held.len())
    }

    /// The nonce of the operation.
    pub(super) fn nonce(&self) -> &[u8] {
        &self.random[..RANDOM]
    }

    /// The salt of its digests.
    pub(super) fn salt(&self) -> &[u8] {
        &self.random[RANDOM..]
    }

    /// The digest of the command.
    pub(super) fn command(&self, command: &str) -> Digest {
        command_digest(self.salt(), command)
    }

    /// Holds the changes of these subjects back: the operation has those of its target, unless
    /// [`Record::differs`].
    pub(super) fn inherit<'a>(&mut self, subjects: impl Iterator<Item = &'a Subject>) {
        self.inherited = Some(Inherited {
            subjects: subjects.map(Subject::to_string).collect(),
            current: String::new(),
            held: Vec::new(),
        });
    }

    /// Announces that a subject is changed as the target changed it.
    pub(super) fn follow(&mut self, subject: &Subject) {
        if let Some(inherited) = &mut self.inherited {
            inherited.current = subject.to_string();
        }
    }

    /// Leaves tombstones in place of values from here on.
    pub(super) fn purge(&mut self) {
        self.is_purge = true;
    }

    /// Adds a tombstone, so that a purge is in the log even if it changed nothing else.
    pub(super) fn add_tombstone(
        &mut self,
        db: &Connection,
        subject: &str,
        field: &str,
    ) -> Result<(), StoreError> {
        let nothing = Edit::Whole {
            old: None,
            new: None,
        };
        self.insert(db, subject, field, &nothing)
    }

    /// Whether the operation has the changes of its target.
    pub(super) fn inherits(&self) -> bool {
        self.inherited.is_some()
    }

    /// The operation does not make exactly the changes of its target: all are logged.
    pub(super) fn differs(&mut self, db: &Connection) -> Result<(), StoreError> {
        let held = self.inherited.take().map(|inherited| inherited.held);
        for change in held.into_iter().flatten() {
            self.add(db, &change.subject, &change.field, change.old, change.new)?;
        }
        Ok(())
    }

    /// Adds a change from one value to another. A field that the operation has changed before
    /// changes from its first value to the last one.
    pub(super) fn add(
        &mut self,
        db: &Connection,
        subject: &str,
        field: &str,
        old: Option<Json>,
        new: Option<Json>,
    ) -> Result<(), StoreError> {
        if self.is_silent {
            self.changes += 1;
            return Ok(());
        }
        if let Some(inherited) = &mut self.inherited
            && inherited.subjects.contains(subject)
        {
            if inherited.current == subject {
                inherited.held.push(Change {
                    subject: subject.to_owned(),
                    field: field.to_owned(),
                    old,
                    new,
                });
                return Ok(());
            }
            self.differs(db)?;
        }
        let first = if self.changes == 0 {
            old
        } else if field.is_empty() {
            self.take_fields(db, subject, old)?
        } else if self.change_whole(db, subject, field, new.as_ref())? {
            return Ok(());
        } else {
            self.take(db, subject, field, old)?
        };
        if first == new {
            return Ok(());
        }
        let is_entry = first.as_ref().or(new.as_ref()).is_some_and(Json::is_object);
        let edit = if field.is_empty() && (is_entry || self.begins_kind(db, subject)?) {
            // The order of the fields of an entry does not matter; that of pieces would.
            Edit::Whole { old: first, new }
        } else {
            Edit::between(first, new)
        };
        self.insert(db, subject, field, &edit)
    }

    /// Whether a subject is a kind of which the log has nothing: pieces of its definition would say nothing,
    /// because that with which a built-in kind begins is not logged.
    fn begins_kind(&self, db: &Connection, subject: &str) -> Result<bool, StoreError> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM change WHERE subject = ?1 AND operation <> ?2)";
        Ok(subject.starts_with("kind/")
            && db.query_row(sql, (subject, self.operation), |row| row.get(0))?)
    }

    /// Adds a new entry as JSON, whose uid nothing in the log can have.
    pub(super) fn add_new(
        &mut self,
        db: &Connection,
        uid: &str,
        entry: &str,
    ) -> Result<(), StoreError> {
        if self.is_silent {
            self.changes += 1;
            return Ok(());
        }
        self.insert_stored(db, uid, "", Form::Values, [None, Some(entry)])
    }

    /// The change of a field in the record, with its row id.
    fn find(
        &self,
        db: &Connection,
        subject: &str,
        field: &str,
    ) -> Result<Option<(i64, Edit)>, StoreError> {
        Ok(db
            .prepare_cached("SELECT id, pieces, old, new FROM change WHERE subject = ?1 AND operation = ?2 AND field = ?3")?
            .query_row((subject, self.operation, field), |row| {
                Ok((row.get(0)?, edit_of(row, 1)?))
            })
            .optional()?)
    }

    /// The value that a field had before the operation, given its value now. Takes the change of it
    /// out of the record.
    fn take(
        &mut self,
        db: &Connection,
        subject: &str,
        field: &str,
        now: Option<Json>,
    ) -> Result<Option<Json>, StoreError> {
        let Some((id, edit)) = self.find(db, subject, field)? else {
            return Ok(now);
        };
        let Ok(first) = edit.reversed().apply(now.as_ref()) else {
            return Ok(now);
        };
        self.delete(db, id)?;
        Ok(first)
    }

    /// The whole subject as it was before the operation, given what it is now. Takes all its
    /// changes out of the record.
    fn take_fields(
        &mut self,
        db: &Connection,
        subject: &str,
        now: Option<Json>,
    ) -> Result<Option<Json>, StoreError> {
        let mut state = self.take(db, subject, "", now)?;
        let fields: Vec<String> = db
            .prepare_cached("SELECT field FROM change WHERE subject = ?1 AND operation = ?2")?
            .query_map((subject, self.operation), |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for field in fields {
            if let Some(Json::Object(map)) = &mut state {
                let first = self.take(db, subject, &field, map.get(&field).cloned())?;
                put(map, &field, first);
            }
        }
        Ok(state)
    }

    /// Changes a field within the whole subject that the operation has added; returns whether it
    /// has.
    fn change_whole(
        &mut self,
        db: &Connection,
        subject: &str,
        field: &str,
        new: Option<&Json>,
    ) -> Result<bool, StoreError> {
        let found = self.find(db, subject, "")?;
        let Some((
            id,
            Edit::Whole {
                old,
                new: Some(Json::Object(mut whole)),
            },
        )) = found
        else {
            return Ok(false);
        };
        put(&mut whole, field, new.cloned());
        let edit = Edit::Whole {
            old,
            new: Some(Json::Object(whole)),
        };
        db.prepare_cached("UPDATE change SET new = ?2 WHERE id = ?1")?
            .execute((id, edit.stored().1))?;
        self.is_rewritten = true;
        Ok(true)
    }

    fn delete(&mut self, db: &Connection, id: i64) -> Result<(), StoreError> {
        db.prepare_cached("DELETE FROM change WHERE id = ?1")?
            .execute([id])?;
        self.changes -= 1;
        self.is_rewritten = true;
        Ok(())
    }

    /// Writes a change to the log and adds its digest.
    fn insert(
        &mut self,
        db: &Connection,
        subject: &str,
        field: &str,
        edit: &Edit,
    ) -> Result<(), StoreError> {
        let (old, new) = edit.stored();
        let values = [old.as_deref(), new.as_deref()];
        self.insert_stored(db, subject, field, edit.form(), values)
    }

    /// Writes the texts of a change to the log and adds their digest.
    fn insert_stored(
        &mut self,
        db: &Connection,
        subject: &str,
        field: &str,
        form: Form,
        values: [Option<&str>; 2],
    ) -> Result<(), StoreError> {
        let salt = salt_of(self.salt(), self.changes);
        let digest = change_digest(&salt, subject, field, form, values);
        let [old, new] = if self.is_purge { [None, None] } else { values };
        db.prepare_cached("INSERT INTO change (operation, subject, field, pieces, old, new, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute((self.operation, subject, field, form == Form::Pieces, old, new, self.is_purge.then_some(digest)))?;
        self.hasher.change(&digest);
        self.changes += 1;
        Ok(())
    }

    /// The hasher with the digests of all changes.
    pub(super) fn hasher(&mut self, db: &Connection) -> Result<Hasher, StoreError> {
        if std::mem::take(&mut self.is_rewritten) {
            let mut hasher = Hasher::default();
            for_each_digest(db, self.operation, self.salt(), |digest| {
                hasher.change(&digest);
            })?;
            self.hasher = hasher;
        }
        Ok(self.hasher.clone())
    }
}

/// The edit in the columns `pieces`, `old` and `new` from `at` on.
pub(crate) fn edit_of(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Edit> {
    let [old, new] = [row.get_ref(at + 1)?, row.get_ref(at + 2)?];
    Ok(Edit::read(
        form_of(row, at)?,
        old.as_str_or_null()?,
        new.as_str_or_null()?,
    ))
}

/// Sets or removes a field of an entry in its form for the history.
pub(crate) fn put(map: &mut Map<String, Json>, field: &str, value: Option<Json>) {
    match value {
        Some(value) => drop(map.insert(field.to_owned(), value)),
        None => drop(map.remove(field)),
    }
}
