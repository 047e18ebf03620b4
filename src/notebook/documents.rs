//! The files outside the notebook that kb read or wrote.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;

use super::error::NotebookError;
use super::session::Notebook;
use crate::format::vault::{KEPT, NoteFile};
use crate::model::query_text::QueryMode;
use crate::model::query_words;
use crate::model::{Audience, Entry, Query};
use crate::store::{Document, FileState, Reads, Selection};
use crate::text::three_way;

/// What happens to a field that changed both in the file and in the notebook.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Conflicts {
    /// Nothing is imported, and the entries are named.
    #[default]
    Refuse,
    /// The entry stays as it is on both sides, and is named; all others are imported.
    Leave,
    /// The text of the file wins.
    Theirs,
    /// The value of the notebook wins.
    Ours,
}

/// An entry with a field that changed both in the file and in the notebook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflicted {
    /// The uid of the entry.
    pub uid: String,
    /// Its ref.
    pub reference: String,
}

impl Conflicted {
    pub(super) fn of(entry: &Entry) -> Conflicted {
        Conflicted {
            uid: entry.uid.clone(),
            reference: entry.reference(),
        }
    }
}

/// What becomes of a field that was changed in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Settled {
    /// The value of the file is taken.
    Theirs,
    /// The value of the notebook stays.
    Ours,
    /// These texts have the changes of both.
    Both(Vec<String>),
    /// Both changed it differently.
    Conflict,
}

/// The fields that are lists in every kind.
const LISTS: [&str; 3] = ["topics", "tags", "aliases"];

impl Conflicts {
    /// The conflicts of an import, if they are left to the user.
    ///
    /// # Errors
    /// [`NotebookError::BothChanged`] if there are any and they are not left.
    pub(super) fn left(self, found: Vec<Conflicted>) -> Result<Vec<Conflicted>, NotebookError> {
        if found.is_empty() || self == Conflicts::Leave {
            return Ok(found);
        }
        let refs = found.into_iter().map(|found| found.reference);
        Err(NotebookError::BothChanged {
            refs: refs.collect(),
        })
    }

    /// Three-way merge of a field that a file had as `base` and has as `theirs` now, and the notebook
    /// has as `ours`: lists by items, a body by lines.
    ///
    /// What is left is a field of one value that both changed to different ones; then it depends on
    /// what the user asked for. Pages, bibliographies and folders of notes share these rules.
    pub(super) fn settle(
        self,
        field: &str,
        base: &[String],
        ours: &[String],
        theirs: &[String],
    ) -> Settled {
        if theirs == base {
            return Settled::Ours;
        }
        if ours == base || ours == theirs {
            return Settled::Theirs;
        }
        if LISTS.contains(&field) || [base, ours, theirs].iter().any(|texts| texts.len() > 1) {
            let kept = ours
                .iter()
                .filter(|item| theirs.contains(item) || !base.contains(item));
            let new = theirs
                .iter()
                .filter(|item| !ours.contains(item) && !base.contains(item));
            return Settled::Both(kept.chain(new).cloned().collect());
        }
        if let ("body", [base], [ours], [theirs]) = (field, base, ours, theirs) {
            // The last line may lack its end.
            let [base, ours, theirs] = [base, ours, theirs].map(|text| format!("{text}\n"));
            if let Some(both) = three_way::merge(&base, &ours, &theirs) {
                return Settled::Both(vec![both.trim_end_matches('\n').to_owned()]);
            }
        }
        match self {
            Conflicts::Refuse | Conflicts::Leave => Settled::Conflict,
            Conflicts::Theirs => Settled::Theirs,
            Conflicts::Ours => Settled::Ours,
        }
    }
}

/// The path of a file, or of the folder that it is a note of, and its filter, if it has one.
fn filter_of(file: &Document) -> Option<(String, String)> {
    let path = file.folder.as_ref().unwrap_or(&file.path);
    Some((path.clone(), file.filter.clone()?))
}

impl Notebook {
    /// The tracked file at a path. A file of a page that is not in the notebook is not tracked: an
    /// export would not write what the file holds.
    pub fn document(&self, path: &str) -> Result<Option<Document>, NotebookError> {
        let Some(file) = self.store.document(path)? else {
            return Ok(None);
        };
        Ok(match &file.page {
            Some(page) if self.store.page(page)?.is_none() => None,
            _ => Some(file),
        })
    }

    /// The tracked files whose paths start with `prefix`.
    pub fn documents(&self, prefix: &str) -> Result<Vec<Document>, NotebookError> {
        Ok(self.store.documents(prefix)?)
    }

    /// The uids of the entries that the filter of tracked files finds; `None` if they have none. The
    /// notes of a folder have one filter.
    pub fn taken<'d>(
        &self,
        files: impl IntoIterator<Item = &'d Document>,
    ) -> Result<Option<HashSet<String>>, NotebookError> {
        let Some((path, filter)) = files.into_iter().find_map(filter_of) else {
            return Ok(None);
        };
        let mut chosen = self
            .selection(None, std::slice::from_ref(&filter), &[], None)
            .map_err(|why| NotebookError::DocumentFilter {
                path,
                filter,
                why: why.to_string(),
            })?;
        chosen.reads = Reads::Common;
        let mut taken = HashSet::new();
        self.for_each(&chosen, Audience::Owner, |entry, _| {
            taken.insert(entry.uid.clone());
            ControlFlow::Continue(())
        })?;
        Ok(Some(taken))
    }

    /// The files and folders whose filter cannot be read: path and error.
    pub fn broken_documents(&self) -> Result<Vec<(String, String)>, NotebookError> {
        let mut broken = BTreeMap::new();
        for file in self.store.documents("")? {
            if let Some((path, filter)) = filter_of(&file)
                && let Err(why) = self.query(&[filter], QueryMode::Filter)
            {
                broken.insert(path, why.to_string());
            }
        }
        Ok(broken.into_iter().collect())
    }

    /// Sets the filter that says which new entries a tracked file or folder takes; without words, it
    /// takes what is usual for its format. Returns the filter as it is kept, and how many entries it finds
    /// now: all, and those that the file `can_hold`.
    ///
    /// # Errors
    /// The filter is malformed or names an unknown kind, field or saved filter.
    pub fn take_new(
        &mut self,
        path: &str,
        words: &[String],
        can_hold: &Query,
    ) -> Result<Option<(String, [usize; 2])>, NotebookError> {
        let query = self.query(words, QueryMode::Filter)?;
        let filter = Some(query_words::join(words, self.kinds())).filter(|text| !text.is_empty());
        self.store.take_new(path, filter.as_deref())?;
        let Some(filter) = filter else {
            return Ok(None);
        };
        let found = self.count(&query)?;
        let held = self.count(&query.and(can_hold.clone()))?;
        Ok(Some((filter, [found, held])))
    }

    /// Tracks a file, or a folder of notes, under another path. The notes of a folder belong to the
    /// folder of the new name, which is an operation; where the files are is none.
    pub fn move_documents(&mut self, from: &str, to: &str) -> Result<(), NotebookError> {
        let prefix = format!("{from}/");
        let notes: HashSet<String> = self
            .store
            .documents(&prefix)?
            .into_iter()
            .map(|file| file.path[prefix.len()..].to_owned())
            .collect();
        let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let (old, new) = (name(from), name(to));
        let clock = self.clock.clone();
        self.store
            .write(&self.command, &clock, self.mode, |writer| {
                let all = Selection::of(Query::All);
                for stored in writer.store().select(&all)? {
                    let Some(mut file) = NoteFile::of(&stored.entry.extra) else {
                        continue;
                    };
                    let is_of_folder = file.root == old || file.root == from;
                    if !is_of_folder || !notes.contains(&file.path) {
                        continue;
                    }
                    file.root.clone_from(&new);
                    let mut after = stored.entry.clone();
                    let kept = serde_json::to_value(&file).unwrap_or_default();
                    after.extra.insert(KEPT.to_owned(), kept);
                    writer.update(&stored, &after)?;
                }
                Ok::<_, NotebookError>(())
            })?;
        Ok(self.store.move_documents(from, to)?)
    }

    /// The folder of notes that this one was before it was renamed: one that is gone and had at least
    /// half of its notes. `is_gone` tells whether there is nothing at a stored path.
    pub fn former_folder(
        &self,
        folder: &str,
        notes: &[String],
        is_gone: impl Fn(&str) -> bool,
    ) -> Result<Option<String>, NotebookError> {
        let own: HashSet<&str> = notes.iter().map(String::as_str).collect();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for file in self.store.documents("")? {
            let Some(root) = file.folder.filter(|root| *root != folder) else {
                if file.path.starts_with(&format!("{folder}/")) {
                    return Ok(None);
                }
                continue;
            };
            let path = file.path.strip_prefix(&format!("{root}/"));
            if path.is_some_and(|path| own.contains(path)) {
                *known.entry(root).or_default() += 1;
            }
        }
        let gone = known
            .into_iter()
            .filter(|(root, shared)| 2 * shared >= notes.len() && is_gone(root));
        Ok(gone.max_by_key(|(_, shared)| *shared).map(|(root, _)| root))
    }

    /// The paths of those of these notes whose entries were removed since kb read or wrote them.
    /// `prefix` is what the paths of the notes of their folder begin with.
    pub fn removed_notes(
        &self,
        notes: &[&Document],
        prefix: &str,
    ) -> Result<HashSet<String>, NotebookError> {
        // Each note counts from its own operation: an entry that was added after another note was last
        // seen is one that the other never had.
        let mut since: BTreeMap<i64, HashMap<&str, &Document>> = BTreeMap::new();
        for note in notes {
            if let Some(operation) = note.operation {
                since.entry(operation).or_default().insert(&note.path, note);
            }
        }
        let mut all = HashSet::new();
        for (operation, paths) in since {
            let removed = self.store.removed_since(&FileState::at(operation))?;
            for entry in removed {
                let Some(file) = NoteFile::of(&entry.extra) else {
                    continue;
                };
                let path = format!("{prefix}{}", file.path);
                // Of a file that was there before kb, the import was undone.
                if let Some(note) = paths.get(path.as_str())
                    && !(note.was_found() && self.store.is_undone(&entry.uid)?)
                {
                    all.insert(path);
                }
            }
        }
        Ok(all)
    }

    /// The ref of the entry with a uid, if there is one; that of an entry that was removed, as it was.
    pub fn reference_of(&self, uid: &str) -> Result<Option<String>, NotebookError> {
        let entry = match self.store.by_uid(uid)? {
            Some(stored) => Some(stored.entry),
            None => self.store.removed_entry(uid)?,
        };
        Ok(entry.map(|entry| entry.reference()))
    }

    /// The number of the newest operation; 0 if there is none.
    pub fn last_operation(&self) -> Result<i64, NotebookError> {
        Ok(self.store.last_operation()?)
    }

    /// Tracks files as last read or written, and stops tracking others. Not a step of the history.
    pub fn track(&mut self, files: &[Document], forgotten: &[String]) -> Result<(), NotebookError> {
        Ok(self.store.track(files, forgotten)?)
    }
}
