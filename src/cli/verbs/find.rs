//! `kb find`: picks an entry interactively and prints its ref.

use clap::Args;

use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::pick;

/// Pick an entry as you type, and print its ref
///
/// Letters in order are enough (`spco` finds Sparse coding); if no name matches, words are searched
/// as `kb search` does. Arrow keys select, Enter prints the ref on standard output, Escape cancels.
/// Filters limit the entries that are offered. Verbs that need a ref (`kb show`, `kb edit`, …)
/// offer the same choice if none is given.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb find\n  kb show \"$(kb find kind:paper)\"\n  kb find sparse kind:goal"
)]
pub(crate) struct FindArguments {
    /// Words to begin with, and filters
    #[arg(value_name = "WORD|FILTER", add = complete::filters())]
    words: Vec<String>,
}

pub(crate) fn run(arguments: &FindArguments, context: &mut Context) -> Result<Exit, Failure> {
    if !context.interactive() {
        return Err(Failure::usage("picking needs a terminal").hint("kb search WORDS"));
    }
    let reference = pick::picked(&context.open()?, &arguments.words, context)?;
    context.data(&format!("{reference}\n"))?;
    Ok(Exit::Done)
}
