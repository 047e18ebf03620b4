//! Undo and redo: a new operation that applies the changes of another, reversed or again.
//!
//! A command may write several operations, such as `kb sync` one for each file: their nonces begin with the
//! same bytes, and without a number they are undone and redone together.

use std::collections::HashSet;

use super::action::{Action, Reversal};
use super::apply::apply;
use super::history::Operation;
use super::replica::IS_OWN;
use super::subject::Subject;
use super::writer::WriteMode;
use crate::model::{Clock, Edit};
use crate::store::error::StoreError;
use crate::store::file::Store;

/// Condition on an operation `o`: it has new changes, of which at least one was not purged. The content of an
/// attachment alone is not undone.
const CAN_BE_REVERSED: &str = "o.action = 'do' AND (NOT EXISTS (SELECT 1 FROM change AS c WHERE c.operation = o.id
  AND c.digest IS NOT NULL AND c.old IS NULL AND c.new IS NULL)
  OR EXISTS (SELECT 1 FROM change AS c WHERE c.operation = o.id AND c.subject NOT GLOB 'attachment/*'
    AND NOT (c.digest IS NOT NULL AND c.old IS NULL AND c.new IS NULL)))";

/// The number of the last operation that undid an operation `o`.
const LAST_UNDO: &str =
    "(SELECT max(u.id) FROM operation AS u WHERE u.action = 'undo' AND u.target = o.uid)";

impl Store {
    /// The operation that the next undo or redo applies to, if any: the last one that this copy of
    /// the notebook and the session's actor wrote. With `actor`, the last one of that actor in any
    /// copy.
    pub fn next_reversal(
        &self,
        reversal: Reversal,
        actor: Option<&str>,
    ) -> Result<Option<Operation>, StoreError> {
        let own = match actor {
            Some(_) => "o.actor = ?1".to_owned(),
            None => format!("o.actor = ?1 AND {IS_OWN}"),
        };
        let condition = match reversal {
            Reversal::Undo => {
                format!("{CAN_BE_REVERSED} AND NOT undone AND {own} ORDER BY o.id DESC LIMIT 1")
            }
            // Redo takes back the last undo, as long as no new change followed it.
            Reversal::Redo => format!(
                "{CAN_BE_REVERSED} AND undone AND {own} \
                 AND last_undo > coalesce((SELECT max(o.id) FROM operation AS o WHERE o.action = 'do' AND {own}), 0) \
                 ORDER BY last_undo DESC LIMIT 1"
            )
            .replace("last_undo", LAST_UNDO),
        };
        let actor = actor.unwrap_or(&self.actor);
        Ok(self.operations_where(&condition, [actor])?.pop())
    }

    /// The operations that are undone or redone with one, in the order in which that is done: those of the
    /// same command, and for a redo those that the same command undid.
    pub fn of_same_command(
        &self,
        operation: &Operation,
        reversal: Reversal,
    ) -> Result<Vec<Operation>, StoreError> {
        // Older operations have no nonce, and each is a command of its own.
        let command_of = |id: &str| {
            format!(
                "(SELECT substr(n.nonce, 1, 8) FROM operation AS n WHERE n.id = {id} AND length(n.nonce) >= 8)"
            )
        };
        match reversal {
            Reversal::Undo => self.operations_where(
                &format!(
                    "{CAN_BE_REVERSED} AND NOT undone AND (o.id = ?1 OR o.replica = ?2 AND o.command = ?3 AND {} = {}) ORDER BY o.id DESC",
                    command_of("o.id"),
                    command_of("?1")
                ),
                (operation.id, &operation.replica, &operation.command),
            ),
            Reversal::Redo => self.operations_where(
                &format!(
                    "{CAN_BE_REVERSED} AND undone AND (o.id = ?1 OR {} = {}) ORDER BY o.id",
                    command_of(LAST_UNDO),
                    command_of(&format!(
                        "(SELECT {LAST_UNDO} FROM operation AS o WHERE o.id = ?1)"
                    ))
                ),
                [operation.id],
            ),
        }
    }

    /// The operations after the given one that this copy and the session's actor wrote and that are
    /// neither undone nor, because what they changed was purged, can be.
    pub fn purged_after(&self, operation: i64) -> Result<Vec<Operation>, StoreError> {
        self.operations_where(
            &format!("o.action = 'do' AND o.command <> 'purge' AND NOT ({CAN_BE_REVERSED}) AND NOT undone AND o.actor = ?1 AND {IS_OWN} AND o.id > ?2"),
            (&self.actor, operation),
        )
    }

    /// The number of changes of an operation that were purged.
    pub fn purged_changes(&self, operation: i64) -> Result<usize, StoreError> {
        let sql = "SELECT count(*) FROM change WHERE operation = ?1 AND digest IS NOT NULL AND old IS NULL AND new IS NULL";
        Ok(self.db.query_row(sql, [operation], |row| row.get(0))?)
    }

    /// The operations since a time that an undo of the session's actor, or of `actor`, applies to,
    /// newest first.
    pub fn reversible_since(
        &self,
        since: &str,
        actor: Option<&str>,
    ) -> Result<Vec<Operation>, StoreError> {
        let own = if actor.is_some() { "1" } else { IS_OWN };
        self.operations_where(
            &format!("{CAN_BE_REVERSED} AND NOT undone AND o.actor = ?1 AND o.at >= ?2 AND {own} ORDER BY o.id DESC"),
            (actor.unwrap_or(&self.actor), since),
        )
    }

    /// Undoes or redoes several operations in turn, each as an operation of its own: all or none.
    ///
    /// # Errors
    /// As [`Store::reverse`]; the notebook is then unchanged.
    pub fn reverse_all(
        &mut self,
        targets: &[i64],
        reversal: Reversal,
        clock: &Clock,
        mode: WriteMode,
    ) -> Result<(), StoreError> {
        if let [only] = targets {
            return self.reverse(*only, reversal, clock, mode).map(drop);
        }
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        let reversed = targets.iter().try_for_each(|target| {
            self.reverse(*target, reversal, clock, WriteMode::Commit)
                .map(drop)
        });
        let ending = if reversed.is_ok() {
            mode
        } else {
            WriteMode::DryRun
        };
        self.end_transaction(ending)?;
        reversed
    }

    /// The last undo or redo of an operation.
    fn last_reversal(&self, target: i64) -> Result<Option<Operation>, StoreError> {
        let condition =
            "o.target = (SELECT uid FROM operation WHERE id = ?1) ORDER BY o.id DESC LIMIT 1";
        Ok(self.operations_where(condition, [target])?.pop())
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
            // A redo takes back the last undo, and an undo the last redo, which may have done
            // something else than the operation itself.
            let last = writer.store().last_reversal(target)?;
            let mut changes = match &last {
                Some(last) => writer.store().changes_of(last.id)?,
                None => writer.store().changes_of(target)?,
            };
            if last.is_some() || reversal == Reversal::Undo {
                changes.reverse();
                for change in &mut changes {
                    change.edit = change.edit.clone().reversed();
                    change.operation = target;
                }
            }
            // What was purged stays as it is, unless that is all.
            let all = changes.len();
            if changes.iter().any(|change| change.edit != Edit::Purged) {
                changes.retain(|change| change.edit != Edit::Purged);
            }
            let is_whole = changes.len() == all;
            let subjects: HashSet<&Subject> =
                changes.iter().map(|change| &change.subject).collect();
            writer.expect_changes(subjects.len())?;
            if is_whole && last.is_none_or(|last| last.inherits) {
                writer.inherit(subjects.into_iter());
            }
            apply(writer, &changes)
        })?;
        Ok(operation)
    }
}
