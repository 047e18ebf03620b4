//! What was edited by hand in a bibliography since kb last read or wrote it: three-way merge of one
//! record, its entry, and the record as the file had it before.
//!
//! A record is the one that the file had under its key, or, if the key is new, the one whose key is gone
//! and that is most like it. Values that fill fields of the kind are merged as these; the others, such as
//! pages, are merged as they are written. A record of a work that was merged into another says a part of the
//! entry, so that an edit of it changes that part.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};

use super::documents::{Conflicts, Settled};
use super::removed_works::RemovedWork;
use super::same_work::{Verdict, Work};
use crate::format::bibliography::{self, Dialect};
use crate::model::{Clock, Draft, Entry, FieldType, Kind, Unknown, Value};
use crate::store::{Store, StoreError, Stored};
use serde_json::Value as Json;

/// The records of a file as kb last read or wrote it.
#[derive(Debug)]
pub(super) struct EditedWorks {
    dialect: Dialect,
    /// The draft of each record, by citation key.
    base: HashMap<String, Draft>,
    /// The text that the file has now.
    now: String,
    /// The citation keys that it has no longer; filled when a record has a new one.
    gone: OnceCell<Vec<String>>,
    /// Those of them whose records have another key now.
    renamed: RefCell<Vec<String>>,
    /// The records that the file has now, by key; filled when a key has another work.
    present: OnceCell<HashMap<String, Draft>>,
    /// The works that were removed from the notebook since the file had them.
    removed: Vec<RemovedWork>,
    conflicts: Conflicts,
}

/// A record whose entry was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RemovedRecord {
    /// It is as the file had it before.
    AsBefore,
    /// It was edited.
    Edited,
}

/// What a record of a known file says about its entry.
pub(super) enum Edit {
    /// Nothing new: the record is as it was.
    None,
    /// The values that were edited in the file alone, or in both with `--theirs`.
    Taken(Box<Draft>),
    /// The same field was edited in the file and in the notebook. The key is that of the record in the
    /// former text.
    Conflict(String),
}

impl EditedWorks {
    /// Reads the text that the file had; `now` is the one that it has now.
    pub(super) fn of(
        dialect: Dialect,
        [base, now]: [&str; 2],
        removed: Vec<RemovedWork>,
        kind: &Kind,
        clock: &Clock,
        conflicts: Conflicts,
    ) -> Self {
        let works = bibliography::read(dialect, base, kind, clock.today).entries;
        let base: HashMap<String, Draft> = works
            .into_iter()
            .map(|work| (work.key, work.draft))
            .collect();
        EditedWorks {
            dialect,
            base,
            now: now.to_owned(),
            gone: OnceCell::new(),
            renamed: RefCell::default(),
            present: OnceCell::new(),
            removed,
            conflicts,
        }
    }

    /// Whether the record that the file had under a key is that of an entry which was removed since, rather
    /// than of the entries that have the key now.
    fn was_removed(
        &self,
        store: &Store,
        key: &str,
        base: &Draft,
        kind: &Kind,
        clock: &Clock,
    ) -> Result<bool, StoreError> {
        let named = store.by_alias_or_slug(&kind.name, key)?;
        let work = Work::of_draft(base, kind, clock.today);
        let is_it = |entry: &Entry| work.verdict(&Work::of_entry(entry, kind)) == Verdict::Same;
        let had_key = |work: &&RemovedWork| work.has_key(key);
        let is_removed = || {
            let mut removed = self.removed.iter().filter(had_key);
            removed.any(|work| is_it(&work.entry))
        };
        Ok(named.is_empty() || !named.iter().any(|stored| is_it(&stored.entry)) && is_removed())
    }

    /// The entry with a citation key that was removed since the file had it.
    pub(super) fn removed_entry(&self, key: &str) -> Option<&Entry> {
        let removed = self.removed.iter().find(|work| work.has_key(key));
        removed.map(|work| &work.entry)
    }

    /// The key under which the file had a record that has another key now: the only one of those that
    /// are gone whose fields are the same, else the only one that is the same work, else the only one that
    /// shares at least half of its fields.
    fn former_key(&self, draft: &Draft, kind: &Kind, clock: &Clock) -> Option<&String> {
        let kept = self.dialect.kept();
        let fields = |draft: &Draft| draft.extra.get(kept).map(|kept| kept["fields"].clone());
        let own = fields(draft);
        let gone = self.gone(kind, clock);
        let only = |is_it: &dyn Fn(&Draft) -> bool| {
            let mut found = gone.iter().filter(|key| is_it(&self.base[*key]));
            found.next().filter(|_| found.next().is_none())
        };
        let work = Work::of_draft(draft, kind, clock.today);
        let is_same = |other: &Draft| {
            work.verdict(&Work::of_draft(other, kind, clock.today)) == Verdict::Same
        };
        let half = |other: &Draft| {
            let of = |fields: &Option<Json>| fields.as_ref().and_then(Json::as_array).cloned();
            let (one, other) = (
                of(&own).unwrap_or_default(),
                of(&fields(other)).unwrap_or_default(),
            );
            let shared = one.iter().filter(|field| other.contains(field)).count();
            shared > 0 && 2 * shared >= one.len().max(other.len())
        };
        let former = only(&|other| fields(other) == own)
            .or_else(|| only(&is_same))
            .or_else(|| only(&half));
        self.renamed.borrow_mut().extend(former.cloned());
        former
    }

    /// The key under which the file had a record that took the key of another one: the only one with its
    /// fields or its work, whose own key another work has now.
    fn traded_key(&self, key: &str, draft: &Draft, kind: &Kind, clock: &Clock) -> Option<&String> {
        let is_same = |one: &Draft, other: &Draft| {
            let of = |draft| Work::of_draft(draft, kind, clock.today);
            of(one).verdict(&of(other)) == Verdict::Same
        };
        if is_same(self.base.get(key)?, draft) {
            return None;
        }
        let present = self.present.get_or_init(|| {
            let works = bibliography::read(self.dialect, &self.now, kind, clock.today).entries;
            works
                .into_iter()
                .map(|work| (work.key, work.draft))
                .collect()
        });
        let stays = |other: &str, base: &Draft| {
            let now = present.get(other);
            now.is_some_and(|now| is_same(base, now))
        };
        let mut found = self
            .base
            .iter()
            .filter(|(other, base)| *other != key && is_same(base, draft) && !stays(other, base));
        found
            .next()
            .filter(|_| found.next().is_none())
            .map(|(other, _)| other)
    }

    /// Whether the file has a record under this key now.
    fn is_present(&self, key: &str) -> bool {
        let present = self.present.get();
        present.is_some_and(|present| present.contains_key(key))
    }

    /// The records that the file has no longer under any key, with the refs of their entries.
    pub(super) fn deleted(
        &self,
        store: &Store,
        kind: &Kind,
        clock: &Clock,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let mut deleted = Vec::new();
        let renamed = self.renamed.borrow();
        for key in self
            .gone(kind, clock)
            .iter()
            .filter(|key| !renamed.contains(key))
        {
            let named = store.by_alias_or_slug(&kind.name, key)?;
            if let [stored] = named.as_slice() {
                deleted.push((key.clone(), stored.entry.reference()));
            }
        }
        deleted.sort();
        Ok(deleted)
    }

    /// The citation keys that the file has no longer.
    fn gone(&self, kind: &Kind, clock: &Clock) -> &[String] {
        self.gone.get_or_init(|| {
            let keys = bibliography::keys(self.dialect, &self.now, kind, clock.today);
            let gone = self.base.keys().filter(|key| !keys.contains(*key));
            gone.cloned().collect()
        })
    }

    /// What a record is whose entry was removed from the notebook since the file had it; none if it has one,
    /// or is new.
    pub(super) fn removed(
        &self,
        store: &Store,
        key: &str,
        draft: &Draft,
        kind: &Kind,
        clock: &Clock,
    ) -> Result<Option<RemovedRecord>, StoreError> {
        let Some(base) = self.base.get(key).filter(|_| !key.is_empty()) else {
            return Ok(None);
        };
        if !self.was_removed(store, key, base, kind, clock)? {
            return Ok(None);
        }
        if base == draft {
            return Ok(Some(RemovedRecord::AsBefore));
        }
        // The entry that had the key may have got another one just now.
        let is_traded = self.traded_key(key, draft, kind, clock).is_some();
        Ok((!is_traded).then_some(RemovedRecord::Edited))
    }

    /// What happens to conflicts.
    pub(super) fn conflicts(&self) -> Conflicts {
        self.conflicts
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
        if key.is_empty() {
            return Ok(None);
        }
        let mut renamed = None;
        let is_it = |former: &&String| former.eq_ignore_ascii_case(key);
        if self.base.contains_key(key) {
            // It is not renamed, but may have the key of another one.
        } else if let Some(former) = self.gone(kind, clock).iter().find(is_it) {
            self.renamed.borrow_mut().push(former.clone());
            renamed = Some(former);
        } else if store.by_alias_or_slug(&kind.name, key)?.is_empty() {
            renamed = self.former_key(draft, kind, clock);
        }
        if self.base.get(key).is_some_and(|base| base != draft) {
            renamed = self.traded_key(key, draft, kind, clock);
        }
        let before = renamed.map_or(key, String::as_str);
        let Some(base) = self.base.get(before) else {
            return Ok(None);
        };
        let mut named = store.by_alias_or_slug(&kind.name, before)?;
        if named.len() > 1 {
            // The record before this one may have got the key.
            let work = Work::of_draft(base, kind, clock.today);
            named.retain(|stored| {
                work.verdict(&Work::of_entry(&stored.entry, kind)) == Verdict::Same
            });
        }
        let mut named = named.into_iter();
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
        let own_key = bibliography::key(&stored.entry);
        let is_own_record =
            own_key.eq_ignore_ascii_case(before) || !self.base.contains_key(&own_key);
        let names: BTreeSet<&String> = base.texts.keys().chain(draft.texts.keys()).collect();
        let mut edited = Draft::of(&kind.name);
        let mut refused = Vec::new();
        for name in names {
            let (was_said, now) = (value(&was, name), value(&is, name));
            let ours = value(&stored.entry, name);
            if was_said == now || ours == now || (renamed.is_some() && name == "aliases") {
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
            let [was_said, ours, now] = [&was, &stored.entry, &is].map(texts);
            // The record of a work that was merged into another says a part of it.
            if !is_own_record && let Some(whole) = replaced(&ours, &was_said, &now) {
                edited.set_many(name, whole);
                continue;
            }
            match self.conflicts.settle(name, &was_said, &ours, &now) {
                Settled::Ours => refused.push(name.as_str()),
                Settled::Conflict => return Ok(Some((stored, Edit::Conflict(before.to_owned())))),
                Settled::Both(both) => drop(edited.set_many(name, both)),
                Settled::Theirs => {
                    let texts = draft.texts.get(name).cloned().unwrap_or_default();
                    edited.set_many(name, texts);
                }
            }
        }
        if renamed.is_some() {
            // The former key stays a name, because another file may still have it, unless another record
            // of this one has it now.
            let is_taken = self.is_present(before);
            let names = stored.entry.aliases.iter().cloned();
            let names = names.filter(|name| !(is_taken && name == before));
            edited.set_many("aliases", names.chain([key.to_owned()]).collect());
        }
        edited.extra.clone_from(&draft.extra);
        let name = self.dialect.kept();
        let kept = [&stored.entry.extra, &base.extra, &draft.extra].map(|extra| extra.get(name));
        if let [Some(own), Some(base), Some(now)] = kept {
            let mut settle = |field: &str, [base, ours, theirs]: [&[String]; 3]| {
                Some(match self.conflicts.settle(field, base, ours, theirs) {
                    Settled::Ours => ours.to_vec(),
                    Settled::Theirs => theirs.to_vec(),
                    Settled::Both(both) => both,
                    Settled::Conflict => return None,
                })
            };
            let today = clock.today;
            let records = [own, base, now];
            let merged =
                bibliography::with_edits(self.dialect, records, kind, today, &refused, &mut settle);
            match merged {
                Some(mut merged) => {
                    let earlier = merged.get_mut("earlier").and_then(Json::as_array_mut);
                    if let Some(earlier) = earlier {
                        earlier.retain(|other| !(self.is_present(before) && *other == before));
                    }
                    edited.extra.insert(name.to_owned(), merged);
                }
                None => return Ok(Some((stored, Edit::Conflict(before.to_owned())))),
            }
        }
        Ok(Some((stored, Edit::Taken(Box::new(edited)))))
    }
}

/// The texts of a field of which a part was edited: `old` in it became `new`.
fn replaced(whole: &[String], old: &[String], new: &[String]) -> Option<Vec<String>> {
    let ([whole], [old], [new]) = (whole, old, new) else {
        return None;
    };
    (whole != old && !old.is_empty() && whole.contains(old.as_str()))
        .then(|| vec![whole.replacen(old.as_str(), new, 1)])
}
