//! Resolves a ref, or the text of a link, to the row ids of the entries that it may mean.
//!
//! The first rule that matches any entry decides:
//!
//! 1. a ref `kind/slug`, as kb writes it;
//! 2. the path of a note, as `[[Folder/Note]]` or `[x](Folder/Note.md)` has it;
//! 3. a slug;
//! 4. the end of the path of one note, as `[[Note]]` has it;
//! 5. an alias or a former slug;
//! 6. the text made a slug, present or former, which finds most titles;
//! 7. a title, which an entry may have got after its slug;
//! 8. the text after the last slash, among entries whose note is not in another folder.
//!
//! A ref that a user types may also be the start of a slug; a link never is, because its meaning would
//! depend on which entry was added first.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::model::Audience;
use crate::model::reference::Reference;
use crate::store::error::StoreError;
use crate::text::fold::{compact_key, fold};

/// The path of the note of an entry `e`, as it is compared and indexed.
const NOTE_PATH: &str = "lower(json_extract(e.extra, '$.file.path'))";

/// The part of that path after the last slash.
const NOTE_NAME: &str = "lower(replace(json_extract(e.extra, '$.file.path'), rtrim(json_extract(e.extra, '$.file.path'), replace(json_extract(e.extra, '$.file.path'), '/', '')), ''))";

/// The maximum number of candidates for an ambiguous ref.
pub(crate) const CANDIDATES: i64 = 10;

/// The row ids that a ref as a user types it may mean: those that it names, else those whose slugs
/// it begins.
pub(crate) fn resolve(db: &Connection, reference: &Reference) -> Result<Vec<i64>, StoreError> {
    let named = resolve_link(db, reference, Audience::Owner)?;
    if !named.is_empty() || reference.slug.is_empty() {
        return Ok(named);
    }
    let mut query = db.prepare_cached(
        "SELECT id FROM entry WHERE kind IN (SELECT name FROM kind) AND (?2 IS NULL OR kind = ?2)
         AND slug >= ?1 AND slug < ?1 || char(1114111) LIMIT ?3",
    )?;
    let key = (&reference.slug, reference.kind.as_deref(), CANDIDATES);
    let rows = query.query_map(key, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The row ids of the entries that a link may mean, by the first rule that matches any entry: the ref,
/// the path of a note, the slug, the end of the path of one note, an alias or former slug, the text as a
/// slug, the title, the text after the last slash if no note of another folder has that name. Only entries that the
/// audience may see count, so that the answer for the public does not depend on private entries.
pub(crate) fn resolve_link(
    db: &Connection,
    reference: &Reference,
    audience: Audience,
) -> Result<Vec<i64>, StoreError> {
    let kind = reference.kind.as_deref();
    let seen = match audience {
        Audience::Owner => "",
        Audience::Public => " AND e.private = 0",
    };
    let ids = |sql: &str, key: &str| -> Result<Vec<i64>, StoreError> {
        let limited = format!(
            "SELECT e.id FROM entry AS e {sql} AND (?2 IS NULL OR e.kind = ?2){seen} LIMIT ?3"
        );
        let mut query = db.prepare_cached(&limited)?;
        let rows = query.query_map((key, kind, CANDIDATES), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    if let Some(kind) = kind {
        let mut query = db.prepare_cached(&format!(
            "SELECT id FROM entry AS e WHERE kind = ?1 AND slug = ?2{seen}"
        ))?;
        let found: Vec<i64> = query
            .query_map([kind, &reference.text], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let notes = |path: &str, condition: &str| -> Result<Vec<i64>, StoreError> {
        let mut query = db.prepare_cached(&format!(
            "SELECT e.id FROM entry AS e WHERE {NOTE_NAME} = ?1 AND {condition}
             AND json_extract(e.extra, '$.file.path') IS NOT NULL{seen} LIMIT ?3"
        ))?;
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        let rows = query.query_map((name, path, CANDIDATES), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    if let Some(path) = &reference.path {
        let found = notes(path, &format!("{NOTE_PATH} = ?2"))?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    // Naming every kind lets SQLite use the index on (kind, slug).
    let every_kind = "WHERE e.kind IN (SELECT name FROM kind) AND";
    let by_slug = format!("{every_kind} e.slug = ?1");
    let found = ids(&by_slug, &reference.text)?;
    if !found.is_empty() {
        return Ok(found);
    }
    if let Some(end) = &reference.note {
        let found = notes(
            end,
            &format!("substr('/' || {NOTE_PATH}, -length(?2) - 1) = '/' || ?2"),
        )?;
        if found.len() == 1 {
            return Ok(found);
        }
    }
    let by_alias = "WHERE e.id IN (SELECT entry FROM alias WHERE fold = ?1)";
    // The text may be a title that an entry had, of which the former slug is known.
    let former = match fold(&reference.slug) {
        // It was looked for already.
        same if same == reference.folded => String::new(),
        former => former,
    };
    for (sql, key) in [
        (by_alias, &reference.folded),
        (&by_slug, &reference.slug),
        (by_alias, &former),
    ] {
        if key.is_empty() {
            continue;
        }
        let found = ids(sql, key)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let found = titled(db, reference, seen)?;
    if !found.is_empty() {
        return Ok(found);
    }
    // A link in a vault may name a note with a part of its path.
    let last = reference.text.rsplit_once('/').map(|(_, last)| last);
    let last = last.filter(|last| kind.is_none() && reference.url.is_none() && !last.is_empty());
    let (Some(last), Some(path)) = (last, &reference.path) else {
        return Ok(Vec::new());
    };
    let mut found = resolve_link(db, &Reference::named(last), audience)?;
    let end = format!("/{path}");
    let mut query = db.prepare_cached(
        "SELECT lower(json_extract(extra, '$.file.path')) FROM entry WHERE id = ?1",
    )?;
    let mut paths = HashMap::new();
    for id in &found {
        let path: Option<String> = query.query_row([id], |row| row.get(0))?;
        paths.insert(*id, path);
    }
    found.retain(|id| paths[id].as_ref().is_none_or(|path| path.ends_with(&end)));
    Ok(found)
}

/// The row ids of the entries with a title. `seen` is the condition for those that the audience may see.
fn titled(db: &Connection, reference: &Reference, seen: &str) -> Result<Vec<i64>, StoreError> {
    let key = compact_key(&reference.folded);
    if key.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = db.prepare_cached(&format!(
        "SELECT e.id, e.title FROM _name AS n CROSS JOIN entry AS e ON e.id = n.entry
         WHERE n.key = ?1 AND (?2 IS NULL OR e.kind = ?2){seen} LIMIT ?3"
    ))?;
    let mut rows = query.query((key, reference.kind.as_deref(), CANDIDATES))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if fold(&row.get::<_, String>(1)?) == reference.folded {
            found.push(row.get(0)?);
        }
    }
    Ok(found)
}
