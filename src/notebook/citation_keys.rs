//! Assigns citation keys to entries.

use std::collections::HashMap;

use super::error::NotebookError;
use super::session::Notebook;
use crate::format::bibliography;
use crate::model::{Audience, Entry};
use crate::store::{Store, Stored};
use crate::text::fold::fold;

/// Assigns citation keys to entries: the key with which an entry was imported, else its slug. If
/// entries of a kind share a key, the oldest that was imported with it keeps it, else the oldest, and the
/// others get a number after it, such as `key-2`. The key of an entry does not depend on which entries are exported, and for the public
/// not on private entries.
pub struct CitationKeys<'n> {
    store: &'n Store,
    audience: Audience,
    /// By kind and folded key: the assigned keys of the entries that share it, by uid.
    known: HashMap<(String, String), HashMap<String, String>>,
}

impl<'n> CitationKeys<'n> {
    /// Starts with an empty cache; keys are looked up when needed.
    pub fn new(notebook: &'n Notebook, audience: Audience) -> CitationKeys<'n> {
        CitationKeys {
            store: &notebook.store,
            audience,
            known: HashMap::new(),
        }
    }

    /// The citation key of an entry.
    pub fn of(&mut self, entry: &Entry) -> Result<String, NotebookError> {
        let key = bibliography::key(entry);
        let place = (entry.kind.clone(), fold(&key));
        if !self.known.contains_key(&place) {
            let sharing = self.others(&entry.kind, &key, &entry.uid)?.into_iter();
            let mut shared: Vec<(bool, String, String)> = sharing
                .map(|stored| {
                    let entry = stored.entry;
                    let own = bibliography::key(&entry);
                    (!bibliography::has_key(&entry), entry.uid, own)
                })
                .filter(|(_, _, own)| fold(own) == place.1)
                .collect();
            // The uids sort by the time of adding.
            shared.sort();
            let keys = self.numbered(&entry.kind, shared)?;
            self.known.insert(place.clone(), keys);
        }
        // Without other entries that have the key, no number is needed.
        Ok(self.known[&place].get(&entry.uid).cloned().unwrap_or(key))
    }

    /// The entries with a key that the audience may see, if any of them is not the one with `uid`.
    fn others(&self, kind: &str, key: &str, uid: &str) -> Result<Vec<Stored>, NotebookError> {
        let mut others = self.store.others_with_key(kind, key, uid)?;
        others.retain(|stored| self.audience.sees(&stored.entry));
        if others.iter().all(|stored| stored.entry.uid == uid) {
            others.clear();
        }
        Ok(others)
    }

    /// Assigns keys to entries that share one: the first keeps it, and each other gets the next
    /// number for which the key is free. `shared` has the uid and the key of each entry.
    fn numbered(
        &self,
        kind: &str,
        shared: Vec<(bool, String, String)>,
    ) -> Result<HashMap<String, String>, NotebookError> {
        let mut keys = HashMap::new();
        let mut number = 1;
        for (_, uid, own) in shared {
            let mut free = own.clone();
            // The first entry skips this loop and keeps the key.
            while !keys.is_empty() {
                number += 1;
                free = format!("{own}-{number}");
                if self.others(kind, &free, &uid)?.is_empty() {
                    break;
                }
            }
            keys.insert(uid, free);
        }
        Ok(keys)
    }
}
