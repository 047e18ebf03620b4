//! Resolves a ref to one entry.

use super::error::NotebookError;
use super::session::Notebook;
use super::suggest;
use crate::model::reference::Reference;
use crate::store::{Store, Stored};
use crate::text::fold::fold;

impl Notebook {
    /// The one entry that a ref matches.
    ///
    /// # Errors
    /// [`NotebookError::NoSuch`] if no entry matches, [`NotebookError::Ambiguous`] if several do.
    pub fn find(&self, text: &str) -> Result<Stored, NotebookError> {
        find_in(&self.store, text)
    }
}

impl Notebook {
    /// Like [`Notebook::find`], but the ref must be the whole slug, title, alias or former slug of
    /// the entry; others are only suggested. For commands that destroy.
    pub fn find_exactly(&self, text: &str) -> Result<Stored, NotebookError> {
        find_exactly_in(&self.store, text)
    }
}

/// Like [`Notebook::find_exactly`], but also usable within an operation.
pub(super) fn find_exactly_in(store: &Store, text: &str) -> Result<Stored, NotebookError> {
    let stored = find_in(store, text)?;
    let reference = Reference::read(text, store.kinds());
    let entry = &stored.entry;
    let names = entry.aliases.iter().chain(&entry.former);
    // What looks like a slug is not a title: `alpha` is not the entry `alpha-2` called Alpha.
    let is_slug = reference.kind.is_some() || reference.text == reference.slug;
    let title = Some(&entry.title).filter(|_| !is_slug);
    let is_exact = [&reference.text, &reference.slug].contains(&&entry.slug)
        || reference.url.is_some()
        || entry.uid == text
        || names
            .chain(title)
            .any(|name| fold(name) == reference.folded);
    if is_exact {
        return Ok(stored);
    }
    Err(NotebookError::NoSuch {
        text: text.to_owned(),
        kind: reference.kind,
        near: vec![entry.reference()],
    })
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
