//! The history, undo and redo.

use super::error::NotebookError;
use super::session::Notebook;
use crate::store::{
    Action, Change, Operation, OperationFilter, Reversal, StoreError, Subject, WriteMode,
};
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
