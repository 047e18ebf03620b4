//! `kb man`: prints a manual page.

use clap::{Args, Command};
use clap_mangen::Man;

use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};

/// Print the manual page, of kb or of a verb
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb man\n  kb man list")]
pub(crate) struct ManArguments {
    /// The verb
    verb: Option<String>,
}

pub(crate) fn run(
    arguments: &ManArguments,
    mut root: Command,
    context: &mut Context,
) -> Result<Exit, Failure> {
    root.build();
    let page = match &arguments.verb {
        Some(verb) => root
            .find_subcommand(verb)
            .cloned()
            .ok_or_else(|| Failure::usage(format!("no verb `{verb}`")).hint("kb --help"))?,
        None => root,
    };
    let mut text = Vec::new();
    Man::new(page).render(&mut text)?;
    context.data(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
