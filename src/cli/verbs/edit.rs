//! `kb edit`: edits an entry as text.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::changes::report;
use crate::cli::complete;
use crate::cli::context::{Context, named};
use crate::cli::dry_run::DryRun;
use crate::cli::editor;
use crate::cli::failure::{Exit, Failure};
use crate::cli::pick;
use crate::format::front_matter;
use crate::model::{Draft, Kind};
use crate::notebook::{IfMissing, NotebookError};

/// Edit an entry in your editor
///
/// Opens the fields as TOML and the body as Markdown in KB_EDITOR, VISUAL or EDITOR. Errors are
/// shown, and you can edit again. A text that cannot be saved is kept in a file for `--from`, so
/// that nothing that you typed is lost. Without a ref, you pick one on a terminal.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb edit vae\n  kb edit vae --from notes.md")]
pub(crate) struct EditArguments {
    /// The entry
    #[arg(value_name = "REF", add = complete::refs())]
    reference: Option<String>,
    /// Take the text from a file (`-` for standard input) instead of the editor
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    from: Option<PathBuf>,
    #[command(flatten)]
    dry_run: DryRun,
}

impl EditArguments {
    /// Those for one entry.
    pub(super) fn of(reference: String) -> EditArguments {
        EditArguments {
            reference: Some(reference),
            from: None,
            dry_run: DryRun::default(),
        }
    }
}

pub(crate) fn run(arguments: &EditArguments, context: &mut Context) -> Result<Exit, Failure> {
    let reference = pick::given(arguments.reference.as_deref(), "edit REF", context)?;
    let shown = context.open()?.show(&reference)?;
    let (entry, kind, revision) = (shown.stored.entry, shown.kind, shown.stored.revision);
    let before = front_matter::write(&entry, &kind);
    let mut text = match &arguments.from {
        Some(path) => context.read_text(path)?,
        None => editor::edit(context, &before, ".md")?,
    };
    let name = match &arguments.from {
        Some(path) => named(path),
        None => "entry.md".to_owned(),
    };
    loop {
        if text == before {
            context.messages.chat("nothing was changed");
            return Ok(Exit::Done);
        }
        // The notebook is not kept open while the editor runs.
        let result = draft(&text, &kind, &name).and_then(|draft| {
            let mut notebook = context.open_to_write(arguments.dry_run.mode(), IfMissing::Fail)?;
            notebook
                .edit(&entry.uid, revision, &draft)
                .map_err(|error| match error {
                    NotebookError::Changed { .. } => Failure::from(NotebookError::Changed {
                        reference: entry.reference(),
                    }),
                    other => other.into(),
                })
        });
        match result {
            Ok(Some(changed)) => {
                report(context, &[changed], arguments.dry_run.mode())?;
                return Ok(Exit::Done);
            }
            Ok(None) => return Ok(Exit::Done),
            Err(failure) if arguments.from.is_none() && context.interactive() => {
                failure.report(&context.messages);
                if !context.messages.confirm("edit again?") {
                    let again = format!("kb edit {}", entry.slug);
                    return Err(keep(context, &entry.slug, &text, failure, Some(&again)));
                }
                text = editor::edit(context, &text, ".md")?;
            }
            Err(failure) => {
                return Err(if arguments.from.is_none() {
                    let again = format!("kb edit {}", entry.slug);
                    keep(context, &entry.slug, &text, failure, Some(&again))
                } else {
                    failure
                });
            }
        }
    }
}

/// Parses the edited text. An error names its position as `NAME:LINE:COLUMN`.
fn draft(text: &str, kind: &Kind, name: &str) -> Result<Draft, Failure> {
    front_matter::read(text, kind)
        .map_err(|(line, column, why)| Failure::usage(format!("{name}:{line}:{column}: {why}")))
}

/// Saves a rejected text to a file beside the notebook, and adds a hint with its path; `again` is the
/// command that takes the file.
pub(super) fn keep(
    context: &Context,
    slug: &str,
    text: &str,
    failure: Failure,
    again: Option<&str>,
) -> Failure {
    for number in 1..1000 {
        let path = context
            .notebook_path()
            .with_file_name(format!("{slug}.unsaved-{number}.md"));
        if path.symlink_metadata().is_err() && context.write_file(&path, text.as_bytes()).is_ok() {
            let path = path.display().to_string();
            return failure.hint(match again {
                Some(again) => {
                    format!(
                        "your text is kept: {again} --from {}",
                        shell_words::quote(&path)
                    )
                }
                None => format!("your text is kept in {path}"),
            });
        }
    }
    // The text could not be saved to a file: print it.
    context.messages.line(text);
    failure
}
