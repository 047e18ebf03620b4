//! The score of a row of the full-text index for a query: BM25 over weighted columns, plus a bonus
//! for query words that occur together.
//!
//! BM25 is that of FTS5 (<https://sqlite.org/fts5.html>, 5.1.1; Robertson and Zaragoza 2009, "The
//! Probabilistic Relevance Framework"). A word that occurs `f` times, each occurrence counted by
//! the weight of its column, scores `idf * f * (k1 + 1) / (f + k1 * (1 - b + b * length /
//! average))`.
//!
//! Two consecutive query words that occur in the row at the same distance score a quarter of a word
//! whose idf is the sum of theirs (the ordered pairs of Metzler and Croft 2005, "A Markov Random
//! Field Model for Term Dependencies"). A row that lacks some of the words loses a share of its
//! BM25 score. docs/design/004-search.md has the numbers.
//!
//! Must not know SQL. Start reading at [`Scoring::score`].

use std::ops::Range;

use super::packed::{PackedRows, PackedTable};

/// Saturation: the lower, the less a further occurrence of a word adds. FTS5's value.
const K1: f64 = 1.2;
/// Length normalization, from 0 (none) to 1 (full). FTS5's value.
const B: f64 = 0.75;
/// Weight of a pair relative to a word with the same idf.
const PAIR: f64 = 0.25;
/// The idf of a word that occurs in more than half of the rows. FTS5's value.
const LEAST_IDF: f64 = 1e-6;
/// Weights of title, aliases, body and the text of fields. Measured: ranking quality is the same
/// for a title weight from 2 to 10.
pub(super) const COLUMNS: [f64; 4] = [3.0, 3.0, 1.0, 1.0];

/// Two consecutive words of the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// Number of the first query word, from 0.
    pub first: usize,
    /// Number of the second query word, from 0.
    pub second: usize,
    /// How many tokens the second word is after the first.
    pub distance: u32,
}

/// The query as the ranking function sees it. Query words are numbered from 0.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ScoringPlan {
    /// For each phrase of the FTS5 expression, in order: the numbers of the query words that it is
    /// a form of, and its weight relative to the words themselves. `None` for a phrase that is only
    /// required.
    pub forms: Vec<Option<(Range<usize>, f64)>>,
    /// How often each query word occurs in the query.
    pub times: Vec<f64>,
    /// Pairs of query words that score a bonus when they occur together.
    pub pairs: Vec<Pair>,
    /// How much a row loses for missing words, 0 to 1: the loss is this factor times the share of
    /// the total idf that is missing.
    pub coverage: f64,
    /// Whether rows with all query words rank before all others.
    pub all_first: bool,
}

/// The state of the ranking function: the statistics of a query, and the occurrences in the current
/// row.
#[derive(Debug)]
pub(crate) struct Scoring {
    plan: ScoringPlan,
    lengths: PackedRows,
    /// The idf of each query word; empty until [`Scoring::set_statistics`].
    idf: Vec<f64>,
    /// Average length of a row in tokens.
    average: f64,
    /// Occurrences of each query word in the current row, weighted by column and form.
    frequencies: Vec<f64>,
    /// Positions of each query word in the current row, as `column << 32 | token`.
    places: Vec<Vec<u64>>,
    /// Weighted occurrences of phrases that join neighbouring query words, by the number of the
    /// first.
    joined: Vec<f64>,
}

impl Default for Scoring {
    fn default() -> Scoring {
        Scoring::new(
            ScoringPlan::default(),
            PackedRows::none(PackedTable::Length),
        )
    }
}

impl Scoring {
    /// Scores rows by `plan`. `lengths` holds their token counts.
    pub(crate) fn new(plan: ScoringPlan, lengths: PackedRows) -> Scoring {
        let count = plan.times.len();
        Scoring {
            plan,
            lengths,
            idf: Vec::new(),
            average: 1.0,
            frequencies: vec![0.0; count],
            places: vec![Vec::new(); count],
            joined: vec![0.0; count],
        }
    }

    /// Whether [`Scoring::set_statistics`] has set the idf of every query word.
    pub(crate) fn has_statistics(&self) -> bool {
        self.idf.len() == self.plan.times.len()
    }

    /// Computes idf and average length from the number of rows, the total number of tokens, and the
    /// number of rows with each phrase. A single query word gets the idf 1.
    pub(crate) fn set_statistics(&mut self, rows: i64, tokens: i64, found: &[i64]) {
        #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
        let number = |n: i64| n as f64;
        self.average = number(tokens) / number(rows.max(1));
        if self.plan.times.len() == 1 {
            self.idf = vec![1.0];
            return;
        }
        self.idf = vec![0.0; self.plan.times.len()];
        let mut with = vec![0; self.plan.times.len()];
        for (form, found) in self.plan.forms.iter().zip(found) {
            for sought in form.iter().flat_map(|(sought, _)| sought.clone()) {
                with[sought] = rows.min(with[sought] + found);
            }
        }
        for (idf, found) in self.idf.iter_mut().zip(with) {
            let ratio = (number(rows) - number(found) + 0.5) / (number(found) + 0.5);
            *idf = if ratio.ln() > 0.0 {
                ratio.ln()
            } else {
                LEAST_IDF
            };
        }
    }

    /// The idf of each query word.
    pub(crate) fn idf(&self) -> &[f64] {
        &self.idf
    }

    /// The number of phrases in the FTS5 expression.
    pub(crate) fn phrases(&self) -> usize {
        self.plan.forms.len()
    }

    /// Whether the number of rows with a phrase matters. It does not for a phrase that is only
    /// required, nor for a query of one word, whose idf is the same for every row.
    pub(crate) fn needs_count(&self, phrase: usize) -> bool {
        self.plan.times.len() > 1 && self.plan.forms[phrase].is_some()
    }

    /// Starts a new row: clears the occurrences.
    pub(crate) fn begin(&mut self) {
        self.frequencies.fill(0.0);
        if !self.plan.pairs.is_empty() {
            self.places.iter_mut().for_each(Vec::clear);
            self.joined.fill(0.0);
        }
    }

    /// Records an occurrence of a phrase, by column and token offset.
    pub(crate) fn found(&mut self, phrase: usize, column: u32, token: u32) {
        let Some((sought, share)) = &self.plan.forms[phrase] else {
            return;
        };
        let weight = weight(column) * share;
        for at in sought.clone() {
            self.frequencies[at] += weight;
        }
        if self.plan.pairs.is_empty() {
            return;
        }
        if sought.len() == 1 {
            self.places[sought.start].push(u64::from(column) << 32 | u64::from(token));
        }
        for at in sought.clone().skip(1) {
            self.joined[at - 1] += weight;
        }
    }

    /// The score of the current row; higher is better. `row` is its row id.
    pub(crate) fn score(&mut self, row: i64) -> f64 {
        let length = self.lengths.length(row).map_or(self.average, f64::from);
        let hold = K1 * (1.0 - B + B * length / self.average);
        let term = |idf: f64, frequency: f64| idf * ((frequency * (K1 + 1.0)) / (frequency + hold));
        let (mut sum, mut all, mut there) = (0.0, 0.0, 0.0);
        for ((times, idf), frequency) in
            self.plan.times.iter().zip(&self.idf).zip(&self.frequencies)
        {
            sum += times * term(*idf, *frequency);
            all += idf;
            there += if *frequency > 0.0 { *idf } else { 0.0 };
        }
        sum *= 1.0 - self.plan.coverage * (1.0 - there / all);
        if !self.plan.pairs.is_empty() {
            // FTS5 reports the positions of a phrase in order; those of a word with several forms
            // arrive form by form.
            self.places
                .iter_mut()
                .filter(|places| !places.is_sorted())
                .for_each(|places| places.sort_unstable());
        }
        for pair in &self.plan.pairs {
            if self.frequencies[pair.first] > 0.0 && self.frequencies[pair.second] > 0.0 {
                let together = self.together(pair) + self.joined[pair.first];
                sum += PAIR * term(self.idf[pair.first] + self.idf[pair.second], together);
            }
        }
        let complete =
            self.plan.all_first && self.frequencies.iter().all(|frequency| *frequency > 0.0);
        if complete { self.ceiling() + sum } else { sum }
    }

    /// An upper bound on the score of a row that lacks a query word. With `all_first`, the score of
    /// a complete row is raised by it.
    pub(crate) fn ceiling(&self) -> f64 {
        let words: f64 = self
            .plan
            .times
            .iter()
            .zip(&self.idf)
            .map(|(times, idf)| times * idf)
            .sum();
        let pairs: f64 = self
            .plan
            .pairs
            .iter()
            .map(|pair| PAIR * (self.idf[pair.first] + self.idf[pair.second]))
            .sum();
        (words + pairs) * (K1 + 1.0)
    }

    /// Occurrences of a pair in the current row at its distance, weighted by column.
    fn together(&self, pair: &Pair) -> f64 {
        let (first, second) = (&self.places[pair.first], &self.places[pair.second]);
        let mut sum = 0.0;
        let mut at = 0;
        for place in first {
            let wanted = place + u64::from(pair.distance);
            while second.get(at).is_some_and(|place| *place < wanted) {
                at += 1;
            }
            if second.get(at) == Some(&wanted) {
                sum += weight(u32::try_from(place >> 32).unwrap_or(u32::MAX));
            }
        }
        sum
    }
}

fn weight(column: u32) -> f64 {
    COLUMNS.get(column as usize).copied().unwrap_or(1.0)
}
