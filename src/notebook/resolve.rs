//! Resolves a ref to one entry.

use super::error::NotebookError;
use super::session::Notebook;
use super::suggest;
use crate::model::reference::Reference;
use crate::store::{Store, Stored};

impl Notebook {
    /// The one entry that a ref matches.
    ///
    /// # Errors
    /// [`NotebookError::NoSuch`] if no entry matches, [`NotebookError::Ambiguous`] if several do.
    pub fn find(&self, text: &str) -> Result<Stored, NotebookError> {
        find_in(&self.store, text)
    }
}

/// Like [`Notebook::find`], but also usable within an operation.
pub(super) fn find_in(store: &Store, text: &str) -> Result<Stored, NotebookError> {
    let reference = Reference::read(text, store.kinds());
    let mut found = store.resolve(&reference)?;
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => {
            let near = suggest::refs(&reference, store)?;
            Err(NotebookError::NoSuch {
                text: text.to_owned(),
                kind: reference.kind,
                near,
            })
        }
        _ => Err(NotebookError::Ambiguous {
            text: text.to_owned(),
            candidates: found
                .into_iter()
                .map(|stored| (stored.entry.reference(), stored.entry.title))
                .collect(),
        }),
    }
}
