//! Exports a page: updates its layout with the current entries and returns its text.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::format::page::fresh;
use crate::format::page::headings::Headings;
use crate::format::page::write::{WrittenPage, write};
use crate::model::layout::{Layout, Piece, Role};
use crate::model::{Audience, Entry, Query};
use crate::notebook::error::NotebookError;
use crate::notebook::published::published;
use crate::notebook::session::Notebook;
use crate::store::{Document, Selection, Store};

/// A page as it is exported.
#[derive(Debug, Clone, Default)]
pub struct PageExport {
    /// Its name, if it is stored.
    pub page: Option<String>,
    /// Its text.
    pub text: String,
    /// Which part of the text is which entry, as [`Layout::stored`] writes it.
    pub layout: String,
    /// The refs of the entries for which it has no section.
    pub unplaced: Vec<String>,
}

impl PageExport {
    /// The text of its layout.
    pub fn layout_text(&self) -> String {
        let layout = serde_json::from_str::<Layout>(&self.layout);
        layout.unwrap_or_default().text()
    }
}

impl Notebook {
    /// The names of all pages.
    pub fn pages(&self) -> Result<Vec<String>, NotebookError> {
        Ok(self.store.pages()?)
    }

    /// The page that a tracked file holds, else the page with the name of the file.
    pub fn page_of_file(&self, path: &str) -> Result<Option<String>, NotebookError> {
        if let Some(page) = self.document(path)?.and_then(|file| file.page) {
            return Ok(Some(page));
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        Ok(self.store.pages()?.into_iter().find(|page| page == name))
    }

    /// Exports a page as text.
    ///
    /// If `name` is `None` or not the name of a page, the only page is exported. A notebook without
    /// pages exports a new page with a heading for each kind that has entries.
    ///
    /// # Errors
    /// [`NotebookError::WhichPage`] if there are several pages and `name` is not one of them.
    pub fn export_page(
        &self,
        name: Option<&str>,
        audience: Audience,
    ) -> Result<PageExport, NotebookError> {
        self.export_page_but(name, audience, &HashSet::new())
    }

    /// Exports a page with the items of the entries in `held` as they are.
    fn export_page_but(
        &self,
        name: Option<&str>,
        audience: Audience,
        held: &HashSet<&str>,
    ) -> Result<PageExport, NotebookError> {
        let pages = self.store.pages()?;
        let name = match (name, pages.as_slice()) {
            (Some(name), pages) if pages.iter().any(|page| page == name) => name.to_owned(),
            (Some(_) | None, [only]) => only.clone(),
            (_, []) => {
                let entries = seen(&self.store, Query::All, &Layout::default(), audience)?;
                let headings = Headings::new(self.kinds(), &[], None);
                let written = write(
                    &fresh::layout(self.kinds()),
                    &entries,
                    self.kinds(),
                    &headings,
                    audience,
                    held,
                );
                let layout = fresh::without_empty(written.layout);
                return Ok(PageExport {
                    text: layout.text(),
                    // The page is stored when its file is read.
                    layout: stored("", &layout)?,
                    page: None,
                    unplaced: written.unplaced,
                });
            }
            (_, several) => {
                return Err(NotebookError::WhichPage {
                    pages: several.to_vec(),
                });
            }
        };
        let layout = layout_of(&self.store, &name)?.unwrap_or_default();
        let taken = self.taken_by_page(&name)?;
        let written = render(&self.store, &name, &layout, audience, taken.as_ref(), held)?;
        Ok(PageExport {
            text: written.layout.text(),
            layout: stored(&name, &written.layout)?,
            page: Some(name),
            unplaced: written.unplaced,
        })
    }

    /// The uids of the entries that the filter of a page finds, if it has one.
    fn taken_by_page(&self, name: &str) -> Result<Option<HashSet<String>>, NotebookError> {
        let mut files = self.store.documents("")?;
        files.retain(|file| file.page.as_deref() == Some(name));
        self.taken(&files)
    }

    /// What the file of a page gets: the items of entries in conflict stay as they are in the file, and
    /// its layout has them as they were before that.
    pub fn export_page_file(&self, file: &Document) -> Result<PageExport, NotebookError> {
        let conflicts = file.state.iter().flat_map(|state| &state.conflicts);
        let held: HashSet<&str> = conflicts.map(String::as_str).collect();
        let mut export = self.export_page_but(file.page.as_deref(), Audience::Public, &held)?;
        if let Some(name) = export.page.as_deref().filter(|_| !held.is_empty()) {
            let read = |json: &[u8]| serde_json::from_slice::<Layout>(json).ok();
            let written = read(export.layout.as_bytes()).unwrap_or_default();
            let before = file.base.as_deref().and_then(read);
            export.layout = stored(name, &written.with_items(before.as_ref(), &held))?;
        }
        Ok(export)
    }
}

/// Updates a page with the current entries: those already on it, and those that are on no page and
/// whose kind has no section on an earlier page; of those, the ones in `taken`, if it is given. The items
/// of the entries in `held` stay as they are.
pub(super) fn render(
    store: &Store,
    name: &str,
    layout: &Layout,
    audience: Audience,
    taken: Option<&HashSet<String>>,
    held: &HashSet<&str>,
) -> Result<WrittenPage, NotebookError> {
    // Entries on this page stay, even if an earlier page has a section for their kind.
    let own: BTreeSet<&str> = layout
        .items()
        .iter()
        .map(|(_, item, _)| item.uid.as_str())
        .collect();
    // An entry that is on no page goes to the first page with a section for its kind.
    // `elsewhere`: the uids on other pages. `bound`: the kinds with a section on an earlier page.
    let (mut elsewhere, mut bound, mut earlier) = (BTreeSet::new(), BTreeSet::new(), true);
    for other in store.pages()? {
        if other == name {
            earlier = false;
        } else if let Some(other) = layout_of(store, &other)? {
            elsewhere.extend(other.items().iter().map(|(_, item, _)| item.uid.clone()));
            // What was deleted from a page by hand stands on no page until it is put on one.
            elsewhere.extend(other.absent.iter().cloned());
            if earlier {
                bound.extend(bound_kinds(&other));
            }
        }
    }
    let kinds: Vec<String> = bound_kinds(layout).into_iter().collect();
    let mut entries = seen(store, Query::Kind(kinds), layout, audience)?;
    entries.retain(|entry| {
        own.contains(entry.uid.as_str())
            || !elsewhere.contains(&entry.uid)
                && match taken {
                    // What the user chose for this page is not for an earlier one.
                    Some(taken) => taken.contains(&entry.uid),
                    None => !bound.contains(&entry.kind),
                }
    });
    Ok(write(
        layout,
        &entries,
        store.kinds(),
        &Headings::new(store.kinds(), &[], None),
        audience,
        held,
    ))
}

/// The entries that a query finds, as the audience sees them on a page.
fn seen(
    store: &Store,
    query: Query,
    layout: &Layout,
    audience: Audience,
) -> Result<Vec<Entry>, NotebookError> {
    let items = layout.items();
    let loose: HashMap<&str, &[String]> = items
        .iter()
        .map(|(_, item, _)| (item.uid.as_str(), item.loose.as_slice()))
        .collect();
    let mut entries = Vec::new();
    for stored in store.select(&Selection::of(query))? {
        let entry = stored.entry;
        match store.kinds().get(&entry.kind) {
            _ if !audience.sees(&entry) => {}
            Some(kind) if audience == Audience::Public => {
                let loose = loose.get(entry.uid.as_str()).copied().unwrap_or_default();
                entries.push(published(store, &entry, kind, loose)?.0);
            }
            _ => entries.push(entry),
        }
    }
    Ok(entries)
}

/// The layout of the page `name` as JSON.
pub(super) fn stored(name: &str, layout: &Layout) -> Result<String, NotebookError> {
    layout.stored().map_err(|e| NotebookError::PageLayout {
        name: name.to_owned(),
        why: e.to_string(),
    })
}

/// The layout of the page `name`, if it exists.
pub(in crate::notebook) fn layout_of(
    store: &Store,
    name: &str,
) -> Result<Option<Layout>, NotebookError> {
    let read = |json: String| {
        serde_json::from_str(&json).map_err(|e| NotebookError::PageLayout {
            name: name.to_owned(),
            why: e.to_string(),
        })
    };
    store.page(name)?.map(read).transpose()
}

/// The kinds for which a page has a section.
fn bound_kinds(layout: &Layout) -> BTreeSet<String> {
    let kind = |piece: &Piece| {
        if let Role::Heading(section) = &piece.role {
            section.kind.clone()
        } else {
            None
        }
    };
    layout.pieces.iter().filter_map(kind).collect()
}
