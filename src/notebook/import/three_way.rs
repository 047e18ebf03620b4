//! Three-way merge of an entry and a row of a file that kb read or wrote before: what changed only
//! in the notebook since then stays.

use crate::model::{Clock, Entry, Kind};
use crate::notebook::documents::Conflicts;
use crate::store::{Change, FileState, StoreError, Stored, Writer};

/// A file that kb read or wrote before.
#[derive(Debug, Clone, Copy)]
pub struct KnownFile<'a> {
    /// Which operations its values come from.
    pub state: &'a FileState,
    /// What happens to a field that also changed in the file.
    pub conflicts: Conflicts,
}

/// An entry and a row of a known file, merged.
#[derive(Debug)]
pub(super) enum Merged {
    /// The entry with what changed in the file.
    Entry(Entry),
    /// The same, where the notebook has newer values of other fields, which stay.
    Kept(Entry),
    /// A field changed in the file and in the notebook.
    Conflict,
}

impl KnownFile<'_> {
    /// Merges `after`, the entry with the values of the row: a field that changed in the notebook
    /// since the file was known stays if the row has the value that the file had.
    pub(super) fn merge(
        &self,
        writer: &Writer<'_>,
        kind: &Kind,
        stored: &Stored,
        after: Entry,
        clock: &Clock,
    ) -> Result<Merged, StoreError> {
        let uid = &stored.entry.uid;
        let (ours, mut theirs) = (stored.entry.logged(), after.logged());
        let mut kept = Vec::new();
        for (field, changes) in writer.changes_since(uid, self.state.base)? {
            let (our, their) = (ours.get(&field), theirs.get(&field));
            let is_own = |change: &&Change| self.state.imports.contains(&change.operation);
            let base = match changes.iter().rev().find(is_own) {
                Some(import) => import.new.as_ref(),
                None => changes.first().and_then(|change| change.old.as_ref()),
            };
            if our == their || our == base {
                continue;
            }
            if their == base || (self.conflicts == Conflicts::Ours && field != "updated") {
                match our.cloned() {
                    Some(our) => drop(theirs.insert(field.clone(), our)),
                    None => drop(theirs.remove(&field)),
                }
                kept.push(field);
            } else if field != "updated" && self.conflicts != Conflicts::Theirs {
                return Ok(Merged::Conflict);
            }
        }
        if kept.is_empty() {
            return Ok(Merged::Entry(after));
        }
        let merged = Entry::from_logged(uid, theirs, writer.store().kinds());
        let merged = kind.stamped(&stored.entry, merged, clock);
        Ok(if kept == ["updated"] {
            Merged::Entry(merged)
        } else {
            Merged::Kept(merged)
        })
    }
}
