//! `kb schema`: prints JSON Schemas.

use clap::Args;
use serde_json::{Map, Value as Json};

use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::model::schema;

/// Print the JSON Schema of a kind, or of all
///
/// The output of `--json`, `--jsonl` and `kb export` conforms to it.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb schema paper\n  kb schema")]
pub(crate) struct SchemaArguments {
    /// The kind
    #[arg(add = complete::kinds())]
    kind: Option<String>,
}

pub(crate) fn run(arguments: &SchemaArguments, context: &mut Context) -> Result<Exit, Failure> {
    let notebook = context.open()?;
    let json = match &arguments.kind {
        Some(name) => schema::of(notebook.kind(name)?),
        None => Json::Object(
            notebook
                .kinds()
                .iter()
                .map(|kind| (kind.name.clone(), schema::of(kind)))
                .collect::<Map<_, _>>(),
        ),
    };
    let text = serde_json::to_string_pretty(&json).map_err(|e| Failure::usage(e.to_string()))?;
    context.data(&(text + "\n"))?;
    Ok(Exit::Done)
}
