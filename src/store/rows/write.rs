//! Writes entries to their rows.

use rusqlite::types::{ToSqlOutput, Value as Sql};
use rusqlite::{Connection, ToSql};

use super::Stored;
use super::entry::{entry_hash, field_words};
use super::labels::derived_rows;
use super::links::{Adopted, KeptTargets, adopt_links, keep_targets, targets_of, write_link};
use crate::model::{Entry, Field, Kind, Kinds, Value};
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::store::schema::{columns, insert_row, quote, width};

/// Inserts an entry and all rows derived from it, and returns its row id and the links of others
/// that refer to it now. `words` is [`super::field_words`] of it, `logged` its JSON in the history.
pub(crate) fn insert(
    store: &Store,
    entry: &Entry,
    words: &str,
    logged: &str,
) -> Result<(i64, Vec<Adopted>), StoreError> {
    insert_entry(store, entry, words, logged)?;
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

/// Writes what changed of an entry and the rows derived from it, and returns the links that refer to
/// it now. `words` is [`super::field_words`] of it, `logged` its JSON in the history.
pub(crate) fn update(
    store: &Store,
    before: &Stored,
    entry: &Entry,
    words: &str,
    logged: &str,
) -> Result<Vec<Adopted>, StoreError> {
    update_row(store, before, entry, words, logged)?;
    update_fields(store, before, entry)?;
    let derived = derived_rows(entry, &store.kinds);
    if derived != derived_rows(&before.entry, &store.kinds) {
        put_derived_again(store, before.id, derived, KeptTargets::All)?;
    }
    adopt_links(&store.db, before.id, entry)
}

/// Writes a new row of `entry`.
fn insert_entry(store: &Store, entry: &Entry, words: &str, logged: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO entry (uid, kind, slug, title, body, topics, tags, aliases, former, private, position, created, updated, extra, words, hash)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
    store.db.prepare_cached(sql)?.execute(rusqlite::params![
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

/// Writes the columns of a row of `entry` that differ. SQLite writes each index of a column that a
/// statement names, and the triggers of the search index run, even if the value is the same.
fn update_row(
    store: &Store,
    before: &Stored,
    entry: &Entry,
    words: &str,
    logged: &str,
) -> Result<(), StoreError> {
    let (id, old) = (before.id, &before.entry);
    let hash = entry_hash(&entry.uid, logged);
    let own_extra = extra(entry);
    let [topics, tags, aliases, former] =
        [&entry.topics, &entry.tags, &entry.aliases, &entry.former].map(|list| Lines(list));
    let columns: [(&str, bool, &dyn ToSql); 14] = [
        ("kind", old.kind != entry.kind, &entry.kind),
        ("slug", old.slug != entry.slug, &entry.slug),
        ("title", old.title != entry.title, &entry.title),
        ("body", old.body != entry.body, &entry.body),
        ("topics", old.topics != entry.topics, &topics),
        ("tags", old.tags != entry.tags, &tags),
        ("aliases", old.aliases != entry.aliases, &aliases),
        ("former", old.former != entry.former, &former),
        ("private", old.private != entry.private, &entry.private),
        ("position", old.position != entry.position, &entry.position),
        ("created", old.created != entry.created, &entry.created),
        ("updated", old.updated != entry.updated, &entry.updated),
        ("extra", old.extra != entry.extra, &own_extra),
        ("words", field_words(old) != words, &words),
    ];
    let mut sql = "UPDATE entry SET hash = ?, revision = revision + 1".to_owned();
    let mut values: Vec<&dyn ToSql> = vec![&hash];
    for (name, differs, value) in columns {
        if differs {
            sql.push_str(&format!(", {name} = ?"));
            values.push(value);
        }
    }
    sql.push_str(" WHERE id = ?");
    values.push(&id);
    store.db.prepare_cached(&sql)?.execute(values.as_slice())?;
    Ok(())
}

/// The fields that the kind does not have, as JSON; `None` when there are none.
fn extra(entry: &Entry) -> Option<String> {
    (!entry.extra.is_empty()).then(|| serde_json::Value::Object(entry.extra.clone()).to_string())
}

/// A list stored as one text, one item a line.
struct Lines<'a>(&'a [String]);

impl ToSql for Lines<'_> {
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

/// Writes the columns of the row in the kind's table that differ.
fn update_fields(store: &Store, before: &Stored, entry: &Entry) -> Result<(), StoreError> {
    let (db, kinds) = (&store.db, &store.kinds);
    let Some(kind) = kinds
        .get(&entry.kind)
        .filter(|_| before.entry.kind == entry.kind)
    else {
        return write_fields(store, before.id, entry);
    };
    let (mut set, mut values) = (Vec::new(), Vec::new());
    for field in &kind.fields {
        let value = entry.value(&field.name);
        if before.entry.value(&field.name) != value {
            set.extend(
                columns(field)
                    .iter()
                    .map(|name| format!("{} = ?", quote(name))),
            );
            values.extend(sql_values(value, field));
        }
    }
    if set.is_empty() {
        return Ok(());
    }
    values.push(Sql::Integer(before.id));
    let sql = format!(
        "UPDATE {} SET {} WHERE entry = ?",
        quote(&kind.name),
        set.join(", ")
    );
    let updated = db
        .prepare_cached(&sql)?
        .execute(rusqlite::params_from_iter(values))
        .map_err(|e| not_unique(e, db, kind, entry))?;
    // While its kind changes, an entry has no row.
    match updated {
        0 => write_fields(store, before.id, entry),
        _ => Ok(()),
    }
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
pub(crate) fn rewrite_derived(
    store: &Store,
    id: i64,
    entry: &Entry,
    kept: KeptTargets,
) -> Result<(), StoreError> {
    put_derived_again(store, id, derived_rows(entry, &store.kinds), kept)
}

/// Replaces the rows that filters and links search.
fn put_derived_again(
    store: &Store,
    id: i64,
    derived: Vec<[String; 3]>,
    kept: KeptTargets,
) -> Result<(), StoreError> {
    let targets = targets_of(&store.db, id)?;
    forget_derived(&store.db, id)?;
    put_derived(&store.db, &store.kinds, id, derived)?;
    keep_targets(&store.db, id, &targets, kept)
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
