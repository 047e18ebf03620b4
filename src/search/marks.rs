//! Where the words of a question stand in a text, so that they can be shown.

use super::reading::Reading;
use super::snippet::{LOOKED_AT, WordMatch};
use crate::store::{Store, StoreError};
use crate::text::fold::{fold, letters};

/// The words of a question as the index holds them.
#[derive(Debug)]
pub struct QueryStems<'a> {
    store: &'a Store,
    stems: Vec<String>,
    /// How a word begins that may have one of the stems; none when that does not tell.
    starts: Vec<Option<[u8; START]>>,
    /// The start of a word that may go on, folded.
    open: Option<String>,
}

/// Letters that no stemming changes: a stem and its word begin with them.
const START: usize = 2;

/// How a word begins, in lower case; none when it is shorter or no plain letters.
fn start(word: &str) -> Option<[u8; START]> {
    word.as_bytes()
        .first_chunk::<START>()
        .filter(|start| start.is_ascii())
        .map(|start| start.map(|byte| byte.to_ascii_lowercase()))
}

impl QueryStems<'_> {
    /// The words of a question, in all forms that were looked for.
    ///
    /// # Errors
    /// The notebook cannot be read.
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
        let mut starts: Vec<Option<[u8; START]>> = stems.iter().map(|stem| start(stem)).collect();
        starts.extend(open.as_ref().map(|_| None));
        Ok(QueryStems {
            store,
            stems,
            starts,
            open,
        })
    }

    /// Where they stand in a text, in order; only its beginning is looked at when it is very long.
    ///
    /// # Errors
    /// The notebook cannot be read.
    pub fn places(&self, text: &str) -> Result<Vec<WordMatch>, StoreError> {
        let mut places = Vec::new();
        if self.stems.is_empty() {
            return Ok(places);
        }
        let text = &text[..text.floor_char_boundary(LOOKED_AT)];
        for run in letters(text) {
            // To stem a word takes longer than all else, and most words are not looked for.
            if self.may_be(&text[run.clone()])
                && let Some(number) = self.number(&text[run.clone()])?
            {
                places.push((number, run));
            }
        }
        Ok(places)
    }

    /// Whether a word begins as any of those that are wanted; one that is not plain letters may always be one.
    fn may_be(&self, word: &str) -> bool {
        start(word).is_none_or(|start| {
            self.starts
                .iter()
                .any(|wanted| wanted.is_none_or(|wanted| wanted == start))
        })
    }

    /// The number of a word among those that are wanted.
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
