//! The history, and operations reversed.

use std::collections::BTreeMap;

use rusqlite::Row;
use serde_json::{Map, Value as Json};

use super::write::Action;
use super::{Store, StoreError, Writer};
use crate::model::{Clock, Entry};

/// One command's worth of writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Number within this file.
    pub id: i64,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// The command as typed.
    pub command: String,
    /// `do`, `undo` or `redo`.
    pub action: String,
    /// The operation that it undid or did again.
    pub target: Option<i64>,
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
    /// Uid of an entry, or `kind/NAME`, `page/NAME`, `setting/KEY`.
    pub subject: String,
    /// The field; empty for the whole.
    pub field: String,
    /// Before; none: it was not there.
    pub old: Option<Json>,
    /// After.
    pub new: Option<Json>,
}

/// Which way an operation is reversed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reversal {
    /// What was done is taken back.
    Undo,
    /// What was taken back is done again.
    Redo,
}

const OPERATION: &str = "SELECT o.id, o.at, o.command, o.action, o.target, o.undone, (SELECT count(*) FROM change WHERE operation = o.id) FROM operation AS o";

fn operation(row: &Row<'_>) -> rusqlite::Result<Operation> {
    Ok(Operation {
        id: row.get(0)?,
        at: row.get(1)?,
        command: row.get(2)?,
        action: row.get(3)?,
        target: row.get(4)?,
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
        let mut query = self.db.prepare(&format!("{OPERATION} ORDER BY o.id DESC LIMIT ?1"))?;
        Ok(query.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], operation)?.collect::<Result<_, _>>()?)
    }

    /// One operation.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn operation(&self, id: i64) -> Result<Option<Operation>, StoreError> {
        let mut query = self.db.prepare(&format!("{OPERATION} WHERE o.id = ?1"))?;
        Ok(query.query_map([id], operation)?.next().transpose()?)
    }

    /// The operation that the next undo or redo is about.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn next_reversal(&self, reversal: Reversal) -> Result<Option<Operation>, StoreError> {
        let condition = match reversal {
            Reversal::Undo => "o.action = 'do' AND o.undone = 0 ORDER BY o.id DESC",
            // Only what was undone after the last new operation can be done again, the earliest first.
            Reversal::Redo => {
                "o.action = 'do' AND o.undone = 1 AND o.id > coalesce((SELECT max(id) FROM operation WHERE action = 'do' AND undone = 0), 0) ORDER BY o.id"
            }
        };
        let mut query = self.db.prepare(&format!("{OPERATION} WHERE {condition} LIMIT 1"))?;
        Ok(query.query_map([], operation)?.next().transpose()?)
    }

    /// The changes of one subject, oldest first; of every subject when none is named.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn changes(&self, subject: &str) -> Result<Vec<Change>, StoreError> {
        self.changes_where("c.subject = ?1 ORDER BY c.id", subject)
    }

    /// The changes of one operation, in order.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn changes_of(&self, operation: i64) -> Result<Vec<Change>, StoreError> {
        self.changes_where("c.operation = ?1 ORDER BY c.id", operation)
    }

    fn changes_where(&self, condition: &str, key: impl rusqlite::ToSql) -> Result<Vec<Change>, StoreError> {
        let mut query = self.db.prepare(&format!(
            "SELECT c.operation, o.at, c.subject, c.field, c.old, c.new FROM change AS c JOIN operation AS o ON o.id = c.operation WHERE {condition}"
        ))?;
        let json = |text: Option<String>| text.map(|text| serde_json::from_str(&text).unwrap_or(Json::String(text)));
        let rows = query.query_map([key], |row| {
            Ok(Change { operation: row.get(0)?, at: row.get(1)?, subject: row.get(2)?, field: row.get(3)?, old: json(row.get(4)?), new: json(row.get(5)?) })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Undoes or redoes an operation as an operation of its own; gives the number of the new one.
    ///
    /// # Errors
    /// A later change stands in the way, or the file cannot be written; nothing was changed then.
    pub fn reverse(&mut self, target: i64, reversal: Reversal, clock: &Clock, rehearse: bool) -> Result<Option<i64>, StoreError> {
        let (name, command) = match reversal {
            Reversal::Undo => ("undo", format!("undo {target}")),
            Reversal::Redo => ("redo", format!("redo {target}")),
        };
        let action = Action { name, target: Some(target) };
        let (_, operation) = self.operate(&command, clock, rehearse, action, |writer| {
            let mut changes = writer.store().changes_of(target)?;
            if reversal == Reversal::Undo {
                changes.reverse();
                for change in &mut changes {
                    std::mem::swap(&mut change.old, &mut change.new);
                }
            }
            apply(writer, &changes)?;
            writer.mark_undone(target, reversal == Reversal::Undo)
        })?;
        Ok(operation)
    }
}

/// Applies changes in order, all of one subject at once where they stand together.
fn apply(writer: &mut Writer<'_>, changes: &[Change]) -> Result<(), StoreError> {
    let mut rest = changes;
    while let Some(first) = rest.first() {
        let length = rest.iter().take_while(|change| change.subject == first.subject).count();
        let (group, later) = rest.split_at(length);
        rest = later;
        match first.subject.split_once('/') {
            None => apply_entry(writer, group)?,
            Some((what, name)) => {
                for change in group {
                    let text = |json: &Option<Json>| json.as_ref().and_then(Json::as_str).map(str::to_owned);
                    let (old, new) = (text(&change.old), text(&change.new));
                    let now = match what {
                        "page" => writer.store().page(name)?,
                        "setting" => writer.store().setting(name)?,
                        _ => writer.store().definition(name)?,
                    };
                    if now != old {
                        return Err(conflict(change, &format!("{what} `{name}` was changed since")));
                    }
                    match what {
                        "page" => writer.put_page(name, new.as_deref())?,
                        "setting" => writer.put_setting(name, new.as_deref())?,
                        _ => writer.put_kind(name, new.as_deref())?,
                    }
                }
            }
        }
    }
    Ok(())
}

fn apply_entry(writer: &mut Writer<'_>, changes: &[Change]) -> Result<(), StoreError> {
    let Some(first) = changes.first() else { return Ok(()) };
    let before = writer.store().by_uid(&first.subject)?;
    let mut state: Option<Map<String, Json>> = before.as_ref().map(|stored| stored.entry.logged());
    for change in changes {
        if change.field.is_empty() {
            if state.clone().map(sorted) != change.old.clone().and_then(object).map(sorted) {
                return Err(conflict(change, "the entry was changed since"));
            }
            state = change.new.clone().and_then(object);
            continue;
        }
        let Some(state) = &mut state else { return Err(conflict(change, "the entry was removed since")) };
        if state.get(&change.field) != change.old.as_ref() {
            return Err(conflict(change, &format!("`{}` of `{}` was changed since", change.field, first.subject)));
        }
        match &change.new {
            Some(new) => drop(state.insert(change.field.clone(), new.clone())),
            None => drop(state.remove(&change.field)),
        }
    }
    let after = state.map(|map| Entry::from_logged(&first.subject, map, writer.store().kinds()));
    match (before, after) {
        (Some(before), Some(after)) => drop(writer.update(&before, &after)?),
        (None, Some(after)) => drop(writer.create(after)?),
        (Some(before), None) => writer.remove(&before)?,
        (None, None) => {}
    }
    Ok(())
}

fn object(json: Json) -> Option<Map<String, Json>> {
    match json {
        Json::Object(map) => Some(map),
        _ => None,
    }
}

fn sorted(map: Map<String, Json>) -> BTreeMap<String, Json> {
    map.into_iter().collect()
}

fn conflict(change: &Change, why: &str) -> StoreError {
    StoreError::Conflict { operation: change.operation, why: why.to_owned() }
}
