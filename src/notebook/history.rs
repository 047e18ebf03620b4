//! The history, undo and redo.

use super::error::NotebookError;
use super::session::Notebook;
use crate::store::{Action, Change, Operation, Reversal, Subject};

impl Notebook {
    /// The latest `limit` operations, newest first.
    pub fn operations(&self, limit: usize) -> Result<Vec<Operation>, NotebookError> {
        Ok(self.store.operations(limit)?)
    }

    /// The changes of one entry, oldest first.
    ///
    /// # Errors
    /// The ref matches no entry, or several.
    pub fn changes(&self, text: &str) -> Result<Vec<Change>, NotebookError> {
        let stored = self.find(text)?;
        Ok(self.store.changes(&Subject::Entry(stored.entry.uid))?)
    }

    /// Undoes or redoes an operation and returns it. Without a number, takes the next one in turn.
    ///
    /// # Errors
    /// [`NotebookError::NothingTo`] if there is nothing to undo or redo, or a store error if a
    /// later change conflicts.
    pub fn reverse(
        &mut self,
        operation: Option<i64>,
        reversal: Reversal,
    ) -> Result<Operation, NotebookError> {
        let target = match operation {
            Some(id) => self.store.operation(id)?.filter(|found| {
                found.action == Action::Do && found.undone == (reversal == Reversal::Redo)
            }),
            None => self.store.next_reversal(reversal)?,
        };
        let target = target.ok_or(NotebookError::NothingTo(reversal))?;
        self.store
            .reverse(target.id, reversal, &self.clock, self.mode)?;
        Ok(target)
    }
}
