//! `kb find`: picks an entry interactively and prints its ref.

use clap::Args;
use console::{Key, Term};

use super::edit::{self, EditArguments};
use super::open::{self, OpenArguments};
use super::set::{self, SetArguments};
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::pick::{self, Wish};
use crate::cli::terminal;
use crate::model::FieldType;

/// Pick an entry as you type, and print its ref
///
/// Letters in order are enough (`spco` finds Sparse coding); if no name matches, words are searched
/// as `kb search` does. Arrow keys select, TAB marks several, Enter prints the refs on standard output,
/// Escape cancels. Ctrl-O opens the entries, Ctrl-X edits them, Ctrl-T sets their status. A terminal of
/// 100 columns or more shows the selected entry beside the names. Filters limit the entries that are offered. Verbs that need a ref (`kb show`, `kb edit`, …)
/// offer the same choice if none is given.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb find\n  kb show \"$(kb find kind:paper)\"\n  kb find sparse kind:goal"
)]
pub(crate) struct FindArguments {
    /// Words to begin with, and filters
    #[arg(value_name = "WORD|FILTER", add = complete::filters())]
    words: Vec<String>,
}

pub(crate) fn run(arguments: &FindArguments, context: &mut Context) -> Result<Exit, Failure> {
    if !context.interactive() {
        return Err(Failure::usage("picking needs a terminal").hint("kb search WORDS"));
    }
    let (references, wish) = pick::picked(&context.open()?, &arguments.words, context)?;
    match wish {
        Wish::Refs => {
            for reference in references {
                context.data(&format!("{reference}\n"))?;
            }
        }
        Wish::Open => {
            for reference in references {
                open::run(&OpenArguments::of(reference), context)?;
            }
        }
        Wish::Edit => {
            for reference in references {
                edit::run(&EditArguments::of(reference), context)?;
            }
        }
        Wish::SetStatus => return set_status(&references, context),
    }
    Ok(Exit::Done)
}

/// Sets the first field of choices of entries of one kind to the choice that the user types.
fn set_status(references: &[String], context: &mut Context) -> Result<Exit, Failure> {
    let notebook = context.open()?;
    let mut entries = Vec::new();
    for reference in references {
        entries.push(notebook.find_exactly(reference)?.entry);
    }
    let kind = &entries[0].kind;
    if let Some(other) = entries.iter().find(|entry| entry.kind != *kind) {
        return Err(Failure::usage(format!(
            "{} is not of the kind {kind}: mark entries of one kind",
            other.reference()
        )));
    }
    let declared = notebook.kinds().get(kind);
    let Some(field) = declared.and_then(|kind| kind.first(FieldType::Choice)) else {
        return Err(Failure::usage(format!("{kind} has no status")).hint("kb kind show KIND"));
    };
    let choices = field.choices.iter().take(9).enumerate();
    let offered: Vec<String> = choices
        .map(|(at, choice)| format!("{} {choice}", at + 1))
        .collect();
    let term = Term::stderr();
    term.write_str(&format!("{}: {} ", field.name, offered.join("  ")))?;
    let settings = terminal::key_by_key();
    let key = term.read_key_raw()?;
    drop(settings);
    term.write_str("\n")?;
    let typed = match key {
        Key::Char(c) => c
            .to_digit(10)
            .and_then(|digit| (digit as usize).checked_sub(1))
            .and_then(|at| field.choices.get(at)),
        _ => None,
    };
    let Some(choice) = typed else {
        return Err(Failure::new(Exit::Nothing, "nothing was set"));
    };
    let words = references.iter().cloned();
    let words = words.chain([format!("{}={choice}", field.name)]).collect();
    drop(notebook);
    set::run(&SetArguments::of(words), context)
}
