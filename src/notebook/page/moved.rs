//! Items that were deleted from a page, and may come back on another one.

use std::collections::{BTreeSet, HashSet};

use super::before::Before;
use super::export::layout_of;
use super::matching::{Matched, match_items, match_moved};
use crate::format::page::headings::{Asides, Headings};
use crate::format::page::read::read;
use crate::format::page::write::write;
use crate::model::Audience;
use crate::model::layout::Layout;
use crate::notebook::error::NotebookError;
use crate::notebook::published::published;
use crate::notebook::session::Notebook;
use crate::store::{Document, Store};

/// Another page, whose file was edited since kb read or wrote it.
pub(super) struct EditedPage {
    document: Document,
    /// The text of its file.
    source: String,
    /// The uids of the entries that its filter finds, if it has one.
    taken: Option<HashSet<String>>,
}

impl Notebook {
    /// Whether there are pages besides the one in the file `path`.
    pub fn has_other_pages(&self, path: Option<&str>) -> Result<bool, NotebookError> {
        let own = match path {
            Some(path) => self.document(path)?.and_then(|file| file.page),
            None => None,
        };
        Ok(self.pages()?.iter().any(|page| Some(page) != own.as_ref()))
    }

    /// The pages in other files than `path` that were edited; `edited` gives the text of such a file.
    pub(super) fn edited_pages(
        &self,
        path: Option<&str>,
        edited: &dyn Fn(&Document) -> Option<String>,
    ) -> Result<Vec<EditedPage>, NotebookError> {
        let mut pages = Vec::new();
        if !self.has_other_pages(path)? {
            return Ok(pages);
        }
        for document in self.documents("")? {
            if document.page.is_some()
                && path.is_some_and(|path| path != document.path)
                && let Some(source) = edited(&document)
            {
                pages.push(EditedPage {
                    taken: self.taken([&document])?,
                    document,
                    source,
                });
            }
        }
        Ok(pages)
    }
}

/// The items that are on no page now, each under its heading.
#[derive(Debug, Default)]
pub(super) struct Moved {
    /// As they were last on a page.
    pub was: Layout,
    /// As they would be exported now.
    pub rendered: Layout,
    /// The uids of the entries on other pages, as the notebook keeps them.
    pub placed: BTreeSet<String>,
    /// The other pages that were edited as they are in their files, and the items that were on them before.
    edited: Vec<(Layout, Matched)>,
}

impl Moved {
    /// What may come to the page `name`: the items that the files of these other pages no longer have, and
    /// those that were deleted from any page before.
    pub(super) fn to(
        store: &Store,
        name: Option<&str>,
        edited: &[EditedPage],
    ) -> Result<Moved, NotebookError> {
        let mut moved = Moved::default();
        let mut found = BTreeSet::new();
        for other in edited {
            let name = other.document.page.as_deref();
            let before = Before::of(store, name, Some(&other.document), other.taken.as_ref())?;
            let (Some(stored), Some(base)) = (&before.stored, before.base(&other.source)) else {
                continue;
            };
            let mut headings = Headings::new(store.kinds(), &stored.bound, stored.whole.as_deref());
            headings.asides = Asides::Known(stored.prose());
            let layout = read(&other.source, store.kinds(), &headings);
            let mut were = match_items(store, &layout, Some(base), &Layout::default())?;
            were.retain(|_, (_, was)| was.is_some());
            let kept: BTreeSet<usize> = were.values().filter_map(|(_, was)| *was).collect();
            for (at, item, section) in base.items() {
                if !kept.contains(&at) && found.insert(item.uid.clone()) {
                    moved.was.push_under(section, &base.pieces[at]);
                }
            }
            moved.edited.push((layout, were));
        }
        let pages = store.pages()?;
        for other in pages.iter().filter(|page| Some(page.as_str()) != name) {
            let layout = layout_of(store, other)?.unwrap_or_default();
            let uids = layout
                .items()
                .into_iter()
                .map(|(_, item, _)| item.uid.clone());
            moved.placed.extend(uids);
        }
        for page in &pages {
            let gone = layout_of(store, page)?.unwrap_or_default().gone();
            for (at, item, section) in gone.items() {
                if !moved.placed.contains(&item.uid) && found.insert(item.uid.clone()) {
                    moved.was.push_under(section, &gone.pieces[at]);
                }
            }
        }
        moved.rendered = now(store, &moved.was)?;
        Ok(moved)
    }

    /// The uids of the entries that left a page and are on another one. `base` is the page before it was
    /// edited, `known` has the uids of the entries that it still has.
    pub(super) fn elsewhere(
        &self,
        base: Option<&Layout>,
        known: &BTreeSet<String>,
    ) -> BTreeSet<String> {
        let mut gone = Layout::default();
        for (at, item, section) in base.map(Layout::items).unwrap_or_default() {
            if let Some(base) = base.filter(|_| !known.contains(&item.uid)) {
                gone.push_under(section, &base.pieces[at]);
            }
        }
        let mut elsewhere = self.placed.clone();
        for (layout, were) in &self.edited {
            let arrived = match_moved(layout, &gone, were, &BTreeSet::new());
            elsewhere.extend(arrived.into_values().map(|(uid, _)| uid));
        }
        elsewhere
    }
}

/// Items as they would be exported now.
fn now(store: &Store, items: &Layout) -> Result<Layout, NotebookError> {
    let mut entries = Vec::new();
    for (_, item, _) in items.items() {
        if let Some(entry) = store.by_uid(&item.uid)?.map(|stored| stored.entry)
            && let Some(kind) = store.kinds().get(&entry.kind)
        {
            entries.push(published(store, &entry, kind, &item.loose)?.0);
        }
    }
    let headings = Headings::new(store.kinds(), &[], None);
    let (public, held) = (Audience::Public, HashSet::new());
    Ok(write(items, &entries, store.kinds(), &headings, public, &held).layout)
}
