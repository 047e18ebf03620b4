//! From a ref to the entry, and the links between entries.

use rusqlite::{Connection, OptionalExtension, ToSql};

use super::entries::Stored;
use super::{Store, StoreError};
use crate::model::identifier::url_key;
use crate::model::reference::Reference;
use crate::model::{FieldType, Query};
use crate::store::tables::quote;
use crate::text::acronym;
use crate::text::fold::{fold, squeezed};

/// Most candidates that an ambiguous ref gives.
const CANDIDATES: i64 = 10;

/// Most names that are looked through for a suggestion.
const NAMES: i64 = 20_000;

/// What labels there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Labels {
    /// Subject headings.
    Topics,
    /// Free labels.
    Tags,
    /// Other names.
    Aliases,
}

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

/// What an entry is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Its ref.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Its other names.
    pub aliases: Vec<String>,
}

/// Row ids that a ref may mean, by the first rule that finds any: slug, alias or former slug, title, unambiguous start.
pub fn resolve(db: &Connection, reference: &Reference) -> Result<Vec<i64>, StoreError> {
    let kind = reference.kind.as_deref();
    let ids = |sql: &str, key: &str| -> Result<Vec<i64>, StoreError> {
        let limited = format!("SELECT e.id FROM entry AS e {sql} AND (?2 IS NULL OR e.kind = ?2) LIMIT ?3");
        let mut query = db.prepare_cached(&limited)?;
        let rows = query.query_map((key, kind, CANDIDATES), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    if let Some(kind) = kind {
        let mut query = db.prepare_cached("SELECT id FROM entry WHERE kind = ?1 AND slug = ?2")?;
        let found: Vec<i64> = query.query_map([kind, &reference.text], |row| row.get(0))?.collect::<Result<_, _>>()?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    // Every kind is asked through the index on (kind, slug).
    let every_kind = "WHERE e.kind IN (SELECT name FROM kind) AND";
    let mut rules = vec![(format!("{every_kind} e.slug = ?1"), reference.text.clone())];
    rules.push(("WHERE e.id IN (SELECT entry FROM alias WHERE fold = ?1)".to_owned(), reference.folded.clone()));
    if !reference.slug.is_empty() {
        rules.push((format!("{every_kind} e.slug = ?1"), reference.slug.clone()));
        let start = "e.slug >= ?1 AND e.slug < ?1 || '{'";
        rules.push((format!("{every_kind} {start}"), reference.slug.clone()));
    }
    for (sql, key) in rules.iter().filter(|(_, key)| !key.is_empty()) {
        let found = ids(sql, key)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    // A note of a vault may be named with its folder.
    match reference.text.rsplit_once('/') {
        Some((_, last)) if kind.is_none() && reference.url.is_none() && !last.is_empty() => resolve(db, &Reference::named(last)),
        _ => Ok(Vec::new()),
    }
}

impl Store {
    /// The entries that a ref may mean; one when it is clear.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn resolve(&self, reference: &Reference) -> Result<Vec<Stored>, StoreError> {
        let mut found = self.identified(reference)?;
        if found.is_empty() {
            found = resolve(&self.db, reference)?;
        }
        found.dedup();
        self.by_ids(found)
    }

    /// The entries of a DOI, an arXiv id of any version, or an address.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn by_identifier(&self, reference: &Reference) -> Result<Vec<Stored>, StoreError> {
        self.by_ids(self.identified(reference)?)
    }

    /// Row ids by DOI, arXiv id of any version, or address, in the fields of those types.
    fn identified(&self, reference: &Reference) -> Result<Vec<i64>, StoreError> {
        let mut found = Vec::new();
        if reference.doi.is_none() && reference.arxiv.is_none() && reference.url.is_none() {
            // No kind needs to be looked at.
            return Ok(found);
        }
        for kind in self.kinds.iter().filter(|kind| reference.kind.as_ref().is_none_or(|name| *name == kind.name)) {
            for field in kind.fields.iter().filter(|field| !field.many) {
                let key = match field.kind_of {
                    FieldType::Doi => reference.doi.clone(),
                    FieldType::Arxiv => reference.arxiv.clone(),
                    FieldType::Url => reference.url.clone(),
                    _ => None,
                };
                let Some(key) = key else { continue };
                let column = quote(&field.name);
                let from = format!("SELECT entry FROM {} WHERE {column}", quote(&kind.name));
                let mut ask = |condition: &str, keys: &[&dyn ToSql]| -> Result<(), StoreError> {
                    let mut query = self.db.prepare_cached(&format!("{from} {condition} LIMIT {CANDIDATES}"))?;
                    for id in query.query_map(keys, |row| row.get(0))? {
                        found.push(id?);
                    }
                    Ok(())
                };
                if field.kind_of == FieldType::Arxiv {
                    ask("= ?1", &[&key])?;
                    ask(&format!(">= ?1 || 'v0' AND {column} < ?1 || 'v:'"), &[&key])?;
                } else if field.kind_of == FieldType::Url {
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

    /// The entries of a kind that have an alias or a slug, those with the alias first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn called_so(&self, kind: &str, name: &str) -> Result<Vec<Stored>, StoreError> {
        self.by_ids(self.named(kind, name)?.into_iter().map(|(id, _)| id).collect())
    }

    /// The same, if another than the one with the uid is among them; else none.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn rivals(&self, kind: &str, name: &str, uid: &str) -> Result<Vec<Stored>, StoreError> {
        let named = self.named(kind, name)?;
        if named.iter().all(|(_, own)| own == uid) { Ok(Vec::new()) } else { self.by_ids(named.into_iter().map(|(id, _)| id).collect()) }
    }

    /// Ids and uids of the entries of a kind that have an alias or a slug.
    fn named(&self, kind: &str, name: &str) -> Result<Vec<(i64, String)>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT e.id, e.uid FROM alias AS a JOIN entry AS e ON e.id = a.entry WHERE a.fold = ?1 AND e.kind = ?2
             UNION ALL SELECT id, uid FROM entry WHERE kind = ?2 AND slug = ?3",
        )?;
        Ok(query.query_map((&fold(name), kind, name), |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
    }

    fn by_ids(&self, ids: Vec<i64>) -> Result<Vec<Stored>, StoreError> {
        ids.into_iter().filter_map(|id| self.by_id(id).transpose()).collect()
    }

    /// The names of the entries of a query, newest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn names(&self, query: &Query, limit: usize) -> Result<Vec<Name>, StoreError> {
        let (condition, parameters) = self.condition(query);
        let sql = format!("SELECT e.kind || '/' || e.slug, e.title, e.aliases FROM entry AS e WHERE {condition} ORDER BY e.id DESC LIMIT {limit}");
        let mut query = self.db.prepare(&sql)?;
        let rows = query.query_map(rusqlite::params_from_iter(parameters), |row| {
            let aliases: String = row.get(2)?;
            Ok(Name { reference: row.get(0)?, title: row.get(1)?, aliases: aliases.lines().map(str::to_owned).collect() })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Slugs that begin so, for suggestions.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn slugs_from(&self, start: &str, kind: Option<&str>) -> Result<Vec<String>, StoreError> {
        let mut query = self.db.prepare(
            "SELECT slug FROM entry WHERE kind IN (SELECT name FROM kind) AND (?2 IS NULL OR kind = ?2) AND slug >= ?1 AND slug < ?1 || '{' LIMIT ?3",
        )?;
        Ok(query.query_map((start, kind, NAMES), |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Refs that begin so, for completion.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn refs_from(&self, start: &str, limit: i64) -> Result<Vec<(String, String)>, StoreError> {
        let (kind, start) = start.split_once('/').map_or((None, start), |(kind, start)| (self.kinds.get(kind).map(|kind| kind.name.clone()), start));
        let mut query = self.db.prepare(
            "SELECT CASE WHEN ?2 IS NULL THEN slug ELSE kind || '/' || slug END, title FROM entry
             WHERE kind IN (SELECT name FROM kind) AND slug >= ?1 AND slug < ?1 || '{' AND (?2 IS NULL OR kind = ?2) ORDER BY slug LIMIT ?3",
        )?;
        Ok(query.query_map((start, kind, limit), |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
    }

    /// The distinct labels, for completion and suggestions; the time grows with their number, not with that of the entries.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn labels(&self, labels: Labels) -> Result<Vec<String>, StoreError> {
        let table = match labels {
            Labels::Topics => "topic",
            Labels::Tags => "tag",
            Labels::Aliases => "alias",
        };
        let mut query = self.db.prepare(&format!(
            "WITH RECURSIVE each (fold) AS (SELECT min(fold) FROM {table} UNION ALL
             SELECT (SELECT min(t.fold) FROM {table} AS t WHERE t.fold > each.fold) FROM each WHERE each.fold IS NOT NULL LIMIT ?1)
             SELECT (SELECT t.name FROM {table} AS t WHERE t.fold = each.fold LIMIT 1) FROM each WHERE fold IS NOT NULL"
        ))?;
        Ok(query.query_map([NAMES], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Whether the notebook has a word, folded but not stemmed, and the full-text index finds it so.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn has_word(&self, word: &str) -> Result<bool, StoreError> {
        self.has_form(word, "")
    }

    /// Whether the notebook has a folded word in the form in which the full-text index finds it; an empty one is the word itself.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn has_form(&self, word: &str, form: &str) -> Result<bool, StoreError> {
        Ok(self.db.prepare_cached("SELECT 1 FROM _word WHERE word = ?1 AND form = ?2")?.exists((word, form))?)
    }

    /// The forms in which the full-text index finds a folded word, a few at most; an empty one is the word itself.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn forms(&self, word: &str) -> Result<Vec<String>, StoreError> {
        let mut query = self.db.prepare_cached("SELECT form FROM _word WHERE word = ?1 LIMIT 8")?;
        Ok(query.query_map([word], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Calls back with every folded word that begins so, and with the form in which the full-text index finds it; an empty one is
    /// the word itself.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn each_word_from(&self, start: &str, mut see: impl FnMut(&str, &str)) -> Result<(), StoreError> {
        let mut query = self.db.prepare_cached("SELECT word, form FROM _word WHERE word >= ?1 AND word < ?1 || char(1114111)")?;
        let mut rows = query.query([start])?;
        while let Some(row) = rows.next()? {
            see(row.get_ref(0)?.as_str().unwrap_or(""), row.get_ref(1)?.as_str().unwrap_or(""));
        }
        Ok(())
    }

    /// The other names of the entries that are called so, in the form in which names are compared; a few at most.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn other_names(&self, key: &str) -> Result<Vec<String>, StoreError> {
        let mut query = self.db.prepare_cached("SELECT e.title, e.aliases FROM _name AS n CROSS JOIN entry AS e ON e.id = n.entry WHERE n.key = ?1 LIMIT 4")?;
        let mut rows = query.query([key])?;
        let mut names = Vec::new();
        while let Some(row) = rows.next()? {
            let (title, aliases): (String, String) = (row.get(0)?, row.get(1)?);
            let title = acronym::split(&title).map_or(title.as_str(), |(before, _)| before);
            names.extend(aliases.split('\n').chain([title]).filter(|name| squeezed(name) != key).map(str::to_owned));
        }
        Ok(names)
    }

    /// Title and aliases of an entry.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn called(&self, id: i64) -> Result<Vec<String>, StoreError> {
        let mut query = self.db.prepare_cached("SELECT title, aliases FROM entry WHERE id = ?1")?;
        let names: Option<(String, String)> = query.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((title, aliases)) = names else { return Ok(Vec::new()) };
        let mut called: Vec<String> = aliases.split('\n').filter(|alias| !alias.is_empty()).map(str::to_owned).collect();
        called.extend(acronym::split(&title).map(|(before, _)| before.to_owned()));
        called.push(title);
        Ok(called)
    }

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
        self.links_where("l.target = ?1 AND l.source <> ?1 ORDER BY s.kind, s.slug", [id])
    }

    /// The links that lead nowhere.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn dangling(&self) -> Result<Vec<Link>, StoreError> {
        self.links_where("l.target IS NULL ORDER BY s.kind, s.slug, l.rowid", [])
    }

    fn links_where(&self, condition: &str, keys: impl rusqlite::Params) -> Result<Vec<Link>, StoreError> {
        let mut query = self.db.prepare(&format!(
            "SELECT s.kind || '/' || s.slug, l.field, l.text, t.kind || '/' || t.slug, t.title
             FROM link AS l JOIN entry AS s ON s.id = l.source LEFT JOIN entry AS t ON t.id = l.target WHERE {condition}"
        ))?;
        let rows = query.query_map(keys, |row| {
            let target: Option<String> = row.get(3)?;
            let title: Option<String> = row.get(4)?;
            Ok(Link { source: row.get(0)?, field: row.get(1)?, text: row.get(2)?, target: target.zip(title) })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The definition of a kind as TOML.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn definition(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.db.query_row("SELECT definition FROM kind WHERE name = ?1", [name], |row| row.get(0)).optional()?)
    }
}

/// The ways in which one address is commonly written.
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
