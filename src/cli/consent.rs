//! Consent to a change of many entries: shown first, asked for on a terminal, `--yes` elsewhere.

use clap::Args;

use super::context::Context;
use super::dry_run::DryRun;
use super::failure::Failure;
use crate::text::english::count;

/// Options of commands that change many entries at once.
#[derive(Debug, Args)]
pub(super) struct Consent {
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    pub dry_run: DryRun,
}

/// Most entries that are shown before the question.
const SHOWN: usize = 20;

impl Consent {
    /// Whether what the lines show may be done; `verb` says what: `change`, `remove`.
    pub(super) fn given(
        &self,
        context: &Context,
        lines: &[String],
        verb: &str,
    ) -> Result<bool, Failure> {
        if self.yes || lines.is_empty() {
            return Ok(true);
        }
        for line in lines.iter().take(SHOWN) {
            context.messages.line(line);
        }
        let number = count(lines.len(), "entry", "entries");
        if !context.interactive() {
            return Err(Failure::usage(format!("this would {verb} {number}"))
                .hint("add `--yes` to do it, or `--dry-run` to see it"));
        }
        Ok(context.messages.confirm(&format!("{verb} {number}?")))
    }
}
