//! The history, undo and redo.

use super::{Notebook, NotebookError};
use crate::store::{Change, Operation, Reversal};

impl Notebook {
    /// The latest operations, newest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn operations(&self, limit: usize) -> Result<Vec<Operation>, NotebookError> {
        Ok(self.store.operations(limit)?)
    }

    /// What happened to one entry, oldest first.
    ///
    /// # Errors
    /// The ref means no entry.
    pub fn changes(&self, text: &str) -> Result<Vec<Change>, NotebookError> {
        let stored = self.find(text)?;
        Ok(self.store.changes(&stored.entry.uid)?)
    }

    /// The changes of one operation.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn changes_of(&self, operation: i64) -> Result<Vec<Change>, NotebookError> {
        Ok(self.store.changes_of(operation)?)
    }

    /// What a subject of the history is called now: a ref, or the subject itself.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn subject(&self, subject: &str) -> Result<String, NotebookError> {
        Ok(self.store.by_uid(subject)?.map_or_else(|| subject.to_owned(), |stored| stored.entry.reference()))
    }

    /// Undoes or redoes the next operation in turn, or the one named; gives it.
    ///
    /// # Errors
    /// There is none, or a later change stands in the way.
    pub fn reverse(&mut self, operation: Option<i64>, reversal: Reversal) -> Result<Operation, NotebookError> {
        let what = if reversal == Reversal::Undo { "undo" } else { "redo" };
        let target = match operation {
            Some(id) => self.store.operation(id)?.filter(|found| found.action == "do" && found.undone == (reversal == Reversal::Redo)),
            None => self.store.next_reversal(reversal)?,
        };
        let target = target.ok_or(NotebookError::NothingTo(what))?;
        self.store.reverse(target.id, reversal, &self.clock, self.rehearse)?;
        Ok(target)
    }
}
