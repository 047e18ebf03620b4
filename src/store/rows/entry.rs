//! Reads entries from their rows, and computes the hash that protects each entry.

use std::hash::Hasher;

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, OptionalExtension, Row};
use siphasher::sip::SipHasher13;

use crate::model::{Entry, Field, FieldType, Kind, Period, Value};
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::store::schema::{columns, quote, width};
use crate::text::script::extra_tokens;

/// A stored entry, with its row id and revision.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Row id, valid within one transaction.
    pub id: i64,
    /// 1 at first, incremented by every write.
    pub revision: i64,
    /// The entry.
    pub entry: Entry,
}

/// The columns of `entry` in the order in which [`from_row`] reads them.
pub(crate) const COLUMNS: &str = "e.id, e.revision, e.uid, e.kind, e.slug, e.title, e.body, e.topics, e.tags, e.aliases, e.former, e.private, e.position, e.created, e.updated, e.extra";
const COLUMN_COUNT: usize = 16;

/// [`COLUMNS`] with an empty text in place of each text or list that is not read.
pub(crate) fn columns_read(is_read: impl Fn(&str) -> bool) -> String {
    let columns = COLUMNS.split(", ").map(|column| {
        let name = column.trim_start_matches("e.");
        let optional = [
            "body", "topics", "tags", "aliases", "former", "created", "updated",
        ];
        if optional.contains(&name) && !is_read(name) {
            "''"
        } else {
            column
        }
    });
    columns.collect::<Vec<_>>().join(", ")
}

/// The columns of fields of a kind for a SELECT list, each with a leading comma and the table alias
/// `k`.
pub(crate) fn kind_columns<'a>(fields: impl IntoIterator<Item = &'a Field>) -> String {
    fields
        .into_iter()
        .flat_map(columns)
        .map(|column| format!(", k.{}", quote(&column)))
        .collect()
}

/// SipHash-1-3 of text parts, each followed by the byte 0xff, as a signed integer for SQLite.
pub(crate) fn hash(parts: &[&str]) -> i64 {
    let mut hasher = SipHasher13::new();
    for part in parts {
        hasher.write(part.as_bytes());
        hasher.write_u8(0xff);
    }
    hasher.finish().cast_signed()
}

/// The hash of an entry, over its uid and its JSON in the history.
pub(crate) fn entry_hash(uid: &str, logged: &str) -> i64 {
    hash(&[uid, logged])
}

/// Reads an entry from a row of [`COLUMNS`], followed by the [`kind_columns`] of `fields`.
pub(crate) fn from_row(row: &Row<'_>, fields: &[&Field]) -> rusqlite::Result<Stored> {
    let lines = |at: usize| -> rusqlite::Result<Vec<String>> {
        Ok(split_lines(row.get_ref(at)?.as_str()?))
    };
    let extra: Option<String> = row.get(15)?;
    let mut entry = Entry {
        uid: row.get(2)?,
        kind: row.get(3)?,
        slug: row.get(4)?,
        title: row.get(5)?,
        body: row.get(6)?,
        topics: lines(7)?,
        tags: lines(8)?,
        aliases: lines(9)?,
        former: lines(10)?,
        private: row.get(11)?,
        position: row.get(12)?,
        created: row.get(13)?,
        updated: row.get(14)?,
        values: Default::default(),
        extra: extra
            .and_then(|json| serde_json::from_str(&json).ok())
            .unwrap_or_default(),
    };
    read_values(row, COLUMN_COUNT, fields.iter().copied(), &mut entry)?;
    Ok(Stored {
        id: row.get(0)?,
        revision: row.get(1)?,
        entry,
    })
}

fn split_lines(text: &str) -> Vec<String> {
    if text.is_empty() {
        Vec::new()
    } else {
        text.split('\n').map(str::to_owned).collect()
    }
}

fn read_values<'a>(
    row: &Row<'_>,
    mut at: usize,
    fields: impl IntoIterator<Item = &'a Field>,
    entry: &mut Entry,
) -> rusqlite::Result<()> {
    for field in fields {
        if let Some(value) = read_value(row, at, field)? {
            entry.values.insert(field.name.clone(), value);
        }
        at += width(field);
    }
    Ok(())
}

/// One value from its column or columns.
fn read_value(row: &Row<'_>, at: usize, field: &Field) -> rusqlite::Result<Option<Value>> {
    let cell = row.get_ref(at)?;
    if cell == ValueRef::Null {
        return Ok(None);
    }
    if field.many {
        let json = serde_json::from_str(cell.as_str()?).unwrap_or(serde_json::Value::Null);
        return Ok(Value::from_logged(&json, field));
    }
    Ok(Some(match field.field_type {
        FieldType::Integer => Value::Integer(cell.as_i64()?),
        FieldType::Number => Value::Number(cell.as_f64()?),
        FieldType::Flag => Value::Flag(cell.as_i64()? != 0),
        FieldType::Period => Value::Period(Period {
            edtf: cell.as_str()?.to_owned(),
            text: row.get(at + 1)?,
            from: row.get(at + 2)?,
            to: row.get(at + 3)?,
        }),
        _ => Value::Text(cell.as_str()?.to_owned()),
    }))
}

impl Store {
    /// Reads one entry by row id.
    pub fn by_id(&self, id: i64) -> Result<Option<Stored>, StoreError> {
        self.read_where("e.id = ?1", [id])
    }

    /// Reads one entry by row id, without the values of its kind's fields.
    pub fn common_by_id(&self, id: i64) -> Result<Option<Stored>, StoreError> {
        let mut query = self
            .db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM entry AS e WHERE e.id = ?1"))?;
        Ok(query.query_row([id], |row| from_row(row, &[])).optional()?)
    }

    /// Reads one entry by uid.
    pub fn by_uid(&self, uid: &str) -> Result<Option<Stored>, StoreError> {
        self.read_where("e.uid = ?1", [uid])
    }

    /// Reads one entry by kind and slug.
    pub fn by_slug(&self, kind: &str, slug: &str) -> Result<Option<Stored>, StoreError> {
        self.read_where("e.kind = ?1 AND e.slug = ?2", (kind, slug))
    }

    /// The entries of a kind whose slug is `base`, with or without a number after it, oldest first.
    pub fn of_slug(&self, kind: &str, base: &str) -> Result<Vec<Stored>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT id FROM entry WHERE kind = ?1 AND slug >= ?2 AND slug < ?2 || '.'
             AND (slug = ?2 OR slug GLOB ?2 || '-[0-9]*') ORDER BY id",
        )?;
        let rows = query.query_map((kind, base), |row| row.get(0))?;
        self.by_ids(rows.collect::<Result<_, _>>()?)
    }

    /// The one entry that a condition finds, with the values of its kind.
    fn read_where(
        &self,
        condition: &str,
        keys: impl rusqlite::Params,
    ) -> Result<Option<Stored>, StoreError> {
        let mut query = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM entry AS e WHERE {condition}"
        ))?;
        let stored = query.query_row(keys, |row| from_row(row, &[])).optional()?;
        stored
            .map(|mut stored| self.complete(&mut stored).map(|()| stored))
            .transpose()
    }

    /// Reads the values of the kind's fields into an entry that has only the common ones.
    pub(in crate::store) fn complete(&self, stored: &mut Stored) -> Result<(), StoreError> {
        let Some(kind) = self
            .kinds
            .get(&stored.entry.kind)
            .filter(|kind| !kind.fields.is_empty())
        else {
            return Ok(());
        };
        fill(&mut self.query_of(kind)?, kind, stored)
    }

    /// The query that reads the row of an entry in its kind's table; its parameter is the row id.
    pub(in crate::store) fn query_of(
        &self,
        kind: &Kind,
    ) -> Result<CachedStatement<'_>, StoreError> {
        let mut selects = self.selects.borrow_mut();
        if !selects.contains_key(&kind.name) {
            let columns = kind_columns(&kind.fields);
            let select = format!(
                "SELECT {} FROM {} AS k WHERE k.entry = ?1",
                columns.trim_start_matches(", "),
                quote(&kind.name)
            );
            selects.insert(kind.name.clone(), select);
        }
        Ok(self.db.prepare_cached(&selects[&kind.name])?)
    }

    /// The number of entries.
    pub fn count(&self) -> Result<usize, StoreError> {
        Ok(self
            .db
            .query_row("SELECT count(*) FROM entry", [], |row| row.get(0))?)
    }

    /// The greatest row id, 0 in an empty notebook. A fast estimate of the number of entries.
    pub fn last_row(&self) -> Result<i64, StoreError> {
        Ok(self
            .db
            .query_row("SELECT coalesce(max(id), 0) FROM entry", [], |row| {
                row.get(0)
            })?)
    }
}

/// Reads the values of the kind's fields with a query from [`Store::query_of`].
pub(crate) fn fill(
    query: &mut CachedStatement<'_>,
    kind: &Kind,
    stored: &mut Stored,
) -> Result<(), StoreError> {
    query
        .query_row([stored.id], |row| {
            read_values(row, 0, &kind.fields, &mut stored.entry)
        })
        .optional()?;
    Ok(())
}

/// The text that the search index stores besides title, aliases and body, one part a line: topics,
/// tags and field values, and the extra tokens of all text in scripts without spaces. Numbers and
/// flags are left out.
pub(crate) fn field_words(entry: &Entry) -> String {
    let mut parts: Vec<String> = entry.topics.iter().chain(&entry.tags).cloned().collect();
    for value in entry.values.values() {
        match value {
            Value::Text(_) => parts.push(value.text()),
            Value::Period(period) => parts.push(period.text.clone()),
            Value::Many(values) => parts.extend(values.iter().map(Value::text)),
            Value::Integer(_) | Value::Number(_) | Value::Flag(_) => {}
        }
    }
    let mut tokens = String::new();
    let own = [&entry.title, &entry.body];
    for text in own.into_iter().chain(&entry.aliases).chain(&parts) {
        extra_tokens(text, &mut tokens);
    }
    if !tokens.is_empty() {
        parts.push(tokens);
    }
    parts.join("\n")
}
