//! The history, undo and redo.

use std::collections::{BTreeMap, HashSet};

use super::error::NotebookError;
use super::session::Notebook;
use crate::format::bibliography::{self, Dialect, IfNew};
use crate::model::Audience;
use crate::model::layout::{Layout, Piece};
use crate::store::{
    Action, Change, Document, Operation, OperationFilter, Reversal, StoreError, Subject, WriteMode,
};
use crate::text::encoding::decode;
use crate::text::english::count;

/// Which operations to undo or redo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The next one in turn, of this user in this copy of the notebook; or of an actor, in any copy. All
    /// operations of a command go together.
    Next(Option<String>),
    /// The one with this number in this copy of the notebook.
    Numbered(i64),
    /// The one with this id, or the only one whose id starts with these four or more hexadecimal digits.
    Identified(String),
    /// All since a time (RFC 3339 in UTC), of this user in this copy or of an actor. Only to undo.
    Since(String, Option<String>),
}

impl Notebook {
    /// The latest `limit` operations that pass the filter, newest first.
    pub fn operations(
        &self,
        filter: &OperationFilter,
        limit: usize,
    ) -> Result<Vec<Operation>, NotebookError> {
        Ok(self.store.operations(filter, limit)?)
    }

    /// The changes of one entry, oldest first. An entry that was removed is found by its former ref
    /// or its uid.
    ///
    /// # Errors
    /// The ref matches no entry, or several.
    pub fn changes(&self, text: &str) -> Result<Vec<Change>, NotebookError> {
        let uid = match self.find(text) {
            Ok(stored) => stored.entry.uid,
            Err(error) => self.store.removed_entry(text)?.ok_or(error)?.uid,
        };
        Ok(self.store.changes(&Subject::Entry(uid))?)
    }

    /// Whether an entry with this uid is in the notebook, or was.
    pub fn has_had(&self, uid: &str) -> Result<bool, NotebookError> {
        let changes = self.store.changes(&Subject::Entry(uid.to_owned()))?;
        Ok(!changes.is_empty())
    }

    /// Undoes or redoes operations and returns them, each as a step of its own.
    ///
    /// # Errors
    /// [`NotebookError::NothingTo`] if there is nothing to undo or redo, or a store error if a
    /// later change conflicts; then none is reversed.
    pub fn reverse(
        &mut self,
        which: &Which,
        reversal: Reversal,
    ) -> Result<Vec<Operation>, NotebookError> {
        // The operation is chosen before the file is locked: another process may add one meanwhile.
        let targets = loop {
            let last = self.store.last_operation()?;
            let targets = self.chosen(which, reversal)?;
            if targets.is_empty() {
                return Err(NotebookError::NothingTo {
                    reversal,
                    others: self.other_actors(which, reversal)?,
                });
            }
            let ids: Vec<i64> = targets.iter().map(|target| target.id).collect();
            let reversed = self
                .store
                .reverse_all(&ids, reversal, &self.clock, self.mode);
            let is_overtaken = matches!(which, Which::Next(_))
                && matches!(reversed, Err(StoreError::Conflict { .. }))
                && self.store.last_operation()? != last;
            if !is_overtaken {
                reversed?;
                break targets;
            }
        };
        if self.mode == WriteMode::Commit {
            for target in &targets {
                self.forget_read_files(target)?;
            }
        }
        for target in &targets {
            let purged = self.store.purged_changes(target.id)?;
            if purged > 0 {
                self.store.effects.say(format!(
                    "{} of `kb {}` stay as they are: their values were purged",
                    count(purged, "change", "changes"),
                    target.command
                ));
            }
        }
        if let Which::Since(_, None) = which {
            for actor in self.other_actors(which, reversal)? {
                self.store.effects.say(format!(
                    "what `{actor}` did stays\n  kb undo --since … --by {actor}"
                ));
            }
        }
        if let (Which::Next(None), Reversal::Undo, Some(first)) = (which, reversal, targets.first())
        {
            for passed in self.store.purged_after(first.id)? {
                self.store.effects.say(format!(
                    "operation {} (`kb {}`) stays: what it changed was purged",
                    passed.id, passed.command
                ));
            }
        }
        Ok(targets)
    }

    /// The operations that an undo or redo reverses, in this order.
    fn chosen(&self, which: &Which, reversal: Reversal) -> Result<Vec<Operation>, NotebookError> {
        Ok(match which {
            Which::Numbered(number) => {
                let found = self.store.operation(*number)?;
                vec![reversible(
                    &number.to_string(),
                    found.into_iter().collect(),
                    reversal,
                )?]
            }
            Which::Identified(id) => {
                let is_id = id.len() >= 4 && id.bytes().all(|b| b.is_ascii_hexdigit());
                let found = match is_id {
                    true => self.store.operations_by_id(&id.to_lowercase())?,
                    false => Vec::new(),
                };
                vec![reversible(id, found, reversal)?]
            }
            Which::Next(actor) => match self.store.next_reversal(reversal, actor.as_deref())? {
                Some(next) => self.store.of_same_command(&next, reversal)?,
                None => Vec::new(),
            },
            Which::Since(at, actor) => self.store.reversible_since(at, actor.as_deref())?,
        })
    }

    /// Who else wrote the last operations that an undo of this user's leaves alone.
    fn other_actors(
        &self,
        which: &Which,
        reversal: Reversal,
    ) -> Result<Vec<String>, NotebookError> {
        let since = match (which, reversal) {
            (Which::Next(None), Reversal::Undo) => "",
            (Which::Since(at, None), Reversal::Undo) => at,
            _ => return Ok(Vec::new()),
        };
        let last = self.store.operations(&OperationFilter::default(), 20)?;
        let mut actors: Vec<String> = last
            .into_iter()
            .filter(|operation| operation.action == Action::Do && !operation.undone)
            .filter(|operation| operation.at.as_str() >= since)
            .map(|operation| operation.actor)
            .filter(|actor| *actor != self.store.actor)
            .collect();
        actors.sort();
        actors.dedup();
        Ok(actors)
    }

    /// After an import was reversed, the notebook no longer holds the text that it read from the
    /// files, so that an export must not overwrite them: each is compared with what it was before, and its
    /// edits come in again.
    fn forget_read_files(&mut self, operation: &Operation) -> Result<(), NotebookError> {
        let is_import = ["import", "sync"]
            .iter()
            .any(|verb| operation.command.starts_with(verb));
        let subjects: HashSet<Subject> =
            self.store.subjects_of(operation.id)?.into_iter().collect();
        let mut stale: Vec<Document> = Vec::new();
        for mut file in self.store.documents("")? {
            let Some(base) = self.base_without(&file, operation, is_import, &subjects)? else {
                continue;
            };
            file.base = base;
            file.checksum = Some(String::new());
            if let Some(state) = &mut file.state {
                let before = state.before.take();
                state.before = before.filter(|before| before.operation < operation.id);
                // What the import took from the file counts again as edited in it.
                state.base = state.base.min(operation.id - 1);
                state.imports.retain(|import| *import < operation.id);
            }
            stale.push(file);
        }
        self.track(&stale, &[])
    }
}

impl Notebook {
    /// The base of a file without the edits that an undone operation took from it; `None` if it took none.
    /// What kb itself wrote into the file since stays, so that it is not taken for an edit.
    fn base_without(
        &self,
        file: &Document,
        undone: &Operation,
        is_import: bool,
        subjects: &HashSet<Subject>,
    ) -> Result<Option<Option<Vec<u8>>>, NotebookError> {
        let before = file.state.as_ref().and_then(|state| state.before.as_ref());
        let before = before.filter(|before| is_import && before.operation >= undone.id);
        let is_forgotten = file.checksum.as_deref().is_none_or(str::is_empty);
        // What it was before an earlier import is no longer known after the undo of a later one.
        let is_again = is_import && is_forgotten && before.is_none();
        let had = before.and_then(|before| before.base.as_deref());
        let base = match (&file.page, &file.base) {
            (Some(page), _)
                if before.is_none() && !subjects.contains(&Subject::Page(page.clone())) =>
            {
                return Ok(None);
            }
            (Some(page), None) if is_again => match self.page_after(page, undone)? {
                Some(read) => self.page_without_edits(page, None, read.as_bytes(), subjects)?,
                None => None,
            },
            // The page as the notebook keeps it is what it was.
            (Some(_), None) => had.map(str::to_owned),
            (Some(_), Some(_)) if before.is_none() && !is_again => return Ok(None),
            (Some(page), Some(written)) => {
                let found = self.page_without_edits(page, had, written, subjects)?;
                found.or(had.map(str::to_owned))
            }
            (None, _) if !is_import => return Ok(None),
            (None, Some(written)) if file.format == "bibtex" => {
                let is_first =
                    before.is_none() && !file.written && file.operation == Some(undone.id);
                // A file that was last read before the import has nothing of it.
                if before.is_none() && file.operation.is_some_and(|last| last < undone.id) {
                    return Ok(None);
                }
                let had = match before {
                    Some(before) => before.base.clone(),
                    None => self.as_written_now(file, written)?,
                };
                let found = match &had {
                    Some(had) if !is_first => {
                        self.works_without_edits(had, &decode(written), subjects)?
                    }
                    _ => None,
                };
                if before.is_none() && found.as_deref() == Some(&decode(written)) {
                    return Ok(None);
                }
                match is_first {
                    true => None,
                    false => found.or(had),
                }
            }
            (None, _) if before.is_some() => had.map(str::to_owned),
            (None, _) if file.written || is_forgotten => return Ok(None),
            (None, _) if file.operation.is_some_and(|last| last < undone.id) => return Ok(None),
            (None, _) => None,
        };
        Ok(Some(base.map(String::into_bytes)))
    }

    /// The layout that an operation gave a page.
    fn page_after(
        &self,
        page: &str,
        operation: &Operation,
    ) -> Result<Option<String>, NotebookError> {
        let changes = self.store.changes(&Subject::Page(page.to_owned()))?;
        let own = changes
            .into_iter()
            .rfind(|change| change.operation == operation.id);
        Ok(own.and_then(|change| Some(change.new?.as_str()?.to_owned())))
    }

    /// The text of a BibTeX file with its records as the notebook has them now.
    fn as_written_now(
        &self,
        file: &Document,
        written: &[u8],
    ) -> Result<Option<String>, NotebookError> {
        let name = bibliography::kind(Dialect::Bibtex);
        let Some(kind) = self.kinds().get(name) else {
            return Ok(None);
        };
        let all = self.selection(None, &[format!("kind:{name}")], &[], None)?;
        let text = self.bibtex_file(file, written, &all, kind, |_| IfNew::LeaveOut)?;
        Ok(Some(decode(&text)))
    }

    /// The layout of a page as its file had it before an operation that changed some subjects: what that took
    /// from the file as it was `before`, else as kb would write it now, and the rest as it was `written`.
    fn page_without_edits(
        &self,
        page: &str,
        before: Option<&str>,
        written: &[u8],
        changed: &HashSet<Subject>,
    ) -> Result<Option<String>, NotebookError> {
        if self.store.page(page)?.is_none() {
            return Ok(None);
        }
        let read = |json: &[u8]| serde_json::from_slice::<Layout>(json).ok();
        let now = self.export_page(Some(page), Audience::Public)?.layout;
        let (Some(now), Some(written)) = (read(now.as_bytes()), read(written)) else {
            return Ok(None);
        };
        let before = before.and_then(|before| read(before.as_bytes()));
        let before = before.as_ref().unwrap_or(&now);
        let has: HashSet<&str> = written.pieces.iter().filter_map(Piece::uid).collect();
        let all = now.pieces.iter().filter_map(Piece::uid);
        let is_edited =
            |uid: &&str| changed.contains(&Subject::Entry((*uid).to_owned())) || !has.contains(uid);
        let (edited, kept): (HashSet<&str>, HashSet<&str>) = all.partition(is_edited);
        let layout = now.with_items(Some(&written), &kept);
        Ok(layout.with_items(Some(before), &edited).stored().ok())
    }

    /// The text of a BibTeX file with the records of the entries that an undone operation changed as they
    /// were `before`. `None` if one of them had another key.
    fn works_without_edits(
        &self,
        before: &str,
        written: &str,
        changed: &HashSet<Subject>,
    ) -> Result<Option<String>, NotebookError> {
        let dialect = Dialect::Bibtex;
        let Some(kind) = self.kinds().get(bibliography::kind(dialect)) else {
            return Ok(None);
        };
        let today = self.clock.today;
        let [had, has] =
            [before, written].map(|text| bibliography::keys(dialect, text, kind, today));
        let mut keys = BTreeMap::new();
        for subject in changed {
            let Subject::Entry(uid) = subject else {
                continue;
            };
            let Some(stored) = self.store.by_uid(uid)? else {
                continue;
            };
            let key = bibliography::key(&stored.entry);
            if stored.entry.kind == kind.name && !has.contains(&key) {
                return Ok(None);
            }
            keys.insert(key.clone(), key);
        }
        // A record that the operation added has no entry now.
        for key in has.iter().filter(|key| !had.contains(*key)) {
            if self.store.by_alias_or_slug(&kind.name, key)?.is_empty() {
                keys.insert(key.clone(), key.clone());
            }
        }
        Ok(Some(bibliography::with_records(
            written, before, &keys, kind, today,
        )))
    }
}

/// The only operation of those found by a name, if it can be undone or redone.
fn reversible(
    name: &str,
    mut found: Vec<Operation>,
    reversal: Reversal,
) -> Result<Operation, NotebookError> {
    let no = |why| NotebookError::NotReversible(name.to_owned(), why);
    match found.pop() {
        None => Err(no("does not exist")),
        Some(_) if !found.is_empty() => Err(no("is not the only one whose id starts so")),
        Some(found) if found.action != Action::Do => Err(no("is itself an undo or a redo")),
        Some(found) if reversal == Reversal::Undo && found.undone => Err(no("is already undone")),
        Some(found) if reversal == Reversal::Redo && !found.undone => Err(no("is not undone")),
        Some(found) => Ok(found),
    }
}
