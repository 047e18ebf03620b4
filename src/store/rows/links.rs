//! Links between entries: reads and writes them, and sets their targets.

use rusqlite::Connection;

use super::resolve::resolve;
use crate::model::reference::Reference;
use crate::model::{Entry, Kinds};
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::text::fold::fold;

/// A link in an entry, with its target if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Ref of the entry that contains the link.
    pub source: String,
    /// `body`, or the name of the field that contains the link.
    pub field: String,
    /// The target as the user wrote it.
    pub text: String,
    /// Ref and title of the target entry; `None` for a dangling link.
    pub target: Option<(String, String)>,
}

impl Store {
    /// The links in an entry.
    pub fn links(&self, id: i64) -> Result<Vec<Link>, StoreError> {
        self.links_where("l.source = ?1 ORDER BY l.rowid", [id])
    }

    /// The links to an entry from other entries, ordered by ref.
    pub fn backlinks(&self, id: i64) -> Result<Vec<Link>, StoreError> {
        self.links_where(
            "l.target = ?1 AND l.source <> ?1 ORDER BY s.kind, s.slug",
            [id],
        )
    }

    /// The links without a target, ordered by ref.
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

/// Writes one link. It gets a target only if `text` resolves to exactly one entry.
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

/// Sets this entry as the target of dangling links whose text is its slug, ref, title, alias or
/// former slug.
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
