//! Reads operations and their changes from the log.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rusqlite::Row;
use rusqlite::types::Type;
use serde_json::{Map, Value as Json};

use super::action::Action;
use super::record::{edit_of, put};
use super::subject::Subject;
use crate::model::{Edit, Entry};
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::store::rows::FileState;

/// A logged write: all changes of one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The number, unique within this copy of the notebook.
    pub id: i64,
    /// The id, the same in every copy of the notebook: 32 hexadecimal digits.
    pub uid: String,
    /// The time, RFC 3339 in UTC.
    pub at: String,
    /// Who wrote.
    pub actor: String,
    /// The copy of the notebook that wrote it.
    pub replica: String,
    /// Its number there.
    pub sequence: i64,
    /// The command as typed.
    pub command: String,
    /// New changes, or an undo or redo of another operation.
    pub action: Action,
    /// Whether it is currently undone.
    pub undone: bool,
    /// The number of its changes.
    pub changes: usize,
    /// Whether it has the changes of the operation that it undoes or redoes.
    pub(super) inherits: bool,
}

/// Which operations to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperationFilter {
    /// Only those of this actor.
    pub actor: Option<String>,
    /// Only those at this time or later, RFC 3339 in UTC.
    pub since: Option<String>,
}

/// A change of one field of a subject, or of a whole subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The number of the operation.
    pub operation: i64,
    /// The time of the operation, RFC 3339 in UTC.
    pub at: String,
    /// The entry, kind, page, setting or attachment that changed.
    pub subject: Subject,
    /// The field; empty if the whole subject changed.
    pub field: String,
    /// The value before; none if it did not exist or was purged.
    pub old: Option<Json>,
    /// The value after; none if it was removed or purged.
    pub new: Option<Json>,
}

/// A change as the log keeps it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LoggedChange {
    pub operation: i64,
    at: String,
    pub subject: Subject,
    pub field: String,
    pub edit: Edit,
}

/// The columns that `operation` reads.
const OPERATION: &str = "SELECT o.id, o.uid, o.at, o.actor, o.replica, o.command, o.action, (SELECT t.id FROM operation AS t WHERE t.uid = o.target),
  o.uid IN (SELECT r.target FROM operation AS r WHERE r.target = o.uid AND r.action = 'undo' AND NOT EXISTS
    (SELECT 1 FROM operation AS l WHERE l.target = o.uid AND l.id > r.id)) AS undone,
  (SELECT count(*) FROM change WHERE operation = o.id AND subject NOT GLOB 'links/*')
    + iif(o.inherits, (SELECT count(*) FROM change AS c JOIN operation AS t ON t.id = c.operation WHERE t.uid = o.target AND c.subject NOT GLOB 'links/*'), 0), o.sequence, o.inherits
  FROM operation AS o";

/// All changes, with those that an undo or redo shares with its target.
const CHANGES: &str = "(SELECT operation, id AS place, subject, field, pieces, old, new, digest FROM change
  UNION ALL SELECT o.id, iif(o.action = 'undo', -c.id, c.id), c.subject, c.field, c.pieces,
    iif(o.action = 'undo', c.new, c.old), iif(o.action = 'undo', c.old, c.new), c.digest
  FROM change AS c JOIN operation AS t ON t.id = c.operation JOIN operation AS o ON o.target = t.uid AND o.inherits)";

/// The order of changes in all copies of a notebook. The operation in progress, which has no row yet,
/// is the last.
const LOG_ORDER: &str = "o.stamp IS NULL, o.stamp, o.uid, c.place";

/// Reads a row of [`OPERATION`].
fn operation(row: &Row<'_>) -> rusqlite::Result<Operation> {
    let word: String = row.get(6)?;
    let action = Action::read(&word, row.get(7)?).ok_or_else(|| {
        let why = format!("unknown action `{word}`").into();
        rusqlite::Error::FromSqlConversionFailure(6, Type::Text, why)
    })?;
    Ok(Operation {
        id: row.get(0)?,
        uid: row.get(1)?,
        at: row.get(2)?,
        actor: row.get(3)?,
        replica: row.get(4)?,
        sequence: row.get(10)?,
        command: row.get(5)?,
        action,
        undone: row.get(8)?,
        changes: row.get(9)?,
        inherits: row.get(11)?,
    })
}

impl Store {
    /// The latest operations that pass the filter, newest first, at most `limit`.
    pub fn operations(
        &self,
        filter: &OperationFilter,
        limit: usize,
    ) -> Result<Vec<Operation>, StoreError> {
        self.operations_where(
            "(?1 IS NULL OR o.actor = ?1) AND (?2 IS NULL OR o.at >= ?2) ORDER BY o.id DESC LIMIT ?3",
            (
                &filter.actor,
                &filter.since,
                i64::try_from(limit).unwrap_or(i64::MAX),
            ),
        )
    }

    /// The operation with this number, if it exists.
    pub fn operation(&self, id: i64) -> Result<Option<Operation>, StoreError> {
        Ok(self.operations_where("o.id = ?1", [id])?.pop())
    }

    /// The operations whose ids start with these hexadecimal digits, at most two.
    pub fn operations_by_id(&self, start: &str) -> Result<Vec<Operation>, StoreError> {
        let end = format!("{start}g");
        self.operations_where("o.uid >= ?1 AND o.uid < ?2 LIMIT 2", (start, end))
    }

    /// The operations for which a condition on `o` holds.
    pub(super) fn operations_where(
        &self,
        condition: &str,
        keys: impl rusqlite::Params,
    ) -> Result<Vec<Operation>, StoreError> {
        let mut query = self.db.prepare(&format!("{OPERATION} WHERE {condition}"))?;
        let found = query.query_map(keys, operation)?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// The changes of one subject, oldest first.
    pub fn changes(&self, subject: &Subject) -> Result<Vec<Change>, StoreError> {
        let logged = self.logged_where(
            &format!("c.subject = ?1 ORDER BY {LOG_ORDER}"),
            [subject.to_string()],
        )?;
        self.with_values(subject, logged)
    }

    /// The subjects that an operation changed, in order, each once for each change.
    pub fn subjects_of(&self, operation: i64) -> Result<Vec<Subject>, StoreError> {
        let changes = self.changes_of(operation)?;
        let subjects = changes.into_iter().map(|change| change.subject);
        Ok(subjects
            .filter(|subject| !matches!(subject, Subject::Links(_)))
            .collect())
    }

    /// The changes of one operation, in order.
    pub(super) fn changes_of(&self, operation: i64) -> Result<Vec<LoggedChange>, StoreError> {
        self.logged_where("c.operation = ?1 ORDER BY c.place", [operation])
    }

    /// The number of the newest operation; 0 if there is none.
    pub fn last_operation(&self) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(max(id), 0) FROM operation";
        Ok(self.db.query_row(sql, [], |row| row.get(0))?)
    }

    /// Whether an entry is gone because an operation was undone, or redone, rather than removed by one.
    pub fn is_undone(&self, uid: &str) -> Result<bool, StoreError> {
        let changes = self.logged_where(
            &format!("c.subject = ?1 AND c.field = '' ORDER BY {LOG_ORDER}"),
            [Subject::Entry(uid.to_owned()).to_string()],
        )?;
        let Some(last) = changes.last() else {
            return Ok(false);
        };
        let sql = "SELECT target IS NOT NULL FROM operation WHERE id = ?1";
        Ok(self.db.query_row(sql, [last.operation], |row| row.get(0))?)
    }

    /// The entries of the notebook that were added, or came back, after an operation, by uid.
    pub fn added_since(&self, operation: i64) -> Result<Vec<Entry>, StoreError> {
        let mut query = self.db.prepare(
            "SELECT DISTINCT subject FROM change
             WHERE operation > ?1 AND field = '' AND old IS NULL AND subject NOT LIKE '%/%'",
        )?;
        let found = query.query_map([operation], |row| row.get::<_, String>(0))?;
        let mut added = Vec::new();
        for uid in found {
            added.extend(self.by_uid(&uid?)?.map(|stored| stored.entry));
        }
        Ok(added)
    }

    /// The entries that a file has and that were removed from the notebook since, newest first, as
    /// they were.
    pub fn removed_since(&self, state: &FileState) -> Result<Vec<Entry>, StoreError> {
        let changes = self.logged_where(
            "c.operation > ?1 AND c.field = '' ORDER BY c.operation DESC, c.place DESC",
            [state.base],
        )?;
        let (mut added, mut removed) = (HashSet::new(), Vec::new());
        for change in changes {
            let Edit::Whole { old, new } = change.edit else {
                continue;
            };
            match (old, new) {
                // The file does not have what was added since, unless an import of it added it.
                (None, _) if !state.imports.contains(&change.operation) => {
                    added.insert(change.subject);
                }
                (Some(Json::Object(old)), None) => removed.push((change.subject, old)),
                _ => {}
            }
        }
        let removed = removed
            .into_iter()
            .filter(|(subject, _)| !added.contains(subject));
        let entries = removed.filter_map(|(subject, old)| match subject {
            Subject::Entry(uid) => Some(Entry::from_logged(&uid, old, self.kinds())),
            _ => None,
        });
        Ok(entries.collect())
    }

    /// The entry that had a ref or a uid when it was removed, as it was; the last one if there are
    /// several.
    pub fn removed_entry(&self, reference: &str) -> Result<Option<Entry>, StoreError> {
        let removed = self.logged_where(
            "c.field = '' AND c.new IS NULL AND c.old IS NOT NULL ORDER BY c.operation DESC, c.place DESC",
            [],
        )?;
        let entries = removed.into_iter().filter_map(|change| {
            match (change.subject, change.edit.values().0) {
                (Subject::Entry(uid), Some(Json::Object(old))) => {
                    Some(Entry::from_logged(&uid, old, self.kinds()))
                }
                _ => None,
            }
        });
        let is_meant = |entry: &Entry| {
            [&entry.uid, &entry.slug, &entry.reference()].contains(&&reference.to_owned())
        };
        Ok(entries.into_iter().find(is_meant))
    }

    /// The newest operation after the given one that changed a subject and can be undone.
    pub(super) fn last_change_after(
        &self,
        subject: &Subject,
        operation: i64,
    ) -> Result<Option<i64>, StoreError> {
        let found = self.operations_where(
            "o.action = 'do' AND NOT undone AND o.command <> 'purge' AND o.id > ?2 AND o.id IN (SELECT operation FROM change WHERE subject = ?1)
             ORDER BY o.id DESC LIMIT 1",
            (subject.to_string(), operation),
        )?;
        Ok(found.first().map(|operation| operation.id))
    }

    /// The changes of each field of an entry in the operations between two, oldest first. One who
    /// added or removed the whole entry changed all its fields.
    pub(super) fn field_changes(
        &self,
        uid: &str,
        after: i64,
        before: i64,
    ) -> Result<BTreeMap<String, Vec<Change>>, StoreError> {
        let subject = Subject::Entry(uid.to_owned());
        let mut fields: BTreeMap<String, Vec<Change>> = BTreeMap::new();
        let logged = self.logged_where(
            &format!("c.subject = ?1 AND c.operation > ?2 ORDER BY {LOG_ORDER}"),
            (subject.to_string(), after),
        )?;
        let changes = self.with_values(&subject, logged)?;
        for change in changes
            .into_iter()
            .filter(|change| change.operation < before)
        {
            if !change.field.is_empty() {
                fields.entry(change.field.clone()).or_default().push(change);
                continue;
            }
            let value = |json: &Option<Json>, field: &str| json.as_ref()?.get(field).cloned();
            let objects = [&change.old, &change.new];
            let objects = objects.into_iter().flatten().filter_map(Json::as_object);
            let names: BTreeSet<&String> = objects.flat_map(Map::keys).collect();
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

    /// The latest changes of a subject, oldest first, with their values: from the present state
    /// back. Where another program changed the file, pieces stand for the values.
    fn with_values(
        &self,
        subject: &Subject,
        logged: Vec<LoggedChange>,
    ) -> Result<Vec<Change>, StoreError> {
        let mut state = self.state(subject)?;
        let mut changes = Vec::with_capacity(logged.len());
        for change in logged.into_iter().rev() {
            let field = change.field.as_str();
            let new = match (field, &state) {
                ("", whole) => whole.clone(),
                (field, Some(Json::Object(map))) => map.get(field).cloned(),
                _ => None,
            };
            let reversed = change.edit.clone().reversed();
            let (old, new) = match reversed.apply(new.as_ref()) {
                Ok(old) => (old, new),
                Err(_) => change.edit.values(),
            };
            match (field, &mut state) {
                ("", whole) => whole.clone_from(&old),
                (field, Some(Json::Object(map))) => put(map, field, old.clone()),
                _ => {}
            }
            changes.push(Change {
                operation: change.operation,
                at: change.at,
                subject: change.subject,
                field: change.field,
                old,
                new,
            });
        }
        changes.reverse();
        Ok(changes)
    }

    /// What a subject is now, in its form for the history.
    pub(super) fn state(&self, subject: &Subject) -> Result<Option<Json>, StoreError> {
        let text = match subject {
            Subject::Entry(uid) => {
                let stored = self.by_uid(uid)?;
                return Ok(stored.map(|stored| Json::Object(stored.entry.logged())));
            }
            Subject::Kind(name) => self.definition(name)?,
            Subject::Page(name) => self.page(name)?,
            Subject::Setting(key) => self.setting(key)?,
            Subject::Links(uid) => return self.link_targets(uid),
            Subject::Attachment(name) => self.has_attachment(name)?.then(|| name.clone()),
        };
        Ok(text.map(Json::String))
    }

    /// Whether a subject is what its last change in the history made of it; none if the history
    /// does not have it.
    pub fn agrees_with_history(&self, subject: &Subject) -> Result<Option<bool>, StoreError> {
        let last = self
            .logged_where(
                &format!("c.subject = ?1 AND c.field = '' ORDER BY {LOG_ORDER}"),
                [subject.to_string()],
            )?
            .pop();
        let Some(last) = last else { return Ok(None) };
        let state = self.state(subject)?;
        // A union keeps a removed kind as long as the other side has entries of it.
        let is_removal = last.edit.values().1.is_none();
        if matches!(subject, Subject::Kind(_)) && is_removal && state.is_some() {
            let replayed = self.replayed()?;
            return Ok(Some(replayed.last_value(subject) == state.as_ref()));
        }
        Ok(Some(last.edit.reversed().apply(state.as_ref()).is_ok()))
    }

    fn logged_where(
        &self,
        condition: &str,
        keys: impl rusqlite::Params,
    ) -> Result<Vec<LoggedChange>, StoreError> {
        // The operation in progress is not in the table yet.
        let mut query = self.db.prepare_cached(&format!(
            "SELECT c.operation, coalesce(o.at, ''), c.subject, c.field, c.pieces, c.old, c.new, c.digest IS NULL OR c.old IS NOT NULL OR c.new IS NOT NULL
             FROM {CHANGES} AS c LEFT JOIN operation AS o ON o.id = c.operation WHERE {condition}"
        ))?;
        let rows = query.query_map(keys, |row| {
            Ok(LoggedChange {
                operation: row.get(0)?,
                at: row.get(1)?,
                subject: Subject::read(row.get_ref(2)?.as_str()?),
                field: row.get(3)?,
                edit: if row.get(7)? {
                    edit_of(row, 4)?
                } else {
                    Edit::Purged
                },
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
