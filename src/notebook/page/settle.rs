//! Settles each item of a page: it changes its entry, becomes a new one, or is in conflict with it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::matching::{Matched, disagrees};
use super::ordering::orders;
use super::report::{PageImport, lines, problem};
use crate::format::page::read::draft;
use crate::model::entry::base_slug;
use crate::model::layout::{Item, Layout, Role, Section};
use crate::model::{Clock, Draft, Entry, Kind, Unknown, Value};
use crate::notebook::documents::{Conflicted, Conflicts, Settled};
use crate::notebook::entries::{kind_of, revise};
use crate::notebook::error::NotebookError;
use crate::notebook::published::published;
use crate::store::{Store, Stored, Writer};
use crate::text::three_way;

/// Applies each item to its entry or creates one, and records the uids in the layout. `base` is the page
/// before it was edited by hand, and `rendered` the page as it would be exported now, both with the items
/// that may have moved there; `placed` has the uids on other pages. Returns the entries of which a field
/// changed differently in the file and in the notebook.
pub(super) fn settle(
    writer: &mut Writer<'_>,
    layout: &mut Layout,
    [base, rendered]: [&Layout; 2],
    (matched, placed): (&Matched, &BTreeSet<String>),
    conflicts: Conflicts,
    clock: &Clock,
    import: &mut PageImport,
) -> Result<Vec<Conflicted>, NotebookError> {
    let mut both = Vec::new();
    let source = layout.clone();
    let mut added: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let lines = lines(&source);
    let orders = orders(writer.store(), &source, matched)?;
    let items_before: HashMap<usize, (&Item, &Section)> = (base.items().into_iter())
        .map(|(at, item, section)| (at, (item, section)))
        .collect();
    let items_now: HashMap<&str, (&Item, &Section)> = (rendered.items().into_iter())
        .map(|(_, item, section)| (item.uid.as_str(), (item, section)))
        .collect();
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
        let was = matched.get(&at).and_then(|(_, was)| *was);
        let was = was.and_then(|was| items_before.get(&was));
        let was = was.map(|(item, section)| draft(item, section, &kind));
        // The text of the item, which may say more than its entry holds, such as a cell of its own.
        let is_rewritten = matched
            .get(&at)
            .and_then(|(_, was)| Some(&base.pieces.get((*was)?)?.text))
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
                let ours = items_now.get(before.entry.uid.as_str());
                let ours = ours.map(|(item, section)| draft(item, section, &kind));
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
    base: &Layout,
    was: Option<&Draft>,
    changes: &mut Draft,
    conflicts: Conflicts,
) -> Result<bool, NotebookError> {
    if changes.texts.is_empty() {
        return Ok(true);
    }
    let items = base.items();
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
