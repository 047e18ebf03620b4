//! Filters: parsed from the words of a command line, and saved under a name.

use super::error::NotebookError;
use super::resolve::find_in;
use super::session::Notebook;
use crate::model::Query;
use crate::model::query_text::{self, Grammar, QueryMode};
use crate::model::query_words;

/// The prefix of a saved filter in the settings.
pub(super) const VIEW: &str = "view.";

impl Notebook {
    /// Parses a filter from the words of a command line. In [`QueryMode::Search`], text that is not a filter
    /// is searched as words instead of being an error.
    ///
    /// # Errors
    /// The filter is malformed or names an unknown kind, field or saved filter.
    pub fn query(&self, words: &[String], mode: QueryMode) -> Result<Query, NotebookError> {
        self.parsed(words, mode).map(|(query, _)| query)
    }

    /// Parses the filter of a command that changes entries. Returns also whether a word or a part of it says
    /// nothing, as an unset variable of the shell does.
    ///
    /// # Errors
    /// As [`Notebook::query`].
    pub fn strict_filter(&self, words: &[String]) -> Result<(Query, bool), NotebookError> {
        let (query, has_idle_part) = self.parsed(words, QueryMode::Filter)?;
        let is_empty = |word: &String| word.trim().is_empty();
        Ok((query, has_idle_part || words.iter().any(is_empty)))
    }

    fn parsed(&self, words: &[String], mode: QueryMode) -> Result<(Query, bool), NotebookError> {
        let text = query_words::join(words, self.kinds());
        let saved = if text.contains('@') {
            self.views()?
        } else {
            Vec::new()
        };
        self.read_query(&text, &saved, mode)
    }

    fn read_query(
        &self,
        text: &str,
        saved: &[(String, String)],
        mode: QueryMode,
    ) -> Result<(Query, bool), NotebookError> {
        let grammar = Grammar {
            kinds: self.kinds(),
            saved,
            today: self.clock.today,
            mode,
        };
        let (query, has_idle_part) = query_text::read_whole(text, grammar)?;
        for text in query.linked_refs() {
            find_in(&self.store, text)?;
        }
        Ok((query, has_idle_part))
    }

    /// The names and texts of the saved filters.
    pub fn views(&self) -> Result<Vec<(String, String)>, NotebookError> {
        let kept = self.store.settings(VIEW)?;
        Ok(kept
            .into_iter()
            .map(|(key, text)| (key.trim_start_matches(VIEW).to_owned(), text))
            .collect())
    }

    /// Saves a filter under a name; returns whether that changed anything.
    ///
    /// # Errors
    /// The filter is malformed or refers to itself.
    pub fn save_view(&mut self, name: &str, words: &[String]) -> Result<bool, NotebookError> {
        let text = query_words::join(words, self.kinds());
        let mut saved = self.views()?;
        saved.retain(|(other, _)| other != name);
        saved.push((name.to_owned(), text.clone()));
        self.read_query(&text, &saved, QueryMode::Filter)?;
        self.read_query(&format!("@{name}"), &saved, QueryMode::Filter)?;
        self.set_setting(&format!("{VIEW}{name}"), Some(&text))
    }

    /// The saved filters that cannot be read with the kinds as they are now: name and error.
    pub fn broken_views(&self) -> Result<Vec<(String, String)>, NotebookError> {
        let saved = self.views()?;
        let broken = saved.iter().filter_map(|(name, _)| {
            let read = self.read_query(&format!("@{name}"), &saved, QueryMode::Filter);
            Some((name.clone(), read.err()?.to_string()))
        });
        Ok(broken.collect())
    }

    /// Removes a saved filter; returns whether it existed.
    pub fn remove_view(&mut self, name: &str) -> Result<bool, NotebookError> {
        self.set_setting(&format!("{VIEW}{name}"), None)
    }
}
