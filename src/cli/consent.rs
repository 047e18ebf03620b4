//! Confirmation of changes to many entries: lists them, then asks on a terminal; elsewhere `--yes`
//! is required.

use clap::Args;

use super::context::Context;
use super::dry_run::DryRun;
use super::failure::Failure;
use crate::text::english::count;

/// Options of commands that change many entries at once.
#[derive(Debug, Args, Default)]
pub(super) struct Consent {
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
    /// Allow a filter that says nothing and so selects every entry
    #[arg(long)]
    all: bool,
    /// Fail unless exactly this many entries match
    #[arg(long, value_name = "NUMBER")]
    expect: Option<usize>,
    #[command(flatten)]
    pub dry_run: DryRun,
}

/// Refuses another number of matching entries than the user expects.
pub(super) fn check_expected(expected: Option<usize>, found: usize) -> Result<(), Failure> {
    match expected {
        Some(expected) if expected != found => Err(Failure::usage(format!(
            "{} instead of {expected}: nothing was done",
            count(found, "entry matches", "entries match")
        ))
        .hint("`kb list` with the same filter shows them")),
        _ => Ok(()),
    }
}

/// The number of entries that are listed before the question.
const SHOWN: usize = 20;

impl Consent {
    /// Refuses another number of entries than `--expect` names.
    pub(super) fn check_expected(&self, found: usize) -> Result<(), Failure> {
        check_expected(self.expect, found)
    }

    /// Whether the filter may select every entry.
    pub(super) fn every_entry(&self) -> bool {
        self.all
    }

    /// Whether the user agreed in advance.
    pub(super) fn is_given(&self) -> bool {
        self.yes
    }

    /// Whether the user agrees to the change that `lines` describe; `verb` names it: `change`,
    /// `remove`. Without `--yes`, fails unless there is a terminal on which to ask.
    pub(super) fn given(
        &self,
        context: &Context,
        lines: &[String],
        verb: &str,
    ) -> Result<bool, Failure> {
        if self.is_given() || lines.is_empty() {
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
