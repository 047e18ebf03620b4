//! Exports a page: updates its layout with the current entries and returns its text.

use std::collections::BTreeSet;

use crate::format::page::fresh;
use crate::format::page::headings::Headings;
use crate::format::page::write::{WrittenPage, write};
use crate::model::layout::{Layout, Piece, Role};
use crate::model::{Audience, Entry, Query};
use crate::notebook::error::NotebookError;
use crate::notebook::published::on_page;
use crate::notebook::session::Notebook;
use crate::store::{Selection, Store};

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

    /// Exports a page as text, with its name if it is stored, together with the refs of the entries for which it has no section.
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
    ) -> Result<(Option<String>, String, Vec<String>), NotebookError> {
        let pages = self.store.pages()?;
        let name = match (name, pages.as_slice()) {
            (Some(name), pages) if pages.iter().any(|page| page == name) => name.to_owned(),
            (Some(_) | None, [only]) => only.clone(),
            (_, []) => {
                let entries: Vec<Entry> = self
                    .store
                    .select(&Selection::of(Query::All))?
                    .into_iter()
                    .map(|stored| stored.entry)
                    .collect();
                let headings = Headings::new(self.kinds(), &[], None);
                let written = write(
                    &fresh::layout(self.kinds()),
                    &entries,
                    self.kinds(),
                    &headings,
                    audience,
                );
                return Ok((
                    None,
                    fresh::without_empty(written.layout).text(),
                    written.unplaced,
                ));
            }
            (_, several) => {
                return Err(NotebookError::WhichPage {
                    pages: several.to_vec(),
                });
            }
        };
        let layout = layout_of(&self.store, &name)?.unwrap_or_default();
        let written = render(&self.store, &name, &layout, audience)?;
        Ok((Some(name), written.layout.text(), written.unplaced))
    }
}

/// Updates a page with the current entries: those already on it, and those that are on no page and
/// whose kind has no section on an earlier page.
pub(super) fn render(
    store: &Store,
    name: &str,
    layout: &Layout,
    audience: Audience,
) -> Result<WrittenPage, NotebookError> {
    let own: BTreeSet<&str> = layout
        .items()
        .iter()
        .map(|(_, item, _)| item.uid.as_str())
        .collect();
    // An entry that is on no page goes to the first page with a section for its kind.
    let (mut elsewhere, mut taken, mut earlier) = (BTreeSet::new(), BTreeSet::new(), true);
    for other in store.pages()? {
        if other == name {
            earlier = false;
        } else if let Some(other) = layout_of(store, &other)? {
            elsewhere.extend(other.items().iter().map(|(_, item, _)| item.uid.clone()));
            if earlier {
                taken.extend(bound_kinds(&other));
            }
        }
    }
    let kinds: Vec<String> = bound_kinds(layout).into_iter().collect();
    let mut entries: Vec<Entry> = store
        .select(&Selection::of(Query::Kind(kinds)))?
        .into_iter()
        .map(|stored| stored.entry)
        .filter(|entry| {
            own.contains(entry.uid.as_str())
                || !(elsewhere.contains(&entry.uid) || taken.contains(&entry.kind))
        })
        .collect();
    if audience == Audience::Public {
        for entry in entries.iter_mut().filter(|entry| entry.body.contains("[[")) {
            entry.body = on_page(store, &entry.body)?;
        }
    }
    Ok(write(
        layout,
        &entries,
        store.kinds(),
        &Headings::new(store.kinds(), &[], None),
        audience,
    ))
}

/// The layout of the page `name`, if it exists.
pub(super) fn layout_of(store: &Store, name: &str) -> Result<Option<Layout>, NotebookError> {
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
