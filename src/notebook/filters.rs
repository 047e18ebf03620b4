//! Filters: read from the words of a command line, and saved under a name.

use super::error::NotebookError;
use super::session::Notebook;
use crate::model::Query;
use crate::model::query_text::{self, Grammar};
use crate::model::query_words;

/// What the setting of a saved filter begins with.
const VIEW: &str = "view.";

impl Notebook {
    /// Reads a filter from the words of a command line.
    ///
    /// # Errors
    /// The filter is malformed or names what is not there.
    pub fn query(&self, words: &[String], forgiving: bool) -> Result<Query, NotebookError> {
        let text = query_words::join(words, self.kinds());
        let saved = if text.contains('@') {
            self.views()?
        } else {
            Vec::new()
        };
        self.read_query(&text, &saved, forgiving)
    }

    fn read_query(
        &self,
        text: &str,
        saved: &[(String, String)],
        forgiving: bool,
    ) -> Result<Query, NotebookError> {
        let grammar = Grammar {
            kinds: self.kinds(),
            saved,
            today: self.clock.today,
            forgiving,
        };
        Ok(query_text::read(text, grammar)?)
    }

    /// Names and texts of the saved filters.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn views(&self) -> Result<Vec<(String, String)>, NotebookError> {
        let kept = self.store.settings(VIEW)?;
        Ok(kept
            .into_iter()
            .map(|(key, text)| (key.trim_start_matches(VIEW).to_owned(), text))
            .collect())
    }

    /// Saves a filter under a name; says whether that changed anything.
    ///
    /// # Errors
    /// The filter cannot be read or uses itself; the file cannot be written.
    pub fn save_view(&mut self, name: &str, words: &[String]) -> Result<bool, NotebookError> {
        let text = query_words::join(words, self.kinds());
        let mut saved = self.views()?;
        saved.retain(|(other, _)| other != name);
        saved.push((name.to_owned(), text.clone()));
        self.read_query(&text, &saved, false)?;
        self.read_query(&format!("@{name}"), &saved, false)?;
        self.set_setting(&format!("{VIEW}{name}"), Some(&text))
    }

    /// Removes a saved filter; says whether there was one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn remove_view(&mut self, name: &str) -> Result<bool, NotebookError> {
        self.set_setting(&format!("{VIEW}{name}"), None)
    }
}
