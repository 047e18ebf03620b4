//! Imports a page: new items become entries, and edits to known items change their entries.

use std::collections::{BTreeSet, HashMap};

use super::before::Before;
use super::export::{layout_of, stored as stored_as};
use super::matching::match_items;
use super::moved::Moved;
use super::report::{PageImport, outline, prose};
use super::settle::settle;
use crate::format::page::headings::{Asides, Headings};
use crate::format::page::read::read;
use crate::model::Audience;
use crate::model::layout::{Item, Layout, Role, Section};
use crate::model::link;
use crate::model::reference::Reference;
use crate::notebook::documents::Conflicts;
use crate::notebook::error::NotebookError;
use crate::notebook::session::Notebook;
use crate::store::{Document, Store};
use crate::text::english::first_few;

/// How the headings of a page are read.
#[derive(Debug, Clone, Default)]
pub struct PageOptions {
    /// Headings that the user bound: the text of the heading, and the kind of the items under it.
    pub sections: Vec<(String, String)>,
    /// The kind of the whole page, if the user gave one.
    pub kind: Option<String>,
    /// What happens to a field that changed in the file and in the notebook.
    pub conflicts: Conflicts,
    /// Whether most entries of the page may be taken off it.
    pub removals: Removals,
}

/// Whether an import may take more than a third of the entries off their page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Removals {
    /// It may not: the file is more likely cut off, or not that page.
    #[default]
    Refuse,
    /// The user agreed.
    Allow,
}

/// Where the text of a page comes from.
pub struct PageOrigin<'a> {
    /// The name of the page, if the user gave one.
    pub name: Option<&'a str>,
    /// The stored path of the file; `None` for standard input, which is not kept as a page.
    pub path: Option<&'a str>,
    /// Whether the file of a stored path no longer exists.
    pub is_gone: &'a dyn Fn(&str) -> bool,
    /// The text of a tracked file, if it was edited since kb read or wrote it.
    pub edited: &'a dyn Fn(&Document) -> Option<String>,
}

impl<'a> PageOrigin<'a> {
    /// A page with a name, from no file in particular.
    pub fn named(name: &'a str) -> PageOrigin<'a> {
        PageOrigin {
            name: Some(name),
            path: None,
            is_gone: &|_| false,
            edited: &|_| None,
        }
    }
}

impl Notebook {
    /// Imports a page: adds new items, applies the edits made by hand to their entries, and leaves
    /// the rest unchanged.
    ///
    /// # Errors
    /// A kind in `options` is unknown, or the stored layout of the page cannot be read.
    /// [`NotebookError::BothChanged`] and [`NotebookError::TakesOff`], unless `options` allow it.
    /// After any error the notebook is unchanged.
    pub fn import_page(
        &mut self,
        origin: &PageOrigin<'_>,
        source: &str,
        options: &PageOptions,
    ) -> Result<PageImport, NotebookError> {
        let mut bound: Vec<(String, String)> = options
            .sections
            .iter()
            .map(|(heading, kind)| Ok((heading.clone(), self.kind(kind)?.name.clone())))
            .collect::<Result<_, NotebookError>>()?;
        let mut whole = options
            .kind
            .as_ref()
            .map(|kind| self.kind(kind).map(|kind| kind.name.clone()))
            .transpose()?;
        let document = match origin.path {
            Some(path) => self.document(path)?,
            None => None,
        };
        let taken = self.taken(&document)?;
        let others = self.edited_pages(origin.path, origin.edited)?;
        let clock = self.clock.clone();
        let ((layout, mut import), operation) =
            self.store
                .write(&self.command, &self.clock, self.mode, |writer| {
                    let name = page_name(writer.store(), origin, source)?;
                    let before = Before::of(
                        writer.store(),
                        name.as_deref(),
                        document.as_ref(),
                        taken.as_ref(),
                    )?;
                    let stored = before.stored.as_ref();
                    // Headings bound by an earlier import stay bound.
                    if let Some(stored) = stored {
                        let new = bound.clone();
                        bound.extend(
                            stored
                                .bound
                                .iter()
                                .filter(|(heading, _)| {
                                    new.iter().all(|(other, _)| other != heading)
                                })
                                .cloned(),
                        );
                        whole = whole.take().or_else(|| stored.whole.clone());
                    }
                    let kinds = writer.store().kinds();
                    let mut headings = Headings::new(kinds, &bound, whole.as_deref());
                    // Only a page that is read with its kind for the first time has asides to find.
                    headings.asides = match stored {
                        Some(stored) if stored.whole == whole => Asides::Known(stored.prose()),
                        _ => Asides::Unlike,
                    };
                    let mut layout = read(source, kinds, &headings);
                    (layout.bound, layout.whole) = (bound, whole);
                    let mut import = PageImport {
                        sections: outline(&layout),
                        ..PageImport::default()
                    };
                    let base = before.base(source);
                    let rendered = before.rendered.as_ref();
                    let moved = Moved::to(writer.store(), name.as_deref(), &others)?;
                    let matched = match_items(writer.store(), &layout, base, &moved.was)?;
                    let both = settle(
                        writer,
                        &mut layout,
                        [
                            &joined(base, &moved.was),
                            &joined(rendered, &moved.rendered),
                        ],
                        (&matched, &moved.placed),
                        options.conflicts,
                        &clock,
                        &mut import,
                    )?;
                    keep_loose(writer.store(), &mut layout, base)?;
                    import.conflicts = options.conflicts.left(both)?;
                    // `settle` has written the uids into the layout.
                    let known: BTreeSet<String> = layout
                        .items()
                        .iter()
                        .map(|(_, item, _)| item.uid.clone())
                        .collect();
                    let elsewhere = moved.elsewhere(base, &known);
                    take_off(
                        writer.store(),
                        &mut layout,
                        [base, stored],
                        [&known, &elsewhere],
                        &mut import,
                    )?;
                    let before = base.map_or(0, |base| base.items().len());
                    if 3 * import.absent.len() > before && options.removals == Removals::Refuse {
                        return Err(NotebookError::TakesOff {
                            path: origin.path.or(origin.name).unwrap_or("-").to_owned(),
                            refs: first_few(&import.absent),
                            absent: import.absent.len(),
                            before,
                        });
                    }
                    // The import of an unedited export must not log an operation.
                    let unchanged = writer.changes() == 0
                        && rendered.is_some_and(|rendered| rendered.text() == source)
                        && stored.is_none_or(|stored| stored.gone == layout.gone);
                    if let Some(name) = name.as_deref().filter(|_| !unchanged) {
                        let json = stored_as(name, &layout)?;
                        writer.put_page(name, Some(&json))?;
                    }
                    if unchanged {
                        import.layout = rendered.and_then(|layout| layout.stored().ok());
                    } else if !import.left_alone().is_empty() {
                        let before = layout.with_items(base, &import.left_alone());
                        import.text = Some(before.text());
                        import.layout = before.stored().ok();
                    }
                    import.page = name;
                    Ok::<_, NotebookError>((layout, import))
                })?;
        import.changed = operation.is_some();
        import.prose = prose(&layout);
        import.entries = layout.items().len();
        Ok(import)
    }
}

/// The page that a text belongs to: the one named, else that of the file, else a page whose file is
/// unknown or gone and that shares at least half of its entries with the text, else a new page
/// named after the file. Standard input belongs to none.
fn page_name(
    store: &Store,
    origin: &PageOrigin<'_>,
    source: &str,
) -> Result<Option<String>, NotebookError> {
    if let Some(name) = origin.name {
        return Ok(Some(name.to_owned()));
    }
    let Some(path) = origin.path else {
        return Ok(None);
    };
    let pages = store.pages()?;
    let own = store.document(path)?.and_then(|file| file.page);
    if let Some(own) = own.filter(|own| pages.contains(own)) {
        return Ok(Some(own));
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    // Pages whose file still exists; another file cannot take them over.
    let held: BTreeSet<String> = store
        .documents("")?
        .into_iter()
        .filter(|file| !(origin.is_gone)(&file.path))
        .filter_map(|file| file.page)
        .collect();
    let mut free: Vec<&String> = pages.iter().filter(|page| !held.contains(*page)).collect();
    // A page with the name of the file comes first.
    free.sort_by_key(|page| page.as_str() != name);
    for page in free {
        if let Some(stored) = layout_of(store, page)?
            && shares_half(store, &stored, source)?
        {
            return Ok(Some(page.clone()));
        }
    }
    // Candidates for the file `d/notes.md`: `notes.md`, `d/notes.md`, `d/notes.md (2)`, and so on.
    let numbered = (2..).map(|number| format!("{path} ({number})"));
    let names = [name.to_owned(), path.to_owned()]
        .into_iter()
        .chain(numbered);
    Ok(names.into_iter().find(|name| !pages.contains(name)))
}

/// Whether a text has at least half of the entries of a page.
fn shares_half(store: &Store, stored: &Layout, source: &str) -> Result<bool, NotebookError> {
    let headings = Headings::new(store.kinds(), &stored.bound, stored.whole.as_deref());
    let layout = read(source, store.kinds(), &headings);
    let matched = match_items(store, &layout, Some(stored), &Layout::default())?;
    let shared = matched.values().filter(|(_, was)| was.is_some()).count();
    Ok(2 * shared >= stored.items().len())
}

/// A page and the items that moved there from other pages.
fn joined(page: Option<&Layout>, moved: &Layout) -> Layout {
    let mut joined = page.cloned().unwrap_or_default();
    joined.pieces.extend_from_slice(&moved.pieces);
    joined
}

/// Records the links in bodies that led nowhere public when the author wrote them: they stay on the page,
/// whatever private entries are in the notebook. A link to an entry that became private later goes.
fn keep_loose(
    store: &Store,
    layout: &mut Layout,
    base: Option<&Layout>,
) -> Result<(), NotebookError> {
    let items = base.map(Layout::items).unwrap_or_default();
    let before: HashMap<&str, &Item> = items
        .iter()
        .map(|(_, item, _)| (item.uid.as_str(), *item))
        .collect();
    let names = |item: &Item| {
        let body = item.body.as_ref().map_or("", |body| &body.value);
        let links = link::links(body).into_iter();
        links.map(|link| link.target).collect::<Vec<String>>()
    };
    for piece in &mut layout.pieces {
        let Role::Entry(item) = &mut piece.role else {
            continue;
        };
        let (was_loose, had) = before
            .get(item.uid.as_str())
            .map(|was| (was.loose.as_slice(), names(was)))
            .unwrap_or_default();
        let mut loose = Vec::new();
        for name in names(item) {
            let audience = match had.contains(&name) {
                true => Audience::Owner,
                false => Audience::Public,
            };
            let reference = Reference::read(&name, store.kinds());
            if was_loose.contains(&name) || store.resolve_link(&reference, audience)?.is_empty() {
                loose.push(name);
            }
        }
        item.loose = loose;
    }
    Ok(())
}

/// Records the entries that were deleted from the page, so that exports leave them off.
/// `known` has the uids on the page now, `elsewhere` those on other pages. `import` gets only entries that
/// were not deleted from the page before.
fn take_off(
    store: &Store,
    layout: &mut Layout,
    [base, stored]: [Option<&Layout>; 2],
    [known, elsewhere]: [&BTreeSet<String>; 2],
    import: &mut PageImport,
) -> Result<(), NotebookError> {
    let before = stored
        .into_iter()
        .flat_map(|stored| stored.absent.iter().cloned());
    let items = base.map(Layout::items).unwrap_or_default();
    let former = stored.map(Layout::gone).unwrap_or_default();
    let (former_items, mut gone_now) = (former.items(), Layout::default());
    let gone = items.iter().chain(&former_items);
    let gone = gone.map(|(_, item, _)| item.uid.clone());
    let off: BTreeSet<String> = before
        .chain(gone)
        .filter(|uid| !known.contains(uid))
        .collect();
    for uid in off {
        let is_it = |(_, item, _): &&(usize, &Item, &Section)| item.uid == uid;
        let last = items.iter().find(is_it).zip(base);
        let was_absent = stored.is_some_and(|stored| stored.absent.contains(&uid));
        // An entry that was removed may come back.
        if let Some(entry) = store.by_uid(&uid)?
            && (was_absent || last.is_some())
        {
            if !was_absent {
                let gone = match elsewhere.contains(&uid) {
                    true => &mut import.moved,
                    false => &mut import.absent,
                };
                gone.push(entry.entry.reference());
            }
            layout.absent.push(uid.clone());
        }
        let last = last.or_else(|| former_items.iter().find(is_it).zip(Some(&former)));
        if let Some(((at, _, section), page)) = last {
            gone_now.push_under(section, &page.pieces[*at]);
        }
    }
    layout.gone = gone_now.pieces;
    Ok(())
}
