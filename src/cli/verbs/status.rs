//! `kb status`: says which documents differ from the notebook.

use clap::Args;
use serde_json::Value as Json;

use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::known::{Known, Outside};
use crate::cli::output::{OutputArguments, Rows};
use crate::cli::written::say_left_out;
use crate::text::english::{count, quoted};
use crate::text::shell;

/// Show which files differ from the notebook
///
/// Lists the files and folders that kb knows of which the file, the notebook or both have changed, or
/// which are gone; `kb sync` brings them in step. A file is in conflict if a sync left an entry alone
/// because both sides changed it. New entries that no file takes are named. With an output format such as `--json`, all are
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
        let state = match known.outside(&notebook) {
            Err(failure) => {
                failure.report(&context.messages);
                "cannot be read"
            }
            Ok(Outside::Gone) => "gone",
            Ok(outside) => match (outside, known.is_behind(&notebook)) {
                (_, Err(failure)) => {
                    failure.report(&context.messages);
                    "cannot be written"
                }
                (Outside::Changed, _) if known.has_conflicts() => "conflict",
                (Outside::Changed, Ok(true)) => "both changed",
                (Outside::Changed, Ok(false)) => "file changed",
                (_, Ok(true)) => "notebook changed",
                (_, Ok(false)) => "same",
            },
        };
        let mut refs = Vec::new();
        if state == "conflict" {
            for uid in known.conflicts() {
                refs.extend(notebook.reference_of(uid)?);
            }
        }
        found.push((known, state, refs));
    }
    let in_step = found
        .iter()
        .filter(|(_, state, _)| *state == "same")
        .count();
    if !arguments.output.is_given() {
        found.retain(|(_, state, _)| *state != "same");
    }
    let columns = ["path", "format", "state"];
    if !found.is_empty() {
        let mut rows = Rows::plain(
            &arguments.output,
            context,
            &columns,
            &["conflicts"],
            "document",
        )?;
        for (known, state, refs) in &found {
            let cells = [
                ("path", Json::from(known.name.as_str())),
                ("format", Json::from(known.format.name())),
                ("state", Json::from(*state)),
                ("conflicts", Json::from(refs.as_slice())),
            ];
            rows.named(context, cells)?;
        }
        rows.end(context)?;
    }
    for (known, _, refs) in found.iter().filter(|(_, _, refs)| !refs.is_empty()) {
        let name = shell::command_line([known.name.as_str()]);
        context.messages.say(&format!(
            "`{}`: the file and the notebook changed {}\n  kb sync {name} --theirs\n  kb sync {name} --ours",
            known.name,
            quoted(refs, "and")
        ));
    }
    say_left_out(&notebook, notebook.new_entries()?, context)?;
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
