//! Entries as rows: reading, writing, and the hash that guards them.

use std::collections::{BTreeSet, HashSet};
use std::hash::Hasher;

use rusqlite::types::{ToSqlOutput, Value as Sql, ValueRef};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row};
use siphasher::sip::SipHasher13;

use super::tables::{columns, insert_row, quote, width};
use super::{Store, StoreError};
use crate::model::reference::Reference;
use crate::model::{Entry, Field, FieldType, Kind, Kinds, Period, Value, link};
use crate::text::acronym;
use crate::text::fold::{fold, squeezed, words};

/// An entry with its row id and revision.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Row id, valid within one transaction.
    pub id: i64,
    /// Grows with every write.
    pub revision: i64,
    /// The entry.
    pub entry: Entry,
}

/// The columns of `entry` in the order in which [`from_row`] reads them.
pub const COLUMNS: &str =
    "e.id, e.revision, e.uid, e.kind, e.slug, e.title, e.body, e.topics, e.tags, e.aliases, e.former, e.private, e.position, e.created, e.updated, e.extra";
const COLUMN_COUNT: usize = 16;

/// The columns of a kind's table, prefixed for a join.
pub fn kind_columns(kind: &Kind) -> String {
    kind.fields.iter().flat_map(columns).map(|column| format!(", k.{}", quote(&column))).collect()
}

/// SipHash-1-3 of parts of text, as SQLite keeps an integer.
pub fn hash(parts: &[&str]) -> i64 {
    let mut hasher = SipHasher13::new();
    for part in parts {
        hasher.write(part.as_bytes());
        hasher.write_u8(0xff);
    }
    hasher.finish().cast_signed()
}

/// The hash of an entry: of its uid and its form in the history.
pub fn entry_hash(uid: &str, logged: &str) -> i64 {
    hash(&[uid, logged])
}

/// Reads an entry from [`COLUMNS`], followed by [`kind_columns`] when the kind is given.
pub fn from_row(row: &Row<'_>, kind: Option<&Kind>) -> rusqlite::Result<Stored> {
    let lines = |at: usize| -> rusqlite::Result<Vec<String>> { Ok(split_lines(row.get_ref(at)?.as_str()?)) };
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
        extra: extra.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
    };
    if let Some(kind) = kind {
        read_values(row, COLUMN_COUNT, kind, &mut entry)?;
    }
    Ok(Stored { id: row.get(0)?, revision: row.get(1)?, entry })
}

fn split_lines(text: &str) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { text.split('\n').map(str::to_owned).collect() }
}

fn read_values(row: &Row<'_>, mut at: usize, kind: &Kind, entry: &mut Entry) -> rusqlite::Result<()> {
    for field in &kind.fields {
        if let Some(value) = read_value(row, at, field)? {
            entry.values.insert(field.name.clone(), value);
        }
        at += width(field);
    }
    Ok(())
}

fn read_value(row: &Row<'_>, at: usize, field: &Field) -> rusqlite::Result<Option<Value>> {
    let cell = row.get_ref(at)?;
    if cell == ValueRef::Null {
        return Ok(None);
    }
    if field.many {
        let json = serde_json::from_str(cell.as_str()?).unwrap_or(serde_json::Value::Null);
        return Ok(Value::from_logged(&json, field));
    }
    Ok(Some(match field.kind_of {
        FieldType::Integer => Value::Integer(cell.as_i64()?),
        FieldType::Number => Value::Number(cell.as_f64()?),
        FieldType::Flag => Value::Flag(cell.as_i64()? != 0),
        FieldType::Period => Value::Period(Period { edtf: cell.as_str()?.to_owned(), text: row.get(at + 1)?, from: row.get(at + 2)?, to: row.get(at + 3)? }),
        _ => Value::Text(cell.as_str()?.to_owned()),
    }))
}

/// The SQL values of a field, one a column.
fn sql_values(value: Option<&Value>, field: &Field) -> Vec<Sql> {
    let one = match value {
        None => return vec![Sql::Null; width(field)],
        Some(Value::Period(period)) => {
            let day = |day: &Option<String>| day.clone().map_or(Sql::Null, Sql::Text);
            return vec![Sql::Text(period.edtf.clone()), Sql::Text(period.text.clone()), day(&period.from), day(&period.to)];
        }
        Some(many @ Value::Many(_)) => Sql::Text(many.json().to_string()),
        Some(Value::Integer(n)) => Sql::Integer(*n),
        Some(Value::Number(n)) => Sql::Real(*n),
        Some(Value::Flag(flag)) => Sql::Integer((*flag).into()),
        Some(Value::Text(text)) => Sql::Text(text.clone()),
    };
    vec![one]
}

impl Store {
    /// Reads one entry by row id.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn by_id(&self, id: i64) -> Result<Option<Stored>, StoreError> {
        self.read_where("e.id = ?1", [id])
    }

    /// Reads one entry by row id without the values of its kind.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn common_by_id(&self, id: i64) -> Result<Option<Stored>, StoreError> {
        let mut query = self.db.prepare_cached(&format!("SELECT {COLUMNS} FROM entry AS e WHERE e.id = ?1"))?;
        Ok(query.query_row([id], |row| from_row(row, None)).optional()?)
    }

    /// Reads one entry by uid.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn by_uid(&self, uid: &str) -> Result<Option<Stored>, StoreError> {
        self.read_where("e.uid = ?1", [uid])
    }

    /// Reads one entry by kind and slug.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn by_slug(&self, kind: &str, slug: &str) -> Result<Option<Stored>, StoreError> {
        self.read_where("e.kind = ?1 AND e.slug = ?2", (kind, slug))
    }

    fn read_where(&self, condition: &str, keys: impl rusqlite::Params) -> Result<Option<Stored>, StoreError> {
        let mut query = self.db.prepare_cached(&format!("SELECT {COLUMNS} FROM entry AS e WHERE {condition}"))?;
        let stored = query.query_row(keys, |row| from_row(row, None)).optional()?;
        stored.map(|mut stored| self.complete(&mut stored).map(|()| stored)).transpose()
    }

    /// Reads the kind's own values into an entry that has only the common ones.
    pub(super) fn complete(&self, stored: &mut Stored) -> Result<(), StoreError> {
        let Some(kind) = self.kinds.get(&stored.entry.kind).filter(|kind| !kind.fields.is_empty()) else { return Ok(()) };
        fill(&mut self.query_of(kind)?, kind, stored)
    }

    /// The query for the row of an entry in the table of its kind.
    pub(super) fn query_of(&self, kind: &Kind) -> Result<CachedStatement<'_>, StoreError> {
        let mut selects = self.selects.borrow_mut();
        if !selects.contains_key(&kind.name) {
            let columns = kind_columns(kind);
            let select = format!("SELECT {} FROM {} AS k WHERE k.entry = ?1", columns.trim_start_matches(", "), quote(&kind.name));
            selects.insert(kind.name.clone(), select);
        }
        Ok(self.db.prepare_cached(&selects[&kind.name])?)
    }
}

/// Reads the kind's own values with the query for them.
pub fn fill(query: &mut CachedStatement<'_>, kind: &Kind, stored: &mut Stored) -> Result<(), StoreError> {
    query.query_row([stored.id], |row| read_values(row, 0, kind, &mut stored.entry)).optional()?;
    Ok(())
}

/// The text of the fields that the search index holds beside title, aliases and body.
pub fn field_words(entry: &Entry) -> String {
    let mut parts: Vec<String> = entry.topics.iter().chain(&entry.tags).cloned().collect();
    for value in entry.values.values() {
        match value {
            Value::Text(_) => parts.push(value.text()),
            Value::Period(period) => parts.push(period.text.clone()),
            Value::Many(values) => parts.extend(values.iter().map(Value::text)),
            Value::Integer(_) | Value::Number(_) | Value::Flag(_) => {}
        }
    }
    parts.join("\n")
}

/// The form in which a topic is matched: every word after a space.
pub fn topic_fold(topic: &str) -> String {
    topic.split('/').map(|part| format!(" {}", words(part).join(" "))).collect::<Vec<_>>().join("/")
}

/// Inserts an entry; gives its row id.
pub fn insert(store: &Store, entry: &Entry, logged: &str) -> Result<i64, StoreError> {
    write_row(store, None, entry, logged)?;
    let id = store.db.last_insert_rowid();
    write_rest(store, id, entry)?;
    adopt_links(&store.db, id, entry)?;
    Ok(id)
}

/// Rewrites an entry and all that belongs to it.
pub fn update(store: &Store, id: i64, entry: &Entry, logged: &str) -> Result<(), StoreError> {
    write_row(store, Some(id), entry, logged)?;
    let db = &store.db;
    for table in ["topic", "tag", "alias", "_name"] {
        db.prepare_cached(&format!("DELETE FROM {table} WHERE entry = ?1"))?.execute([id])?;
    }
    db.prepare_cached("DELETE FROM link WHERE source = ?1")?.execute([id])?;
    write_rest(store, id, entry)?;
    adopt_links(db, id, entry)
}

/// Writes the row of `entry`: a new one, or that of the id.
fn write_row(store: &Store, id: Option<i64>, entry: &Entry, logged: &str) -> Result<(), StoreError> {
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
        field_words(entry),
        entry_hash(&entry.uid, logged),
    ])?;
    Ok(())
}

fn extra(entry: &Entry) -> Option<String> {
    (!entry.extra.is_empty()).then(|| serde_json::Value::Object(entry.extra.clone()).to_string())
}

/// A list as one text, one a line.
struct Lines<'a>(&'a [String]);

impl rusqlite::ToSql for Lines<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.join("\n").into())
    }
}

/// The kind's own row, and the tables that filters and links look in.
fn write_rest(store: &Store, id: i64, entry: &Entry) -> Result<(), StoreError> {
    let (db, kinds) = (&store.db, &store.kinds);
    if let Some(kind) = kinds.get(&entry.kind) {
        let values = kind.fields.iter().flat_map(|field| sql_values(entry.value(&field.name), field));
        let values = std::iter::once(Sql::Integer(id)).chain(values);
        let mut inserts = store.inserts.borrow_mut();
        if !inserts.contains_key(&kind.name) {
            inserts.insert(kind.name.clone(), insert_row(kind));
        }
        db.prepare_cached(&inserts[&kind.name])?.execute(rusqlite::params_from_iter(values)).map_err(|e| not_unique(e, db, kind, entry))?;
    }
    for [table, fold, name] in derived_rows(entry, kinds) {
        match table.as_str() {
            "topic" | "tag" | "alias" => {
                db.prepare_cached(&format!("INSERT INTO {table} (entry, fold, name) VALUES (?1, ?2, ?3)"))?.execute((id, fold, name))?;
            }
            "_name" => {
                db.prepare_cached("INSERT INTO _name (entry, key) VALUES (?1, ?2)")?.execute((id, fold))?;
            }
            field => write_link(db, id, field, &fold, &name, kinds)?,
        }
    }
    Ok(())
}

/// The rows of an entry in the tables that filters and links look in, sorted: table or field of a link, folded form, name.
pub fn derived_rows(entry: &Entry, kinds: &Kinds) -> Vec<[String; 3]> {
    let row = |table: &str, fold: String, name: &str| [table.to_owned(), fold, name.to_owned()];
    let mut rows: Vec<[String; 3]> = entry.topics.iter().map(|topic| row("topic", topic_fold(topic), topic)).collect();
    rows.extend(entry.tags.iter().map(|tag| row("tag", fold(tag), tag)));
    rows.extend(entry.aliases.iter().chain(&entry.former).map(|alias| row("alias", fold(alias), alias)));
    let mut seen = HashSet::new();
    rows.retain(|[table, fold, _]| seen.insert((table.clone(), fold.clone())));
    rows.extend(names(entry).into_iter().map(|key| row("_name", key, "")));
    rows.extend(link::refs(&entry.body).iter().map(|text| row("body", fold(text), text)));
    let refs = kinds.get(&entry.kind).into_iter().flat_map(|kind| kind.fields.iter().filter(|field| field.kind_of == FieldType::Ref));
    for field in refs {
        let texts = entry.value(&field.name).map(Value::texts).unwrap_or_default();
        rows.extend(texts.iter().filter(|text| !text.contains("://")).map(|text| row(&field.name, fold(text), text)));
    }
    rows.sort();
    rows
}

/// What an entry with aliases is called, in the form in which names are compared.
pub fn names(entry: &Entry) -> BTreeSet<String> {
    if entry.aliases.is_empty() {
        return BTreeSet::new();
    }
    let title = acronym::split(&entry.title).map_or(entry.title.as_str(), |(before, _)| before);
    let keys = entry.aliases.iter().map(String::as_str).chain([title]).map(squeezed);
    keys.filter(|key| !key.is_empty()).collect()
}

fn not_unique(error: rusqlite::Error, db: &Connection, kind: &Kind, entry: &Entry) -> StoreError {
    let taken = kind.fields.iter().filter(|field| field.unique).find_map(|field| {
        let value = entry.value(&field.name)?;
        let sql = sql_values(Some(value), field).into_iter().next()?;
        let query = format!("SELECT 1 FROM {} WHERE {} = ?1", quote(&kind.name), quote(&field.name));
        db.query_row(&query, [sql], |_| Ok(())).ok().map(|()| (field.name.clone(), value.text()))
    });
    match (error.sqlite_error_code(), taken) {
        (Some(rusqlite::ErrorCode::ConstraintViolation), Some((field, value))) => StoreError::NotUnique { kind: kind.name.clone(), field, value },
        _ => error.into(),
    }
}

fn write_link(db: &Connection, id: i64, field: &str, folded: &str, text: &str, kinds: &Kinds) -> Result<(), StoreError> {
    let reference = Reference::read(text, kinds);
    let target = match super::lookup::resolve(db, &reference)?.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    db.prepare_cached("INSERT INTO link (source, field, text, fold, target) VALUES (?1, ?2, ?3, ?4, ?5)")?.execute((id, field, text, folded, target))?;
    Ok(())
}

/// Links that had no target and mean this entry by its names now point at it.
fn adopt_links(db: &Connection, id: i64, entry: &Entry) -> Result<(), StoreError> {
    let any: bool = db.prepare_cached("SELECT EXISTS (SELECT 1 FROM link WHERE target IS NULL)")?.query_row([], |row| row.get(0))?;
    if !any {
        return Ok(());
    }
    let mut names = vec![fold(&entry.slug), fold(&entry.reference()), fold(&entry.title)];
    names.extend(entry.aliases.iter().chain(&entry.former).map(|alias| fold(alias)));
    names.extend(entry.former.iter().map(|slug| fold(&format!("{}/{slug}", entry.kind))));
    let mut adopt = db.prepare_cached("UPDATE link SET target = ?1 WHERE target IS NULL AND fold = ?2")?;
    for name in names {
        adopt.execute((id, name))?;
    }
    Ok(())
}
