//! `kb link`

use clap::Args;

use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::pick;

/// Link an entry to others
///
/// Puts the refs into the field that the kind has for them (a term's `related`, a goal's `resources`), or else
/// as `[[ref]]` at the end of the body. In a body, `[[ref]]` and `[[ref|words]]` are links too. What is not
/// named is picked on a terminal.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb link vae term/sparse-coding\n  kb link goal/sparse-coding paper/attention-is-all-you-need")]
pub struct Arguments {
    /// The entry that links
    #[arg(value_name = "FROM", add = complete::refs())]
    from: Option<String>,
    /// The entries it links to
    #[arg(value_name = "TO", add = complete::refs())]
    to: Vec<String>,
    /// Show what would change
    #[arg(long, short = 'n')]
    dry_run: bool,
}

pub fn run(arguments: &Arguments, context: &mut Context) -> Result<Exit, Failure> {
    let from = pick::given(arguments.from.as_deref(), "link FROM TO", context)?;
    let to = pick::given_some(&arguments.to, "link FROM TO", context)?;
    let changed = context.open_to_write(arguments.dry_run, false)?.link(&from, &to)?;
    super::set::report(context, changed.as_slice(), arguments.dry_run)?;
    Ok(Exit::Done)
}
