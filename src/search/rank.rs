//! Combines two scores in one ranked list: how well the words match, and how near the vectors are.
//!
//! The full-text index returns the best matches by words. The top hits are sorted again by the sum
//! of three parts: a bonus if a name of the entry is, begins with, or contains the query; a bonus
//! if the entry has all words of a query of two or three words; and
//! `a · worth / greatest worth + (1 − a) · max(cosine, 0)`.
//! The weight `a` falls with the number of words, because one word says less about the meaning than
//! a sentence. This sum gave better results than rank fusion (docs/design/004-search.md). Start
//! reading at [`search`].

use super::reading::{self, MatchMode, QueryWord, Reading};
use super::spelling;
use crate::model::Query;
use crate::store::{Near, Ranking, Store, StoreError};
use crate::text::fold::fold;
use crate::text::meaning;
use crate::text::script::spaced;

/// The minimum number of top hits that are sorted again.
const TOP: usize = 200;
/// The maximum number of top hits that are sorted again.
const MOST: usize = 1_000;
/// The bonus of a hit with a name that contains the query; twice that if the name begins with the
/// query, three times if it equals the query.
const NAME: f64 = 1.0;
/// The bonus of a hit with a name that is the query, sign by sign: `C++` is not `C`.
const EXACT_NAME: f64 = 4.0;
/// The words at the start of a question about a name, which the bonus for names leaves out.
const OPENINGS: [&str; 8] = [
    "what is a",
    "what is an",
    "what is the",
    "what is",
    "what are",
    "define",
    "who is",
    "who was",
];
/// The bonus of a hit that has all words of a query of two or three words.
const COMPLETE: f64 = 0.5;
/// The maximum number of hits that are found by meaning alone.
const RELATED: usize = 3;
/// The largest row id up to which a search compares the vectors of all entries.
const MAX_SCANNED_ROWS: i64 = 50_000;
/// The minimum similarity of a hit by meaning alone, in standard deviations above the mean.
const MIN_DEVIATION: f64 = 2.0;
/// The minimum cosine similarity of a hit by meaning alone.
const LEAST_LIKENESS: f64 = 0.3;

/// The options of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchOptions {
    /// The maximum number of hits.
    pub limit: usize,
    /// How the words are matched.
    pub mode: MatchMode,
    /// Whether to rank by words alone, without vectors.
    pub lexical: bool,
}

/// A hit with its score and the parts of the score.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ranked {
    /// Row id of the entry.
    pub id: i64,
    /// The sum of `name`, `complete`, `words` and `meaning`; higher is better.
    pub score: f64,
    /// 1 if a name of the entry contains the query, 2 if it begins with it, 3 if it equals it.
    pub name: f64,
    /// 0.5 if the entry has all words of a query of two or three words.
    pub complete: f64,
    /// The score from the full-text index.
    pub bm25: f64,
    /// `score` divided by the greatest `score` of all hits, times the weight of the words.
    pub words: f64,
    /// The cosine similarity, times its weight; 0 if only words count.
    pub meaning: f64,
    /// Whether the hit was found by meaning alone.
    pub related: bool,
}

/// The result of a search.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Hits, best first; hits by meaning alone come last.
    pub hits: Vec<Ranked>,
    /// The parsed query.
    pub reading: Reading,
    /// The full-text expression and the idf of each word; the hits in it are empty.
    pub ranking: Ranking,
}

/// Searches for words among the entries of a query, best first. If a single word has hardly any
/// hits, a likely correction is searched for too. Any input is a valid query.
pub fn search(
    words: &[&str],
    among: &Query,
    options: SearchOptions,
    store: &Store,
) -> Result<Found, StoreError> {
    let typed = words.join(" ");
    let mut found = answer(
        reading::read(words, options.mode, store)?,
        among,
        options,
        store,
    )?;
    // In a longer question, a phrase that no entry has is read as its words. Alone, it finds nothing.
    let quoted: usize = found
        .reading
        .question
        .required
        .iter()
        .map(|phrase| phrase.split(' ').count())
        .sum();
    if found.hits.is_empty()
        && quoted > 0
        && found.reading.words.len() > quoted
        && !options.mode.exact
    {
        let phrases = found.reading.question.required.clone();
        let mut missing = Vec::new();
        for phrase in &phrases {
            if !store.has_phrase(phrase)? {
                missing.push(phrase.clone());
            }
        }
        // Phrases that entries have are searched for alone, without the other words.
        let rest: Vec<&str> = if missing.is_empty() {
            let quoted = words
                .iter()
                .filter(|word| word.contains(char::is_whitespace));
            quoted.copied().collect()
        } else {
            words
                .iter()
                .flat_map(|word| word.split_whitespace())
                .collect()
        };
        found = answer(
            reading::read(&rest, options.mode, store)?,
            among,
            options,
            store,
        )?;
        found.reading.phrases_alone = missing.is_empty();
        found.reading.loosened = missing;
    }
    named_exactly(&mut found, &typed, among, options, store)?;
    if found.reading.count() == 1
        && found.hits.iter().filter(|hit| !hit.related).count() <= spelling::FEW
        && !options.mode.exact
    {
        let mut reading = found.reading.clone();
        reading::slips(&mut reading, options.mode, store)?;
        if reading.corrections.len() > found.reading.corrections.len() {
            let mut more = answer(reading, among, options, store)?;
            // What has the word as typed comes before what has its correction.
            let mut hits: Vec<Ranked> = found.hits.into_iter().filter(|hit| !hit.related).collect();
            for hit in more.hits {
                if hits.iter().all(|known| known.id != hit.id) {
                    hits.push(hit);
                }
            }
            hits.truncate(options.limit);
            more.hits = hits;
            return Ok(more);
        }
    }
    Ok(found)
}

/// Puts the entries first of which a name is the query, sign by sign. The index knows letters and
/// digits only, so that it cannot tell `C++` from `C#`.
fn named_exactly(
    found: &mut Found,
    typed: &str,
    among: &Query,
    options: SearchOptions,
    store: &Store,
) -> Result<(), StoreError> {
    let wanted = fold(typed);
    let has_signs = wanted
        .chars()
        .any(|c| !c.is_alphanumeric() && !c.is_whitespace());
    if !has_signs && wanted.chars().count() > 2 {
        return Ok(());
    }
    for id in store.named_like(typed, among)? {
        let is_name = store.called(id)?.iter().any(|name| fold(name) == wanted);
        if !is_name {
            continue;
        }
        match found.hits.iter_mut().find(|hit| hit.id == id) {
            Some(hit) => {
                hit.name += EXACT_NAME;
                hit.score += EXACT_NAME;
                hit.related = false;
            }
            None => found.hits.push(Ranked {
                id,
                score: EXACT_NAME,
                name: EXACT_NAME,
                ..Ranked::default()
            }),
        }
    }
    found
        .hits
        .sort_by(|a, b| a.related.cmp(&b.related).then(b.score.total_cmp(&a.score)));
    found.hits.truncate(options.limit);
    Ok(())
}

/// Ranks the entries that match a parsed query among the entries of another query, best first.
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
        .map(|hit| hit.bm25)
        .fold(f64::MIN_POSITIVE, f64::max);
    let sayings = sayings(&reading, store)?;
    let mut hits = Vec::with_capacity(ranking.hits.len());
    for (at, hit) in ranking.hits.iter().enumerate() {
        let (name, similarity) = match likenesses.get(at) {
            Some(similarity) => (called(&sayings, hit.id, store)?, similarity.max(0.0)),
            None => (0.0, 0.0),
        };
        let complete = if hit.complete { COMPLETE } else { 0.0 };
        let (words, meaning) = (trust * hit.bm25 / greatest, (1.0 - trust) * similarity);
        hits.push(Ranked {
            id: hit.id,
            score: name + complete + words + meaning,
            name,
            complete,
            bm25: hit.bm25,
            words,
            meaning,
            related: false,
        });
    }
    // The hits below keep the order of the index.
    hits[..top].sort_by(|a, b| b.score.total_cmp(&a.score));
    hits.truncate(options.limit);
    ranking.hits = Vec::new();
    if let Some(vector) = &vector
        && hits.len() < options.limit
        && !options.mode.exact
        && !reading.is_unknown
        && reading.question.required.is_empty()
        && store.last_row()? <= MAX_SCANNED_ROWS
    {
        let near = store.nearest(vector, among, &ids, RELATED.min(options.limit - hits.len()))?;
        hits.extend(
            near.iter()
                .filter(|near| near.deviation >= MIN_DEVIATION && near.similarity >= LEAST_LIKENESS)
                .map(by_meaning),
        );
    }
    Ok(Found {
        hits,
        reading,
        ranking,
    })
}

/// The entries whose vectors are nearest to that of an entry, nearest first; none if the entry has
/// no vector.
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

/// A hit that was found by meaning alone.
fn by_meaning(near: &Near) -> Ranked {
    Ranked {
        id: near.id,
        score: near.similarity,
        name: 0.0,
        complete: 0.0,
        bm25: 0.0,
        words: 0.0,
        meaning: near.similarity,
        related: true,
    }
}

/// The weight of the words in the score, 0.85 for one word to 0.5 for eight or more; the rest is
/// the weight of the meaning.
fn trust_in_words(words: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a handful of words")]
    let words = words as f64;
    (0.9 - 0.05 * words).clamp(0.5, 0.85)
}

/// The stemmed variants of the query that a name may contain: the words as they are, and the words
/// with one of the other forms substituted.
fn sayings(reading: &Reading, store: &Store) -> Result<Vec<Vec<String>>, StoreError> {
    let text = reading.text();
    let mut sayings = vec![store.stems(&spaced(&text))?];
    let lower = text.to_lowercase();
    let opening = OPENINGS
        .iter()
        .find(|opening| lower.starts_with(&format!("{opening} ")));
    if let Some(rest) = opening.and_then(|opening| text.get(opening.len()..)) {
        sayings.push(store.stems(&spaced(rest))?);
    }
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
            let said = store.stems(&spaced(&said))?;
            if !sayings.contains(&said) {
                sayings.push(said);
            }
        }
    }
    sayings.retain(|said| !said.is_empty());
    Ok(sayings)
}

/// The bonus for the names of an entry: 3 if a name equals the query, 2 if it begins with it, 1 if
/// it contains it, otherwise 0.
fn called(sayings: &[Vec<String>], id: i64, store: &Store) -> Result<f64, StoreError> {
    let mut best = 0.0f64;
    for name in store.called(id)? {
        let stems = store.stems(&spaced(&name))?;
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
