//! `kb fetch`: fills missing fields from the web.

use clap::Args;

use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::progress::Progress;
use crate::cli::reach::{Reach, ask, resolver};
use crate::notebook::IfMissing;
use crate::notebook::capture::wanted_for;
use crate::store::WriteMode;
use crate::text::english::count;

/// Fill missing fields from the web
///
/// Looks up the DOI or arXiv id at doi.org, else reads the head of the page at the address. Only
/// empty fields are filled, and titles that are only an identifier. Lookups that fail are listed,
/// and the rest is done (exit 3). This verb and `kb add --fetch` are the only ones that use a
/// network.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb fetch papers has:doi -has:authors\n  kb fetch papers -has:authors --dry-run"
)]
pub(crate) struct FetchArguments {
    /// Filters
    #[arg(value_name = "FILTER", required = true, add = complete::filters())]
    filter: Vec<String>,
    #[command(flatten)]
    reach: Reach,
    /// Show the addresses that would be requested, and request none
    #[arg(long, short = 'n')]
    dry_run: bool,
}

pub(crate) fn run(arguments: &FetchArguments, context: &mut Context) -> Result<Exit, Failure> {
    let mode = if arguments.dry_run {
        WriteMode::DryRun
    } else {
        WriteMode::Commit
    };
    let mut notebook = context.open_to_write(mode, IfMissing::Fail)?;
    let targets = notebook.targets(&arguments.filter)?;
    let mut progress = Progress::of_entries("fetching", context);
    let (mut found, mut failed, mut asked) = (Vec::new(), 0, 0);
    let total = targets.len() as u64;
    for (number, target) in (0..).zip(targets) {
        progress.at(number, total);
        let Some(kind) = notebook.kinds().get(&target.entry.kind).cloned() else {
            continue;
        };
        let wanted = wanted_for(&kind, &target.entry);
        if wanted.is_empty() {
            continue;
        }
        asked += 1;
        let reference = target.entry.reference();
        if arguments.dry_run {
            context.text(&format!(
                "{reference}\t{}\n",
                wanted[0].address(&resolver(context))
            ))?;
            continue;
        }
        match ask(&wanted, &kind, &notebook, &arguments.reach, context) {
            Ok((draft, unfit)) => {
                if !unfit.is_empty() {
                    failed += 1;
                    context
                        .messages
                        .line(&format!("{reference}: {}", unfit.join("; ")));
                }
                found.push((target, draft));
            }
            Err(why) => {
                failed += 1;
                context.messages.line(&format!("{reference}: {why}"));
            }
        }
    }
    progress.end();
    if arguments.dry_run {
        context.messages.say(&format!(
            "would ask for {}",
            count(asked, "entry", "entries")
        ));
        return Ok(Exit::Done);
    }
    let changed = notebook.complete(&found)?;
    for entry in &changed {
        context.text(&format!("{}\t{}\n", entry.reference(), entry.title))?;
    }
    context.messages.say(&format!(
        "{} completed, {} had nothing new, {failed} failed",
        count(changed.len(), "entry", "entries"),
        found.len() - changed.len()
    ));
    Ok(if failed == 0 {
        Exit::Done
    } else {
        Exit::Partly
    })
}
