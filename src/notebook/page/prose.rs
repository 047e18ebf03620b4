//! Passages of pages that are not entries, found by their words.

use std::collections::BTreeSet;

use super::export::layout_of;
use crate::model::Query;
use crate::model::layout::Role;
use crate::notebook::error::NotebookError;
use crate::notebook::session::Notebook;
use crate::text::fold::words;
use crate::text::place::Place;

impl Notebook {
    /// Passages of pages that are no entries and have every word of a question that is words alone: page, place and first words.
    ///
    /// # Errors
    /// The file cannot be read.
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

/// Gathers the words of a query; says whether it asks for nothing else.
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
