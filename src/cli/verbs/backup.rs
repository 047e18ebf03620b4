//! `kb backup`: copies the notebook.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};

/// Copy the notebook to a new file
///
/// Makes a consistent copy, even while other commands write. Without a file, the copy is placed
/// next to the notebook, with the time in its name. Never replaces a file.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb backup\n  kb backup copy.db")]
pub(crate) struct BackupArguments {
    /// The copy
    #[arg(value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
}

pub(crate) fn run(arguments: &BackupArguments, context: &mut Context) -> Result<Exit, Failure> {
    let notebook = context.open()?;
    let stamp = context
        .environment
        .clock()
        .now
        .format("%Y%m%dT%H%M%SZ")
        .to_string();
    let path = match &arguments.file {
        Some(path) => context.environment.path(path),
        None => notebook.path().with_extension(format!("{stamp}.db")),
    };
    notebook.back_up(&path)?;
    context.text(&format!("{}\n", path.display()))?;
    Ok(Exit::Done)
}
