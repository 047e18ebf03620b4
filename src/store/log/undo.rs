//! Undo and redo: a new operation that applies the changes of another, reversed or again.

use std::collections::HashSet;

use super::action::{Action, Reversal};
use super::apply::apply;
use super::history::{OPERATION, Operation, operation};
use super::subject::Subject;
use super::writer::WriteMode;
use crate::model::Clock;
use crate::store::error::StoreError;
use crate::store::file::Store;

impl Store {
    /// The operation that the next undo or redo applies to, if any.
    pub fn next_reversal(&self, reversal: Reversal) -> Result<Option<Operation>, StoreError> {
        let condition = match reversal {
            Reversal::Undo => "o.action = 'do' AND o.undone = 0 ORDER BY o.id DESC",
            // Redo takes back the last undo, as long as no new change followed it.
            Reversal::Redo => {
                "o.action = 'do' AND o.undone = 1 \
                 AND coalesce((SELECT max(u.id) FROM operation AS u WHERE u.action = 'undo' AND u.target = o.id), 0) \
                   > coalesce((SELECT max(id) FROM operation WHERE action = 'do'), 0) \
                 ORDER BY (SELECT max(u.id) FROM operation AS u WHERE u.action = 'undo' AND u.target = o.id) DESC"
            }
        };
        let mut query = self
            .db
            .prepare(&format!("{OPERATION} WHERE {condition} LIMIT 1"))?;
        Ok(query.query_map([], operation)?.next().transpose()?)
    }

    /// Undoes or redoes the operation `target` as a new operation. Returns the number of the new
    /// operation, or none if it changed nothing.
    ///
    /// # Errors
    /// A later change conflicts with it, or the file cannot be written. The notebook is then
    /// unchanged.
    pub fn reverse(
        &mut self,
        target: i64,
        reversal: Reversal,
        clock: &Clock,
        mode: WriteMode,
    ) -> Result<Option<i64>, StoreError> {
        let action = match reversal {
            Reversal::Undo => Action::Undo(target),
            Reversal::Redo => Action::Redo(target),
        };
        let command = format!("{} {target}", action.word());
        let (_, operation) = self.operate(&command, clock, mode, action, |writer| {
            let mut changes = writer.store().changes_of(target)?;
            if reversal == Reversal::Undo {
                changes.reverse();
                for change in &mut changes {
                    std::mem::swap(&mut change.old, &mut change.new);
                }
            }
            let subjects: HashSet<&Subject> =
                changes.iter().map(|change| &change.subject).collect();
            writer.expect_changes(subjects.len())?;
            apply(writer, &changes)?;
            writer.mark(target, reversal)
        })?;
        Ok(operation)
    }
}
