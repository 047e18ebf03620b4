//! Links between entries: reads and writes them, and sets their targets.

use rusqlite::Connection;
use serde_json::{Map, Value as Json};

use super::resolve::resolve_link;
use crate::model::reference::Reference;
use crate::model::{Audience, Entry, Kinds};
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::text::fold::fold;

/// A link in an entry, with its target if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Ref of the entry that contains the link.
    pub source: String,
    /// Its title.
    pub title: String,
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

    /// The uid of the entry that each link text of an entry refers to; none if no link has a target.
    pub(crate) fn link_targets(&self, uid: &str) -> Result<Option<Json>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT l.text, t.uid FROM entry AS s JOIN link AS l ON l.source = s.id JOIN entry AS t ON t.id = l.target WHERE s.uid = ?1",
        )?;
        let rows = query.query_map([uid], |row| {
            Ok((row.get::<_, String>(0)?, Json::String(row.get(1)?)))
        })?;
        let targets = rows.collect::<Result<Map<String, Json>, _>>()?;
        Ok((!targets.is_empty()).then_some(Json::Object(targets)))
    }

    /// The uids of the entries that link to an entry.
    pub(crate) fn linking(&self, id: i64) -> Result<Vec<String>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT DISTINCT s.uid FROM link AS l JOIN entry AS s ON s.id = l.source WHERE l.target = ?1",
        )?;
        let rows = query.query_map([id], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The links that a condition finds.
    fn links_where(
        &self,
        condition: &str,
        keys: impl rusqlite::Params,
    ) -> Result<Vec<Link>, StoreError> {
        let mut query = self.db.prepare(&format!(
            "SELECT s.kind || '/' || s.slug, l.field, l.text, t.kind || '/' || t.slug, t.title, s.title
             FROM link AS l JOIN entry AS s ON s.id = l.source LEFT JOIN entry AS t ON t.id = l.target WHERE {condition}"
        ))?;
        let rows = query.query_map(keys, |row| {
            let target: Option<String> = row.get(3)?;
            let title: Option<String> = row.get(4)?;
            Ok(Link {
                source: row.get(0)?,
                title: row.get(5)?,
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
    let target = match resolve_link(db, &reference, Audience::Owner)?.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    db.prepare_cached(
        "INSERT INTO link (source, field, text, fold, target) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((id, field, text, folded, target))?;
    Ok(())
}

/// The texts of the links of an entry, with the row ids of their targets.
pub(super) fn targets_of(db: &Connection, id: i64) -> Result<Vec<(String, i64)>, StoreError> {
    let sql = "SELECT text, target FROM link WHERE source = ?1 AND target IS NOT NULL";
    let mut query = db.prepare_cached(sql)?;
    let rows = query.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Which links of an entry keep the targets that they had when they are written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeptTargets {
    /// All: another entry may have got the name since.
    All,
    /// Those whose texts tell none: an older kb read the others by other rules.
    Unresolved,
}

/// Gives links of an entry that are written again the targets that they had.
pub(super) fn keep_targets(
    db: &Connection,
    id: i64,
    targets: &[(String, i64)],
    kept: KeptTargets,
) -> Result<(), StoreError> {
    let condition = match kept {
        KeptTargets::All => "target IS NOT ?3",
        KeptTargets::Unresolved => "target IS NULL",
    };
    let mut keep = db.prepare_cached(&format!(
        "UPDATE link SET target = ?3 WHERE source = ?1 AND text = ?2 AND {condition}
         AND EXISTS (SELECT 1 FROM entry WHERE id = ?3)",
    ))?;
    for (text, target) in targets {
        keep.execute((id, text, target))?;
    }
    Ok(())
}

/// The uid of an entry and the text of a link in it that got a target.
pub(crate) type Adopted = (String, String);

/// Sets this entry as the target of dangling links whose text is its slug, ref, title, alias or
/// former slug, and returns them.
pub(super) fn adopt_links(
    db: &Connection,
    id: i64,
    entry: &Entry,
) -> Result<Vec<Adopted>, StoreError> {
    let any: bool = db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM link WHERE target IS NULL)")?
        .query_row([], |row| row.get(0))?;
    let mut adopted = Vec::new();
    if !any {
        return Ok(adopted);
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
    let mut adopt = db.prepare_cached(
        "UPDATE link SET target = ?1 WHERE target IS NULL AND fold = ?2
         RETURNING (SELECT uid FROM entry WHERE entry.id = link.source), text",
    )?;
    for name in names {
        for row in adopt.query_map((id, name), |row| Ok((row.get(0)?, row.get(1)?)))? {
            adopted.push(row?);
        }
    }
    Ok(adopted)
}
