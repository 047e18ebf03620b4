//! One ranked list from two answers: how well the words fit, and how near the vectors are.
//!
//! The full-text index gives the best matches by words. Those at the top are ranked anew: first what is called as
//! the words say, whole, at the beginning, or anywhere in its name; then what has all of two or three words; and among equals
//! `a · worth / greatest worth + (1 − a) · max(cosine, 0)`, where `a` falls with the number of words, because one word says less
//! of what is meant than a sentence (search.md: the sum over the best hits of both, rank fusion does harm). Start
//! reading at [`search`].

use super::reading::{self, MatchMode, QueryWord, Reading};
use super::spelling;
use crate::model::Query;
use crate::store::{Near, Ranking, Store, StoreError};
use crate::text::meaning;

/// Hits at the top that are ranked anew, at least.
const TOP: usize = 200;
/// Hits that are ranked anew, at most.
const MOST: usize = 1_000;
/// What a hit gains whose name begins with, contains, or is the words; what begins with them also contains them.
const NAME: f64 = 1.0;
/// What a hit gains that has all of two or three words.
const COMPLETE: f64 = 0.5;
/// Entries that are found by meaning alone, at most.
const RELATED: usize = 3;
/// The largest notebook in which a search looks through all vectors, in row ids.
const LOOKED_THROUGH: i64 = 50_000;
/// What is found by meaning alone is this much nearer than the average entry, in standard deviations, and this near at least.
const STANDS_OUT: f64 = 2.0;
const LEAST_LIKENESS: f64 = 0.3;

/// How a search is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchOptions {
    /// At most so many hits.
    pub limit: usize,
    /// How the words are read.
    pub mode: MatchMode,
    /// Whether words alone count, and not what they mean.
    pub lexical: bool,
}

/// A hit, and how it got its score.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ranked {
    /// Row id of the entry.
    pub id: i64,
    /// Higher is better; the sum of the parts below.
    pub score: f64,
    /// 1 if its name contains the words, 2 if it begins with them, 3 if it is them.
    pub name: f64,
    /// 0.5 if it has all of two or three words.
    pub complete: f64,
    /// What the full-text index found it worth.
    pub worth: f64,
    /// The share of the best hit's worth, times its weight.
    pub words: f64,
    /// The cosine, times its weight; zero when the words alone count.
    pub meaning: f64,
    /// Whether it has none of the words and was found by meaning alone.
    pub related: bool,
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// The hits, best first, those by meaning alone last.
    pub hits: Vec<Ranked>,
    /// How the words were read.
    pub reading: Reading,
    /// What the full-text index was asked, and how rare it found the words.
    pub ranking: Ranking,
}

/// The entries of a query that words find, best first.
///
/// # Errors
/// The notebook cannot be read. No word is ever an error.
pub fn search(
    words: &[&str],
    among: &Query,
    options: SearchOptions,
    store: &Store,
) -> Result<Found, StoreError> {
    let found = answer(
        reading::read(words, options.mode, store)?,
        among,
        options,
        store,
    )?;
    if found.reading.count() == 1
        && found.hits.iter().filter(|hit| !hit.related).count() <= spelling::FEW
        && !options.mode.exact
    {
        let mut reading = found.reading.clone();
        reading::slips(&mut reading, options.mode, store)?;
        if reading.corrections.len() > found.reading.corrections.len() {
            return answer(reading, among, options, store);
        }
    }
    Ok(found)
}

/// The entries of a query that answer a question that was read, best first.
///
/// # Errors
/// The notebook cannot be read.
pub fn answer(
    reading: Reading,
    among: &Query,
    options: SearchOptions,
    store: &Store,
) -> Result<Found, StoreError> {
    let depth = options
        .limit
        .saturating_mul(5)
        .clamp(TOP, MOST)
        .max(options.limit);
    let mut ranking = store.rank(&reading.question, among, depth)?;
    let vector = if options.lexical {
        None
    } else {
        meaning::vector(&reading.text())
    };
    let top = ranking.hits.len().min(MOST);
    let ids: Vec<i64> = ranking.hits[..top].iter().map(|hit| hit.id).collect();
    let likenesses = match &vector {
        Some(vector) => store.likenesses(vector, &ids)?,
        None => vec![0.0; ids.len()],
    };
    let trust = if vector.is_some() {
        trust_in_words(reading.count())
    } else {
        1.0
    };
    let greatest = ranking
        .hits
        .iter()
        .map(|hit| hit.worth)
        .fold(f64::MIN_POSITIVE, f64::max);
    let sayings = sayings(&reading, store)?;
    let mut hits = Vec::with_capacity(ranking.hits.len());
    for (at, hit) in ranking.hits.iter().enumerate() {
        let (name, likeness) = match likenesses.get(at) {
            Some(likeness) => (called(&sayings, hit.id, store)?, likeness.max(0.0)),
            None => (0.0, 0.0),
        };
        let complete = if hit.complete { COMPLETE } else { 0.0 };
        let (words, meaning) = (trust * hit.worth / greatest, (1.0 - trust) * likeness);
        hits.push(Ranked {
            id: hit.id,
            score: name + complete + words + meaning,
            name,
            complete,
            worth: hit.worth,
            words,
            meaning,
            related: false,
        });
    }
    // What lies deeper stays as the index ranked it.
    hits[..top].sort_by(|a, b| b.score.total_cmp(&a.score));
    hits.truncate(options.limit);
    ranking.hits = Vec::new();
    if let Some(vector) = &vector
        && hits.len() < options.limit
        && !options.mode.exact
        && reading.question.required.is_empty()
        && store.last_row()? <= LOOKED_THROUGH
    {
        let near = store.nearest(vector, among, &ids, RELATED.min(options.limit - hits.len()))?;
        hits.extend(
            near.iter()
                .filter(|near| near.deviation >= STANDS_OUT && near.likeness >= LEAST_LIKENESS)
                .map(by_meaning),
        );
    }
    Ok(Found {
        hits,
        reading,
        ranking,
    })
}

/// The entries that are nearest to an entry in what they are about, nearest first; none when nothing in it is known.
///
/// # Errors
/// The notebook cannot be read.
pub fn similar(
    id: i64,
    among: &Query,
    limit: usize,
    store: &Store,
) -> Result<Vec<Ranked>, StoreError> {
    let Some(vector) = store.vector(id)? else {
        return Ok(Vec::new());
    };
    Ok(store
        .nearest(&vector, among, &[id], limit)?
        .iter()
        .map(by_meaning)
        .collect())
}

fn by_meaning(near: &Near) -> Ranked {
    Ranked {
        id: near.id,
        score: near.likeness,
        name: 0.0,
        complete: 0.0,
        worth: 0.0,
        words: 0.0,
        meaning: near.likeness,
        related: true,
    }
}

/// How much of the score the words have beside the meaning.
fn trust_in_words(words: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a handful of words")]
    let words = words as f64;
    (0.9 - 0.05 * words).clamp(0.5, 0.85)
}

/// The words of a question as they may stand in a name, stemmed: as they are, and with each other form in its place.
fn sayings(reading: &Reading, store: &Store) -> Result<Vec<Vec<String>>, StoreError> {
    let mut sayings = vec![store.stems(&reading.text())?];
    for form in reading
        .question
        .phrases
        .iter()
        .filter(|phrase| phrase.weight >= 1.0)
    {
        let place = |number: usize| {
            reading
                .words
                .iter()
                .position(|token| token.sought == Some(number))
        };
        if let (Some(first), Some(last)) = (place(form.sought.start), place(form.sought.end - 1)) {
            let raw = |tokens: &[QueryWord]| {
                tokens
                    .iter()
                    .map(|token| format!("{} ", token.raw))
                    .collect::<String>()
            };
            let said = format!(
                "{}{} {}",
                raw(&reading.words[..first]),
                form.words,
                raw(&reading.words[last + 1..])
            );
            let said = store.stems(&said)?;
            if !sayings.contains(&said) {
                sayings.push(said);
            }
        }
    }
    sayings.retain(|said| !said.is_empty());
    Ok(sayings)
}

/// How the words stand in the names of an entry: 3 when one of its names is the words, 2 when it begins with them, 1 when it contains them.
fn called(sayings: &[Vec<String>], id: i64, store: &Store) -> Result<f64, StoreError> {
    let mut best = 0.0f64;
    for name in store.called(id)? {
        let stems = store.stems(&name)?;
        for said in sayings {
            best = best.max(
                match stems.windows(said.len()).position(|window| window == said) {
                    Some(0) if stems.len() == said.len() => 3.0 * NAME,
                    Some(0) => 2.0 * NAME,
                    Some(_) => NAME,
                    None => 0.0,
                },
            );
        }
    }
    Ok(best)
}
