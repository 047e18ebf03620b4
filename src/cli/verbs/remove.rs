//! `kb remove`: removes entries.

use clap::Args;

use crate::cli::changes::{Refs, split, targets};
use crate::cli::complete;
use crate::cli::consent::Consent;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::pick;
use crate::notebook::IfMissing;
use crate::text::english::count;

/// Remove entries
///
/// Removes entries by ref, or all entries that match the filter after `where`. With a filter, kb
/// shows the entries first and asks on a terminal; elsewhere it needs `--yes`. `kb undo` restores
/// them. Without a ref, you pick one on a terminal.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb remove goal/sparse-coding\n  kb remove where kind:goal status:learnt --yes"
)]
pub(crate) struct RemoveArguments {
    /// Refs; or `where` and a filter
    #[arg(value_name = "REF", add = complete::refs())]
    words: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) fn run(arguments: &RemoveArguments, context: &mut Context) -> Result<Exit, Failure> {
    let (refs, filter) = split(&arguments.words, "where");
    if !refs.is_empty() && filter.is_some() {
        return Err(
            Failure::usage("name entries by ref, or `where` and a filter").hint("kb remove REF"),
        );
    }
    let refs = if filter.is_some() {
        Vec::new()
    } else {
        pick::given_some(refs, "remove REF", context)?
    };
    let targets = targets(context, &refs, filter, &arguments.consent, Refs::Exact)?;
    if targets.is_empty() {
        return Ok(Exit::Nothing);
    }
    let number = count(targets.len(), "entry", "entries");
    // What was picked is shown before it goes, as what a filter selects.
    let is_picked = filter.is_none() && arguments.words.is_empty();
    if (filter.is_some() || is_picked) && !arguments.consent.dry_run.is_given() {
        let lines: Vec<String> = targets
            .iter()
            .map(|target| format!("{}  {}", target.entry.reference(), target.entry.title))
            .collect();
        if !arguments.consent.given(context, &lines, "remove")? {
            return Ok(Exit::Usage);
        }
    }
    let removed = context
        .open_to_write(arguments.consent.dry_run.mode(), IfMissing::Fail)?
        .remove(&targets)?;
    for entry in &removed {
        context.data(&format!("{}\n", entry.reference()))?;
    }
    let what = if arguments.consent.dry_run.is_given() {
        "would remove"
    } else {
        "removed"
    };
    context
        .messages
        .chat(&format!("{what} {number}; `kb undo` brings it back"));
    Ok(Exit::Done)
}
