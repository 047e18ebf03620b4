//! Writes entries to their rows.

use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, Value as Sql};

use super::Stored;
use super::entry::entry_hash;
use super::labels::derived_rows;
use super::links::{Adopted, adopt_links, write_link};
use crate::model::{Entry, Field, Kind, Kinds, Value};
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::store::schema::{insert_row, quote, width};

/// Inserts an entry and all rows derived from it, and returns its row id and the links of others
/// that refer to it now. `words` is [`super::field_words`] of it, `logged` its JSON in the history.
pub(crate) fn insert(
    store: &Store,
    entry: &Entry,
    words: &str,
    logged: &str,
) -> Result<(i64, Vec<Adopted>), StoreError> {
    write_row(store, None, entry, words, logged)?;
    let id = store.db.last_insert_rowid();
    write_fields(store, id, entry)?;
    put_derived(
        &store.db,
        &store.kinds,
        id,
        derived_rows(entry, &store.kinds),
    )?;
    Ok((id, adopt_links(&store.db, id, entry)?))
}

/// Rewrites an entry and all rows derived from it, and returns the links that refer to it now.
/// `words` is [`super::field_words`] of it, `logged` its JSON in the history.
pub(crate) fn update(
    store: &Store,
    before: &Stored,
    entry: &Entry,
    words: &str,
    logged: &str,
) -> Result<Vec<Adopted>, StoreError> {
    let (db, kinds, id) = (&store.db, &store.kinds, before.id);
    write_row(store, Some(id), entry, words, logged)?;
    write_fields(store, id, entry)?;
    let derived = derived_rows(entry, kinds);
    if derived != derived_rows(&before.entry, kinds) {
        forget_derived(db, id)?;
        put_derived(db, kinds, id, derived)?;
    }
    adopt_links(db, id, entry)
}

/// Writes a row of `entry`: a new row, or the one with `id`.
fn write_row(
    store: &Store,
    id: Option<i64>,
    entry: &Entry,
    words: &str,
    logged: &str,
) -> Result<(), StoreError> {
    // Both statements take the same parameters. For a new row, SQLite chooses the id.
    let sql = match id {
        None => {
            "INSERT INTO entry (id, uid, kind, slug, title, body, topics, tags, aliases, former, private, position, created, updated, extra, words, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"
        }
        Some(_) => {
            "UPDATE entry SET uid = ?2, kind = ?3, slug = ?4, title = ?5, body = ?6, topics = ?7, tags = ?8, aliases = ?9, former = ?10, private = ?11,
             position = ?12, created = ?13, updated = ?14, extra = ?15, words = ?16, hash = ?17, revision = revision + 1 WHERE id = ?1"
        }
    };
    store.db.prepare_cached(sql)?.execute(rusqlite::params![
        id,
        entry.uid,
        entry.kind,
        entry.slug,
        entry.title,
        entry.body,
        Lines(&entry.topics),
        Lines(&entry.tags),
        Lines(&entry.aliases),
        Lines(&entry.former),
        entry.private,
        entry.position,
        entry.created,
        entry.updated,
        extra(entry),
        words,
        entry_hash(&entry.uid, logged),
    ])?;
    Ok(())
}

/// The fields that the kind does not have, as JSON; `None` when there are none.
fn extra(entry: &Entry) -> Option<String> {
    (!entry.extra.is_empty()).then(|| serde_json::Value::Object(entry.extra.clone()).to_string())
}

/// A list stored as one text, one item a line.
struct Lines<'a>(&'a [String]);

impl rusqlite::ToSql for Lines<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.join("\n").into())
    }
}

/// Removes the row in the kind's table, before the kind changes so that the row would not fit.
pub(crate) fn remove_fields(store: &Store, id: i64, entry: &Entry) -> Result<(), StoreError> {
    if let Some(kind) = store.kinds.get(&entry.kind) {
        let sql = format!("DELETE FROM {} WHERE entry = ?1", quote(&kind.name));
        store.db.prepare_cached(&sql)?.execute([id])?;
    }
    Ok(())
}

/// Writes the row in the kind's table.
pub(crate) fn write_fields(store: &Store, id: i64, entry: &Entry) -> Result<(), StoreError> {
    let (db, kinds) = (&store.db, &store.kinds);
    if let Some(kind) = kinds.get(&entry.kind) {
        let values = kind
            .fields
            .iter()
            .flat_map(|field| sql_values(entry.value(&field.name), field));
        let values = std::iter::once(Sql::Integer(id)).chain(values);
        let mut inserts = store.inserts.borrow_mut();
        if !inserts.contains_key(&kind.name) {
            inserts.insert(kind.name.clone(), insert_row(kind));
        }
        db.prepare_cached(&inserts[&kind.name])?
            .execute(rusqlite::params_from_iter(values))
            .map_err(|e| not_unique(e, db, kind, entry))?;
    }
    Ok(())
}

/// Removes the rows that filters and links search for an entry.
fn forget_derived(db: &Connection, id: i64) -> Result<(), StoreError> {
    // The row in the table of the kind stays: `write_fields` overwrites it.
    for table in ["topic", "tag", "alias", "_name"] {
        db.prepare_cached(&format!("DELETE FROM {table} WHERE entry = ?1"))?
            .execute([id])?;
    }
    // Links from other entries to this one stay.
    db.prepare_cached("DELETE FROM link WHERE source = ?1")?
        .execute([id])?;
    Ok(())
}

/// Writes the rows that filters and links search again, from the entry.
pub(crate) fn rewrite_derived(store: &Store, id: i64, entry: &Entry) -> Result<(), StoreError> {
    forget_derived(&store.db, id)?;
    let derived = derived_rows(entry, &store.kinds);
    put_derived(&store.db, &store.kinds, id, derived)
}

/// Writes the rows that filters and links search.
fn put_derived(
    db: &Connection,
    kinds: &Kinds,
    id: i64,
    rows: Vec<[String; 3]>,
) -> Result<(), StoreError> {
    // `table` is one of the tables below, or the field that contains a link.
    for [table, fold, name] in rows {
        match table.as_str() {
            "topic" | "tag" | "alias" => {
                db.prepare_cached(&format!(
                    "INSERT INTO {table} (entry, fold, name) VALUES (?1, ?2, ?3)"
                ))?
                .execute((id, fold, name))?;
            }
            "_name" => {
                db.prepare_cached("INSERT INTO _name (entry, key) VALUES (?1, ?2)")?
                    .execute((id, fold))?;
            }
            field => write_link(db, id, field, &fold, &name, kinds)?,
        }
    }
    Ok(())
}

/// The SQL values of a field, one per column.
fn sql_values(value: Option<&Value>, field: &Field) -> Vec<Sql> {
    let one = match value {
        None => return vec![Sql::Null; width(field)],
        Some(Value::Period(period)) => {
            let day = |day: &Option<String>| day.clone().map_or(Sql::Null, Sql::Text);
            // In the order of `columns`: EDTF, wording, first day, last day.
            return vec![
                Sql::Text(period.edtf.clone()),
                Sql::Text(period.text.clone()),
                day(&period.from),
                day(&period.to),
            ];
        }
        Some(many @ Value::Many(_)) => Sql::Text(many.json().to_string()),
        Some(Value::Integer(n)) => Sql::Integer(*n),
        Some(Value::Number(n)) => Sql::Real(*n),
        Some(Value::Flag(flag)) => Sql::Integer((*flag).into()),
        Some(Value::Text(text)) => Sql::Text(text.clone()),
    };
    vec![one]
}

/// Turns a violated UNIQUE constraint into [`StoreError::NotUnique`] by looking up which value is
/// taken. Other errors stay as they are.
fn not_unique(error: rusqlite::Error, db: &Connection, kind: &Kind, entry: &Entry) -> StoreError {
    let taken = kind
        .fields
        .iter()
        .filter(|field| field.unique)
        .find_map(|field| {
            let value = entry.value(&field.name)?;
            let sql = sql_values(Some(value), field).into_iter().next()?;
            let query = format!(
                "SELECT 1 FROM {} WHERE {} = ?1",
                quote(&kind.name),
                quote(&field.name)
            );
            db.query_row(&query, [sql], |_| Ok(()))
                .ok()
                .map(|()| (field.name.clone(), value.text()))
        });
    match (error.sqlite_error_code(), taken) {
        (Some(rusqlite::ErrorCode::ConstraintViolation), Some((field, value))) => {
            StoreError::NotUnique {
                kind: kind.name.clone(),
                field,
                value,
            }
        }
        _ => error.into(),
    }
}
