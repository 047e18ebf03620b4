//! `kb inbox`: lists what was noted in passing, and files it under kinds.
//!
//! Each key is a command of its own: what was filed stays filed if the rest is left for another day.

use clap::Args;
use console::{Key, Term};
use serde_json::Value as Json;

use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{OutputArguments, Rows};
use crate::cli::terminal::{self, HEADING};
use crate::model::{Entry, Kinds};
use crate::notebook::{IfMissing, Notebook};
use crate::store::WriteMode;
use crate::text::visible::visible;

/// File what is in the inbox
///
/// `kb add "several words"` puts them into the inbox, which is private. On a terminal, `kb inbox` shows one
/// after another, and one key files it under a kind, removes it or leaves it. Elsewhere it lists them;
/// `kb inbox REF KIND` files one. The filed entry is as public as entries of its kind are.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb inbox\n  kb inbox inbox/superposition-in-toy-models goal"
)]
pub(crate) struct InboxArguments {
    /// What to file
    #[arg(value_name = "REF", requires = "kind", add = complete::refs())]
    reference: Option<String>,
    /// The kind that it gets
    #[arg(value_name = "KIND", add = complete::kinds())]
    kind: Option<String>,
    #[command(flatten)]
    output: OutputArguments,
}

pub(crate) fn run(arguments: &InboxArguments, context: &mut Context) -> Result<Exit, Failure> {
    if let (Some(reference), Some(kind)) = (&arguments.reference, &arguments.kind) {
        let reference = match reference.contains('/') {
            true => reference.clone(),
            false => format!("inbox/{reference}"),
        };
        if !reference.starts_with("inbox/") {
            return Err(
                Failure::usage(format!("`{reference}` is not in the inbox")).hint("kb inbox")
            );
        }
        let mut notebook = context.open_to_write(WriteMode::Commit, IfMissing::Fail)?;
        let entry = notebook.file(&reference, kind)?;
        context.data(&format!("{}\n", entry.reference()))?;
        return Ok(Exit::Done);
    }
    let notes = context.open()?.inbox()?;
    if context.interactive() && !arguments.output.is_given() {
        return triage(&notes, context);
    }
    let columns = ["ref", "title", "added"];
    let mut rows = Rows::plain(&arguments.output, context, &columns, &["body"], "inbox")?;
    for note in &notes {
        let cells = [
            ("ref", note.reference()),
            ("title", note.title.clone()),
            ("added", note.created.clone()),
            ("body", note.body.clone()),
        ];
        rows.named(context, cells.map(|(name, text)| (name, Json::from(text))))?;
    }
    rows.end(context)?;
    if notes.is_empty() {
        context.messages.chat("the inbox is empty");
    }
    Ok(Exit::Done)
}

/// What a key does with a note.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Choice {
    File(String),
    Remove,
    Leave,
    Quit,
}

/// Shows each note and does what the next key says.
fn triage(notes: &[Entry], context: &mut Context) -> Result<Exit, Failure> {
    if notes.is_empty() {
        context
            .messages
            .say("the inbox is empty\n  kb add \"several words\"");
        return Ok(Exit::Done);
    }
    let keys = keys(context.open()?.kinds());
    let (term, colour) = (Term::stderr(), context.messages.colour);
    let help: Vec<String> = keys
        .iter()
        .map(|(key, kind)| format!("{key} {kind}"))
        .collect();
    let help = format!("{}   x remove   space leave   q quit", help.join("   "));
    for (at, note) in notes.iter().enumerate() {
        let title = colour.paint(HEADING, &visible(&note.title));
        term.write_line(&format!("{}/{}  {title}", at + 1, notes.len()))
            .map_err(|e| Failure::output(&e))?;
        if !note.body.is_empty() {
            term.write_line(&visible(&note.body))
                .map_err(|e| Failure::output(&e))?;
        }
        term.write_line(&format!("  {help}"))
            .map_err(|e| Failure::output(&e))?;
        match ask(&term, &keys)? {
            Choice::Quit => break,
            Choice::Leave => {}
            Choice::Remove => {
                let mut notebook = context.open_to_write(WriteMode::Commit, IfMissing::Fail)?;
                remove(&mut notebook, note)?;
                context
                    .messages
                    .say(&format!("removed `{}`\n  kb undo", note.title));
            }
            Choice::File(kind) => {
                let mut notebook = context.open_to_write(WriteMode::Commit, IfMissing::Fail)?;
                let entry = notebook.file(&note.reference(), &kind)?;
                context.data(&format!("{}\n", entry.reference()))?;
            }
        }
    }
    Ok(Exit::Done)
}

/// Removes a note from the inbox, if it is still there.
fn remove(notebook: &mut Notebook, note: &Entry) -> Result<(), Failure> {
    let target = notebook.find_exactly(&note.reference())?;
    notebook.remove(&[target])?;
    Ok(())
}

/// The choice of the next key that is one.
fn ask(term: &Term, keys: &[(char, String)]) -> Result<Choice, Failure> {
    let _settings = terminal::key_by_key();
    loop {
        let key = term.read_key_raw().map_err(|e| Failure::output(&e))?;
        match key {
            Key::Char('x') => return Ok(Choice::Remove),
            Key::Char(' ') | Key::Enter => return Ok(Choice::Leave),
            Key::Char('q' | '\u{4}') | Key::Escape | Key::CtrlC => return Ok(Choice::Quit),
            Key::Char(typed) => {
                if let Some((_, kind)) = keys.iter().find(|(key, _)| *key == typed) {
                    return Ok(Choice::File(kind.clone()));
                }
            }
            _ => {}
        }
    }
}

/// A key for each kind: the first letter of its name that is still free, else a digit.
fn keys(kinds: &Kinds) -> Vec<(char, String)> {
    let mut keys: Vec<(char, String)> = Vec::new();
    for kind in kinds
        .iter()
        .filter(|kind| !["inbox", "day"].contains(&kind.name.as_str()))
    {
        let is_free =
            |key: &char| !['q', 'x'].contains(key) && keys.iter().all(|(taken, _)| taken != key);
        let mut letters = kind.name.chars().chain('1'..='9');
        if let Some(key) = letters.find(is_free) {
            keys.push((key, kind.name.clone()));
        }
    }
    keys
}
