//! Logs which entries the links of an entry refer to, by uid, so that a link that comes back refers to
//! the entry that it did before, whatever the names of entries are by then.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::record::Targets;
use super::subject::Subject;
use super::writer::Writer;
use crate::model::reference::Reference;
use crate::model::{Audience, Edit, Entry, FieldType};
use crate::store::error::StoreError;
use crate::store::rows::{Adopted, resolve_link};
use crate::text::fold::fold;

impl Writer<'_> {
    /// Notes what the links of an entry refer to, before they change.
    pub(super) fn note_links(&mut self, uid: &str) -> Result<(), StoreError> {
        if !self.record.is_silent() && !self.targets.before.contains_key(uid) {
            let before = self.store.link_targets(uid)?;
            self.targets.before.insert(uid.to_owned(), before);
        }
        Ok(())
    }

    /// Notes the links of an entry, if it has any.
    pub(super) fn note_links_of(&mut self, entry: &Entry) -> Result<(), StoreError> {
        let kind = self.store.kinds.get(&entry.kind);
        let mut fields = kind.into_iter().flat_map(|kind| &kind.fields);
        let has_links = entry.body.contains("[[")
            || fields.any(|field| {
                field.field_type == FieldType::Ref && entry.value(&field.name).is_some()
            });
        if has_links {
            self.note_links(&entry.uid)?;
        }
        Ok(())
    }

    /// Notes the links that got a target just now, because an entry with the name that they have was
    /// added or renamed: before, they had none.
    pub(super) fn note_adopted(&mut self, adopted: Vec<Adopted>) -> Result<(), StoreError> {
        if self.record.is_silent() {
            return Ok(());
        }
        let mut fresh: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (uid, text) in adopted {
            if !self.targets.before.contains_key(&uid) {
                fresh.entry(uid).or_default().push(text);
            }
        }
        for (uid, texts) in fresh {
            let mut before = self.store.link_targets(&uid)?;
            if let Some(Json::Object(map)) = &mut before {
                map.retain(|text, _| !texts.contains(text));
            }
            let before = before.filter(|map| map.as_object().is_some_and(|map| !map.is_empty()));
            self.targets.before.insert(uid, before);
        }
        Ok(())
    }

    /// Logs what became of the links that the operation changed.
    pub(super) fn log_targets(&mut self) -> Result<(), StoreError> {
        let Targets {
            before,
            mut expected,
        } = std::mem::take(&mut self.targets);
        for (uid, old) in before {
            let new = self.store.link_targets(&uid)?;
            let subject = Subject::Links(uid.clone());
            if let Some(edit) = expected.remove(&uid) {
                if edit.apply(old.as_ref()).as_ref() == Ok(&new) {
                    self.follow(&subject);
                } else {
                    self.differs()?;
                }
            }
            if old != new {
                self.log(&subject.to_string(), "", old, new)?;
            }
        }
        if expected.is_empty() {
            Ok(())
        } else {
            self.differs()
        }
    }

    /// Applies a logged change of links: those whose text means another entry by now, or none, name
    /// their entry by its ref.
    pub(super) fn apply_targets(&mut self, uid: &str, edit: &Edit) -> Result<(), StoreError> {
        self.note_links(uid)?;
        let before = match self.targets.before.get(uid) {
            Some(before) => before.clone(),
            None => self.store.link_targets(uid)?,
        };
        match edit.apply(before.as_ref()) {
            Ok(targets) => {
                let targets = targets.as_ref().and_then(Json::as_object).cloned();
                let targets = targets.unwrap_or_default();
                self.restore_targets(uid, &targets)?;
                self.release_others(uid, &targets)?;
            }
            // Other links changed since: those that came with the change are restored.
            Err(_) => {
                if let Some(Json::Object(targets)) = edit.values().1 {
                    self.restore_targets(uid, &targets)?;
                }
            }
        }
        self.targets.expected.insert(uid.to_owned(), edit.clone());
        Ok(())
    }

    /// Makes the links of an entry refer to these entries: a link whose text means another entry, or
    /// none, names its entry by the ref.
    pub(super) fn restore_targets(
        &mut self,
        uid: &str,
        targets: &Map<String, Json>,
    ) -> Result<(), StoreError> {
        for (text, target) in targets {
            let target = target.as_str().map(|uid| self.store.by_uid(uid));
            let Some(target) = target.transpose()?.flatten() else {
                continue;
            };
            if self.meant(text)? == Some(target.id) {
                self.aim(uid, text, Some(target.id))?;
                continue;
            }
            let Some(source) = self.store.by_uid(uid)? else {
                return Ok(());
            };
            let kind = self.store.kinds.get(&source.entry.kind);
            let folded = fold(text);
            let is_meant = |other: &str| fold(other) == folded;
            let reference = target.entry.reference();
            let after = source.entry.relinked(kind, is_meant, &reference);
            self.update(&source, &after)?;
        }
        Ok(())
    }

    /// Lets the links of an entry that are not in `targets` refer to what their text means by now.
    fn release_others(&mut self, uid: &str, targets: &Map<String, Json>) -> Result<(), StoreError> {
        if let Some(Json::Object(now)) = self.store.link_targets(uid)? {
            for text in now.keys().filter(|text| !targets.contains_key(*text)) {
                let meant = self.meant(text)?;
                self.aim(uid, text, meant)?;
            }
        }
        Ok(())
    }

    /// Sets the target of the links with a text in an entry.
    fn aim(&self, uid: &str, text: &str, target: Option<i64>) -> Result<(), StoreError> {
        self.store
            .db
            .prepare_cached(
                "UPDATE link SET target = ?3
                 WHERE source = (SELECT id FROM entry WHERE uid = ?1) AND text = ?2 AND target IS NOT ?3",
            )?
            .execute((uid, text, target))?;
        Ok(())
    }

    /// The row id of the one entry that the text of a link means.
    fn meant(&self, text: &str) -> Result<Option<i64>, StoreError> {
        let reference = Reference::read(text, self.store.kinds());
        let found = resolve_link(&self.store.db, &reference, Audience::Owner)?;
        Ok(match found.as_slice() {
            [one] => Some(*one),
            _ => None,
        })
    }

    /// Resolves links without a target, and all links in entries with a row id above `last`: the entry
    /// that they refer to may have been added since.
    pub fn settle_links(&mut self, last: i64) -> Result<(), StoreError> {
        let open: Vec<(i64, String, Option<i64>, String)> = self
            .store
            .db
            .prepare(
                "SELECT l.rowid, l.text, l.target, s.uid FROM link AS l JOIN entry AS s ON s.id = l.source
                 WHERE l.target IS NULL OR l.source > ?1",
            )?
            .query_map([last], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
            .collect::<Result<_, _>>()?;
        for (row, text, target, uid) in open {
            if let Some(one) = self.meant(&text)?.filter(|one| target != Some(*one)) {
                self.note_links(&uid)?;
                self.store
                    .db
                    .prepare_cached("UPDATE link SET target = ?1 WHERE rowid = ?2")?
                    .execute((one, row))?;
            }
        }
        Ok(())
    }
}
