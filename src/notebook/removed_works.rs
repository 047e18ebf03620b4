//! The works that were removed from the notebook since a bibliography had them, with the citation keys of
//! their records.

use super::error::NotebookError;
use super::session::Notebook;
use crate::format::bibliography;
use crate::model::Entry;
use crate::store::FileState;

/// A work that was removed from the notebook since a file had it.
#[derive(Debug)]
pub(super) struct RemovedWork {
    /// Its entry as it was.
    pub(super) entry: Entry,
    /// The citation keys of its records: its own, and the names that no other entry has.
    pub(super) keys: Vec<String>,
}

impl RemovedWork {
    /// Whether the record with this key is one of the work.
    pub(super) fn has_key(&self, key: &str) -> bool {
        self.keys.iter().any(|own| own.eq_ignore_ascii_case(key))
    }
}

impl Notebook {
    /// The works that a file has and that were removed from the notebook since, without those that were
    /// merged into another one: that one has their slugs.
    pub(super) fn removed_works(
        &self,
        state: Option<&FileState>,
    ) -> Result<Vec<RemovedWork>, NotebookError> {
        let mut works = Vec::new();
        let Some(state) = state else {
            return Ok(works);
        };
        for entry in self.store.removed_since(state)? {
            let named = self.store.by_alias_or_slug(&entry.kind, &entry.slug)?;
            if !named
                .iter()
                .any(|stored| stored.entry.former.contains(&entry.slug))
            {
                let mut keys = vec![bibliography::key(&entry)];
                for name in &entry.aliases {
                    let others = self.store.by_alias_or_slug(&entry.kind, name)?;
                    if others.is_empty() && !keys.contains(name) {
                        keys.push(name.clone());
                    }
                }
                works.push(RemovedWork { entry, keys });
            }
        }
        Ok(works)
    }
}
