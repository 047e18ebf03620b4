//! What one row of the full-text index is worth to a question: BM25 over columns, and a bonus for words that stand together.
//!
//! BM25 is that of FTS5 (<https://sqlite.org/fts5.html>, 5.1.1; Robertson and Zaragoza 2009, "The Probabilistic
//! Relevance Framework"): a word found `f` times, each time counted by the weight of its column, is worth
//! `idf * f * (k1 + 1) / (f + k1 * (1 - b + b * length / average))`. Two words that follow each other in the question, as far
//! apart in the row as there, are worth a quarter of a word that has both their idf (the ordered pairs of Metzler and
//! Croft 2005, "A Markov Random Field Model for Term Dependencies"). A share of what the words are worth is held back from a row
//! that lacks some of them. docs/design/004-search.md has the numbers. Must not know SQL. Start reading at [`Scoring::score`].

use std::ops::Range;

use super::packed::{PackedRows, PackedTable};

/// Saturation: how little the tenth occurrence of a word adds to the ninth. The value of FTS5.
const K1: f64 = 1.2;
/// How far long texts are held back. The value of FTS5.
const B: f64 = 0.75;
/// What a pair is worth beside a word of its idf.
const PAIR: f64 = 0.25;
/// The idf of what more than half of the rows have. The value of FTS5.
const LEAST_IDF: f64 = 1e-6;
/// How much a word counts in title, aliases, body and the text of fields (search.md: flat from 2 to 10).
pub(super) const COLUMNS: [f64; 4] = [3.0, 3.0, 1.0, 1.0];

/// Two of the sought that follow each other in the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The number of the first.
    pub first: usize,
    /// The number of the second.
    pub second: usize,
    /// How many tokens further it stands.
    pub distance: u32,
}

/// The question as the ranking function sees it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ScoringPlan {
    /// For each phrase of the expression, in its order, the numbers of the sought of which it is a form, and how much it counts
    /// beside the word itself; none for a phrase that is only required.
    pub forms: Vec<Option<(Range<usize>, f64)>>,
    /// How often each of the sought was asked for.
    pub times: Vec<f64>,
    /// Which of them may stand together.
    pub pairs: Vec<Pair>,
    /// The share that is held back from a row in the measure in which it lacks the sought, 0 to 1.
    pub coverage: f64,
    /// Whether rows that have all of the sought come before all others.
    pub all_first: bool,
}

/// How rows are weighed: the numbers of a question, and those of the row that is being read.
#[derive(Debug)]
pub(crate) struct Scoring {
    plan: ScoringPlan,
    lengths: PackedRows,
    /// How rare each of the sought is; empty until [`Scoring::set_statistics`].
    idf: Vec<f64>,
    /// Tokens of an average row.
    average: f64,
    /// How often each was found in this row.
    frequencies: Vec<f64>,
    /// Where: column and token, in one number.
    places: Vec<Vec<u64>>,
    /// How often neighbours were found joined in one phrase, by the number of the first.
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
    /// The weighing of a question.
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

    /// Whether the numbers of the index are known.
    pub(crate) fn has_statistics(&self) -> bool {
        self.idf.len() == self.plan.times.len()
    }

    /// Takes the numbers of the index: rows, tokens in all, and how many rows have each phrase.
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

    /// How rare each of the sought is.
    pub(crate) fn idf(&self) -> &[f64] {
        &self.idf
    }

    /// How many phrases the expression has.
    pub(crate) fn phrases(&self) -> usize {
        self.plan.forms.len()
    }

    /// Whether it matters how many rows have a phrase: not for one that is only required, and not when one word alone is sought, which
    /// is as rare for one row as for another.
    pub(crate) fn needs_count(&self, phrase: usize) -> bool {
        self.plan.times.len() > 1 && self.plan.forms[phrase].is_some()
    }

    /// Begins a row.
    pub(crate) fn begin(&mut self) {
        self.frequencies.fill(0.0);
        if !self.plan.pairs.is_empty() {
            self.places.iter_mut().for_each(Vec::clear);
            self.joined.fill(0.0);
        }
    }

    /// A phrase was found in a column at a token.
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

    /// What the row is worth.
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
            // Places of one phrase come in order; those of several forms of a word come form by form.
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

    /// More than any row can be worth that lacks one of the sought.
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

    /// How often a pair stands together in the row, each time counted by the weight of the column.
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
