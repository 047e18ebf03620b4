//! `kb history`: prints past commands, or the changes of an entry.

use clap::Args;
use serde_json::{Map, Value as Json, json};

use super::undo::moment;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{OutputArguments, Rows};
use crate::format::rows::cell;
use crate::notebook::Notebook;
use crate::store::OperationFilter;
use crate::text::ago::ago;
use crate::text::english::list;
use crate::text::visible::{cut, visible_line, width};

/// Show what was done, or what happened to an entry
///
/// Without a ref, lists the commands that changed something, newest first. With a ref, lists each
/// change of its fields, with the time, oldest first. A terminal says it in words; a pipe gets exact
/// times and values.
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

/// Which operations are listed.
fn filter(arguments: &HistoryArguments, context: &Context) -> Result<OperationFilter, Failure> {
    let since = arguments.since.as_deref();
    Ok(OperationFilter {
        actor: arguments.by.clone(),
        since: since.map(|text| moment(text, context)).transpose()?,
    })
}

/// A command in words: what was done, and on which entries, by their titles.
fn in_words(command: &str, notebook: &Notebook) -> String {
    let words = shell_words::split(command).unwrap_or_default();
    let Some((verb, rest)) = words.split_first() else {
        return command.to_owned();
    };
    if !["set", "edit", "jot", "attach", "fetch"].contains(&verb.as_str()) {
        return command.to_owned();
    }
    let (mut said, mut on) = (vec![verb.clone()], Vec::new());
    for word in rest {
        match notebook.find(word) {
            Ok(stored) if !word.contains(['=', ' ']) => on.push(stored.entry.title),
            _ => said.push(word.clone()),
        }
    }
    let said = shell_words::join(&said);
    match on.is_empty() {
        true => command.to_owned(),
        false => format!("{said} on {}", list(&on, "and")),
    }
}

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
    let is_told = arguments.output.is_table(context) && arguments.output.fields().is_empty();
    match &arguments.reference {
        None if is_told => {
            let filter = filter(&arguments, context)?;
            let now = context.environment.clock().now;
            for operation in notebook.operations(&filter, arguments.limit)? {
                let undone = if operation.undone { "  (undone)" } else { "" };
                let start = format!("{:>5}  {:<14}  ", operation.id, ago(&operation.at, now));
                let said = in_words(&operation.command, &notebook);
                let room = context
                    .columns()
                    .saturating_sub(width(&start) + width(undone));
                let said = cut(&visible_line(&said), room).into_owned();
                context.text(&format!("{start}{said}{undone}\n"))?;
            }
        }
        Some(reference) if is_told => {
            let now = context.environment.clock().now;
            // Both values of a change have room, after the time and the name of the field.
            let each = context.columns().saturating_sub(34).max(20) / 2;
            let changes = notebook.changes(reference)?;
            let left_out = changes.len().saturating_sub(arguments.limit);
            for change in changes.into_iter().skip(left_out) {
                let value = |json: &Option<Json>| match json {
                    None | Some(Json::Null) => "nothing".to_owned(),
                    Some(json) => cut(&visible_line(&cell(json)), each).into_owned(),
                };
                let (old, new) = (value(&change.old), value(&change.new));
                let what = match (change.field.as_str(), &change.old, &change.new) {
                    ("", None, _) => "added".to_owned(),
                    ("", _, None) => "removed".to_owned(),
                    (field, ..) => format!("{field}: {old} → {new}"),
                };
                context.text(&format!("{:<14}  {what}\n", ago(&change.at, now)))?;
            }
        }
        None => {
            let mut rows = Rows::plain(&arguments.output, context, &OPERATION, &MORE, "operation")?;
            let filter = filter(&arguments, context)?;
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
