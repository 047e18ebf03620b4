//! `kb copy`: puts a citation, a key or a link of an entry on the clipboard.
//!
//! The terminal does it, asked by the escape sequence OSC 52
//! (<https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>), so that it works over ssh too.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;

use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::pick;
use crate::format::page::holds_works;
use crate::format::reference::reference;
use crate::model::Audience;
use crate::notebook::citation_keys::CitationKeys;

/// Put a citation, a key or a link of an entry on the clipboard
///
/// Of a work its reference is copied, of any other entry its link `[[kind/slug]]`. The terminal must support
/// OSC 52. Without a terminal, use `--print`.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb copy attention-is-all-you-need --print\n  kb copy vae --link --print"
)]
pub(crate) struct CopyArguments {
    /// The entry
    #[arg(value_name = "REF", add = complete::refs())]
    reference: Option<String>,
    /// Its reference, as `kb cite` prints it
    #[arg(long, group = "what")]
    citation: bool,
    /// Its citation key
    #[arg(long, group = "what")]
    key: bool,
    /// Its link, as other entries write it
    #[arg(long, group = "what")]
    link: bool,
    /// Its address: URL, DOI or arXiv id
    #[arg(long, group = "what")]
    url: bool,
    /// Print it too
    #[arg(long, short)]
    print: bool,
}

pub(crate) fn run(arguments: &CopyArguments, context: &mut Context) -> Result<Exit, Failure> {
    let wanted = pick::given(arguments.reference.as_deref(), "copy REF", context)?;
    let notebook = context.open()?;
    let entry = notebook.find(&wanted)?.entry;
    let kind = notebook.kind(&entry.kind)?;
    let is_link = arguments.link || !(arguments.citation || holds_works(kind));
    let text = if arguments.key {
        CitationKeys::new(&notebook, Audience::Owner).of(&entry)?
    } else if arguments.url {
        Audience::Owner.address(&entry, kind).ok_or_else(|| {
            Failure::new(
                Exit::Nothing,
                format!("`{}` has no address", entry.reference()),
            )
        })?
    } else if is_link {
        format!("[[{}]]", entry.reference())
    } else {
        reference(&entry, kind, Audience::Owner)
    };
    if arguments.print {
        context.text(&format!("{text}\n"))?;
    }
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    if !is_terminal {
        return match arguments.print {
            true => Ok(Exit::Done),
            false => Err(
                Failure::usage("the clipboard is reached only through a terminal")
                    .hint(format!("kb copy {wanted} --print")),
            ),
        };
    }
    // The text is encoded, so that nothing in it reaches the terminal as a command.
    let sequence = format!("\u{1b}]52;c;{}\u{7}", STANDARD.encode(&text));
    std::io::stderr()
        .write_all(sequence.as_bytes())
        .map_err(|e| Failure::output(&e))?;
    context.messages.chat(&format!("copied `{text}`"));
    Ok(Exit::Done)
}
