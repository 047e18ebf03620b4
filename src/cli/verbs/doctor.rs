//! `kb doctor`: checks, repairs and salvages the notebook.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use serde_json::Value as Json;

use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::locate::session;
use crate::cli::output::{OutputArguments, Rows};
use crate::cli::tracked::Tracked;
use crate::cli::upkeep::mend;
use crate::notebook::doctor::{Advice, Check, drop_shadows, salvage, shadows};
use crate::notebook::{IfMissing, Notebook};
use crate::store::{WriteMode, left_behind};
use crate::text::english::count;

/// The most findings of one sort that are listed.
const EXAMPLES: usize = 3;

/// Check the notebook: is the file sound, and what do the entries lack
///
/// Exit 0: the file is sound (what entries lack is advice). Exit 4: the file is damaged. `kb config
/// doctor.term.source off` silences a finding about the entries of a kind: a field that it wants, `links`
/// or `twice`.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb doctor\n  kb doctor --explain\n  kb doctor --fix")]
pub(crate) struct DoctorArguments {
    /// Say what each check means
    #[arg(long)]
    explain: bool,
    /// List every finding, instead of three of each sort
    #[arg(long)]
    all: bool,
    /// Rebuild the views and the search index; this loses no data
    #[arg(long)]
    fix: bool,
    /// Copy what can be read to a new notebook and list the rest
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "fix")]
    salvage: Option<PathBuf>,
    /// Show what `--fix` would do
    #[arg(long, short = 'n')]
    dry_run: bool,
    #[command(flatten)]
    output: OutputArguments,
}

pub(crate) fn run(arguments: &DoctorArguments, context: &mut Context) -> Result<Exit, Failure> {
    if let Some(to) = &arguments.salvage {
        return rescue(&context.environment.path(to), context);
    }
    if arguments.explain {
        for check in Check::ALL {
            context.data(&format!("{:8} {}\n", check.name(), check.meaning()))?;
        }
    }
    let views = shadows(&context.trusted_path()?)?;
    for (name, _) in &views {
        context.text(&format!(
            "file: kb did not make the view `{name}`, which stands in place of a table\n"
        ))?;
    }
    if !views.is_empty() {
        context.finish()?;
    }
    if arguments.fix {
        if arguments.dry_run {
            context
                .messages
                .say("would rebuild the views and the search index");
        } else {
            replace_shadows(context)?;
            let mut notebook = context.open_to_write(WriteMode::Commit, IfMissing::Fail)?;
            // First, so that none of these triggers runs with the changes that `mend` makes.
            drop_foreign(&mut notebook, context)?;
            mend(&mut notebook, context)?;
            context
                .messages
                .say("rebuilt the views and the search index");
        }
    }
    // After `--fix`: only what it could not repair is reported.
    let notebook = context.open()?;
    let mut advice = notebook.check()?;
    advice.extend(left_over(&notebook)?);
    let faults = advice.iter().filter(|found| found.fault).count();
    if arguments.output.is_given() {
        let mut rows = Rows::plain(
            &arguments.output,
            context,
            &["check", "message"],
            &["fault"],
            "finding",
        )?;
        for found in &advice {
            let cells = [
                ("check", Json::from(found.check.name())),
                ("message", Json::from(found.message.as_str())),
                ("fault", Json::from(found.fault)),
            ];
            rows.named(context, cells)?;
        }
        rows.end(context)?;
    } else {
        for (line, more) in grouped(&advice, arguments.all) {
            let more = match more {
                0 => String::new(),
                more => format!("; and {more} more like this: `kb doctor --all`"),
            };
            context.text(&format!("{line}{more}\n"))?;
        }
    }
    if faults > 0 {
        let failure = Failure::new(
            Exit::Unusable,
            format!("the file has {}", count(faults, "fault", "faults")),
        );
        // A command that fails does not print its pending output, so the findings are printed here.
        context.finish()?;
        return Err(failure
            .hint("kb doctor --fix")
            .hint("kb doctor --salvage NEW.db"));
    }
    context.messages.say(&format!(
        "the file is sound; {}",
        count(advice.len(), "piece of advice", "pieces of advice")
    ));
    Ok(Exit::Done)
}

/// The findings as lines. Of those that differ only in what they name, the first three are lines, and the
/// third comes with the number of the others; faults and all findings on demand are lines each.
fn grouped(advice: &[Advice], all: bool) -> Vec<(String, usize)> {
    // What a finding says, without what is between backticks.
    let sort = |found: &Advice| {
        let said: String = found.message.split('`').step_by(2).collect();
        (found.check.name(), said)
    };
    // By sort: the number of lines, and the last one.
    let mut seen: HashMap<(&str, String), (usize, usize)> = HashMap::new();
    let mut lines: Vec<(String, usize)> = Vec::new();
    for found in advice {
        let line = format!("{}: {}", found.check.name(), found.message);
        let (count, last) = seen.entry(sort(found)).or_default();
        if all || found.fault || *count < EXAMPLES {
            (*count, *last) = (*count + 1, lines.len());
            lines.push((line, 0));
        } else {
            lines[*last].1 += 1;
        }
    }
    lines
}

/// The temporary files of killed commands, beside the notebook and beside the files that it tracks.
fn left_over(notebook: &Notebook) -> Result<Vec<Advice>, Failure> {
    let tracked = Tracked::of(notebook);
    let mut folders: BTreeSet<PathBuf> = notebook
        .documents("")?
        .iter()
        .map(|file| tracked.path(&file.path))
        .chain([notebook.path().to_owned()])
        .filter_map(|path| path.parent().map(Path::to_owned))
        .collect();
    // A folder of notes was exported from its root, which may be above all of its notes.
    let above: Vec<PathBuf> = folders
        .iter()
        .filter_map(|folder| folder.parent().map(Path::to_owned))
        .collect();
    folders.extend(above);
    let found = folders.iter().flat_map(|folder| left_behind(folder));
    Ok(found
        .map(|path| Advice {
            check: Check::File,
            fault: false,
            message: format!(
                "`{}` was left behind by a command that was killed; the next command that writes there removes it",
                path.display()
            ),
        })
        .collect())
}

/// Copies what can be read to a new notebook, and prints the entries that are doubtful or lost.
fn rescue(to: &Path, context: &mut Context) -> Result<Exit, Failure> {
    let session = session(&context.environment, &context.config, WriteMode::Commit);
    let saved = salvage(&context.notebook_path(), to, &session.clock, &session.actor)?;
    for reference in &saved.doubtful {
        context.text(&format!(
            "doubtful: `{reference}` does not match its checksum\n"
        ))?;
    }
    for reference in &saved.lost {
        context.text(&format!("lost: `{reference}`\n"))?;
    }
    // Doubtful entries are copied, too.
    let total = saved.whole + saved.doubtful.len();
    context.messages.say(&format!(
        "saved {}, {} and {} to `{}`",
        count(total, "entry", "entries"),
        count(saved.pages, "page", "pages"),
        count(saved.settings, "setting", "settings"),
        to.display()
    ));
    if saved.restored > 0 {
        context.messages.say(&format!(
            "restored {} from the history, because the rows could not be read",
            count(saved.restored, "entry", "entries")
        ));
    }
    context.messages.say(&format!(
        "not copied: the history ({}), so that nothing before this can be undone",
        count(
            saved.operations,
            "readable operation",
            "readable operations"
        )
    ));
    if total == 0 {
        return Err(Failure::new(
            Exit::Nothing,
            "no entry could be read: tried the entries, their indexes and the history",
        )
        .hint("go back to a backup: `kb backup` makes one"));
    }
    Ok(if saved.doubtful.is_empty() && saved.lost.is_empty() {
        Exit::Done
    } else {
        Exit::Partly
    })
}

/// Drops the views in place of kb's tables, after writing their SQL to a file beside the notebook.
fn replace_shadows(context: &Context) -> Result<(), Failure> {
    let path = context.trusted_path()?;
    let views = shadows(&path)?;
    keep_sql("view", &views, &path, context)?;
    Ok(drop_shadows(&path, &views)?)
}

/// Drops the triggers that kb did not make, after writing their SQL to a file beside the notebook.
fn drop_foreign(notebook: &mut Notebook, context: &Context) -> Result<(), Failure> {
    let triggers = notebook.foreign_triggers()?;
    keep_sql("trigger", &triggers, notebook.path(), context)?;
    Ok(notebook.drop_triggers(&triggers)?)
}

/// Writes the SQL of objects that are about to be dropped to a file beside the notebook, and names
/// them. A file that an earlier repair wrote is kept.
fn keep_sql(
    object: &str,
    found: &[(String, String)],
    notebook: &Path,
    context: &Context,
) -> Result<(), Failure> {
    if found.is_empty() {
        return Ok(());
    }
    let numbered = (2..).map(|number| notebook.with_extension(format!("{object}s-{number}.sql")));
    let kept = std::iter::once(notebook.with_extension(format!("{object}s.sql")))
        .chain(numbered)
        .find(|path| path.symlink_metadata().is_err())
        .unwrap_or_default();
    let sql: Vec<String> = found.iter().map(|(_, sql)| format!("{sql};\n")).collect();
    context.write_file(&kept, sql.concat().as_bytes())?;
    for (name, _) in found {
        context.messages.say(&format!(
            "dropped the {object} `{name}`; its SQL is in `{}`",
            kept.display()
        ));
    }
    Ok(())
}
