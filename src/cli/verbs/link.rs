//! `kb link`: links an entry to others.

use clap::Args;

use crate::cli::changes::report;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::dry_run::DryRun;
use crate::cli::failure::{Exit, Failure};
use crate::cli::pick;
use crate::notebook::IfMissing;

/// Link an entry to others
///
/// Puts the refs into the field that the kind has for them (a term's `related`, a goal's
/// `resources`), or else as `[[ref]]` at the end of the body. In a body, `[[ref]]` and
/// `[[ref|words]]` are links too. On a terminal, you pick the entries that are not named.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb link vae term/sparse-coding\n  kb link goal/sparse-coding paper/attention-is-all-you-need"
)]
pub(crate) struct LinkArguments {
    /// The entry that links
    #[arg(value_name = "FROM", add = complete::refs())]
    from: Option<String>,
    /// The entries it links to
    #[arg(value_name = "TO", add = complete::refs())]
    to: Vec<String>,
    #[command(flatten)]
    dry_run: DryRun,
}

pub(crate) fn run(arguments: &LinkArguments, context: &mut Context) -> Result<Exit, Failure> {
    let from = pick::given(arguments.from.as_deref(), "link FROM TO", context)?;
    let to = pick::given_some(&arguments.to, "link FROM TO", context)?;
    let changed = context
        .open_to_write(arguments.dry_run.mode(), IfMissing::Fail)?
        .link(&from, &to)?;
    report(context, changed.as_slice(), arguments.dry_run.mode())?;
    Ok(Exit::Done)
}
