//! `kb jot`: adds a dated private line to an entry or to today, and lists such lines.

use clap::Args;
use serde_json::Value as Json;

use crate::cli::context::Context;
use crate::cli::dry_run::DryRun;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{OutputArguments, Rows};
use crate::model::Period;
use crate::notebook::IfMissing;

/// Jot down a dated line on an entry, or on today
///
/// The line goes into the private field `jots` of the entry, apart from its body, or, without a ref, into
/// the private entry of today. Nothing that is published has it. `-` as the text reads standard input.
/// `--list` shows the jots, newest first.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb jot vae \"finally saw why the KL term matters\"\n  kb jot \"read about sparse autoencoders on the train\"\n  kb jot --list --since 1w"
)]
pub(crate) struct JotArguments {
    /// A ref and the text; without a ref, the text alone
    #[arg(value_name = "REF|TEXT")]
    words: Vec<String>,
    /// List jots: of all entries, or of one
    #[arg(long)]
    list: bool,
    /// Only those since a day or an age, such as `1w`
    #[arg(long, value_name = "WHEN", requires = "list")]
    since: Option<String>,
    #[command(flatten)]
    dry_run: DryRun,
    #[command(flatten)]
    output: OutputArguments,
}

pub(crate) fn run(arguments: &JotArguments, context: &mut Context) -> Result<Exit, Failure> {
    if arguments.list {
        return list(arguments, context);
    }
    let (reference, text) = target(&arguments.words, context)?;
    let text = match text.as_str() {
        "-" => context.read_text(std::path::Path::new("-"))?,
        _ => text,
    };
    if text.trim().is_empty() {
        return Err(Failure::usage("nothing to jot down").hint("kb jot REF \"a line\""));
    }
    if arguments.dry_run.is_given() {
        let on = reference.unwrap_or_else(|| "today".to_owned());
        context.text(&format!("would jot on {on}: {}\n", text.trim()))?;
        return Ok(Exit::Done);
    }
    let mut notebook = context.open_to_write(arguments.dry_run.mode(), IfMissing::Create)?;
    let entry = notebook.jot(reference.as_deref(), &text)?;
    context.data(&format!("{}\n", entry.reference()))?;
    Ok(Exit::Done)
}

/// The ref and the text that the words are. The first word is a ref if an entry has it, and then it
/// needs a text.
fn target(words: &[String], context: &Context) -> Result<(Option<String>, String), Failure> {
    let Some((first, rest)) = words.split_first() else {
        return Err(Failure::usage("nothing to jot down").hint("kb jot REF \"a line\""));
    };
    let found = match context.open() {
        Ok(notebook) if !first.contains(' ') && first != "-" => Some(notebook.find(first)),
        _ => None,
    };
    match found {
        Some(Ok(_)) if rest.is_empty() => Err(Failure::usage(format!(
            "what is to be jotted down on `{first}`?"
        ))
        .hint(format!("kb jot {first} \"a line\""))),
        Some(Ok(stored)) => Ok((Some(stored.entry.reference()), rest.join(" "))),
        // `term/x` cannot be meant as a word, and neither can one before a quoted text.
        Some(Err(error))
            if !rest.is_empty()
                && (first.contains('/') || rest.len() == 1 && rest[0].contains(' ')) =>
        {
            Err(error.into())
        }
        _ => Ok((None, words.join(" "))),
    }
}

/// Lists jots.
fn list(arguments: &JotArguments, context: &mut Context) -> Result<Exit, Failure> {
    let notebook = context.open()?;
    let today = context.environment.clock().today;
    let since = arguments
        .since
        .as_ref()
        .map(|text| {
            let period = Period::of_age(text, today).or_else(|| Period::read(text, today).ok());
            period
                .map(|period| period.lower().to_owned())
                .ok_or_else(|| {
                    Failure::usage(format!("`{text}` is neither an age nor a day"))
                        .hint("kb jot --list --since 1w")
                })
        })
        .transpose()?;
    let reference = arguments.words.first().map(String::as_str);
    let jots = notebook.jots(reference, since.as_deref())?;
    let columns = ["date", "ref", "text"];
    let mut rows = Rows::plain(&arguments.output, context, &columns, &[], "jot")?;
    for jot in &jots {
        let cells = [
            ("date", &jot.date),
            ("ref", &jot.reference),
            ("text", &jot.text),
        ];
        rows.named(
            context,
            cells.map(|(name, text)| (name, Json::from(text.as_str()))),
        )?;
    }
    rows.end(context)?;
    if jots.is_empty() {
        context.messages.chat("no jots");
    }
    Ok(Exit::Done)
}
