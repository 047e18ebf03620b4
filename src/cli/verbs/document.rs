//! `kb document`: lists the files that kb tracks, and stops tracking one.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use serde_json::Value as Json;

use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::file_format::FileFormat;
use crate::cli::messages::MessageKind;
use crate::cli::named;
use crate::cli::output::{OutputArguments, Rows};
use crate::cli::tracked::Tracked;
use crate::format::bibliography::{self, Dialect};
use crate::model::Query;
use crate::notebook::note_names::NoteNames;
use crate::notebook::{IfMissing, Notebook};
use crate::store::{Document, WriteMode};
use crate::text::checksum;
use crate::text::english::count;

/// List the files that kb tracks; stop tracking one, move one, or say what it takes
///
/// kb tracks each file that it imported or exported, so that an export does not overwrite what was
/// changed by hand. The state of a file is `same` if it has the bytes that kb last read or wrote,
/// `changed` if not, and `missing` if it does not exist; `takes` is its filter. A file that is forgotten stays on disk, and
/// its entries stay in the notebook.
#[derive(Debug, Subcommand)]
#[command(
    before_long_help = "Examples:\n  kb document list\n  kb document list --json path,state\n  kb document forget notebook.md\n  kb document move papers.bib works.bib\n  kb document set papers.bib topic:thesis\n  kb document set notebook.md kind:term,paper\n  kb document set notes/ rename=yes"
)]
pub(crate) enum DocumentVerb {
    /// List the files
    #[command(visible_alias = "ls")]
    List(ListDocuments),
    /// Stop tracking a file or a folder
    Forget(ForgetDocument),
    /// Move a file or a folder, or say that it was moved
    Move(MoveDocument),
    /// Say which entries a file or folder takes
    ///
    /// It gets those that the filter finds with the next `kb sync`; what stands in it stays. This is
    /// kept for this copy of the notebook, like the path of the file, and `kb undo` leaves it alone: `kb
    /// document list` shows it, and without a filter the file takes what is usual again. `rename=yes`
    /// gives the notes of a folder the titles of their entries as names, and their topics as folders,
    /// when these change; links to them follow. That is a setting of the notebook, which `kb undo` takes
    /// back.
    Set(SetDocument),
}

#[derive(Debug, Args)]
pub(crate) struct ListDocuments {
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ForgetDocument {
    /// The file, or the folder of notes
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct MoveDocument {
    /// Where it was
    #[arg(value_hint = ValueHint::FilePath)]
    from: PathBuf,
    /// Where it is
    #[arg(value_hint = ValueHint::FilePath)]
    to: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct SetDocument {
    /// The page, BibTeX file or folder of notes
    #[arg(value_hint = ValueHint::AnyPath)]
    file: PathBuf,
    /// What it takes; without filters, what is usual for its format
    #[arg(value_name = "FILTER", add = complete::filters())]
    filter: Vec<String>,
}

/// The tracked files at a stored path, or in the folder there.
///
/// # Errors
/// kb tracks no file there.
fn files_at(notebook: &Notebook, key: &str, typed: &Path) -> Result<Vec<Document>, Failure> {
    let folder = format!("{key}/");
    let mut files = notebook.documents(key)?;
    files.retain(|file| file.path == key || file.path.starts_with(&folder));
    if files.is_empty() {
        return Err(Failure::new(
            Exit::Nothing,
            format!("`{}` is not tracked", typed.display()),
        )
        .hint("kb document list"));
    }
    Ok(files)
}

pub(crate) fn run(verb: DocumentVerb, context: &mut Context) -> Result<Exit, Failure> {
    match verb {
        DocumentVerb::List(list) => {
            let notebook = context.open()?;
            let tracked = Tracked::of(&notebook);
            let columns = ["path", "format", "page", "state", "takes", "rename"];
            let mut rows = Rows::plain(&list.output, context, &columns, &[], "document")?;
            for file in notebook.documents("")? {
                let renames = match &file.folder {
                    Some(folder) if notebook.renames_notes(folder)? => Some("yes"),
                    _ => None,
                };
                let cells = [
                    ("path", Json::from(file.path.clone())),
                    ("format", Json::from(file.format.clone())),
                    ("page", Json::from(file.page.clone())),
                    ("state", Json::from(state(&file, &tracked.path(&file.path)))),
                    ("takes", Json::from(file.filter.clone())),
                    ("rename", Json::from(renames)),
                ];
                rows.named(context, cells)?;
            }
            rows.end(context)?;
            Ok(Exit::Done)
        }
        DocumentVerb::Forget(forget) => {
            let mut notebook = context.open_to_write(WriteMode::Commit, IfMissing::Fail)?;
            let tracked = Tracked::of(&notebook);
            let key = tracked.key(&context.environment.path(&forget.file));
            let files = files_at(&notebook, &key, &forget.file)?;
            let paths: Vec<String> = files.into_iter().map(|file| file.path).collect();
            notebook.track(&[], &paths)?;
            Ok(Exit::Done)
        }
        DocumentVerb::Move(moved) => {
            let mut notebook = context.open_to_write(WriteMode::Commit, IfMissing::Fail)?;
            let tracked = Tracked::of(&notebook);
            let paths = [&moved.from, &moved.to].map(|path| context.environment.path(path));
            let [from, to] = paths.each_ref().map(|path| tracked.key(path));
            let files = files_at(&notebook, &from, &moved.from)?;
            if let [note] = files.as_slice()
                && note.path == from
                && note.folder.is_some()
            {
                let why = format!("`{}` is a note of a folder", moved.from.display());
                return Err(Failure::usage(why).hint(format!(
                    "mv {} {}, then `kb sync`",
                    moved.from.display(),
                    moved.to.display()
                )));
            }
            let [old, new] = paths;
            match (old.exists(), new.exists()) {
                (true, true) => {
                    let why = format!("`{}` exists already", moved.to.display());
                    return Err(Failure::usage(why).hint("kb document list"));
                }
                (false, false) => {
                    let why = format!("`{}` does not exist", moved.to.display());
                    return Err(Failure::usage(why).hint("kb document list"));
                }
                (true, false) => {
                    std::fs::rename(&old, &new).map_err(|e| Failure::file(&new, &e))?;
                }
                (false, true) => {}
            }
            notebook.move_documents(&from, &to)?;
            named::remember(&moved.to, context);
            Ok(Exit::Done)
        }
        DocumentVerb::Set(set) => {
            let mut notebook = context.open_to_write(WriteMode::Commit, IfMissing::Fail)?;
            let key = Tracked::of(&notebook).key(&context.environment.path(&set.file));
            let files = files_at(&notebook, &key, &set.file)?;
            let format = FileFormat::from_str(&files[0].format, false).ok();
            let is_folder = files.iter().all(|file| file.folder.as_ref() == Some(&key));
            let (words, filter): (Vec<&String>, Vec<&String>) =
                (set.filter.iter()).partition(|word| word.starts_with("rename="));
            if let Some(word) = words.last() {
                let names = match word.as_str() {
                    "rename=yes" if is_folder => NoteNames::OfEntries,
                    "rename=no" if is_folder => NoteNames::Kept,
                    _ => {
                        let why = format!("`{word}`: the notes of a folder are renamed or not");
                        return Err(Failure::usage(why).hint("kb document set notes/ rename=yes"));
                    }
                };
                notebook.name_notes(&key, names)?;
                let said = match names {
                    NoteNames::OfEntries => {
                        "notes get the new titles and topics of their entries as names"
                    }
                    NoteNames::Kept => "notes keep their names",
                };
                context
                    .messages
                    .say(&format!("`{}`: {said}", set.file.display()));
                if filter.is_empty() {
                    return Ok(Exit::Done);
                }
            }
            let filter: Vec<String> = filter.into_iter().cloned().collect();
            // What is usual, what it can hold, and what is said of that.
            let paper = bibliography::kind(Dialect::Bibtex).to_owned();
            let (usual, can_hold, holds) = match format {
                _ if is_folder => ("every entry", Query::All, String::new()),
                Some(FileFormat::Page) => (
                    "what it has sections for",
                    Query::Private(false),
                    "a page holds public entries".to_owned(),
                ),
                Some(FileFormat::Bibtex) => (
                    "no new works",
                    Query::Kind(vec![paper.clone()]),
                    format!("a BibTeX file holds entries of the kind {paper}"),
                ),
                _ => {
                    let why = format!(
                        "`{}` is not a page, a BibTeX file or a folder of notes: nothing new goes into it",
                        set.file.display()
                    );
                    return Err(Failure::usage(why).hint("kb document list"));
                }
            };
            let name = set.file.display();
            let Some((filter, [found, held])) = notebook.take_new(&key, &filter, &can_hold)? else {
                context.messages.say(&format!("`{name}` takes {usual}"));
                return Ok(Exit::Done);
            };
            let now = count(held, "entry", "entries");
            context
                .messages
                .say(&format!("`{name}` takes what `{filter}` finds: now {now}"));
            if held < found {
                let left = count(found - held, "other", "others");
                let why = format!("{left} cannot go into it: {holds}");
                context.messages.label(MessageKind::Warning, &why);
            }
            Ok(Exit::Done)
        }
    }
}

/// Whether a file is as kb last read or wrote it.
fn state(file: &Document, path: &Path) -> &'static str {
    match std::fs::File::open(path).and_then(checksum::of_reader) {
        Err(_) => "missing",
        Ok(sum) if file.checksum.as_ref() == Some(&sum) => "same",
        Ok(_) => "changed",
    }
}
