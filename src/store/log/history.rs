//! The history: operations and their changes, read from the log.

use rusqlite::Row;
use rusqlite::types::Type;
use serde_json::Value as Json;

use super::action::Action;
use super::subject::Subject;
use crate::store::error::StoreError;
use crate::store::file::Store;

/// One command's worth of writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Number within this file.
    pub id: i64,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// The command as typed.
    pub command: String,
    /// What it did, with the operation that it undid or redid.
    pub action: Action,
    /// Whether it is undone now.
    pub undone: bool,
    /// How many changes it made.
    pub changes: usize,
}

/// One field of one subject changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The operation.
    pub operation: i64,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// What it is about.
    pub subject: Subject,
    /// The field; empty for the whole.
    pub field: String,
    /// Before; none: it was not there.
    pub old: Option<Json>,
    /// After.
    pub new: Option<Json>,
}

pub(super) const OPERATION: &str = "SELECT o.id, o.at, o.command, o.action, o.target, o.undone, (SELECT count(*) FROM change WHERE operation = o.id) FROM operation AS o";

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
    /// The latest operations, newest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn operations(&self, limit: usize) -> Result<Vec<Operation>, StoreError> {
        let mut query = self
            .db
            .prepare(&format!("{OPERATION} ORDER BY o.id DESC LIMIT ?1"))?;
        Ok(query
            .query_map([i64::try_from(limit).unwrap_or(i64::MAX)], operation)?
            .collect::<Result<_, _>>()?)
    }

    /// One operation.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn operation(&self, id: i64) -> Result<Option<Operation>, StoreError> {
        let mut query = self.db.prepare(&format!("{OPERATION} WHERE o.id = ?1"))?;
        Ok(query.query_map([id], operation)?.next().transpose()?)
    }

    /// The changes of one subject, oldest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn changes(&self, subject: &Subject) -> Result<Vec<Change>, StoreError> {
        self.changes_where("c.subject = ?1 ORDER BY c.id", subject.to_string())
    }

    /// The changes of one operation, in order.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn changes_of(&self, operation: i64) -> Result<Vec<Change>, StoreError> {
        self.changes_where("c.operation = ?1 ORDER BY c.id", operation)
    }

    fn changes_where(
        &self,
        condition: &str,
        key: impl rusqlite::ToSql,
    ) -> Result<Vec<Change>, StoreError> {
        let mut query = self.db.prepare(&format!(
            "SELECT c.operation, o.at, c.subject, c.field, c.old, c.new FROM change AS c JOIN operation AS o ON o.id = c.operation WHERE {condition}"
        ))?;
        let json = |text: Option<String>| {
            text.map(|text| serde_json::from_str(&text).unwrap_or(Json::String(text)))
        };
        let rows = query.query_map([key], |row| {
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
