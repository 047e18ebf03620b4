//! Options that every verb accepts.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

/// Options that every verb accepts.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// The notebook file
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub notebook: Option<PathBuf>,
    /// Say nothing but data and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN")]
    pub color: Option<ColourChoice>,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ColourChoice {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl std::fmt::Display for ColourChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ColourChoice::Auto => "auto",
            ColourChoice::Always => "always",
            ColourChoice::Never => "never",
        })
    }
}
