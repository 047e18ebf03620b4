//! `kb status`: says which documents differ from the notebook.

use clap::Args;
use serde_json::{Map, Value as Json};

use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::known::{Known, Outside};
use crate::cli::output::{OutputArguments, Rows};
use crate::text::english::count;

/// Show which files differ from the notebook
///
/// Lists the files and folders that kb knows of which the file, the notebook or both have changed, or
/// which are gone; `kb sync` brings them in step. With an output format such as `--json`, all are
/// listed.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb status\n  kb status --json path,state")]
pub(crate) struct StatusArguments {
    #[command(flatten)]
    output: OutputArguments,
}

pub(crate) fn run(arguments: &StatusArguments, context: &mut Context) -> Result<Exit, Failure> {
    let notebook = context.open()?;
    let documents = Known::all(&notebook, context)?;
    let mut found = Vec::new();
    for known in &documents {
        let state = match known.outside(&notebook)? {
            Outside::Gone => "gone",
            outside => match (outside, known.is_behind(&notebook)) {
                (_, Err(failure)) => {
                    failure.report(&context.messages);
                    "cannot be written"
                }
                (Outside::Changed, Ok(true)) => "both changed",
                (Outside::Changed, Ok(false)) => "file changed",
                (_, Ok(true)) => "notebook changed",
                (_, Ok(false)) => "same",
            },
        };
        found.push((known, state));
    }
    let in_step = found.iter().filter(|(_, state)| *state == "same").count();
    if !arguments.output.is_given() {
        found.retain(|(_, state)| *state != "same");
    }
    let columns = ["path", "format", "state"];
    if !found.is_empty() {
        let mut rows = Rows::plain(&arguments.output, context, &columns, &[], "document")?;
        for (known, state) in &found {
            let cells = [
                ("path", known.name.as_str()),
                ("format", known.format.name()),
                ("state", state),
            ];
            let cells = cells.map(|(name, value)| (name.to_owned(), Json::from(value)));
            rows.map(context, &Map::from_iter(cells))?;
        }
        rows.end(context)?;
    }
    match (documents.is_empty(), found.is_empty()) {
        (true, _) => context.messages.say("kb knows no files\n  kb import FILE"),
        (false, true) => context.messages.say(&format!(
            "{} in step",
            count(in_step, "document is", "documents are")
        )),
        (false, false) if !arguments.output.is_given() => context.messages.chat("kb sync"),
        _ => {}
    }
    Ok(Exit::Done)
}
