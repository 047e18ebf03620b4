//! `kb merge`: merges two entries.

use clap::Args;

use crate::cli::changes::report;
use crate::cli::complete;
use crate::cli::consent::check_expected;
use crate::cli::context::Context;
use crate::cli::dry_run::DryRun;
use crate::cli::failure::{Exit, Failure};
use crate::notebook::IfMissing;

/// Merge two entries into one
///
/// The first entry gets what it lacks from the second: fields, topics, tags, names, and the body
/// after its own. The second entry is removed, and its refs lead to the first. Where the values
/// differ, the first entry keeps its own, and the value of the second is kept as left over (see `kb
/// show`). If one of them is private, the first entry becomes private. `kb doctor` lists likely duplicates. `kb undo` restores both.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb merge term/polysemantic-neuron term/residual-stream --dry-run\n  kb merge term/polysemantic-neuron term/residual-stream"
)]
pub(crate) struct MergeArguments {
    /// The entry to keep
    #[arg(value_name = "INTO", add = complete::refs())]
    into: String,
    /// The entry to merge into it and remove
    #[arg(value_name = "FROM", add = complete::refs())]
    from: String,
    /// Refuse unless the refs are this many entries
    #[arg(long, value_name = "NUMBER")]
    expect: Option<usize>,
    #[command(flatten)]
    dry_run: DryRun,
}

pub(crate) fn run(arguments: &MergeArguments, context: &mut Context) -> Result<Exit, Failure> {
    check_expected(arguments.expect, 2)?;
    let changed = context
        .open_to_write(arguments.dry_run.mode(), IfMissing::Fail)?
        .merge(&arguments.into, &arguments.from)?;
    let (before, after) = (&changed.before, &changed.after);
    if after.private && !before.private {
        let names = after
            .aliases
            .iter()
            .filter(|name| !before.aliases.contains(name));
        let named: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        let named = match named.is_empty() {
            true => String::new(),
            false => format!(", and is called {} too", named.join(", ")),
        };
        let becomes = match arguments.dry_run.is_given() {
            true => "would be private",
            false => "is private now",
        };
        context.messages.say(&format!(
            "{} {becomes}, as {} was{named}",
            after.reference(),
            arguments.from
        ));
    }
    report(context, &[changed], arguments.dry_run.mode())?;
    Ok(Exit::Done)
}
