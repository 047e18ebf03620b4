//! `kb init`: creates a notebook.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::notebook::Notebook;

/// Make a notebook here
///
/// Makes `.kb/notebook.db` in the folder, or the file that `--notebook` or KB_NOTEBOOK names.
/// Commands in the folder and below it then use this notebook.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb init\n  kb init thesis")]
pub(crate) struct InitArguments {
    /// The folder
    #[arg(value_hint = ValueHint::DirPath)]
    folder: Option<PathBuf>,
}

pub(crate) fn run(arguments: &InitArguments, context: &mut Context) -> Result<Exit, Failure> {
    let inside = |folder: PathBuf| folder.join(".kb").join("notebook.db");
    let path = match &arguments.folder {
        Some(folder) => inside(context.environment.path(folder)),
        None => context
            .named_notebook()
            .unwrap_or_else(|| inside(context.environment.folder.clone())),
    };
    Notebook::create(&path)?;
    context
        .messages
        .say(&format!("made a notebook at `{}`", path.display()));
    Ok(Exit::Done)
}
