//! New entries that no tracked file takes, and what would let a file take them.

use std::collections::HashSet;

use super::error::NotebookError;
use super::page::layout_of;
use super::session::Notebook;
use crate::format::bibliography::{self, Dialect};
use crate::format::page::{fresh, has_section};
use crate::model::layout::Layout;
use crate::model::{Entry, Kind};
use crate::store::Document;

/// New entries of one kind that no tracked file takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unplaced {
    /// Their refs.
    pub refs: Vec<String>,
    /// The stored path of a file that takes them with the addition.
    pub path: String,
    /// What to add there.
    pub addition: Addition,
}

/// What makes a file take new entries of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addition {
    /// A heading of a page.
    Heading(String),
    /// A filter.
    Filter(String),
}

/// A tracked file that takes new entries, or a folder of notes.
struct Taker<'d> {
    path: &'d str,
    place: Place,
    /// The uids of the entries that its filter finds, if it has one.
    chosen: Option<HashSet<String>>,
}

/// Which entries a file has a place for.
enum Place {
    /// A page: those that it has sections for.
    Sections(Layout),
    /// A BibTeX file: works.
    Records,
    /// A folder of notes: all.
    Notes,
}

impl Taker<'_> {
    fn takes(&self, entry: &Entry, kind: &Kind) -> bool {
        let is_chosen = self
            .chosen
            .as_ref()
            .map(|chosen| chosen.contains(&entry.uid));
        match &self.place {
            Place::Sections(page) => has_section(page, entry, kind) && is_chosen.unwrap_or(true),
            Place::Records => is_work(&entry.kind) && is_chosen.unwrap_or(false),
            Place::Notes => is_chosen.unwrap_or(true),
        }
    }

    /// What makes it take entries of a kind, if that is not what its user decided.
    fn lacks(&self, kind: &Kind) -> Option<Addition> {
        match &self.place {
            _ if self.chosen.is_some() => None,
            Place::Sections(_) => Some(Addition::Heading(fresh::heading_of(kind))),
            Place::Records if is_work(&kind.name) => {
                Some(Addition::Filter(format!("kind:{}", kind.name)))
            }
            Place::Records | Place::Notes => None,
        }
    }
}

/// Whether a BibTeX file holds entries of a kind.
fn is_work(kind: &str) -> bool {
    kind == bibliography::kind(Dialect::Bibtex)
}

impl Notebook {
    /// The public entries that were added after a file was last read or written.
    pub fn new_entries(&self) -> Result<Vec<Entry>, NotebookError> {
        let Some(since) = self.store.last_tracked()? else {
            return Ok(Vec::new());
        };
        let mut added = self.store.added_since(since)?;
        added.retain(|entry| !entry.private);
        Ok(added)
    }

    /// Those of these entries that no file takes, by kind. A file with a filter takes what its user chose:
    /// only one without is named, a page before a BibTeX file.
    pub fn unplaced(&self, mut added: Vec<Entry>) -> Result<Vec<Unplaced>, NotebookError> {
        if added.is_empty() {
            return Ok(Vec::new());
        }
        let files = self.store.documents("")?;
        let takers = self.takers(&files)?;
        added.retain(|entry| {
            let kind = self.kinds().get(&entry.kind);
            !kind.is_some_and(|kind| takers.iter().any(|taker| taker.takes(entry, kind)))
        });
        let mut unplaced = Vec::new();
        for kind in self.kinds().iter() {
            let of_kind = added.iter().filter(|entry| entry.kind == kind.name);
            let refs: Vec<String> = of_kind.map(Entry::reference).collect();
            let lacks = |taker: &Taker| Some((taker.path.to_owned(), taker.lacks(kind)?));
            if let Some((path, addition)) = takers.iter().find_map(lacks)
                && !refs.is_empty()
            {
                unplaced.push(Unplaced {
                    refs,
                    path,
                    addition,
                });
            }
        }
        Ok(unplaced)
    }

    /// The tracked files that may take new entries: pages, folders of notes, BibTeX files.
    fn takers<'d>(&self, files: &'d [Document]) -> Result<Vec<Taker<'d>>, NotebookError> {
        let mut takers: Vec<Taker> = Vec::new();
        for file in files {
            let (path, place) = match (&file.folder, &file.page) {
                (Some(folder), _) => (folder, Place::Notes),
                (None, Some(page)) => {
                    let layout = layout_of(&self.store, page)?.unwrap_or_default();
                    (&file.path, Place::Sections(layout))
                }
                (None, None) if file.format == "bibtex" => (&file.path, Place::Records),
                (None, None) => continue,
            };
            // The notes of a folder have one filter.
            if takers.last().is_none_or(|last| last.path != path) {
                takers.push(Taker {
                    path,
                    place,
                    chosen: match self.taken([file]) {
                        // Another message is about a filter that cannot be read.
                        Err(NotebookError::DocumentFilter { .. }) => Some(HashSet::new()),
                        chosen => chosen?,
                    },
                });
            }
        }
        takers.sort_by_key(|taker| matches!(taker.place, Place::Records));
        Ok(takers)
    }
}
