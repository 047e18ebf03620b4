//! `kb undo` and `kb redo`

use clap::Args;

use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::store::Reversal;
use crate::text::english::count;

/// Take back the last command
///
/// One command is one step, bulk changes, imports, kinds and removals too. `kb history` gives the numbers.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb undo\n  kb redo")]
pub struct Arguments {
    /// Only this operation, if nothing later stands in its way
    operation: Option<i64>,
    /// Show what would be taken back
    #[arg(long, short = 'n')]
    dry_run: bool,
}

/// `kb undo`
pub fn undo(arguments: &Arguments, context: &mut Context) -> Result<Exit, Failure> {
    reverse(arguments, context, Reversal::Undo)
}

/// `kb redo`
pub fn redo(arguments: &Arguments, context: &mut Context) -> Result<Exit, Failure> {
    reverse(arguments, context, Reversal::Redo)
}

fn reverse(arguments: &Arguments, context: &mut Context, reversal: Reversal) -> Result<Exit, Failure> {
    let operation = context.open_to_write(arguments.dry_run, false)?.reverse(arguments.operation, reversal)?;
    let verb = match (reversal, arguments.dry_run) {
        (Reversal::Undo, false) => "undid",
        (Reversal::Redo, false) => "did again",
        (Reversal::Undo, true) => "would undo",
        (Reversal::Redo, true) => "would do again",
    };
    context.say(&format!("{verb} `kb {}` ({})", operation.command, count(operation.changes, "change", "changes")));
    Ok(Exit::Done)
}
