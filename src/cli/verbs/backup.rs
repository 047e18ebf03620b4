//! `kb backup`: copies the notebook.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use crate::cli::context::Context;
use crate::cli::dry_run::DryRun;
use crate::cli::failure::{Exit, Failure};
use crate::cli::locate::session;
use crate::model::Query;
use crate::notebook::Notebook;
use crate::store::WriteMode;
use crate::text::english::count;
use crate::text::shell;

/// Copy the notebook to a new file, or put a copy back
///
/// Makes a consistent copy, even while other commands write. Without a file, the copy is placed
/// next to the notebook, with the time in its name. Never replaces a file. `--restore` makes the
/// notebook what a copy is; what was there is copied first, and the path of that copy is printed.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb backup\n  kb backup copy.db\n  kb backup --restore copy.db"
)]
pub(crate) struct BackupArguments {
    /// The copy
    #[arg(value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// Put this copy back
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "file")]
    restore: Option<PathBuf>,
    #[command(flatten)]
    dry_run: DryRun,
}

pub(crate) fn run(arguments: &BackupArguments, context: &mut Context) -> Result<Exit, Failure> {
    let own = context.trusted_path()?;
    let now = context.environment.clock().now;
    let stamp = now.format("%Y%m%dT%H%M%SZ").to_string();
    // Two in one second have a number.
    let numbered = (2..).map(|number| format!("{stamp}-{number}.db"));
    let mut names = std::iter::once(format!("{stamp}.db")).chain(numbered);
    let free = names.find(|name| !own.with_extension(name).exists());
    let beside = own.with_extension(free.unwrap_or_default());
    if let Some(from) = &arguments.restore {
        return restore(&own, from, &beside, arguments.dry_run, context);
    }
    let path = match &arguments.file {
        Some(path) => context.environment.path(path),
        None => beside,
    };
    if !arguments.dry_run.is_given() {
        context.open()?.back_up(&path)?;
        context.environment.effects.commit();
    }
    context.text(&format!("{}\n", path.display()))?;
    Ok(Exit::Done)
}

/// Puts a copy back, after what is there was copied.
fn restore(
    own: &Path,
    from: &Path,
    beside: &Path,
    dry_run: DryRun,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let path = context.environment.path(from);
    if path
        .canonicalize()
        .is_ok_and(|path| own.canonicalize().is_ok_and(|own| own == path))
    {
        return Err(Failure::usage(format!(
            "`{}` is the notebook itself",
            from.display()
        )));
    }
    if !path.is_file() {
        return Err(Failure::new(
            Exit::Unusable,
            format!("`{}` is not a file", from.display()),
        ));
    }
    let session = session(&context.environment, &context.config, WriteMode::Commit);
    let entries = Notebook::open(&path, session)?.count(&Query::All)?;
    let is_new = !own.exists();
    if !dry_run.is_given() {
        if let Some(folder) = own.parent() {
            std::fs::create_dir_all(folder).map_err(|e| Failure::file(folder, &e))?;
        }
        Notebook::restore(own, &path, beside)?;
        context.environment.effects.commit();
    }
    let is = if dry_run.is_given() { "would be" } else { "is" };
    context.messages.say(&format!(
        "the notebook {is} `{}`, with {}",
        from.display(),
        count(entries, "entry", "entries")
    ));
    if !is_new && !dry_run.is_given() {
        let aside = beside.display().to_string();
        context.messages.say(&format!(
            "what was there is a copy; `kb undo` does not put it back\n  kb backup --restore {}",
            shell::command_line([aside.as_str()])
        ));
        context.text(&format!("{aside}\n"))?;
    }
    Ok(Exit::Done)
}
