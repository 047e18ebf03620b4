//! `kb kind`: manages the kinds of entries.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use serde_json::{Map, Value as Json, json};

use crate::cli::changes::say_broken_filters;
use crate::cli::complete;
use crate::cli::context::{Context, named};
use crate::cli::dry_run::DryRun;
use crate::cli::editor;
use crate::cli::failure::{Exit, Failure};
use crate::cli::messages::MessageKind;
use crate::cli::output::{OutputArguments, Rows};
use crate::model::Query;
use crate::notebook::IfMissing;
use crate::notebook::kinds::KindRemoval;
use crate::text::english::count;

/// Declare, show and change kinds of entries
///
/// A kind is a small TOML file (`kb help kinds`) that is kept inside the notebook. `kb kind show
/// paper` prints one to start from.
#[derive(Debug, Subcommand)]
pub(crate) enum KindVerb {
    /// Add a kind from a file
    Add(AddKind),
    /// List the kinds
    List(OutputArguments),
    /// Print the definition of a kind
    Show(KindName),
    /// Change a kind in your editor, or from a file
    Edit(EditKind),
    /// Remove a kind
    Remove(RemoveKind),
}

/// Arguments of `kb kind add`.
#[derive(Debug, Args)]
pub(crate) struct AddKind {
    /// The definition in TOML; `-` is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
    #[command(flatten)]
    dry_run: DryRun,
}

/// Arguments of `kb kind show`.
#[derive(Debug, Args)]
pub(crate) struct KindName {
    /// The kind
    #[arg(add = complete::kinds())]
    name: String,
}

/// Arguments of `kb kind edit`.
#[derive(Debug, Args)]
pub(crate) struct EditKind {
    /// The kind
    #[arg(add = complete::kinds())]
    name: String,
    /// The new definition instead of the editor; `-` is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
    #[command(flatten)]
    dry_run: DryRun,
}

/// Arguments of `kb kind remove`.
#[derive(Debug, Args)]
pub(crate) struct RemoveKind {
    /// The kind
    #[arg(add = complete::kinds())]
    name: String,
    /// Remove its entries too
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    dry_run: DryRun,
}

pub(crate) fn run(verb: KindVerb, context: &mut Context) -> Result<Exit, Failure> {
    match verb {
        KindVerb::Add(file) => {
            let toml = context.read_text(&file.file)?;
            let kind = context
                .open_to_write(file.dry_run.mode(), IfMissing::Create)?
                .add_kind(&toml)
                .map_err(|error| Failure::from(error).in_file(&named(&file.file)))?;
            context.data(&format!("{}\n", kind.name))?;
            context.messages.chat(&format!(
                "added the kind `{}`; try `kb add {} --help`",
                kind.name, kind.name
            ));
        }
        KindVerb::List(output) => list(&output, context)?,
        KindVerb::Show(name) => {
            let definition = context.open()?.definition(&name.name)?;
            context.text(&definition)?;
        }
        KindVerb::Edit(edit) => {
            let before = context.open()?.definition(&edit.name)?;
            let toml = match &edit.file {
                Some(file) => context.read_text(file)?,
                None => editor::edit(context, &before, ".toml")?,
            };
            let mut notebook = context.open_to_write(edit.dry_run.mode(), IfMissing::Fail)?;
            let change = notebook.edit_kind(&edit.name, &toml).map_err(|error| {
                let failure = Failure::from(error);
                match &edit.file {
                    None => keep(context, &edit.name, &toml, failure),
                    Some(file) => failure.in_file(&named(file)),
                }
            })?;
            say_broken_filters(&notebook, context)?;
            for (field, had) in &change.left_over {
                context.messages.say(&format!(
                    "{} a value of `{field}`, kept as left over",
                    count(*had, "entry had", "entries had")
                ));
            }
            context.messages.chat(&format!(
                "changed the kind `{}` with {}",
                edit.name,
                count(change.entries, "entry", "entries")
            ));
        }
        KindVerb::Remove(remove) => {
            let removal = if remove.yes {
                KindRemoval::WithEntries
            } else {
                KindRemoval::IfEmpty
            };
            let mut notebook = context.open_to_write(remove.dry_run.mode(), IfMissing::Fail)?;
            let gone = notebook.remove_kind(&remove.name, removal)?;
            say_broken_filters(&notebook, context)?;
            context.messages.chat(&format!(
                "removed the kind `{}` with {}; `kb undo` brings it back",
                remove.name,
                count(gone, "entry", "entries")
            ));
        }
    }
    Ok(Exit::Done)
}

/// Prints the kinds with their number of entries, and a warning for each definition that cannot be
/// read.
fn list(output: &OutputArguments, context: &mut Context) -> Result<(), Failure> {
    let notebook = context.open()?;
    let columns = ["kind", "plural", "entries", "summary"];
    let mut rows = Rows::plain(output, context, &columns, &["private", "fields"], "kind")?;
    for kind in notebook.kinds().iter() {
        let entries = notebook.count(&Query::Kind(vec![kind.name.clone()]))?;
        let fields: Vec<&String> = kind.fields.iter().map(|field| &field.name).collect();
        let row = json!({"kind": kind.name, "plural": kind.plural, "entries": entries, "summary": kind.summary, "private": kind.private, "fields": fields});
        let row = if let Json::Object(map) = row {
            map
        } else {
            Map::new()
        };
        rows.map(context, &row)?;
    }
    rows.end(context)?;
    for (name, why) in notebook.kinds().broken() {
        context.messages.label(
            MessageKind::Warning,
            &format!("kind `{name}` cannot be read: {why}"),
        );
    }
    Ok(())
}

/// Saves a rejected definition to a file beside the notebook, and adds a hint with its path.
fn keep(context: &Context, name: &str, toml: &str, failure: Failure) -> Failure {
    let path = context
        .notebook_path()
        .with_file_name(format!("{name}.unsaved.toml"));
    match context.write_file(&path, toml.as_bytes()) {
        Ok(()) => failure.hint(format!(
            "your text is kept: kb kind edit {name} {}",
            shell_words::quote(&path.display().to_string())
        )),
        Err(_) => {
            context.messages.line(toml);
            failure
        }
    }
}
