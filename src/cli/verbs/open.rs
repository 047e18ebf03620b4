//! `kb open`: opens what an entry is about in the program that the system has for it.
//!
//! The address comes from the notebook, which may come from somebody else. So it is one argument of a
//! program that the user's own configuration names, never part of a command line, and only the web is
//! opened.

use std::process::{Command, Stdio};

use clap::Args;

use crate::cli::complete;
use crate::cli::config::Key;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure, plain};
use crate::model::{Audience, FieldType, Kind};

/// Open the address of an entry: its URL, else its DOI or arXiv id
///
/// Runs the system's opener (`xdg-open`, `open` on macOS), or the program of the setting `opener`,
/// without a shell, and only for `http` and `https`; any other address is printed.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb open \"Toy Models\" --print")]
pub(crate) struct OpenArguments {
    /// The entry
    #[arg(value_name = "REF", add = complete::refs())]
    reference: String,
    /// Print the address only
    #[arg(long, short)]
    print: bool,
}

/// Opens or prints the first address that the entry has: a field of type url, then the address of
/// its DOI, then that of its arXiv id.
pub(crate) fn run(arguments: &OpenArguments, context: &mut Context) -> Result<Exit, Failure> {
    let notebook = context.open()?;
    let stored = notebook.find(&arguments.reference)?;
    let none = Kind::stand_in(&stored.entry.kind);
    let kind = notebook.kinds().get(&stored.entry.kind).unwrap_or(&none);
    let own = kind
        .fields
        .iter()
        .filter(|field| field.field_type == FieldType::Url);
    let url = own
        .filter_map(|field| stored.entry.value(&field.name))
        .flat_map(crate::model::Value::texts)
        .next()
        .or_else(|| Audience::Owner.identified_at(&stored.entry, kind));
    let reference = stored.entry.reference();
    let Some(url) = url else {
        return Err(
            Failure::new(Exit::Nothing, format!("`{reference}` has no address"))
                .hint(format!("kb set {reference} url=https://…")),
        );
    };
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    if arguments.print || !is_web {
        context.text(&format!("{url}\n"))?;
        return Ok(Exit::Done);
    }
    let configured = context
        .config
        .value(Key::Opener, &context.environment, None)
        .map(|(value, _)| value);
    let usual = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let opener = configured.unwrap_or_else(|| usual.to_owned());
    let words = shell_words::split(&opener)
        .map_err(|e| Failure::usage(format!("the opener `{opener}` cannot be read: {e}")))?;
    let Some((program, words)) = words.split_first() else {
        return Err(Failure::usage("the opener is empty").hint("export KB_OPENER=xdg-open"));
    };
    let mut command = Command::new(program);
    command
        .args(words)
        .arg(&url)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    match command.status() {
        Ok(status) if status.success() => {
            context.messages.chat(&format!("opened {url}"));
            Ok(Exit::Done)
        }
        Ok(status) => Err(
            Failure::usage(format!("the opener `{program}` ended with {status}"))
                .hint(format!("kb open {reference} --print")),
        ),
        Err(e) => Err(Failure::usage(format!(
            "the opener `{program}` cannot be run: {}",
            plain(&e)
        ))
        .hint(format!("kb open {reference} --print"))
        .hint("export KB_OPENER=PROGRAM")),
    }
}
