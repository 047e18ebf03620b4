//! Looks up entries by ref, identifier or name, and lists names and labels for completion and
//! suggestions.

use rusqlite::{OptionalExtension, ToSql};
use serde_json::{Map, Value as Json};

use crate::model::identifier::url_key;
use crate::model::reference::Reference;
use crate::model::{Audience, FieldType, Query};
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::store::index::quoted;
use crate::store::rows::{CANDIDATES, Stored, resolve, resolve_link};
use crate::store::schema::quote;
use crate::text::fold::fold;
use crate::text::script::spaced;
use crate::text::slug::is_slug;

/// The maximum number of names that are read for suggestions.
const NAMES: i64 = 20_000;

/// A type of label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Labels {
    /// Subject headings.
    Topics,
    /// Free keywords.
    Tags,
    /// Alternative names of entries.
    Aliases,
}

impl Labels {
    /// The table that has them.
    pub(super) fn table(self) -> &'static str {
        match self {
            Labels::Topics => "topic",
            Labels::Tags => "tag",
            Labels::Aliases => "alias",
        }
    }
}

/// The ref and the names of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The ref, `kind/slug`.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// The alternative names, in order.
    pub aliases: Vec<String>,
}

impl Store {
    /// The entries that a ref may mean: one if it is unambiguous, none if nothing matches.
    /// Identifiers (DOI, arXiv id, URL) take precedence over names.
    pub fn resolve(&self, reference: &Reference) -> Result<Vec<Stored>, StoreError> {
        let mut found = self.identified(reference)?;
        // A text that cannot be a slug is first looked for as a title, exactly as written: `C#` is
        // not the entry with the slug `c`, and a former name of another entry counts for less.
        if found.is_empty() && !is_slug(&reference.text) {
            let mut entitled = self.entitled(reference)?;
            entitled.retain(|stored| stored.entry.title == reference.text);
            if !entitled.is_empty() {
                return Ok(entitled);
            }
        }
        if found.is_empty() {
            found = resolve(&self.db, reference)?;
        }
        found.dedup();
        if found.is_empty() {
            return self.entitled(reference);
        }
        self.by_ids(found)
    }

    /// Calls `visit` with the row id and the extra data of each entry of a kind that has any.
    pub fn each_extra(
        &self,
        kind: &str,
        mut visit: impl FnMut(i64, Map<String, Json>),
    ) -> Result<(), StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT id, extra FROM entry WHERE kind = ?1 AND extra IS NOT NULL ORDER BY id",
        )?;
        let mut rows = query.query([kind])?;
        while let Some(row) = rows.next()? {
            let extra: String = row.get(1)?;
            visit(
                row.get(0)?,
                serde_json::from_str(&extra).unwrap_or_default(),
            );
        }
        Ok(())
    }

    /// The entries whose whole title is the text of a reference, up to case and accents.
    fn entitled(&self, reference: &Reference) -> Result<Vec<Stored>, StoreError> {
        let is_identifier =
            reference.doi.is_some() || reference.arxiv.is_some() || reference.url.is_some();
        let phrase = quoted(&spaced(&reference.text)).filter(|_| !is_identifier);
        let Some(phrase) = phrase else {
            return Ok(Vec::new());
        };
        let mut query = self
            .db
            .prepare_cached("SELECT rowid FROM search WHERE search MATCH ?1 LIMIT 100")?;
        let ids: Vec<i64> = query
            .query_map([format!("title : {phrase}")], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut found = self.by_ids(ids)?;
        found.retain(|stored| {
            fold(&stored.entry.title) == reference.folded
                && reference
                    .kind
                    .as_ref()
                    .is_none_or(|kind| *kind == stored.entry.kind)
        });
        Ok(found)
    }

    /// The entries that the text of a link may mean, among those that the audience may see. Unlike
    /// that of a command, it is never the start of a slug.
    pub fn resolve_link(
        &self,
        reference: &Reference,
        audience: Audience,
    ) -> Result<Vec<Stored>, StoreError> {
        let mut found = self.by_ids(self.identified(reference)?)?;
        found.retain(|stored| audience == Audience::Owner || !stored.entry.private);
        if found.is_empty() {
            let mut ids = resolve_link(&self.db, reference, audience)?;
            ids.dedup();
            found = self.by_ids(ids)?;
        }
        // Among too many entries with the words of a title, private ones could hide a public one.
        if found.is_empty() && audience == Audience::Owner {
            found = self.entitled(reference)?;
        }
        Ok(found)
    }

    /// The paths within their folders of all notes that entries have.
    pub fn note_paths(&self) -> Result<Vec<String>, StoreError> {
        let path = "json_extract(extra, '$.file.path')";
        let sql = format!("SELECT {path} FROM entry WHERE {path} IS NOT NULL");
        let mut query = self.db.prepare_cached(&sql)?;
        let rows = query.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The entries with the DOI, the arXiv id (in any version) or the URL of a reference.
    pub fn by_identifier(&self, reference: &Reference) -> Result<Vec<Stored>, StoreError> {
        self.by_ids(self.identified(reference)?)
    }

    /// Row ids of the entries with the DOI, arXiv id (in any version) or URL of a reference, in
    /// ascending order without duplicates. Only fields of these types with a single value are
    /// searched.
    fn identified(&self, reference: &Reference) -> Result<Vec<i64>, StoreError> {
        let mut found = Vec::new();
        if reference.doi.is_none() && reference.arxiv.is_none() && reference.url.is_none() {
            // Without an identifier, no table needs to be searched.
            return Ok(found);
        }
        for kind in self.kinds.iter().filter(|kind| {
            reference
                .kind
                .as_ref()
                .is_none_or(|name| *name == kind.name)
        }) {
            for field in kind.fields.iter().filter(|field| !field.many) {
                let key = match field.field_type {
                    FieldType::Doi => reference.doi.clone(),
                    FieldType::Arxiv => reference.arxiv.clone(),
                    FieldType::Url => reference.url.clone(),
                    _ => None,
                };
                let Some(key) = key else { continue };
                let column = quote(&field.name);
                let from = format!("SELECT entry FROM {} WHERE {column}", quote(&kind.name));
                let mut ask = |condition: &str, keys: &[&dyn ToSql]| -> Result<(), StoreError> {
                    let mut query = self
                        .db
                        .prepare_cached(&format!("{from} {condition} LIMIT {CANDIDATES}"))?;
                    for id in query.query_map(keys, |row| row.get(0))? {
                        found.push(id?);
                    }
                    Ok(())
                };
                if field.field_type == FieldType::Arxiv {
                    ask("= ?1", &[&key])?;
                    ask(&format!(">= ?1 || 'v0' AND {column} < ?1 || 'v:'"), &[&key])?;
                } else if field.field_type == FieldType::Url {
                    for spelling in spellings(&key) {
                        ask("= ?1", &[&spelling])?;
                    }
                } else {
                    ask("= ?1", &[&key])?;
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// The uid of the entry of a kind that has a slug, or the value of a unique field.
    pub(in crate::store) fn holder_of(
        &self,
        kind: &str,
        field: &str,
        value: &str,
    ) -> Result<Option<String>, StoreError> {
        if field == "slug" {
            return Ok(self.by_slug(kind, value)?.map(|stored| stored.entry.uid));
        }
        let sql = format!(
            "SELECT e.uid FROM {} AS k JOIN entry AS e ON e.id = k.entry WHERE k.{} = ?1",
            quote(kind),
            quote(field)
        );
        Ok(self
            .db
            .query_row(&sql, [value], |row| row.get(0))
            .optional()?)
    }

    /// The entries of a kind whose alias or slug is `name`, those with the alias first.
    pub fn by_alias_or_slug(&self, kind: &str, name: &str) -> Result<Vec<Stored>, StoreError> {
        self.by_ids(
            self.named(kind, name)?
                .into_iter()
                .map(|(id, _)| id)
                .collect(),
        )
    }

    /// The entries that [`Store::by_alias_or_slug`] finds, if at least one of them has a uid other
    /// than `uid`; otherwise none.
    pub fn others_with_key(
        &self,
        kind: &str,
        name: &str,
        uid: &str,
    ) -> Result<Vec<Stored>, StoreError> {
        let named = self.named(kind, name)?;
        if named.iter().all(|(_, own)| own == uid) {
            Ok(Vec::new())
        } else {
            self.by_ids(named.into_iter().map(|(id, _)| id).collect())
        }
    }

    /// Row ids and uids of the entries of a kind whose alias or slug is `name`.
    fn named(&self, kind: &str, name: &str) -> Result<Vec<(i64, String)>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT e.id, e.uid FROM alias AS a JOIN entry AS e ON e.id = a.entry WHERE a.fold = ?1 AND e.kind = ?2
             UNION ALL SELECT id, uid FROM entry WHERE kind = ?2 AND slug = ?3",
        )?;
        let rows = query.query_map((&fold(name), kind, name), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        let mut named: Vec<(i64, String)> = Vec::new();
        for row in rows {
            let row = row?;
            // An alias may be the slug of its entry.
            if !named.contains(&row) {
                named.push(row);
            }
        }
        Ok(named)
    }

    pub(in crate::store) fn by_ids(&self, ids: Vec<i64>) -> Result<Vec<Stored>, StoreError> {
        ids.into_iter()
            .filter_map(|id| self.by_id(id).transpose())
            .collect()
    }

    /// The names of the entries that match a query, most recently added first, at most `limit`.
    pub fn names(&self, query: &Query, limit: usize) -> Result<Vec<Name>, StoreError> {
        let (condition, parameters) = self.condition(query);
        let sql = format!(
            "SELECT e.kind || '/' || e.slug, e.title, e.aliases FROM entry AS e WHERE {condition} ORDER BY e.id DESC LIMIT {limit}"
        );
        let mut query = self.db.prepare(&sql)?;
        let rows = query.query_map(rusqlite::params_from_iter(parameters), |row| {
            let aliases: String = row.get(2)?;
            Ok(Name {
                reference: row.get(0)?,
                title: row.get(1)?,
                aliases: aliases.lines().map(str::to_owned).collect(),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Slugs that begin with `start`, of one kind or of all kinds, for suggestions.
    pub fn slugs_from(&self, start: &str, kind: Option<&str>) -> Result<Vec<String>, StoreError> {
        let mut query = self.db.prepare(
            "SELECT slug FROM entry WHERE kind IN (SELECT name FROM kind) AND (?2 IS NULL OR kind = ?2) AND slug >= ?1 AND slug < ?1 || char(1114111) LIMIT ?3",
        )?;
        Ok(query
            .query_map((start, kind, NAMES), |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    /// Slugs that begin with `start`, each with the title, for completion. If `start` is
    /// `kind/prefix`, the results are refs of that kind, `kind/slug`.
    pub fn refs_from(&self, start: &str, limit: i64) -> Result<Vec<(String, String)>, StoreError> {
        let (kind, start) = start
            .split_once('/')
            .map_or((None, start), |(kind, start)| {
                (self.kinds.get(kind).map(|kind| kind.name.clone()), start)
            });
        let mut query = self.db.prepare(
            "SELECT CASE WHEN ?2 IS NULL THEN slug ELSE kind || '/' || slug END, title FROM entry
             WHERE kind IN (SELECT name FROM kind) AND slug >= ?1 AND slug < ?1 || char(1114111) AND (?2 IS NULL OR kind = ?2) ORDER BY slug LIMIT ?3",
        )?;
        Ok(query
            .query_map((start, kind, limit), |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?)
    }

    /// The distinct labels of one type, for completion and suggestions. The time grows with the
    /// number of labels, not with that of entries.
    pub fn labels(&self, labels: Labels) -> Result<Vec<String>, StoreError> {
        let table = labels.table();
        let mut query = self.db.prepare(&format!(
            "WITH RECURSIVE each (fold) AS (SELECT min(fold) FROM {table} UNION ALL
             SELECT (SELECT min(t.fold) FROM {table} AS t WHERE t.fold > each.fold) FROM each WHERE each.fold IS NOT NULL LIMIT ?1)
             SELECT (SELECT t.name FROM {table} AS t WHERE t.fold = each.fold LIMIT 1) FROM each WHERE fold IS NOT NULL"
        ))?;
        Ok(query
            .query_map([NAMES], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }
}

/// The common spellings of a URL: as given, and with either scheme, with or without `www.` and a
/// final slash.
fn spellings(url: &str) -> Vec<String> {
    let key = url_key(url);
    let mut all = vec![url.to_owned()];
    for scheme in ["https://", "http://"] {
        for www in ["", "www."] {
            for end in ["", "/"] {
                all.push(format!("{scheme}{www}{key}{end}"));
            }
        }
    }
    all
}
