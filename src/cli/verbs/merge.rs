//! `kb merge`

use clap::Args;

use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};

/// Make two entries one
///
/// The first entry gets what it lacks from the second: fields, topics, tags, names, and the body behind its own. Then the second is gone, and
/// its refs lead to the first. Where both say different things the first stays as it is; what the second said is kept beside it (`kb show`
/// lists it as left over). `kb doctor` lists entries that are likely to be the same. `kb undo` brings both back.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb merge term/polysemantic-neuron term/residual-stream --dry-run\n  kb merge term/polysemantic-neuron term/residual-stream"
)]
pub struct Arguments {
    /// The entry that stays
    #[arg(value_name = "INTO", add = complete::refs())]
    into: String,
    /// The entry that goes into it
    #[arg(value_name = "FROM", add = complete::refs())]
    from: String,
    /// Show what would change
    #[arg(long, short = 'n')]
    dry_run: bool,
}

pub fn run(arguments: &Arguments, context: &mut Context) -> Result<Exit, Failure> {
    let changed = context.open_to_write(arguments.dry_run, false)?.merge(&arguments.into, &arguments.from)?;
    super::set::report(context, &[changed], arguments.dry_run)?;
    Ok(Exit::Done)
}
