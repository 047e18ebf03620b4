//! `kb cite`: prints references or citation keys.

use clap::Args;

use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::pick;
use crate::format::bibliography;
use crate::format::reference::reference;
use crate::model::Audience;
use crate::notebook::NotebookError;
use crate::notebook::citation_keys::CitationKeys;

/// Print a reference to an entry, or its key for pandoc
///
/// Prints one line for each entry; with `--pandoc`, one citation of all of them, with the keys that
/// `kb export papers.bib` writes. Without a ref, you pick one on a terminal. Other styles: `kb
/// export papers.bib`, then `pandoc --citeproc`.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb cite an-image-is-worth-16x16-words\n  kb cite --pandoc an-image-is-worth-16x16-words deep-residual-learning-for-image-recognition"
)]
pub(crate) struct CiteArguments {
    /// The entries
    #[arg(value_name = "REF", add = complete::refs())]
    refs: Vec<String>,
    /// `[@key]`, as pandoc reads it in Markdown
    #[arg(long, short)]
    pandoc: bool,
}

pub(crate) fn run(arguments: &CiteArguments, context: &mut Context) -> Result<Exit, Failure> {
    let refs = pick::given_some(&arguments.refs, "cite REF", context)?;
    let notebook = context.open()?;
    let found = refs
        .iter()
        .map(|text| notebook.find(text))
        .collect::<Result<Vec<_>, _>>()?;
    if arguments.pandoc {
        let mut known = CitationKeys::new(&notebook, Audience::Owner);
        let keys = found.iter().map(|stored| {
            Ok(format!(
                "@{}",
                bibliography::pandoc_key(&known.of(&stored.entry)?)
            ))
        });
        let keys: Vec<String> = keys.collect::<Result<_, NotebookError>>()?;
        context.text(&format!("[{}]\n", keys.join("; ")))?;
        return Ok(Exit::Done);
    }
    for stored in &found {
        let kind = notebook.kind(&stored.entry.kind)?;
        context.text(&format!(
            "{}\n",
            reference(&stored.entry, kind, Audience::Owner)
        ))?;
    }
    Ok(Exit::Done)
}
