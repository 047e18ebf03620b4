//! Ranked rows: what the full-text index is asked, and the plan of the statement.
//!
//! Every word becomes a quoted FTS5 string, so nothing is syntax. Must not know what a user typed.
//! Start reading at [`Store::rank`].

use rusqlite::types::Value as Sql;

use crate::model::Query;
use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::store::fts5::{PackedRows, PackedTable, Pair, RANK, Scoring, ScoringPlan, each_vector};
use crate::store::index::quoted;
use crate::text::fold::tokens;
use crate::text::meaning::{DIMENSIONS, Vector, likeness};

/// Something to look for: words that stand one after the other, as a form of one or more words of the question.
#[derive(Debug, Clone, PartialEq)]
pub struct Phrase {
    /// Words, with a space between them.
    pub words: String,
    /// Whether the last word may go on.
    pub open: bool,
    /// Of which words of the question, by number, it is a form; several for what joins neighbours.
    pub sought: std::ops::Range<usize>,
    /// How much it counts beside the word itself.
    pub weight: f64,
}

/// What the full-text index is asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TextQuery {
    /// Phrases that must all be there.
    pub required: Vec<String>,
    /// Any of these must be there.
    pub phrases: Vec<Phrase>,
    /// How often each word of the question was asked for.
    pub times: Vec<f64>,
    /// Words of the question that follow each other.
    pub pairs: Vec<Pair>,
    /// The share that is held back from a row in the measure in which it lacks the question, 0 to 1.
    pub coverage: f64,
    /// Whether entries that have every word of the question come before all others.
    pub all_first: bool,
}

/// A ranked row of the index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextHit {
    /// Row id of the entry.
    pub id: i64,
    /// Higher is better.
    pub worth: f64,
    /// Whether it has every word of a question of which those come first.
    pub complete: bool,
}

/// An entry near to a vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Row id of the entry.
    pub id: i64,
    /// The cosine of both vectors.
    pub likeness: f64,
    /// By how many standard deviations it is nearer than the average entry.
    pub deviation: f64,
}

/// How a ranked question was answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ranking {
    /// The best rows, best first.
    pub hits: Vec<TextHit>,
    /// The FTS5 expression.
    pub expression: String,
    /// How rare each word of the question is.
    pub idf: Vec<f64>,
}

/// A question that fewer rows match is answered row by row.
const FEW: usize = 1_000;

/// A name is looked for in other entries if fewer than so many have one of its words.
const TELLING: usize = 200;

impl TextQuery {
    /// The FTS5 expression, with the plan that weighs its phrases; none when there is nothing to look for.
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
    /// The best matches of a question among the entries of a query, best first.
    ///
    /// # Errors
    /// The file cannot be read.
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
        let hit = |(id, worth): (i64, f64)| {
            let complete = question.all_first && worth > ceiling;
            TextHit {
                id,
                worth: if complete { worth - ceiling } else { worth },
                complete,
            }
        };
        Ok(Ranking {
            hits: found.into_iter().map(hit).collect(),
            expression,
            idf,
        })
    }

    /// The rows that match an expression if they are few.
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
    /// The match stays in charge: joined to an indexed filter the planner would match row by row (search.md). Beside a few matches each is
    /// held against the filter; beside many the filter is asked once (the unary plus keeps it from taking over).
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
        // A limit that is bound would have the statement prepared a second time, when its value is known.
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = format!(
            "SELECT rowid, {RANK}(search) AS worth FROM search WHERE search MATCH ?{last}{condition} ORDER BY worth, rowid LIMIT {limit}"
        );
        (sql, parameters)
    }

    /// How near entries are to a vector, in their order; none for one that says nothing.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn likenesses(&self, vector: &Vector, ids: &[i64]) -> Result<Vec<f64>, StoreError> {
        let mut loaded = PackedRows::load(&self.db, PackedTable::Vector, Some(ids))?;
        Ok(ids
            .iter()
            .map(|id| loaded.of(*id).map_or(0.0, |other| likeness(vector, other)))
            .collect())
    }

    /// The vector of an entry.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn vector(&self, id: i64) -> Result<Option<Vector>, StoreError> {
        let mut loaded = PackedRows::load(&self.db, PackedTable::Vector, Some(&[id]))?;
        let bytes = loaded
            .of(id)
            .and_then(|bytes| <[u8; DIMENSIONS]>::try_from(bytes).ok());
        Ok(bytes
            .map(|bytes| bytes.map(u8::cast_signed))
            .filter(|vector| vector.iter().any(|number| *number != 0)))
    }

    /// The entries of a query that are nearest to a vector, nearest first, without those that are told.
    ///
    /// # Errors
    /// The file cannot be read.
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
            let likeness = likeness(vector, other);
            count += 1.0;
            sum += likeness;
            squares += likeness * likeness;
            near.push(Near {
                id,
                likeness,
                deviation: 0.0,
            });
        })?;
        let count = count.max(1.0);
        let (mean, spread) = (
            sum / count,
            (squares / count - (sum / count).powi(2)).max(1e-12).sqrt(),
        );
        let order = |a: &Near, b: &Near| b.likeness.total_cmp(&a.likeness).then(a.id.cmp(&b.id));
        let (condition, parameters) = self.condition(among);
        let last = parameters.len() + 1;
        let mut query = self.db.prepare(&format!(
            "SELECT 1 FROM entry AS e WHERE e.id = ?{last} AND {condition}"
        ))?;
        let mut found = Vec::new();
        let mut rest = near.as_mut_slice();
        while !rest.is_empty() && found.len() < limit {
            // Mostly the nearest few are enough, and the rest need no order.
            let few = rest.len().min(limit + without.len() + FEW);
            rest.select_nth_unstable_by(few - 1, order);
            let (nearest, further) = rest.split_at_mut(few);
            nearest.sort_unstable_by(order);
            for hit in nearest.iter().filter(|hit| !without.contains(&hit.id)) {
                let parameters = parameters.iter().cloned().chain([Sql::Integer(hit.id)]);
                if found.len() < limit && query.exists(rusqlite::params_from_iter(parameters))? {
                    found.push(Near {
                        deviation: (hit.likeness - mean) / spread,
                        ..*hit
                    });
                }
            }
            rest = further;
        }
        Ok(found)
    }

    /// Whether a name has a word that few entries have. One of common words only is hardly a name, and to look for it takes as long as the
    /// notebook is large.
    fn is_telling(&self, name: &str) -> Result<bool, StoreError> {
        for word in tokens(name) {
            if self.count_phrase(&word, false, TELLING)? < TELLING {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Refs of the entries, other than this one, whose body names it by title or alias without linking to it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn mentions(
        &self,
        id: i64,
        names: &[String],
        limit: usize,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let mut phrases = Vec::new();
        for name in names {
            if let Some(quoted) = quoted(name)
                && self.is_telling(name)?
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
