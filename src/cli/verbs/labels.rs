//! `kb topics` and `kb tags`: list, rename and merge labels.
//!
//! Both verbs do the same with another sort of label. A rename changes every entry that has the label in
//! one operation, so that one `kb undo` takes it back.

use clap::{Args, Subcommand};
use serde_json::Value as Json;

use crate::cli::context::Context;
use crate::cli::dry_run::DryRun;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{OutputArguments, Rows};
use crate::notebook::{IfMissing, Notebook};
use crate::store::Labels;
use crate::text::english::count;
use crate::text::fold::fold;
use crate::text::nearest::nearest;

/// List the topics, or rename and merge them in all entries
///
/// Lists each topic with the number of its entries. Renaming a topic takes the topics below it along:
/// `kb topics rename Vision "computer vision"` makes `computer vision/OCR` of `Vision/OCR`. Each change
/// is one step of `kb undo`.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb topics\n  kb topics rename Vision \"computer vision\"\n  kb topics merge Transformers Vision"
)]
pub(crate) struct TopicsArguments {
    #[command(subcommand)]
    change: Option<LabelChange>,
    #[command(flatten)]
    output: OutputArguments,
}

/// List the tags, or rename and merge them in all entries
///
/// Lists each tag with the number of its entries. Each change is one step of `kb undo`.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb tags\n  kb tags --json tag")]
pub(crate) struct TagsArguments {
    #[command(subcommand)]
    change: Option<LabelChange>,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Debug, Subcommand)]
enum LabelChange {
    /// Give it another name
    Rename(RenameLabel),
    /// Replace several by one
    Merge(MergeLabels),
}

#[derive(Debug, Args)]
struct RenameLabel {
    /// Its name now
    old: String,
    /// Its new name
    new: String,
    #[command(flatten)]
    dry_run: DryRun,
}

#[derive(Debug, Args)]
struct MergeLabels {
    /// The one that stays
    into: String,
    /// Those that it replaces
    #[arg(required = true)]
    from: Vec<String>,
    #[command(flatten)]
    dry_run: DryRun,
}

/// `kb topics`.
pub(crate) fn topics(arguments: &TopicsArguments, context: &mut Context) -> Result<Exit, Failure> {
    run(
        Labels::Topics,
        arguments.change.as_ref(),
        &arguments.output,
        context,
    )
}

/// `kb tags`.
pub(crate) fn tags(arguments: &TagsArguments, context: &mut Context) -> Result<Exit, Failure> {
    run(
        Labels::Tags,
        arguments.change.as_ref(),
        &arguments.output,
        context,
    )
}

/// Lists the labels of one sort, or changes them and prints the refs of the changed entries.
fn run(
    labels: Labels,
    change: Option<&LabelChange>,
    output: &OutputArguments,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let one = if labels == Labels::Topics {
        "topic"
    } else {
        "tag"
    };
    let (old, new, dry_run) = match change {
        None => {
            let counts = context.open()?.label_counts(labels)?;
            let mut rows = Rows::plain(output, context, &[one, "entries"], &[], one)?;
            for (name, entries) in counts {
                let cells = [(one, Json::from(name)), ("entries", Json::from(entries))];
                rows.named(context, cells)?;
            }
            rows.end(context)?;
            return Ok(Exit::Done);
        }
        Some(LabelChange::Rename(rename)) => (
            std::slice::from_ref(&rename.old),
            &rename.new,
            rename.dry_run,
        ),
        Some(LabelChange::Merge(merge)) => (&merge.from[..], &merge.into, merge.dry_run),
    };
    let mut notebook = context.open_to_write(dry_run.mode(), IfMissing::Fail)?;
    for name in old {
        check(&notebook, labels, one, name)?;
    }
    let changed = notebook.relabel(labels, old, new)?;
    let would = if dry_run.is_given() {
        "would change"
    } else {
        "changed"
    };
    for entry in &changed {
        context.text(&format!("{}\n", entry.reference()))?;
    }
    context.messages.say(&format!(
        "{would} {}",
        count(changed.len(), "entry", "entries")
    ));
    Ok(Exit::Done)
}

/// Refuses a name that no entry has, nor any label below it.
fn check(notebook: &Notebook, labels: Labels, one: &str, name: &str) -> Result<(), Failure> {
    let counts = notebook.label_counts(labels)?;
    let folded = fold(name);
    let is_known = |known: &str| {
        let known = fold(known);
        known == folded || known.starts_with(&format!("{folded}/"))
    };
    if counts.iter().any(|(known, _)| is_known(known)) {
        return Ok(());
    }
    let failure = Failure::new(Exit::Nothing, format!("no entry has the {one} `{name}`"));
    let known: Vec<&str> = counts.iter().map(|(known, _)| known.as_str()).collect();
    let near = nearest(name, known);
    Err(match near.first() {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(format!("kb {one}s")),
    })
}
