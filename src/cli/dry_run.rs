//! The option `--dry-run`, which every verb that writes accepts.

use clap::Args;

use crate::store::WriteMode;

/// Whether a command only shows what it would do.
#[derive(Debug, Clone, Copy, Args, Default)]
pub(super) struct DryRun {
    /// Show what would change, and change nothing
    #[arg(long, short = 'n')]
    dry_run: bool,
}

impl DryRun {
    /// The write mode: with `--dry-run`, changes are rolled back instead of committed.
    pub(super) fn mode(self) -> WriteMode {
        if self.dry_run {
            WriteMode::DryRun
        } else {
            WriteMode::Commit
        }
    }

    /// Whether `--dry-run` was given.
    pub(super) fn is_given(self) -> bool {
        self.dry_run
    }
}
