//! `kb purge`: removes an entry or a field for good.

use clap::Args;

use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::dry_run::DryRun;
use crate::cli::failure::{Exit, Failure};
use crate::notebook::IfMissing;
use crate::store::Purge;
use crate::text::english::count;

/// Remove an entry or a field for good
///
/// Unlike `kb remove`, this cannot be undone: the values go from the entry, the history, the search
/// index, the attachments and the free space of the file. The history keeps that something was
/// there. Title, slug and required fields keep their present value and lose the former ones. An entry
/// that was removed already is named by its former ref. What kb cannot reach is listed: backups,
/// exports, other copies of the notebook.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb purge vae --dry-run\n  kb purge vae source --dry-run"
)]
pub(crate) struct PurgeArguments {
    /// The entry
    #[arg(value_name = "REF", add = complete::refs())]
    reference: String,
    /// Only this field
    #[arg(value_name = "FIELD")]
    field: Option<String>,
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    dry_run: DryRun,
}

pub(crate) fn run(arguments: &PurgeArguments, context: &mut Context) -> Result<Exit, Failure> {
    let notebook = context.open()?;
    let target = notebook.purge_target(&arguments.reference, arguments.field.as_deref())?;
    let name = target.entry.reference();
    let what = match &target.what {
        Purge::Entry => format!("`{name}`"),
        Purge::Field(field) => format!("`{field}` of `{name}`"),
        Purge::Former(fields) => format!("the former {} of `{name}`", fields.join(" and ")),
    };
    if !arguments.yes && !arguments.dry_run.is_given() {
        context.messages.say(&format!(
            "this removes {what} for good: it cannot be undone"
        ));
        if !context.interactive() {
            return Err(Failure::usage(format!("{what} would be gone for good"))
                .hint("add `--yes` to do it, or `--dry-run` to see it"));
        }
        if !context.messages.confirm("remove it for good?") {
            return Ok(Exit::Usage);
        }
    }
    let unreached = notebook.unreached(&target)?;
    drop(notebook);
    let mut notebook = context.open_to_write(arguments.dry_run.mode(), IfMissing::Fail)?;
    let (purged, uncleared) = notebook.purge(&target)?;
    let namesake = notebook.removed_namesake(&target)?;
    drop(notebook);
    let verb = if arguments.dry_run.is_given() {
        "would purge"
    } else {
        "purged"
    };
    context.messages.say(&format!(
        "{verb} {what}: {}, {}",
        count(purged.changes, "change", "changes"),
        count(purged.attachments, "attachment", "attachments")
    ));
    for name in &purged.elsewhere {
        context.messages.say(&match name.strip_prefix("setting/view.") {
            Some(view) => format!(
                "the saved filter `{view}` has some of it too, now or in its history\n  kb view remove {view} --purge"
            ),
            None => format!(
                "`{name}` has some of it too, now or in its history: `kb purge` it as well if it must go"
            ),
        });
    }
    if let Some(uid) = namesake {
        context.messages.say(&format!(
            "another entry was called `{name}` and was removed; its history stays\n  kb purge {uid}"
        ));
    }
    for page in &purged.pages {
        context.messages.say(&format!(
            "the history of the page `{page}` is gone with it: its earlier imports cannot be undone"
        ));
    }
    let beside = unreached.beside.iter();
    for (list, why) in [
        (
            beside.map(|path| path.display().to_string()).collect(),
            "is another file beside the notebook and may still have it",
        ),
        (
            unreached.documents,
            "was read or written by kb and may still have it",
        ),
        (unreached.linking, "links to it by name"),
    ] {
        for item in list {
            context.messages.say(&format!("`{item}` {why}"));
        }
    }
    if !target.entry.private {
        context.messages.say(
            "a site that was published may still have it: `kb publish` writes it again without it",
        );
    }
    context
        .messages
        .say("other copies of this notebook and files that other programs made are out of reach");
    match uncleared {
        None => Ok(Exit::Done),
        Some(error) => {
            context.messages.say(&format!(
                "the free space of the file could not be cleared and may still have it: {error}"
            ));
            context
                .messages
                .say("`kb doctor --fix` clears it when there is room");
            Ok(Exit::Partly)
        }
    }
}
