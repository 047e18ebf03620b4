//! The history, undo and redo.

use super::error::NotebookError;
use super::session::Notebook;
use crate::store::{Action, Change, Document, Operation, Reversal, Subject, WriteMode};

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
            Some(id) => {
                let found = self.store.operation(id)?;
                let fits = found.as_ref().is_some_and(|found| {
                    found.action == Action::Do && found.undone == (reversal == Reversal::Redo)
                });
                if !fits {
                    return Err(NotebookError::NotReversible(
                        id,
                        match found {
                            None => "does not exist",
                            Some(found) if found.action != Action::Do => {
                                "is itself an undo or a redo"
                            }
                            Some(found) if found.undone => "is already undone",
                            Some(_) => "is not undone",
                        },
                    ));
                }
                found
            }
            None => self.store.next_reversal(reversal)?,
        };
        let target = target.ok_or(NotebookError::NothingTo(reversal))?;
        self.store
            .reverse(target.id, reversal, &self.clock, self.mode)?;
        if self.mode == WriteMode::Commit {
            self.forget_read_files(&target)?;
        }
        Ok(target)
    }

    /// After an import was reversed, the notebook no longer holds the text that it read from the
    /// files, so that an export must not overwrite them.
    fn forget_read_files(&mut self, operation: &Operation) -> Result<(), NotebookError> {
        let is_import = operation.command.starts_with("import");
        let pages: Vec<String> = self
            .store
            .changes_of(operation.id)?
            .into_iter()
            .filter_map(|change| match change.subject {
                Subject::Page(name) => Some(name),
                _ => None,
            })
            .collect();
        if pages.is_empty() && !is_import {
            return Ok(());
        }
        let mut stale: Vec<Document> = self.store.documents("")?;
        stale.retain(|file| {
            !file.written
                && match &file.page {
                    Some(page) => pages.contains(page),
                    // A file that was last read before the import has nothing of it.
                    None => {
                        is_import
                            && file.checksum.is_some()
                            && file.operation.is_none_or(|last| last >= operation.id)
                    }
                }
        });
        for file in &mut stale {
            file.checksum = Some(String::new());
            file.base = None;
            // What the import took from the file counts again as edited in it.
            if let Some(state) = &mut file.state {
                state.base = state.base.min(operation.id - 1);
                state.imports.retain(|import| *import < operation.id);
            }
        }
        self.track(&stale, &[])
    }
}
