//! The links between entries.

use rusqlite::Connection;

use super::resolve::resolve;
use crate::model::reference::Reference;
use crate::model::{Entry, Kinds};
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::text::fold::fold;

/// A link from one entry to another, or to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The entry that links.
    pub source: String,
    /// `body` or the field that holds it.
    pub field: String,
    /// As written.
    pub text: String,
    /// Ref and title of the other entry; none when there is no such entry.
    pub target: Option<(String, String)>,
}

impl Store {
    /// The links of an entry.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn links(&self, id: i64) -> Result<Vec<Link>, StoreError> {
        self.links_where("l.source = ?1 ORDER BY l.rowid", [id])
    }

    /// The links that lead to an entry.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn backlinks(&self, id: i64) -> Result<Vec<Link>, StoreError> {
        self.links_where(
            "l.target = ?1 AND l.source <> ?1 ORDER BY s.kind, s.slug",
            [id],
        )
    }

    /// The links that lead nowhere.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn dangling(&self) -> Result<Vec<Link>, StoreError> {
        self.links_where("l.target IS NULL ORDER BY s.kind, s.slug, l.rowid", [])
    }

    fn links_where(
        &self,
        condition: &str,
        keys: impl rusqlite::Params,
    ) -> Result<Vec<Link>, StoreError> {
        let mut query = self.db.prepare(&format!(
            "SELECT s.kind || '/' || s.slug, l.field, l.text, t.kind || '/' || t.slug, t.title
             FROM link AS l JOIN entry AS s ON s.id = l.source LEFT JOIN entry AS t ON t.id = l.target WHERE {condition}"
        ))?;
        let rows = query.query_map(keys, |row| {
            let target: Option<String> = row.get(3)?;
            let title: Option<String> = row.get(4)?;
            Ok(Link {
                source: row.get(0)?,
                field: row.get(1)?,
                text: row.get(2)?,
                target: target.zip(title),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Writes one link with the entry that it leads to, if that is clear.
pub(super) fn write_link(
    db: &Connection,
    id: i64,
    field: &str,
    folded: &str,
    text: &str,
    kinds: &Kinds,
) -> Result<(), StoreError> {
    let reference = Reference::read(text, kinds);
    let target = match resolve(db, &reference)?.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    db.prepare_cached(
        "INSERT INTO link (source, field, text, fold, target) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((id, field, text, folded, target))?;
    Ok(())
}

/// Links that had no target and mean this entry by its names now point at it.
pub(super) fn adopt_links(db: &Connection, id: i64, entry: &Entry) -> Result<(), StoreError> {
    let any: bool = db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM link WHERE target IS NULL)")?
        .query_row([], |row| row.get(0))?;
    if !any {
        return Ok(());
    }
    let mut names = vec![
        fold(&entry.slug),
        fold(&entry.reference()),
        fold(&entry.title),
    ];
    names.extend(
        entry
            .aliases
            .iter()
            .chain(&entry.former)
            .map(|alias| fold(alias)),
    );
    names.extend(
        entry
            .former
            .iter()
            .map(|slug| fold(&format!("{}/{slug}", entry.kind))),
    );
    let mut adopt =
        db.prepare_cached("UPDATE link SET target = ?1 WHERE target IS NULL AND fold = ?2")?;
    for name in names {
        adopt.execute((id, name))?;
    }
    Ok(())
}
