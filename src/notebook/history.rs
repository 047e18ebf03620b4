//! The history, undo and redo.

use super::error::NotebookError;
use super::session::Notebook;
use crate::store::{Action, Change, Operation, Reversal, Subject};

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
        Ok(self.store.changes(&Subject::Entry(stored.entry.uid))?)
    }

    /// Undoes or redoes the next operation in turn, or the one named; gives it.
    ///
    /// # Errors
    /// There is none, or a later change stands in the way.
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
