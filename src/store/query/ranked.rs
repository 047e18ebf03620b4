//! Ranked retrieval: builds the FTS5 expression and the SQL statement that ranks its matches.
//!
//! Every word becomes a quoted FTS5 string, so no input is parsed as FTS5 syntax. Must not know
//! what the user typed. Start reading at [`Store::rank`].

use rusqlite::types::Value as Sql;

use crate::model::Query;
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::store::fts5::{PackedRows, PackedTable, Pair, RANK, Scoring, ScoringPlan, each_vector};
use crate::store::index::quoted;
use crate::text::fold::tokens;
use crate::text::meaning::{DIMENSIONS, Vector, similarity};

/// Words to search for, one directly after the other: a form of one or more words of the query.
#[derive(Debug, Clone, PartialEq)]
pub struct Phrase {
    /// The words, separated by spaces.
    pub words: String,
    /// Whether the last word is a prefix.
    pub open: bool,
    /// The numbers of the query words of which this is a form; more than one if the phrase replaces
    /// several words.
    pub sought: std::ops::Range<usize>,
    /// The weight relative to the query word itself, which has 1.
    pub weight: f64,
}

/// A query in the form that the full-text index needs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TextQuery {
    /// Phrases that must all match.
    pub required: Vec<String>,
    /// Phrases of which at least one must match.
    pub phrases: Vec<Phrase>,
    /// How often each query word occurs in the query.
    pub times: Vec<f64>,
    /// Pairs of query words that follow each other.
    pub pairs: Vec<Pair>,
    /// The share of the score, 0 to 1, that a row loses in proportion to the query words that it
    /// lacks, weighted by their inverse document frequency (idf).
    pub coverage: f64,
    /// Whether entries that have every query word rank before all others.
    pub all_first: bool,
}

/// A row of the full-text index with its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextHit {
    /// Row id of the entry.
    pub id: i64,
    /// The score; higher is better.
    pub bm25: f64,
    /// Whether the row has every query word. Set only with [`TextQuery::all_first`].
    pub complete: bool,
}

/// An entry with its similarity to a vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Row id of the entry.
    pub id: i64,
    /// The cosine similarity, −1 to 1.
    pub similarity: f64,
    /// How far the similarity is above the mean over all entries, in standard deviations.
    pub deviation: f64,
}

/// The result of a ranked search.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ranking {
    /// The hits, best first.
    pub hits: Vec<TextHit>,
    /// The FTS5 expression of the query.
    pub expression: String,
    /// The inverse document frequency of each query word.
    pub idf: Vec<f64>,
}

/// Up to this number of matches, the filter and the text lengths are looked up row by row.
const FEW: usize = 1_000;

/// A name is searched for as a mention only if fewer entries than this have one of its words.
const MAX_COMMON: usize = 200;

impl TextQuery {
    /// The FTS5 expression and the plan for scoring its phrases; none if no phrase has a letter or
    /// digit.
    fn expression(&self) -> Option<(String, ScoringPlan)> {
        let mut forms = Vec::new();
        let required: Vec<String> = self
            .required
            .iter()
            .filter_map(|phrase| quoted(phrase))
            .collect();
        forms.extend(required.iter().map(|_| None));
        let mut any = Vec::new();
        for phrase in &self.phrases {
            let Some(text) = quoted(&phrase.words) else {
                continue;
            };
            any.push(if phrase.open {
                format!("{text} *")
            } else {
                text
            });
            forms.push(Some((phrase.sought.clone(), phrase.weight)));
        }
        if any.is_empty() {
            return None;
        }
        let any = any.join(" OR ");
        let expression = if required.is_empty() {
            any
        } else {
            format!("{} AND ({any})", required.join(" AND "))
        };
        Some((
            expression,
            ScoringPlan {
                forms,
                times: self.times.clone(),
                pairs: self.pairs.clone(),
                coverage: self.coverage,
                all_first: self.all_first,
            },
        ))
    }
}

impl Store {
    /// Ranks the matches of a text query among the entries of a query: at most `limit`, best first.
    pub fn rank(
        &self,
        question: &TextQuery,
        among: &Query,
        limit: usize,
    ) -> Result<Ranking, StoreError> {
        let Some((expression, plan)) = question.expression() else {
            return Ok(Ranking::default());
        };
        let few = self.few(&expression)?;
        let lengths = PackedRows::load(&self.db, PackedTable::Length, few.as_deref())?;
        self.db.score_by(Scoring::new(plan, lengths))?;
        let (sql, parameters) = self.ranked(&expression, among, few.is_some(), limit);
        let mut query = self.db.prepare_cached(&sql)?;
        let rows = query.query_map(rusqlite::params_from_iter(parameters), |row| {
            Ok((row.get(0)?, -row.get::<_, f64>(1)?))
        })?;
        let found: Vec<(i64, f64)> = rows.collect::<Result<_, _>>()?;
        let (ceiling, idf) = self.db.term_statistics()?;
        let hit = |(id, score): (i64, f64)| {
            let complete = question.all_first && score > ceiling;
            TextHit {
                id,
                bm25: if complete { score - ceiling } else { score },
                complete,
            }
        };
        Ok(Ranking {
            hits: found.into_iter().map(hit).collect(),
            expression,
            idf,
        })
    }

    /// The entries of a query, at most 200, of which the title or an alias begins with the letters of
    /// a text.
    pub fn named_like(&self, text: &str, among: &Query) -> Result<Vec<i64>, StoreError> {
        let Some(phrase) = quoted(text) else {
            return Ok(Vec::new());
        };
        let (condition, mut parameters) = self.condition(among);
        parameters.push(format!("{{title aliases}} : ^ {phrase}").into());
        let sql = format!(
            "SELECT e.id FROM search AS s CROSS JOIN entry AS e ON e.id = s.rowid WHERE s.search MATCH ?{} AND {condition} LIMIT 200",
            parameters.len()
        );
        let mut query = self.db.prepare_cached(&sql)?;
        let rows = query.query_map(rusqlite::params_from_iter(parameters), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The rows that match an expression, if there are at most [`FEW`].
    fn few(&self, expression: &str) -> Result<Option<Vec<i64>>, StoreError> {
        let mut query = self.db.prepare_cached(&format!(
            "SELECT rowid FROM search WHERE search MATCH ?1 LIMIT {}",
            FEW + 1
        ))?;
        let rows = query.query_map([expression], |row| row.get(0))?;
        let found: Vec<i64> = rows.collect::<Result<_, _>>()?;
        Ok((found.len() <= FEW).then_some(found))
    }

    /// The statement that ranks the matches among the entries of a query.
    ///
    /// The full-text match must drive the statement: joined to an indexed filter, SQLite would run
    /// the match row by row (search.md). If there are few matches, each is checked against the
    /// filter. Otherwise the filter runs once as a subquery, and the unary plus keeps SQLite from
    /// driving the statement by it.
    fn ranked(
        &self,
        expression: &str,
        among: &Query,
        few: bool,
        limit: usize,
    ) -> (String, Vec<Sql>) {
        let (mut condition, mut parameters) = self.condition(among);
        condition = match (among, few) {
            (Query::All, _) => String::new(),
            (_, true) => format!(
                " AND EXISTS (SELECT 1 FROM entry AS e WHERE e.id = search.rowid AND {condition})"
            ),
            (_, false) => format!(" AND +rowid IN (SELECT e.id FROM entry AS e WHERE {condition})"),
        };
        parameters.push(Sql::Text(expression.to_owned()));
        let last = parameters.len();
        // With a bound limit, SQLite would prepare the statement again once the value is known.
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = format!(
            "SELECT rowid, {RANK}(search) AS score FROM search WHERE search MATCH ?{last}{condition} ORDER BY score, rowid LIMIT {limit}"
        );
        (sql, parameters)
    }

    /// The cosine similarity of each entry to a vector, in the order of `ids`; 0 for an entry
    /// without a vector.
    pub fn likenesses(&self, vector: &Vector, ids: &[i64]) -> Result<Vec<f64>, StoreError> {
        let mut loaded = PackedRows::load(&self.db, PackedTable::Vector, Some(ids))?;
        Ok(ids
            .iter()
            .map(|id| {
                loaded
                    .of(*id)
                    .map_or(0.0, |other| similarity(vector, other))
            })
            .collect())
    }

    /// The vector of an entry; none if the vector table has none of its words.
    pub fn vector(&self, id: i64) -> Result<Option<Vector>, StoreError> {
        let mut loaded = PackedRows::load(&self.db, PackedTable::Vector, Some(&[id]))?;
        let bytes = loaded
            .of(id)
            .and_then(|bytes| <[u8; DIMENSIONS]>::try_from(bytes).ok());
        Ok(bytes
            .map(|bytes| bytes.map(u8::cast_signed))
            .filter(|vector| vector.iter().any(|number| *number != 0)))
    }

    /// The entries of a query that are nearest to a vector, nearest first: at most `limit`, without
    /// the entries whose row ids are in `without`.
    pub fn nearest(
        &self,
        vector: &Vector,
        among: &Query,
        without: &[i64],
        limit: usize,
    ) -> Result<Vec<Near>, StoreError> {
        let mut near: Vec<Near> = Vec::new();
        let (mut count, mut sum, mut squares) = (0.0_f64, 0.0, 0.0);
        each_vector(&self.db, |id, other| {
            let similarity = similarity(vector, other);
            count += 1.0;
            sum += similarity;
            squares += similarity * similarity;
            near.push(Near {
                id,
                similarity,
                deviation: 0.0,
            });
        })?;
        let count = count.max(1.0);
        let (mean, spread) = (
            sum / count,
            (squares / count - (sum / count).powi(2)).max(1e-12).sqrt(),
        );
        let order =
            |a: &Near, b: &Near| b.similarity.total_cmp(&a.similarity).then(a.id.cmp(&b.id));
        let (condition, parameters) = self.condition(among);
        let last = parameters.len() + 1;
        let mut query = self.db.prepare(&format!(
            "SELECT 1 FROM entry AS e WHERE e.id = ?{last} AND {condition}"
        ))?;
        let mut found = Vec::new();
        let mut rest = near.as_mut_slice();
        while !rest.is_empty() && found.len() < limit {
            // The nearest few are usually enough, so only these are sorted.
            let few = rest.len().min(limit + without.len() + FEW);
            rest.select_nth_unstable_by(few - 1, order);
            let (nearest, further) = rest.split_at_mut(few);
            nearest.sort_unstable_by(order);
            for hit in nearest.iter().filter(|hit| !without.contains(&hit.id)) {
                let parameters = parameters.iter().cloned().chain([Sql::Integer(hit.id)]);
                if found.len() < limit && query.exists(rusqlite::params_from_iter(parameters))? {
                    found.push(Near {
                        deviation: (hit.similarity - mean) / spread,
                        ..*hit
                    });
                }
            }
            rest = further;
        }
        Ok(found)
    }

    /// Whether a name has a word that fewer than [`MAX_COMMON`] entries have. A name of common words
    /// only is not specific, and the time to search for it grows with the notebook.
    fn is_distinctive(&self, name: &str) -> Result<bool, StoreError> {
        for word in tokens(name) {
            if self.count_phrase(&word, MAX_COMMON)? < MAX_COMMON {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The refs and titles of other entries whose body contains one of `names` but that have no
    /// link to the entry `id`; at most `limit`.
    pub fn mentions(
        &self,
        id: i64,
        names: &[String],
        limit: usize,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let mut phrases = Vec::new();
        for name in names {
            if let Some(quoted) = quoted(name)
                && self.is_distinctive(name)?
            {
                phrases.push(format!("body : {quoted}"));
            }
        }
        if phrases.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = self.db.prepare(&format!(
            "SELECT e.kind || '/' || e.slug, e.title FROM search JOIN entry AS e ON e.id = search.rowid
             WHERE search MATCH ?1 AND e.id <> ?2 AND NOT EXISTS (SELECT 1 FROM link WHERE source = e.id AND target = ?2)
             ORDER BY e.id LIMIT {limit}"
        ))?;
        let rows = query.query_map((phrases.join(" OR "), id), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
