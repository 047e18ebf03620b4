//! `kb undo` and `kb redo`: reverse commands.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::dry_run::DryRun;
use crate::cli::failure::{Exit, Failure};
use crate::model::moment::since;
use crate::notebook::IfMissing;
use crate::notebook::history::Which;
use crate::store::{Reversal, WriteMode};
use crate::text::english::count;

/// Undo the last command
///
/// Each command is one step, even a bulk change, an import, or a change of kinds. Without an
/// operation, undoes the last command that you gave in this copy of the notebook. `kb history` lists
/// the operations.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb undo\n  kb undo --since 1h")]
pub(crate) struct UndoArguments {
    #[command(flatten)]
    operation: OperationArguments,
    /// Everything since then: `30m`, `1h`, `2d`, `1w`, a date or a time
    #[arg(long, value_name = "WHEN", conflicts_with_all = ["operation", "op"])]
    since: Option<String>,
    #[command(flatten)]
    dry_run: DryRun,
}

/// Redo the last undone command
///
/// Redo takes back the last undo, until a new command changes something.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb redo")]
pub(crate) struct RedoArguments {
    #[command(flatten)]
    operation: OperationArguments,
    #[command(flatten)]
    dry_run: DryRun,
}

/// Which operation to reverse.
#[derive(Debug, Args)]
struct OperationArguments {
    /// Only this operation, unless a later change conflicts with it
    operation: Option<i64>,
    /// Only the operation with this id, or its first digits, which are the same in every copy of the
    /// notebook
    #[arg(long, value_name = "ID", conflicts_with = "operation")]
    op: Option<String>,
    /// The last operation of this actor, in any copy of the notebook
    #[arg(long, value_name = "ACTOR", conflicts_with_all = ["operation", "op"])]
    by: Option<String>,
}

impl OperationArguments {
    fn which(&self) -> Which {
        match (self.operation, &self.op) {
            (Some(number), _) => Which::Numbered(number),
            (None, Some(id)) => Which::Identified(id.clone()),
            (None, None) => Which::Next(self.by.clone()),
        }
    }
}

/// `kb undo`
pub(crate) fn undo(arguments: &UndoArguments, context: &mut Context) -> Result<Exit, Failure> {
    let which = match &arguments.since {
        Some(text) => Which::Since(moment(text, context)?, arguments.operation.by.clone()),
        None => arguments.operation.which(),
    };
    reverse(&which, arguments.dry_run.mode(), context, Reversal::Undo)
}

/// `kb redo`
pub(crate) fn redo(arguments: &RedoArguments, context: &mut Context) -> Result<Exit, Failure> {
    let which = arguments.operation.which();
    reverse(&which, arguments.dry_run.mode(), context, Reversal::Redo)
}

/// The value of `--since`.
pub(super) fn moment(text: &str, context: &Context) -> Result<String, Failure> {
    since(text, &context.environment.clock()).map_err(|text| {
        Failure::usage(format!("`--since`: `{text}` is not a time"))
            .hint("`30m`, `1h`, `2d`, `1w`, `2024-05`, `yesterday`")
    })
}

fn reverse(
    which: &Which,
    mode: WriteMode,
    context: &mut Context,
    reversal: Reversal,
) -> Result<Exit, Failure> {
    let operations = context
        .open_to_write(mode, IfMissing::Fail)?
        .reverse(which, reversal)?;
    let verb = match (reversal, mode) {
        (Reversal::Undo, WriteMode::Commit) => "undid",
        (Reversal::Redo, WriteMode::Commit) => "redid",
        (Reversal::Undo, WriteMode::DryRun) => "would undo",
        (Reversal::Redo, WriteMode::DryRun) => "would redo",
    };
    for operation in operations {
        context.messages.say(&format!(
            "{verb} `kb {}` ({})",
            operation.command,
            count(operation.changes, "change", "changes")
        ));
    }
    Ok(Exit::Done)
}
