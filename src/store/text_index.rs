//! The full-text index: words as FTS5 expressions, and ranked matches.

use rusqlite::types::Value as Sql;

use super::{Store, StoreError};
use crate::model::Query;

/// What the full-text index is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// An FTS5 expression made of quoted words only.
    pub expression: String,
    /// At most so many hits.
    pub limit: usize,
}

/// A ranked row of the index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextHit {
    /// Row id of the entry.
    pub id: i64,
    /// Higher is better: BM25 with title and alias weighing most.
    pub score: f64,
}

/// How much a word counts in title, aliases, body and the text of fields (search.md: flat from 2 to 10).
const WEIGHTS: &str = "3.0, 3.0, 1.0, 1.0";

/// A word or phrase as one quoted FTS5 string, so that nothing in it is syntax; none when it holds no letter or digit.
pub fn quoted(words: &str) -> Option<String> {
    words.chars().any(char::is_alphanumeric).then(|| {
        let plain: String = words.chars().map(|c| if c == '"' || c == '\0' { ' ' } else { c }).collect();
        format!("\"{plain}\"")
    })
}

impl Store {
    /// The best matches of an expression among the entries of a query, best first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn search(&self, asked: &Asked, among: &Query) -> Result<Vec<TextHit>, StoreError> {
        let limit = i64::try_from(asked.limit).unwrap_or(i64::MAX);
        let (mut condition, mut parameters) = self.condition(among);
        let base = parameters.len();
        parameters.push(Sql::Text(asked.expression.clone()));
        parameters.push(Sql::Integer(limit));
        // The unary plus keeps the match in charge: joined to an indexed filter the planner would match row by row (search.md).
        condition = match among {
            Query::All => String::new(),
            _ => format!(" AND +rowid IN (SELECT e.id FROM entry AS e WHERE {condition})"),
        };
        let sql = format!(
            "SELECT rowid, bm25(search, {WEIGHTS}) AS score FROM search WHERE search MATCH ?{}{condition} ORDER BY score, rowid LIMIT ?{}",
            base + 1,
            base + 2
        );
        let mut query = self.db.prepare_cached(&sql)?;
        let rows = query.query_map(rusqlite::params_from_iter(parameters), |row| Ok(TextHit { id: row.get(0)?, score: -row.get::<_, f64>(1)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reads the entry of a hit.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn hit(&self, hit: TextHit) -> Result<Option<super::Stored>, StoreError> {
        self.by_id(hit.id)
    }

    /// Refs of the entries, other than this one, whose body names it by title or alias without linking to it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn mentions(&self, id: i64, names: &[String], limit: usize) -> Result<Vec<(String, String)>, StoreError> {
        let phrases: Vec<String> = names.iter().filter_map(|name| quoted(name)).map(|name| format!("body : {name}")).collect();
        if phrases.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = self.db.prepare(
            "SELECT e.kind || '/' || e.slug, e.title FROM search JOIN entry AS e ON e.id = search.rowid
             WHERE search MATCH ?1 AND e.id <> ?2 AND NOT EXISTS (SELECT 1 FROM link WHERE source = e.id AND target = ?2)
             ORDER BY e.id LIMIT ?3",
        )?;
        let rows = query.query_map((phrases.join(" OR "), id, i64::try_from(limit).unwrap_or(i64::MAX)), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
