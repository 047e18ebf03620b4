//! Searches the prose of pages: the text that is not part of an entry.

use std::collections::BTreeSet;

use super::export::layout_of;
use crate::model::Query;
use crate::model::layout::Role;
use crate::notebook::error::NotebookError;
use crate::notebook::session::Notebook;
use crate::text::fold::words;
use crate::text::place::Place;

impl Notebook {
    /// Finds the prose passages that contain every word of a query: page name, place of the first
    /// line, and first 12 words. Empty if the query is more than words.
    ///
    /// # Errors
    /// The layout of a page cannot be read.
    pub fn prose_with(&self, query: &Query) -> Result<Vec<(String, Place, String)>, NotebookError> {
        let mut wanted = Vec::new();
        if !plain_words(query, &mut wanted) || wanted.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for name in self.store.pages()? {
            let layout = layout_of(&self.store, &name)?.unwrap_or_default();
            let mut line = 1;
            for piece in &layout.pieces {
                let held: BTreeSet<String> = if piece.role == Role::Prose {
                    words(&piece.text).into_iter().collect()
                } else {
                    BTreeSet::new()
                };
                if wanted.iter().all(|word| held.contains(word)) {
                    let first: Vec<&str> = piece.text.split_whitespace().take(12).collect();
                    found.push((name.clone(), Place { line, column: 1 }, first.join(" ")));
                }
                line += piece.text.matches('\n').count() + piece.gap.matches('\n').count();
            }
        }
        Ok(found)
    }
}

/// Collects the words of a query; returns whether it consists of words alone.
fn plain_words(query: &Query, wanted: &mut Vec<String>) -> bool {
    match query {
        Query::Words(text) => {
            wanted.extend(words(text));
            true
        }
        Query::And(parts) => parts.iter().all(|part| plain_words(part, wanted)),
        _ => false,
    }
}
