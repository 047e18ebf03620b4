//! `kb export`: exports a page, entries or a folder of notes.

use std::ops::ControlFlow;
use std::path::Path;

use clap::{Args, ValueHint};
use serde_json::Map;

use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::file_format::FileFormat;
use crate::cli::folder;
use crate::cli::outfile::Replace;
use crate::cli::output::Rows;
use crate::cli::upkeep::catch_up_for;
use crate::format::vault::Style;
use crate::format::{anki, bibliography};
use crate::model::{Audience, Query};
use crate::notebook::bibliography::CitationKeys;
use crate::text::english::count;

/// Export the page or the entries
///
/// The file name or `--format` determines the format; without a file, the output goes to standard
/// output. A folder gets one note per entry, for Obsidian or, with `--format zola`, for Zola. A
/// page is for the public: private entries are left out unless `--private` is given. Other formats
/// contain everything unless `--public` is given.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb export notebook.md\n  kb export entries.jsonl\n  kb export --format jsonl kind:paper 'year>=2020'\n  kb export papers.bib --if-changed\n  kb export notes/ --format obsidian"
)]
pub(crate) struct ExportArguments {
    /// A file, then filters
    #[arg(value_name = "FILE|FILTER", value_hint = ValueHint::FilePath, add = complete::filters())]
    words: Vec<String>,
    /// The format, if the file name does not determine it
    #[arg(long, value_name = "FORMAT")]
    format: Option<FileFormat>,
    /// Which page, if there are several
    #[arg(long, value_name = "NAME")]
    page: Option<String>,
    /// Leave a file with the same content unchanged, with its modification time
    #[arg(long)]
    if_changed: bool,
    /// Leave out what is private
    #[arg(long)]
    public: bool,
    /// Include what is private on a page
    #[arg(long, conflicts_with = "public")]
    private: bool,
}

pub(crate) fn run(arguments: &ExportArguments, context: &mut Context) -> Result<Exit, Failure> {
    let replace = if arguments.if_changed {
        Replace::IfChanged
    } else {
        Replace::Always
    };
    let is_folder =
        |word: &String| word.ends_with('/') || context.environment.path(Path::new(word)).is_dir();
    let given = arguments.format.or_else(|| {
        arguments
            .words
            .first()
            .filter(|word| is_folder(word))
            .map(|_| FileFormat::Obsidian)
    });
    if let Some(style) = given.and_then(FileFormat::style) {
        return vault(style, arguments, context);
    }
    let named = arguments.words.first().filter(|word| {
        FileFormat::by_name(Path::new(word)).is_some()
            || *word == "-"
            || arguments.format.is_some() && word.contains('.')
    });
    let filter = if named.is_some() {
        &arguments.words[1..]
    } else {
        &arguments.words[..]
    };
    let Some(format) = arguments
        .format
        .or_else(|| named.and_then(|name| FileFormat::by_name(Path::new(name))))
    else {
        return Err(Failure::usage("which format?")
            .hint("kb export notebook.md")
            .hint("kb export --format jsonl"));
    };
    let file = named.filter(|name| *name != "-").map(Path::new);
    let mut notebook = context.open()?;
    if format == FileFormat::Page {
        if !filter.is_empty() {
            return Err(Failure::usage("a page is written whole, without a filter")
                .hint("kb export notebook.md"));
        }
        let audience = if arguments.private {
            Audience::Owner
        } else {
            Audience::Public
        };
        let own = named
            .and_then(|name| Path::new(name).file_name())
            .map(|name| name.to_string_lossy().into_owned());
        let wanted = arguments
            .page
            .clone()
            .or(own.filter(|name| notebook.pages().is_ok_and(|pages| pages.contains(name))));
        let (text, unplaced) = notebook.export_page(wanted.as_deref(), audience)?;
        match file {
            Some(path) => {
                context.redirect(path, replace)?;
                context.bytes(text.as_bytes())?;
            }
            None => context.text(&text)?,
        }
        if !unplaced.is_empty() {
            let shown: Vec<String> = unplaced.iter().take(10).cloned().collect();
            context.messages.say(&format!(
                "{} no place on the page: {}",
                count(unplaced.len(), "entry has", "entries have"),
                shown.join(", ")
            ));
        }
        return Ok(Exit::Done);
    }
    let audience = if arguments.public {
        Audience::Public
    } else {
        Audience::Owner
    };
    let mut selection = notebook.selection(None, filter, &[], None)?;
    let dialect = format.dialect();
    let cards = format == FileFormat::Anki;
    if dialect.is_some_and(|dialect| !dialect.is_written()) {
        return Err(
            Failure::usage("this format can be imported but not exported")
                .hint("kb export papers.ris"),
        );
    }
    let usual = dialect
        .map(|dialect| bibliography::kind(dialect).to_owned())
        .or_else(|| cards.then(anki::kind));
    if let Some(kind) = usual.filter(|_| selection.query.kinds().is_none()) {
        selection.query = Query::Kind(vec![kind]).and(selection.query);
    }
    catch_up_for(&selection.query, &mut notebook, context)?;
    let sole = selection
        .query
        .kinds()
        .filter(|kinds| kinds.len() == 1)
        .and_then(|kinds| notebook.kinds().get(&kinds[0]));
    let all = super::list::all_fields(&notebook, sole);
    let hidden = |name: &String| {
        notebook
            .kinds()
            .with_field(name)
            .iter()
            .any(|(_, field)| !audience.sees_field(field))
    };
    let all: Vec<String> = all.into_iter().filter(|name| !hidden(name)).collect();
    if let Some(path) = file {
        context.redirect(path, replace)?;
    }
    let mut outcome = Ok(());
    if cards {
        context.data(anki::HEADER)?;
        notebook.for_each(&selection, audience, |entry, _| {
            outcome = context.data(&anki::row(entry, audience));
            if outcome.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        return outcome.map(|()| Exit::Done);
    }
    if let Some(dialect) = dialect {
        let today = notebook.clock().today;
        let [begin, between, end] = dialect.frame();
        let mut before = begin;
        let mut known = CitationKeys::new(&notebook);
        notebook.for_each(&selection, audience, |entry, kind| {
            outcome = known.of(entry).map_err(Failure::from).and_then(|key| {
                if key != bibliography::key(entry) {
                    context.messages.say(&format!(
                        "`{}` is exported as `{key}`: an older entry has its key",
                        entry.reference()
                    ));
                }
                let text = bibliography::write(dialect, entry, &key, kind, audience, today);
                context.data(&format!(
                    "{}{text}",
                    std::mem::replace(&mut before, between)
                ))
            });
            if outcome.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        outcome?;
        // Without entries, the file still gets its start and its end.
        let last = if before == begin {
            format!("{}{}", begin.trim_end(), end.trim_start())
        } else {
            end.to_owned()
        };
        context.data(&last)?;
        return Ok(Exit::Done);
    }
    let mut rows = Rows::of(format, all);
    notebook.for_each(&selection, audience, |entry, kind| {
        outcome = rows.entry(context, entry, kind, audience, &Map::new());
        if outcome.is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    outcome?;
    rows.end(context)?;
    let kept = if matches!(format, FileFormat::Json | FileFormat::Jsonl) {
        notebook.attachments()?
    } else {
        0
    };
    if kept > 0 {
        let [files, them] = if kept == 1 {
            ["file that notes refer to stays", "it"]
        } else {
            ["files that notes refer to stay", "them"]
        };
        context.messages.say(&format!("{kept} {files} in the notebook: a folder or a backup includes {them}\n  kb export notes/"));
    }
    Ok(Exit::Done)
}

/// Exports a folder of notes.
fn vault(
    style: Style,
    arguments: &ExportArguments,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let Some((name, filter)) = arguments
        .words
        .split_first()
        .filter(|(name, _)| *name != "-")
    else {
        return Err(Failure::usage("which folder?").hint("kb export notes/ --format obsidian"));
    };
    let root = context.environment.path(Path::new(name));
    let mut notebook = context.open()?;
    let selection = notebook.selection(None, filter, &[], None)?;
    catch_up_for(&selection.query, &mut notebook, context)?;
    let audience = if arguments.public {
        Audience::Public
    } else {
        Audience::Owner
    };
    std::fs::create_dir_all(&root).map_err(|e| Failure::file(&root, &e))?;
    let (notes, others) = notebook.export_vault(&selection, audience, style, |path, bytes| {
        folder::write(&root, path, bytes)
    })?;
    context.messages.say(&format!(
        "{} and {} in `{name}`",
        count(notes, "note", "notes"),
        count(others, "other file", "other files")
    ));
    Ok(Exit::Done)
}
