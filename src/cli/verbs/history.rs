//! `kb history`: prints past commands, or the changes of an entry.

use clap::Args;
use serde_json::{Map, Value as Json, json};

use super::undo::moment;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{OutputArguments, Rows};
use crate::store::OperationFilter;

/// Show what was done, or what happened to an entry
///
/// Without a ref, lists the commands that changed something, newest first. With a ref, lists each
/// change of its fields, with the time, oldest first.
#[derive(Debug, Clone, Args)]
#[command(before_long_help = "Examples:\n  kb history\n  kb history --since 1w\n  kb history vae")]
pub(crate) struct HistoryArguments {
    /// The entry
    #[arg(value_name = "REF", add = complete::refs())]
    reference: Option<String>,
    /// At most this many commands, or changes of an entry, the latest ones
    #[arg(long, short, value_name = "NUMBER", default_value_t = 50)]
    limit: usize,
    /// Only what this actor did
    #[arg(long, value_name = "ACTOR", conflicts_with = "reference")]
    by: Option<String>,
    /// Only what was done since then: `30m`, `1h`, `2d`, `1w`, a date or a time
    #[arg(long, value_name = "WHEN", conflicts_with = "reference")]
    since: Option<String>,
    #[command(flatten)]
    output: OutputArguments,
}

/// The columns of a list of operations.
const OPERATION: [&str; 5] = ["operation", "at", "command", "changes", "state"];
/// Fields of an operation that only objects have.
const MORE: [&str; 6] = ["action", "target", "id", "actor", "replica", "sequence"];
/// The columns of a list of changes.
const CHANGE: [&str; 5] = ["operation", "at", "field", "old", "new"];

pub(crate) fn run(arguments: &HistoryArguments, context: &mut Context) -> Result<Exit, Failure> {
    let notebook = context.open()?;
    let mut arguments = arguments.clone();
    // In `kb history --json vae`, clap takes `vae` as the fields of `--json`: it becomes the ref.
    let taken = arguments.output.give_back(context, |word| {
        OPERATION.contains(&word) || CHANGE.contains(&word) || MORE.contains(&word)
    });
    arguments.reference = arguments.reference.or(taken);
    context.through_pager();
    let object = |json: Json| {
        if let Json::Object(map) = json {
            map
        } else {
            Map::new()
        }
    };
    match &arguments.reference {
        None => {
            let mut rows = Rows::plain(&arguments.output, context, &OPERATION, &MORE, "operation")?;
            let filter = OperationFilter {
                actor: arguments.by.clone(),
                since: match &arguments.since {
                    Some(text) => Some(moment(text, context)?),
                    None => None,
                },
            };
            for operation in notebook.operations(&filter, arguments.limit)? {
                let state = if operation.undone { "undone" } else { "" };
                let row = json!({
                    "operation": operation.id, "at": operation.at, "command": operation.command, "changes": operation.changes,
                    "action": operation.action.word(), "target": operation.action.target(), "state": state,
                    "id": operation.uid, "actor": operation.actor, "replica": operation.replica,
                    "sequence": operation.sequence,
                });
                rows.map(context, &object(row))?;
            }
            rows.end(context)?;
        }
        Some(reference) => {
            let mut rows = Rows::plain(&arguments.output, context, &CHANGE, &[], "change")?;
            let changes = notebook.changes(reference)?;
            let left_out = changes.len().saturating_sub(arguments.limit);
            for change in changes.into_iter().skip(left_out) {
                let row = json!({"operation": change.operation, "at": change.at, "field": change.field, "old": change.old, "new": change.new});
                rows.map(context, &object(row))?;
            }
            rows.end(context)?;
        }
    }
    Ok(Exit::Done)
}
