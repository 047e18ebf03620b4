//! `kb sql`: runs a read-only SQL query.

use std::ops::ControlFlow;

use clap::Args;
use serde_json::Map;

use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{OutputArguments, Rows};

/// Query the notebook in SQL, read-only
///
/// Each kind is a view named by its plural, with the fields as columns; `entry`, `topic`, `tag`,
/// `alias`, `link`, `operation` and `change` are tables. A statement is stopped after five seconds.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb sql \"select topic, count(*) from papers group by 1\"\n  kb sql \"select slug, title, year from papers\" --json"
)]
pub(crate) struct SqlArguments {
    /// One read-only statement; `-` is standard input
    statement: String,
    #[command(flatten)]
    output: OutputArguments,
}

pub(crate) fn run(arguments: &SqlArguments, context: &mut Context) -> Result<Exit, Failure> {
    let statement = if arguments.statement == "-" {
        context.read_text(std::path::Path::new("-"))?
    } else {
        arguments.statement.clone()
    };
    let notebook = context.open()?;
    context.through_pager();
    let mut rows: Option<Rows> = None;
    let mut outcome: Result<(), Failure> = Ok(());
    notebook.sql(&statement, |names, cells| {
        outcome = (|| {
            if rows.is_none() {
                let columns: Vec<&str> = names.iter().map(String::as_str).collect();
                rows = Some(Rows::plain(
                    &arguments.output,
                    context,
                    &columns,
                    &[],
                    "row",
                )?);
            }
            if let (Some(rows), Some(cells)) = (&mut rows, cells) {
                let map: Map<_, _> = names.iter().cloned().zip(cells).collect();
                rows.map(context, &map)?;
            }
            Ok(())
        })();
        if outcome.is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    outcome?;
    if let Some(mut rows) = rows {
        rows.end(context)?;
    }
    Ok(Exit::Done)
}
