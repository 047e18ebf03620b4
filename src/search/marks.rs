//! Finds the words of a query in a text, so that they can be highlighted.

use super::reading::Reading;
use super::snippet::{MAX_SCANNED_BYTES, WordMatch};
use crate::store::{Store, StoreError};
use crate::text::fold::fold;
use crate::text::script::{is_emoji, is_unspaced_part, parts};

/// The stemmed words of a query, as the index stores them.
#[derive(Debug)]
pub struct QueryStems<'a> {
    store: &'a Store,
    stems: Vec<String>,
    /// For each stem, the first bytes of the words that may have it; none if any word may.
    starts: Vec<Option<[u8; START]>>,
    /// The last word of the query, folded, if it is a prefix.
    open: Option<String>,
    /// The words of the query in scripts without spaces, and emoji, as typed, with their numbers.
    inner: Vec<(usize, String)>,
}

/// The number of letters at the start of a word that stemming never changes.
const START: usize = 2;

/// The first [`START`] bytes of a word in lower case; none if the word is shorter or they are not
/// ASCII.
fn start(word: &str) -> Option<[u8; START]> {
    word.as_bytes()
        .first_chunk::<START>()
        .filter(|start| start.is_ascii())
        .map(|start| start.map(|byte| byte.to_ascii_lowercase()))
}

impl QueryStems<'_> {
    /// Stems the words of a query in all forms that were searched for.
    pub fn of<'a>(reading: &Reading, store: &'a Store) -> Result<QueryStems<'a>, StoreError> {
        let mut stems: Vec<String> = Vec::new();
        for phrase in &reading.question.phrases {
            for stem in store.stems(&phrase.words)? {
                if !stems.contains(&stem) {
                    stems.push(stem);
                }
            }
        }
        let open = reading
            .question
            .phrases
            .iter()
            .find(|phrase| phrase.open)
            .map(|phrase| fold(&phrase.words));
        let first_inner = stems.len() + 1;
        let inner = reading
            .words
            .iter()
            .map(|word| word.raw.clone())
            .filter(|raw| is_unspaced_part(raw) || raw.chars().any(is_emoji))
            .enumerate()
            .map(|(number, raw)| (first_inner + number, raw))
            .collect();
        let mut starts: Vec<Option<[u8; START]>> = stems.iter().map(|stem| start(stem)).collect();
        starts.extend(open.as_ref().map(|_| None));
        Ok(QueryStems {
            store,
            stems,
            starts,
            open,
            inner,
        })
    }

    /// The occurrences of the words in a text, in order. Only the first 200,000 bytes are searched.
    pub fn places(&self, text: &str) -> Result<Vec<WordMatch>, StoreError> {
        let mut places = Vec::new();
        if self.stems.is_empty() {
            return Ok(places);
        }
        let text = &text[..text.floor_char_boundary(MAX_SCANNED_BYTES)];
        for (number, inner) in &self.inner {
            for (at, _) in text.match_indices(inner.as_str()) {
                places.push((*number, at..at + inner.len()));
            }
        }
        for run in parts(text) {
            let word = &text[run.clone()];
            // Stemming is the slowest step, so words that cannot match are skipped.
            if !is_unspaced_part(word)
                && self.may_be(word)
                && let Some(number) = self.number(word)?
            {
                places.push((number, run));
            }
        }
        places.sort_by_key(|(_, place)| place.start);
        Ok(places)
    }

    /// Whether the first letters of a word allow a match. A word that does not begin with ASCII
    /// letters is never ruled out.
    fn may_be(&self, word: &str) -> bool {
        start(word).is_none_or(|start| {
            self.starts
                .iter()
                .any(|wanted| wanted.is_none_or(|wanted| wanted == start))
        })
    }

    /// The index of the stem of a word; the number of stems if the word has the prefix; else none.
    fn number(&self, word: &str) -> Result<Option<usize>, StoreError> {
        let stem = self.store.stems(word)?.pop().unwrap_or_default();
        if let Some(number) = self.stems.iter().position(|wanted| *wanted == stem) {
            return Ok(Some(number));
        }
        Ok(self
            .open
            .as_ref()
            .filter(|open| fold(word).starts_with(open.as_str()))
            .map(|_| self.stems.len()))
    }
}
