//! What was edited by hand in a bibliography since kb last read or wrote it: three-way merge of one
//! record, its entry, and the record as the file had it before.

use std::collections::{BTreeSet, HashMap};

use super::documents::{Conflicts, Settled};
use crate::format::bibliography::{self, Dialect};
use crate::model::{Clock, Draft, Entry, FieldType, Kind, Unknown, Value};
use crate::store::{Store, StoreError, Stored};

/// The records of a file as kb last read or wrote it.
#[derive(Debug)]
pub(super) struct EditedWorks {
    /// The draft of each record, by citation key.
    base: HashMap<String, Draft>,
    conflicts: Conflicts,
}

/// What a record of a known file says about its entry.
pub(super) enum Edit {
    /// Nothing new: the record is as it was.
    None,
    /// The values that were edited in the file alone, or in both with `--theirs`.
    Taken(Box<Draft>),
    /// The same field was edited in the file and in the notebook.
    Conflict,
}

impl EditedWorks {
    /// Reads the text that the file had.
    pub(super) fn of(
        dialect: Dialect,
        base: &str,
        kind: &Kind,
        clock: &Clock,
        conflicts: Conflicts,
    ) -> Self {
        let works = bibliography::read(dialect, base, kind, clock.today).entries;
        EditedWorks {
            base: works
                .into_iter()
                .map(|work| (work.key, work.draft))
                .collect(),
            conflicts,
        }
    }

    /// Whether a record is as the file had it before, and its entry is gone: it was removed from the
    /// notebook since.
    pub(super) fn is_removed(
        &self,
        store: &Store,
        key: &str,
        draft: &Draft,
        kind: &Kind,
    ) -> Result<bool, StoreError> {
        let is_as_before = !key.is_empty() && self.base.get(key) == Some(draft);
        Ok(is_as_before && store.by_alias_or_slug(&kind.name, key)?.is_empty())
    }

    /// The entry of a record that the file had before under this key, and what is new in the record.
    /// `None` if the record is new, or if its title and its authors are others: then it is another
    /// work with the same key.
    pub(super) fn edit(
        &self,
        store: &Store,
        key: &str,
        draft: &Draft,
        kind: &Kind,
        clock: &Clock,
    ) -> Result<Option<(Stored, Edit)>, StoreError> {
        let Some(base) = self.base.get(key).filter(|_| !key.is_empty()) else {
            return Ok(None);
        };
        let mut named = store.by_alias_or_slug(&kind.name, key)?.into_iter();
        let (Some(stored), None) = (named.next(), named.next()) else {
            return Ok(None);
        };
        if base == draft {
            return Ok(Some((stored, Edit::None)));
        }
        let read = |draft: &Draft| kind.admit(draft, clock, Unknown::Keep).ok();
        let (Some(was), Some(is)) = (read(base), read(draft)) else {
            return Ok(None);
        };
        let value = |entry: &Entry, name: &str| entry.json_field(kind, name);
        let differs = |name: &str| {
            let (before, now) = (value(&was, name), value(&is, name));
            before != now && !before.is_null() && !now.is_null()
        };
        let author = kind.first(FieldType::Person);
        if differs("title") && author.is_some_and(|field| differs(&field.name)) {
            return Ok(None);
        }
        let names: BTreeSet<&String> = base.texts.keys().chain(draft.texts.keys()).collect();
        let mut edited = Draft::of(&kind.name);
        for name in names {
            let (before, now) = (value(&was, name), value(&is, name));
            let ours = value(&stored.entry, name);
            if before == now || ours == now {
                continue;
            }
            let texts = |entry: &Entry| match name.as_str() {
                "title" => vec![entry.title.clone()],
                "body" => vec![entry.body.clone()],
                "tags" => entry.tags.clone(),
                "aliases" => entry.aliases.clone(),
                "topics" => entry.topics.clone(),
                name => entry.value(name).map(Value::texts).unwrap_or_default(),
            };
            let [before, ours, now] = [&was, &stored.entry, &is].map(texts);
            match self.conflicts.settle(name, &before, &ours, &now) {
                Settled::Ours => continue,
                Settled::Conflict => return Ok(Some((stored, Edit::Conflict))),
                Settled::Both(both) => drop(edited.set_many(name, both)),
                Settled::Theirs => {
                    let texts = draft.texts.get(name).cloned().unwrap_or_default();
                    edited.set_many(name, texts);
                }
            }
        }
        edited.extra.clone_from(&draft.extra);
        Ok(Some((stored, Edit::Taken(Box::new(edited)))))
    }
}
