//! `kb undo` and `kb redo`: reverse commands.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::dry_run::DryRun;
use crate::cli::failure::{Exit, Failure};
use crate::notebook::IfMissing;
use crate::store::{Reversal, WriteMode};
use crate::text::english::count;

/// Undo the last command
///
/// Each command is one step, even a bulk change, an import, or a change of kinds. `kb history`
/// lists the numbers of the operations.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb undo\n  kb redo")]
pub(crate) struct UndoArguments {
    /// Only this operation, unless a later change conflicts with it
    operation: Option<i64>,
    #[command(flatten)]
    dry_run: DryRun,
}

/// `kb undo`
pub(crate) fn undo(arguments: &UndoArguments, context: &mut Context) -> Result<Exit, Failure> {
    reverse(arguments, context, Reversal::Undo)
}

/// `kb redo`
pub(crate) fn redo(arguments: &UndoArguments, context: &mut Context) -> Result<Exit, Failure> {
    reverse(arguments, context, Reversal::Redo)
}

fn reverse(
    arguments: &UndoArguments,
    context: &mut Context,
    reversal: Reversal,
) -> Result<Exit, Failure> {
    let operation = context
        .open_to_write(arguments.dry_run.mode(), IfMissing::Fail)?
        .reverse(arguments.operation, reversal)?;
    let verb = match (reversal, arguments.dry_run.mode()) {
        (Reversal::Undo, WriteMode::Commit) => "undid",
        (Reversal::Redo, WriteMode::Commit) => "redid",
        (Reversal::Undo, WriteMode::DryRun) => "would undo",
        (Reversal::Redo, WriteMode::DryRun) => "would redo",
    };
    context.messages.say(&format!(
        "{verb} `kb {}` ({})",
        operation.command,
        count(operation.changes, "change", "changes")
    ));
    Ok(Exit::Done)
}
