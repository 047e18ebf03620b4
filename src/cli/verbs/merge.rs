//! `kb merge`

use clap::Args;

use crate::cli::changes::report;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::dry_run::DryRun;
use crate::cli::failure::{Exit, Failure};
use crate::notebook::IfMissing;

/// Make two entries one
///
/// The first entry gets what it lacks from the second: fields, topics, tags, names, and the body behind its own. Then the second is gone, and
/// its refs lead to the first. Where both say different things the first stays as it is; what the second said is kept beside it (`kb show`
/// lists it as left over). `kb doctor` lists entries that are likely to be the same. `kb undo` brings both back.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb merge term/polysemantic-neuron term/residual-stream --dry-run\n  kb merge term/polysemantic-neuron term/residual-stream"
)]
pub(crate) struct MergeArguments {
    /// The entry that stays
    #[arg(value_name = "INTO", add = complete::refs())]
    into: String,
    /// The entry that goes into it
    #[arg(value_name = "FROM", add = complete::refs())]
    from: String,
    #[command(flatten)]
    dry_run: DryRun,
}

pub(crate) fn run(arguments: &MergeArguments, context: &mut Context) -> Result<Exit, Failure> {
    let changed = context
        .open_to_write(arguments.dry_run.mode(), IfMissing::Fail)?
        .merge(&arguments.into, &arguments.from)?;
    report(context, &[changed], arguments.dry_run.mode())?;
    Ok(Exit::Done)
}
