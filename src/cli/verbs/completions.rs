//! `kb completions`: prints a completion script.

use clap::{Args, ValueEnum};
use clap_complete::env::Shells;

use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};

/// Print the completion script of a shell
///
/// The script calls `kb`, which completes refs, topics, tags, fields and choices from the notebook.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb completions bash\n  kb completions fish")]
pub(crate) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

/// A shell that has a completion script.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Shell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
}

/// The script for bash; that of `clap_complete` neither quotes nor knows words with `:`.
const BASH: &str = include_str!("../../../data/completions/kb.bash");

pub(crate) fn run(
    arguments: &CompletionsArguments,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let name = match arguments.shell {
        Shell::Bash => return context.data(BASH).map(|()| Exit::Done),
        Shell::Zsh => "zsh",
        Shell::Fish => "fish",
        Shell::Powershell => "powershell",
    };
    let shells = Shells::builtins();
    let completer = shells
        .completer(name)
        .ok_or_else(|| Failure::usage(format!("no completions for `{name}`")))?;
    let mut script = Vec::new();
    completer.write_registration("COMPLETE", "kb", "kb", "kb", &mut script)?;
    context.data(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
