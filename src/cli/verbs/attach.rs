//! `kb attach`: attaches a file to an entry.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::dry_run::DryRun;
use crate::cli::failure::{Exit, Failure};
use crate::notebook::IfMissing;
use crate::notebook::attached::FileToAttach;
use crate::notebook::vault::MAX_ATTACHMENT_BYTES;

/// Attach a file to an entry
///
/// The notebook keeps its content, so that it goes wherever the notebook goes; with `--link`, only where
/// the file is. `kb show` names it, `kb open` opens it, and nothing that is published has it.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb attach attention-is-all-you-need attention.pdf\n  kb attach vae notes.png --link"
)]
pub(crate) struct AttachArguments {
    /// The entry
    #[arg(value_name = "REF", add = complete::refs())]
    reference: String,
    /// The file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Keep its path, not its content
    #[arg(long)]
    link: bool,
    #[command(flatten)]
    dry_run: DryRun,
}

pub(crate) fn run(arguments: &AttachArguments, context: &mut Context) -> Result<Exit, Failure> {
    let path = context.environment.path(&arguments.file);
    let failed = |e: std::io::Error| Failure::file(&arguments.file, &e);
    let size = std::fs::metadata(&path).map_err(failed)?.len();
    if !path.is_file() {
        return Err(Failure::usage(format!(
            "`{}` is not a file",
            arguments.file.display()
        )));
    }
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    let content;
    let whole;
    let file = if arguments.link {
        whole = path.canonicalize().map_err(failed)?.display().to_string();
        FileToAttach::Path(&whole)
    } else {
        if size > MAX_ATTACHMENT_BYTES as u64 {
            return Err(
                Failure::usage(format!("`{name}` is larger than 50 MB")).hint(format!(
                    "kb attach {} {} --link",
                    arguments.reference,
                    arguments.file.display()
                )),
            );
        }
        content = std::fs::read(&path).map_err(failed)?;
        FileToAttach::Content(&content)
    };
    let mode = arguments.dry_run.mode();
    let mut notebook = context.open_to_write(mode, IfMissing::Fail)?;
    let entry = notebook.attach(&arguments.reference, &name, file)?;
    context.data(&format!("{}\n", entry.reference()))?;
    let would = if arguments.dry_run.is_given() {
        "would attach"
    } else {
        "attached"
    };
    context.messages.chat(&format!("{would} `{name}`"));
    Ok(Exit::Done)
}
