//! `kb add`

use std::path::Path;

use clap::{ArgMatches, Args};

use crate::cli::args::GUARD;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::model::{Draft, Kind};

/// Add an entry
///
/// One line adds an entry: its kind, a title, and whatever is known already. `-` as the body reads standard
/// input. The new ref is printed. `kb add KIND --help` lists the fields of a kind.
#[derive(Debug, Args)]
#[command(
    disable_help_subcommand = true,
    before_long_help = "Examples:\n  kb add paper \"Attention is all you need\" --author \"Vaswani, Ashish\" --year 2017 --topic Transformers\n  kb add term \"Variational auto-encoder (VAE)\" \"An autoencoder whose encodings are regularised\"\n  kb add goal \"Sparse coding\" --topic Interpretability --status want\n  echo \"long notes\" | kb add meeting \"Meeting with an eval researcher\" -"
)]
pub struct Arguments {}

pub fn run(matches: &ArgMatches, context: &mut Context) -> Result<Exit, Failure> {
    let Some((name, given)) = matches.subcommand_matches("add").and_then(ArgMatches::subcommand) else {
        return Err(Failure::usage("no kind was named").hint("kb add --help"));
    };
    let rehearse = given.get_flag("dry-run");
    let mut notebook = context.open_to_write(rehearse, true)?;
    let kind = notebook.kind(name)?.clone();
    let draft = draft(&kind, given, context)?;
    let entry = notebook.add(&kind.name, &draft)?;
    context.data(&format!("{}\n", entry.reference()))?;
    let what = if rehearse { "would add" } else { "added" };
    context.chat(&format!("{what} the {} `{}`", kind.name, entry.title));
    Ok(Exit::Done)
}

fn draft(kind: &Kind, given: &ArgMatches, context: &Context) -> Result<Draft, Failure> {
    let mut draft = Draft::of(&kind.name);
    let texts =
        |name: &str| -> Option<Vec<String>> { given.try_get_many::<String>(name).ok().flatten().map(|texts| texts.map(|text| unguarded(text)).collect()) };
    let own = kind.fields.iter().map(|field| field.name.as_str());
    for name in ["title", "topics", "tags", "aliases", "slug", "position"].into_iter().chain(own) {
        if let Some(texts) = texts(name) {
            draft.set_many(name, texts);
        }
    }
    if kind.year_field().is_some()
        && let Some(year) = texts("year")
    {
        draft.set_many("year", year);
    }
    if let Some(body) = given.get_one::<String>("body") {
        let body = if body == "-" { context.read_text(Path::new("-"))? } else { unguarded(body) };
        draft.set("body", body);
    }
    for (flag, private) in [("private", "yes"), ("public", "no")] {
        if given.get_flag(flag) {
            draft.set("private", private);
        }
    }
    Ok(draft)
}

fn unguarded(text: &str) -> String {
    text.strip_prefix(GUARD).unwrap_or(text).to_owned()
}
