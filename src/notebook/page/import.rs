//! Imports a page: new items become entries, and edits to known items change their entries.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::export::{layout_of, render, stored as stored_as};
use super::matching::{Matched, disagrees, match_items, nearer};
use super::ordering::orders;
use super::report::{PageImport, lines, outline, problem, prose};
use crate::format::page::headings::{Asides, Headings};
use crate::format::page::read::{draft, read};
use crate::model::entry::base_slug;
use crate::model::layout::{Item, Layout, Role};
use crate::model::link;
use crate::model::reference::Reference;
use crate::model::{Audience, Clock, Draft, Entry, Kind, Unknown, Value};
use crate::notebook::documents::{Conflicted, Conflicts, Settled};
use crate::notebook::entries::{kind_of, revise};
use crate::notebook::error::NotebookError;
use crate::notebook::published::published;
use crate::notebook::session::Notebook;
use crate::store::{Store, Stored, Writer};
use crate::text::english::first_few;
use crate::text::three_way;

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
}

impl<'a> PageOrigin<'a> {
    /// A page with a name, from no file in particular.
    pub fn named(name: &'a str) -> PageOrigin<'a> {
        PageOrigin {
            name: Some(name),
            path: None,
            is_gone: &|_| false,
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
        let clock = self.clock.clone();
        let ((layout, mut import), operation) =
            self.store
                .write(&self.command, &self.clock, self.mode, |writer| {
                    let name = page_name(writer.store(), origin, source)?;
                    let stored = match &name {
                        Some(name) => layout_of(writer.store(), name)?,
                        None => None,
                    };
                    // Headings bound by an earlier import stay bound.
                    if let Some(stored) = &stored {
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
                    headings.asides = match &stored {
                        Some(stored) if stored.whole == whole => Asides::Known(stored.prose()),
                        _ => Asides::Unlike,
                    };
                    let mut layout = read(source, kinds, &headings);
                    (layout.bound, layout.whole) = (bound, whole);
                    let mut import = PageImport {
                        sections: outline(&layout),
                        ..PageImport::default()
                    };
                    let document = match origin.path {
                        Some(path) => writer.store().document(path)?,
                        None => None,
                    };
                    // The page as kb last wrote it, if that was an export.
                    let written = document.as_ref().and_then(|file| file.base.as_deref());
                    let written: Option<Layout> =
                        written.and_then(|json| serde_json::from_slice(json).ok());
                    // The page as it would be exported now; the file may be an edited export.
                    let rendered = match stored.as_ref().or(written.as_ref()).zip(name.as_deref()) {
                        Some((known, name)) => {
                            let page = render(
                                writer.store(),
                                name,
                                known,
                                Audience::Public,
                                taken.as_ref(),
                                &HashSet::new(),
                            )?;
                            Some(page.layout)
                        }
                        None => None,
                    };
                    let base = match &written {
                        Some(written) => Some(written),
                        // A file that was imported, and not written since.
                        None if document.is_some() => stored.as_ref(),
                        None => nearer(source, stored.as_ref(), rendered.as_ref()),
                    };
                    let matched = match_items(writer.store(), &layout, base)?;
                    let both = settle(
                        writer,
                        &mut layout,
                        [base, rendered.as_ref()],
                        &matched,
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
                    take_off(
                        writer.store(),
                        &mut layout,
                        base,
                        stored.as_ref(),
                        &known,
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
                        && rendered
                            .as_ref()
                            .is_some_and(|rendered| rendered.text() == source);
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
    let matched = match_items(store, &layout, Some(stored))?;
    let shared = matched.values().filter(|(_, was)| was.is_some()).count();
    Ok(2 * shared >= stored.items().len())
}

/// Applies each item to its entry or creates one, and records the uids in the layout. `bases` are
/// the page before it was edited by hand, and the page as it would be exported now. Returns the
/// entries of which a field changed differently in the file and in the notebook.
fn settle(
    writer: &mut Writer<'_>,
    layout: &mut Layout,
    [base, rendered]: [Option<&Layout>; 2],
    matched: &Matched,
    conflicts: Conflicts,
    clock: &Clock,
    import: &mut PageImport,
) -> Result<Vec<Conflicted>, NotebookError> {
    let mut both = Vec::new();
    let source = layout.clone();
    let mut added: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let lines = lines(&source);
    let placed = placed(writer.store())?;
    let orders = orders(writer.store(), &source, matched)?;
    for (at, item, section) in source.items() {
        let Some(kind) = section
            .kind
            .as_ref()
            .and_then(|kind| writer.store().kinds().get(kind))
            .cloned()
        else {
            continue;
        };
        let theirs = draft(item, section, &kind);
        let before = match matched.get(&at) {
            Some((uid, _)) => writer.store().by_uid(uid)?,
            None => None,
        };
        // The item before the edit; `None` if it is new on the page.
        let was = matched
            .get(&at)
            .and_then(|(_, was)| *was)
            .zip(base)
            .and_then(|(was, base)| {
                base.items()
                    .into_iter()
                    .find(|(other, _, _)| *other == was)
                    .map(|(_, item, section)| draft(item, section, &kind))
            });
        // The text of the item, which may say more than its entry holds, such as a cell of its own.
        let is_rewritten = matched
            .get(&at)
            .and_then(|(_, was)| Some(&base?.pieces.get((*was)?)?.text))
            .is_some_and(|was| was.trim() != source.pieces[at].text.trim());
        let mut is_conflict = false;
        // An item that is new on the page is compared with what a page shows of the entry.
        let shown = match &before {
            Some(before) if was.is_none() => {
                Some(published(writer.store(), &before.entry, &kind, &[])?.0)
            }
            _ => None,
        };
        // If it says something else than the entry of its name, and that entry stands on another page, it is
        // another entry; otherwise both changed.
        let before = match before {
            Some(other)
                if shown
                    .as_ref()
                    .is_some_and(|shown| disagrees(shown, &theirs)) =>
            {
                if placed.contains(&other.entry.uid) {
                    import.apart.push(other.entry.reference());
                    None
                } else {
                    is_conflict = matches!(conflicts, Conflicts::Refuse | Conflicts::Leave);
                    Some(other)
                }
            }
            before => before,
        };
        let uid = match (before, was) {
            (Some(before), was) => {
                let shown = shown.as_ref().unwrap_or(&before.entry);
                let mut changes = changes(shown, &theirs, was.as_ref(), &kind);
                if was.is_none() && conflicts == Conflicts::Ours {
                    changes.texts.clear();
                }
                let ours = rendered.and_then(|rendered| {
                    let items = rendered.items();
                    let own = items
                        .iter()
                        .find(|(_, item, _)| item.uid == before.entry.uid)?;
                    Some(draft(own.1, own.2, &kind))
                });
                if let Some((was, ours)) = was.as_ref().zip(ours.as_ref()) {
                    let fields: Vec<String> = changes.texts.keys().cloned().collect();
                    for field in fields {
                        // The page has what the entry has: nothing changed there.
                        if was.texts.get(&field) == Some(&own_texts(&before.entry, &field)) {
                            continue;
                        }
                        let [was, ours, theirs] = [was, ours, &theirs]
                            .map(|draft| draft.texts.get(&field).map_or(&[][..], Vec::as_slice));
                        match conflicts.settle(&field, was, ours, theirs) {
                            Settled::Ours => drop(changes.texts.remove(&field)),
                            Settled::Both(both) if field != "topics" => {
                                changes.set_many(&field, both);
                            }
                            // The page shows one topic; `changes` has the others.
                            Settled::Theirs | Settled::Both(_) => {}
                            Settled::Conflict => is_conflict = true,
                        }
                    }
                }
                if !keep_hidden(
                    writer.store(),
                    &before.entry,
                    &kind,
                    base,
                    was.as_ref(),
                    &mut changes,
                    conflicts,
                )? {
                    is_conflict = true;
                }
                // An entry that became private left the page: what was edited there is a conflict.
                if is_rewritten && before.entry.private {
                    match conflicts {
                        Conflicts::Theirs => {}
                        Conflicts::Ours => changes.texts.clear(),
                        Conflicts::Refuse | Conflicts::Leave => is_conflict = true,
                    }
                }
                if is_conflict {
                    both.push(Conflicted::of(&before.entry));
                    changes.texts.clear();
                }
                match revise_from_page(writer, &kind, &before, &changes, clock) {
                    Ok(true) => import.updated.push(before.entry.reference()),
                    Ok(false) => {}
                    Err(NotebookError::Invalid { problems, .. }) => {
                        import
                            .problems
                            .push(problem(lines[at], &problems, "not taken"));
                        import.refused.push(before.entry.uid.clone());
                    }
                    Err(other) => return Err(other),
                }
                before.entry.uid
            }
            // Removed in the notebook: the entry stays removed, unless it was edited on the page.
            (None, Some(_)) if !is_rewritten || conflicts != Conflicts::Theirs => {
                let uid = matched[&at].0.clone();
                if is_rewritten && conflicts != Conflicts::Ours {
                    both.push(Conflicted {
                        uid: uid.clone(),
                        reference: format!(
                            "{}/{}",
                            kind.name,
                            base_slug(&kind.name, &item.title.value)
                        ),
                    });
                }
                uid
            }
            (None, _) => {
                let mut draft = theirs;
                // Even if the kind is private by default: a public page has no private entries.
                draft.set("private", "no");
                if let Some(order) = orders.get(&at) {
                    draft.set("position", order.position.to_string());
                    if let Some(field) = &kind.page.order {
                        draft.set(field, order.level.to_string());
                    }
                }
                match kind.admit(&draft, clock, Unknown::Refuse) {
                    Ok(entry) => {
                        let stored = writer.create(entry)?;
                        added
                            .entry(kind.name.clone())
                            .or_default()
                            .push(stored.entry.reference());
                        stored.entry.uid
                    }
                    Err(problems) => {
                        import
                            .problems
                            .push(problem(lines[at], &problems, "kept as prose"));
                        // The text stays on the page and is tried again at the next import.
                        layout.pieces[at].role = Role::Prose;
                        continue;
                    }
                }
            }
        };
        if let Role::Entry(item) = &mut layout.pieces[at].role {
            item.uid = uid;
        }
    }
    let kinds: Vec<String> = writer
        .store()
        .kinds()
        .iter()
        .map(|kind| kind.name.clone())
        .collect();
    import.added = kinds
        .into_iter()
        .filter_map(|kind| added.remove(&kind).map(|refs| (kind, refs)))
        .collect();
    both.dedup();
    Ok(both)
}

/// Puts what the public does not see of an entry, such as links to private entries, back into texts that
/// were edited on its page; false if the edit is of the same words. `was` is the item before the edit.
fn keep_hidden(
    store: &Store,
    entry: &Entry,
    kind: &Kind,
    base: Option<&Layout>,
    was: Option<&Draft>,
    changes: &mut Draft,
    conflicts: Conflicts,
) -> Result<bool, NotebookError> {
    if changes.texts.is_empty() {
        return Ok(true);
    }
    let items = base.map(Layout::items).unwrap_or_default();
    let own = items.iter().find(|(_, item, _)| item.uid == entry.uid);
    let loose = own.map_or(&[][..], |(_, item, _)| item.loose.as_slice());
    let public = published(store, entry, kind, loose)?.0;
    let mut is_kept = true;
    let fields: Vec<String> = changes.texts.keys().cloned().collect();
    for field in fields {
        let [seen, whole] = [&public, entry].map(|entry| own_texts(entry, &field));
        // The page had all of it, as its author wrote it.
        let had_all = was.is_some_and(|was| was.texts.get(&field) == Some(&whole));
        if seen == whole || had_all {
            continue;
        }
        let edited = changes.texts.get(&field).cloned().unwrap_or_default();
        if let ([seen], [whole], [edited]) = (&seen[..], &whole[..], &edited[..])
            && let Some(both) = three_way::merge_words(seen, whole, edited)
        {
            changes.set(&field, both);
            continue;
        }
        match conflicts.settle(&field, &seen, &whole, &edited) {
            Settled::Ours => drop(changes.texts.remove(&field)),
            Settled::Both(both) => drop(changes.set_many(&field, both)),
            Settled::Theirs => {}
            Settled::Conflict => is_kept = false,
        }
    }
    Ok(is_kept)
}

/// The texts of a field of an entry.
fn own_texts(entry: &Entry, field: &str) -> Vec<String> {
    match field {
        "body" => vec![entry.body.clone()],
        field => entry.value(field).map(Value::texts).unwrap_or_default(),
    }
}

/// The uids of the entries on all pages.
fn placed(store: &Store) -> Result<BTreeSet<String>, NotebookError> {
    let mut placed = BTreeSet::new();
    for page in store.pages()? {
        if let Some(layout) = layout_of(store, &page)? {
            placed.extend(layout.items().iter().map(|(_, item, _)| item.uid.clone()));
        }
    }
    Ok(placed)
}

/// The fields that were changed by hand: those that differ from the item's previous text, or from
/// the entry if the item is new on the page.
fn changes(entry: &Entry, theirs: &Draft, was: Option<&Draft>, kind: &Kind) -> Draft {
    let mut changes = Draft::of(&kind.name);
    let empty = Vec::new();
    let fields: BTreeSet<&String> = theirs
        .texts
        .keys()
        .chain(was.into_iter().flat_map(|was| was.texts.keys()))
        .collect();
    for field in fields {
        let now = theirs.texts.get(field).unwrap_or(&empty);
        let before: Vec<String> = match was {
            Some(was) => was.texts.get(field).unwrap_or(&empty).clone(),
            None => match field.as_str() {
                "title" => vec![entry.title.clone()],
                // An item without a body says nothing about that of the entry.
                "body" if now.is_empty() => Vec::new(),
                "body" => vec![entry.body.clone()]
                    .into_iter()
                    .filter(|body| !body.is_empty())
                    .collect(),
                "topics" => now
                    .iter()
                    .filter(|topic| entry.topics.contains(topic))
                    .cloned()
                    .collect(),
                field => entry.value(field).map(Value::texts).unwrap_or_default(),
            },
        };
        if *now == before {
            continue;
        }
        // A page shows only the topic of the heading, so the entry keeps its other topics.
        if field == "topics" {
            let mut topics: Vec<String> = now.clone();
            topics.extend(
                entry
                    .topics
                    .iter()
                    .filter(|topic| !before.contains(topic))
                    .cloned(),
            );
            changes.set_many("topics", topics);
        } else {
            changes.set_many(field, now.clone());
        }
    }
    changes
}

/// Applies changes to an entry; returns whether it changed.
fn revise_from_page(
    writer: &mut Writer<'_>,
    kind: &Kind,
    before: &Stored,
    changes: &Draft,
    clock: &Clock,
) -> Result<bool, NotebookError> {
    if changes.texts.is_empty() {
        return Ok(false);
    }
    // An entry whose kind has an unreadable definition must not change.
    kind_of(writer.store(), &before.entry)?;
    let after = revise(writer.store(), kind, before, changes, clock)?;
    Ok(writer.update(before, &after)?)
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
/// `known` has the uids on the page now. `import.absent` gets only entries that were not deleted
/// from the page before.
fn take_off(
    store: &Store,
    layout: &mut Layout,
    base: Option<&Layout>,
    stored: Option<&Layout>,
    known: &BTreeSet<String>,
    import: &mut PageImport,
) -> Result<(), NotebookError> {
    let before = stored
        .into_iter()
        .flat_map(|stored| stored.absent.iter().cloned());
    let gone = base.into_iter().flat_map(|base| {
        base.items()
            .into_iter()
            .map(|(_, item, _)| item.uid.clone())
            .collect::<Vec<_>>()
    });
    let off: BTreeSet<String> = before
        .chain(gone)
        .filter(|uid| !known.contains(uid))
        .collect();
    for uid in off {
        if let Some(entry) = store.by_uid(&uid)? {
            if stored.is_none_or(|stored| !stored.absent.contains(&uid)) {
                import.absent.push(entry.entry.reference());
            }
            layout.absent.push(uid);
        }
    }
    Ok(())
}
