//! `kb completions`: prints a completion script.

use clap::{Args, ValueEnum};
use clap_complete::env::{EnvCompleter, Powershell};

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

/// The scripts of kb for shells that break words or quote them: those of `clap_complete` do not.
const BASH: &str = include_str!("../../../data/completions/kb.bash");
const ZSH: &str = include_str!("../../../data/completions/kb.zsh");
const FISH: &str = include_str!("../../../data/completions/kb.fish");

pub(crate) fn run(
    arguments: &CompletionsArguments,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let script = match arguments.shell {
        Shell::Bash => BASH.to_owned(),
        Shell::Zsh => ZSH.to_owned(),
        Shell::Fish => FISH.to_owned(),
        Shell::Powershell => {
            let mut script = Vec::new();
            Powershell.write_registration("COMPLETE", "kb", "kb", "kb", &mut script)?;
            String::from_utf8_lossy(&script).into_owned()
        }
    };
    context.data(&script)?;
    Ok(Exit::Done)
}
