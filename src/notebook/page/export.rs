//! A page out: its layout brought up to date with the entries.

use std::collections::BTreeSet;

use crate::format::page::fresh;
use crate::format::page::headings::Headings;
use crate::format::page::write::{WrittenPage, write};
use crate::model::layout::{Layout, Piece, Role};
use crate::model::{Audience, Entry, Query};
use crate::notebook::error::NotebookError;
use crate::notebook::session::Notebook;
use crate::store::{Selection, Store};

impl Notebook {
    /// The names of the pages.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn pages(&self) -> Result<Vec<String>, NotebookError> {
        Ok(self.store.pages()?)
    }

    /// A page as text with the refs that have no place on it. Without a name: the only page, or a fresh one when there is none.
    ///
    /// # Errors
    /// There is no page of that name, or several and none was named.
    pub fn export_page(
        &self,
        name: Option<&str>,
        audience: Audience,
    ) -> Result<(String, Vec<String>), NotebookError> {
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
        Ok((written.layout.text(), written.unplaced))
    }
}

/// A page brought up to date with the notebook: the entries that stand on it, and those that stand on no page and have a place on this one.
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
    // An entry that stands on no page goes to the first that has a section of its kind.
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
    let entries: Vec<Entry> = store
        .select(&Selection::of(Query::Kind(kinds)))?
        .into_iter()
        .map(|stored| stored.entry)
        .filter(|entry| {
            own.contains(entry.uid.as_str())
                || !(elsewhere.contains(&entry.uid) || taken.contains(&entry.kind))
        })
        .collect();
    Ok(write(
        layout,
        &entries,
        store.kinds(),
        &Headings::new(store.kinds(), &[], None),
        audience,
    ))
}

/// The layout of a page, if there is one of that name.
pub(super) fn layout_of(store: &Store, name: &str) -> Result<Option<Layout>, NotebookError> {
    let read = |json: String| {
        serde_json::from_str(&json).map_err(|e| NotebookError::PageLayout {
            name: name.to_owned(),
            why: e.to_string(),
        })
    };
    store.page(name)?.map(read).transpose()
}

/// The kinds of which a page has a section.
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
