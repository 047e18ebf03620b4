//! Reads operations and their changes from the log.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rusqlite::Row;
use rusqlite::types::Type;
use serde_json::Value as Json;

use super::action::Action;
use super::subject::Subject;
use crate::model::Entry;
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::store::rows::FileState;

/// A logged write: all changes of one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The number, unique within the notebook.
    pub id: i64,
    /// The time, RFC 3339 in UTC.
    pub at: String,
    /// The command as typed.
    pub command: String,
    /// New changes, or an undo or redo of another operation.
    pub action: Action,
    /// Whether it is currently undone.
    pub undone: bool,
    /// The number of its changes.
    pub changes: usize,
}

/// A change of one field of a subject, or of a whole subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The number of the operation.
    pub operation: i64,
    /// The time of the operation, RFC 3339 in UTC.
    pub at: String,
    /// The entry, kind, page or setting that changed.
    pub subject: Subject,
    /// The field; empty if the whole subject changed.
    pub field: String,
    /// The value before; none if it did not exist.
    pub old: Option<Json>,
    /// The value after; none if it was removed.
    pub new: Option<Json>,
}

/// The columns that `operation` reads.
pub(super) const OPERATION: &str = "SELECT o.id, o.at, o.command, o.action, o.target, o.undone, (SELECT count(*) FROM change WHERE operation = o.id) FROM operation AS o";

/// The action of a row of [`OPERATION`].
fn action(row: &Row<'_>) -> rusqlite::Result<Action> {
    let word: String = row.get(3)?;
    let unknown = || {
        rusqlite::Error::FromSqlConversionFailure(
            3,
            Type::Text,
            format!("unknown action `{word}`").into(),
        )
    };
    Action::read(&word, row.get(4)?).ok_or_else(unknown)
}

/// Reads a row of [`OPERATION`].
pub(super) fn operation(row: &Row<'_>) -> rusqlite::Result<Operation> {
    Ok(Operation {
        id: row.get(0)?,
        at: row.get(1)?,
        command: row.get(2)?,
        action: action(row)?,
        undone: row.get(5)?,
        changes: row.get(6)?,
    })
}

impl Store {
    /// The latest operations, newest first, at most `limit`.
    pub fn operations(&self, limit: usize) -> Result<Vec<Operation>, StoreError> {
        let mut query = self
            .db
            .prepare(&format!("{OPERATION} ORDER BY o.id DESC LIMIT ?1"))?;
        Ok(query
            .query_map([i64::try_from(limit).unwrap_or(i64::MAX)], operation)?
            .collect::<Result<_, _>>()?)
    }

    /// The operation with this number, if it exists.
    pub fn operation(&self, id: i64) -> Result<Option<Operation>, StoreError> {
        let mut query = self.db.prepare(&format!("{OPERATION} WHERE o.id = ?1"))?;
        Ok(query.query_map([id], operation)?.next().transpose()?)
    }

    /// The changes of one subject, oldest first.
    pub fn changes(&self, subject: &Subject) -> Result<Vec<Change>, StoreError> {
        self.changes_where("c.subject = ?1 ORDER BY c.id", [subject.to_string()])
    }

    /// The changes of one operation, in order.
    pub fn changes_of(&self, operation: i64) -> Result<Vec<Change>, StoreError> {
        self.changes_where("c.operation = ?1 ORDER BY c.id", [operation])
    }

    /// The number of the newest operation; 0 if there is none.
    pub fn last_operation(&self) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(max(id), 0) FROM operation";
        Ok(self.db.query_row(sql, [], |row| row.get(0))?)
    }

    /// The entries that a file has and that were removed from the notebook since, newest first, as
    /// they were.
    pub(super) fn removed_since(&self, state: &FileState) -> Result<Vec<Entry>, StoreError> {
        let changes = self.changes_where(
            "c.operation > ?1 AND c.field = '' ORDER BY c.id DESC",
            [state.base],
        )?;
        // The file does not have what was added since, unless an import of it added it.
        let added: HashSet<Subject> = changes
            .iter()
            .filter(|change| change.old.is_none() && !state.imports.contains(&change.operation))
            .map(|change| change.subject.clone())
            .collect();
        let removed = changes
            .into_iter()
            .filter(|change| change.new.is_none() && !added.contains(&change.subject));
        let entries = removed.filter_map(|change| {
            let (Subject::Entry(uid), Some(Json::Object(old))) = (change.subject, change.old)
            else {
                return None;
            };
            Some(Entry::from_logged(&uid, old, self.kinds()))
        });
        Ok(entries.collect())
    }

    /// The newest operation after the given one that changed a subject and can be undone.
    pub(super) fn last_change_after(
        &self,
        subject: &Subject,
        operation: i64,
    ) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT max(o.id) FROM operation AS o JOIN change AS c ON c.operation = o.id
                   WHERE c.subject = ?1 AND o.id > ?2 AND o.action = 'do' AND o.undone = 0";
        Ok(self
            .db
            .query_row(sql, (subject.to_string(), operation), |row| row.get(0))?)
    }

    /// The changes of each field of an entry in the operations between two, oldest first. One who
    /// added or removed the whole entry changed all its fields.
    pub(super) fn field_changes(
        &self,
        uid: &str,
        after: i64,
        before: i64,
    ) -> Result<BTreeMap<String, Vec<Change>>, StoreError> {
        let subject = Subject::Entry(uid.to_owned()).to_string();
        let mut fields: BTreeMap<String, Vec<Change>> = BTreeMap::new();
        let changes = self.changes_where(
            "c.subject = ?1 AND c.operation > ?2 AND c.operation < ?3 ORDER BY c.id",
            (subject, after, before),
        )?;
        for change in changes {
            if !change.field.is_empty() {
                fields.entry(change.field.clone()).or_default().push(change);
                continue;
            }
            let value = |json: &Option<Json>, field: &str| json.as_ref()?.get(field).cloned();
            let objects = [&change.old, &change.new];
            let objects = objects.into_iter().flatten().filter_map(Json::as_object);
            let names: BTreeSet<&String> = objects.flat_map(serde_json::Map::keys).collect();
            for name in names {
                fields.entry(name.clone()).or_default().push(Change {
                    field: name.clone(),
                    old: value(&change.old, name),
                    new: value(&change.new, name),
                    ..change.clone()
                });
            }
        }
        Ok(fields)
    }

    fn changes_where(
        &self,
        condition: &str,
        keys: impl rusqlite::Params,
    ) -> Result<Vec<Change>, StoreError> {
        let mut query = self.db.prepare_cached(&format!(
            "SELECT c.operation, o.at, c.subject, c.field, c.old, c.new FROM change AS c JOIN operation AS o ON o.id = c.operation WHERE {condition}"
        ))?;
        let json = |text: Option<String>| {
            text.map(|text| serde_json::from_str(&text).unwrap_or(Json::String(text)))
        };
        let rows = query.query_map(keys, |row| {
            let subject = Subject::read(row.get_ref(2)?.as_str()?);
            Ok(Change {
                operation: row.get(0)?,
                at: row.get(1)?,
                subject,
                field: row.get(3)?,
                old: json(row.get(4)?),
                new: json(row.get(5)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
