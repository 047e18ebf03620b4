//! `kb import`: imports a file or a folder of notes.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};

use crate::cli::complete;
use crate::cli::context::{Context, refuse_long_lines};
use crate::cli::dry_run::DryRun;
use crate::cli::failure::{Exit, Failure};
use crate::cli::file_format::FileFormat;
use crate::cli::folder;
use crate::cli::imported;
use crate::cli::known::Known;
use crate::cli::named;
use crate::cli::progress::Progress;
use crate::cli::sniff::sniff;
use crate::cli::tracked::Tracked;
use crate::format::table::Separator;
use crate::format::vault::is_note;
use crate::notebook::bibliography::{FormerText, OnDuplicate};
use crate::notebook::import::{KnownFile, RowOptions};
use crate::notebook::page::{PageOptions, PageOrigin, Removals};
use crate::notebook::vault::VaultOrigin;
use crate::notebook::{Conflicted, Conflicts, IfMissing, NotebookError};
use crate::store::{Document, FileState, WriteMode};
use crate::text::checksum;
use crate::text::encoding::{TextEncoding, decode};
use crate::text::english::{count, quoted};
use crate::text::shell;
use crate::text::unmerged;

/// Import a page, a bibliography, a table, JSON or JSON lines
///
/// A hand-written Markdown page becomes entries and is kept, so that `kb export` writes it byte for
/// byte; importing it again imports what changed. A bibliography (`.bib`, `.ris`, `.csl.json`,
/// `.nbib`, `.enw`) becomes papers that keep every field as it is written; a work that already
/// exists, by its key, DOI, arXiv id, address, ISBN, or title and year, gets its empty fields
/// filled. What was edited in a bibliography since kb last read or wrote it is taken over. A table (`.csv`, `.tsv`) has the names of fields in its first row, or `--map` maps its columns to
/// fields. In a folder (an Obsidian vault, a Zola or Hugo site) each Markdown file is an entry; its
/// front matter has its kind and its fields. `--dry-run` shows how each heading is read. What
/// cannot be imported is listed by line, and the rest is imported (exit 3).
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb import notebook.md\n  kb import notebook.md --section \"Reading=papers\" --dry-run\n  kb import papers.bib\n  kb import glossary.csv --kind terms --map \"Term=title,Definition=body\"\n  kb import entries.jsonl\n  kb import vault/ --kind terms"
)]
pub(crate) struct ImportArguments {
    /// The file or folder; `-` is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// The format, if neither the name nor the content determines it
    #[arg(long, value_name = "FORMAT")]
    format: Option<FileFormat>,
    /// The kind of entries that do not name one; for a page, of all its entries
    #[arg(long, value_name = "KIND", add = complete::kinds())]
    kind: Option<String>,
    /// Read a heading of the page as a kind
    #[arg(long, value_name = "HEADING=KIND")]
    section: Vec<String>,
    /// Keep the page under this name instead of the file's
    #[arg(long, value_name = "NAME")]
    page: Option<String>,
    /// Which column of a table is which field
    #[arg(long, value_name = "COLUMN=FIELD,…")]
    map: Vec<String>,
    /// What to do with a work of a bibliography that already exists
    #[arg(long, value_name = "WHAT", value_parser = on_duplicate(), default_value = "merge")]
    on_duplicate: OnDuplicate,
    /// Where an entry changed in the file and in the notebook, take the text of the file
    #[arg(long)]
    theirs: bool,
    /// Where an entry changed in the file and in the notebook, keep the value of the notebook
    #[arg(long, conflicts_with = "theirs")]
    ours: bool,
    /// Take entries off a page without asking
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    dry_run: DryRun,
    /// What happens to an entry that changed on both sides, without `--theirs` and `--ours`.
    #[arg(skip)]
    otherwise: Conflicts,
}

/// What an import did, as far as `kb sync` must know it.
pub(super) struct Outcome {
    /// The exit code; entries in conflict that were left alone do not count.
    pub exit: Exit,
    /// The entries that were left alone because both sides changed them.
    pub conflicts: Vec<Conflicted>,
}

impl ImportArguments {
    /// The import of a file that kb knows.
    pub(super) fn again(
        file: PathBuf,
        format: FileFormat,
        conflicts: Conflicts,
        dry_run: DryRun,
    ) -> ImportArguments {
        ImportArguments {
            file,
            format: Some(format),
            kind: None,
            section: Vec::new(),
            page: None,
            map: Vec::new(),
            on_duplicate: OnDuplicate::Merge,
            theirs: conflicts == Conflicts::Theirs,
            ours: conflicts == Conflicts::Ours,
            yes: false,
            dry_run,
            otherwise: conflicts,
        }
    }

    /// What the options say about fields that changed on both sides.
    fn conflicts(&self) -> Conflicts {
        if self.theirs {
            Conflicts::Theirs
        } else if self.ours {
            Conflicts::Ours
        } else {
            self.otherwise
        }
    }
}

/// The values of `--on-duplicate`.
pub(crate) fn on_duplicate() -> impl TypedValueParser<Value = OnDuplicate> {
    let values = [
        ("merge", "Fill its empty fields"),
        ("skip", "Leave it as it is"),
        ("add", "Add the new one beside it"),
    ];
    let values = values.map(|(name, help)| PossibleValue::new(name).help(help));
    PossibleValuesParser::new(values).map(|name| match name.as_str() {
        "skip" => OnDuplicate::Skip,
        "add" => OnDuplicate::Add,
        _ => OnDuplicate::Merge,
    })
}

pub(crate) fn run(arguments: &ImportArguments, context: &mut Context) -> Result<Exit, Failure> {
    let outcome = bring_in(arguments, context)?;
    named::remember(&arguments.file, context);
    Ok(outcome.exit)
}

/// Imports a file or a folder.
pub(super) fn bring_in(
    arguments: &ImportArguments,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    if arguments.file != Path::new("-") && context.environment.path(&arguments.file).is_dir() {
        return vault(arguments, context);
    }
    find_again(arguments, context)?;
    let format = match arguments.format {
        Some(format) => format,
        None => match FileFormat::by_name(&arguments.file) {
            Some(named) if named != FileFormat::Json && named != FileFormat::Csv => named,
            // Reference managers write `.json` and `.csv` too: look at the content.
            _ => sniff(&arguments.file, context)?,
        },
    };
    match format {
        // A single file is a page, even in the format of a folder of notes.
        FileFormat::Page | FileFormat::Obsidian | FileFormat::Zola => page(arguments, context),
        format => entries(format, arguments, context),
    }
}

/// Lets kb know a file under its new name, if it is one that kb knows and that was renamed: what it read or
/// wrote last is not where it was, and the file is the only one that holds it.
fn find_again(arguments: &ImportArguments, context: &mut Context) -> Result<(), Failure> {
    let path = context.environment.path(&arguments.file);
    let Ok(notebook) = context.open() else {
        return Ok(());
    };
    let tracked = Tracked::of(&notebook);
    let key = tracked.key(&path);
    let is_new = path.is_file() && notebook.document(&key)?.is_none();
    if !is_new || arguments.dry_run.is_given() || arguments.page.is_some() {
        return Ok(());
    }
    let mut gone = notebook.documents("")?;
    gone.retain(|file| file.folder.is_none() && !tracked.path(&file.path).exists());
    if gone.is_empty() {
        return Ok(());
    }
    let sum = std::fs::File::open(&path).and_then(checksum::of_reader);
    let sum = sum.map_err(|e| Failure::file(&path, &e))?;
    gone.retain(|file| file.checksum.as_ref() == Some(&sum));
    if let [former] = &gone[..] {
        drop(notebook);
        let mut notebook = context.open_to_write(WriteMode::Commit, IfMissing::Fail)?;
        notebook.move_documents(&former.path, &key)?;
        context.messages.say(&format!(
            "`{}` is now `{}`",
            tracked.name(&former.path, &context.environment.folder),
            arguments.file.display()
        ));
    }
    Ok(())
}

/// Imports a file that is not a page.
fn entries(
    format: FileFormat,
    arguments: &ImportArguments,
    context: &mut Context,
) -> Result<Outcome, Failure> {
    let name = arguments.file.display().to_string();
    let kind = arguments.kind.as_deref();
    let map = column_map(&arguments.map)?;
    let mut input = Input::open(format, &arguments.file, context)?;
    // Tables and cards report entries as their progress; all other formats report bytes.
    let by_bytes = format.dialect().is_some() || matches!(input, Input::Stream(..));
    let mut progress = if by_bytes {
        Progress::of_bytes(context)
    } else {
        Progress::of_entries("importing", context)
    };
    let mode = context.mode(arguments.dry_run);
    let mut notebook = context.open_to_write(mode, IfMissing::Create)?;
    let key = Tracked::of(&notebook).key(&context.environment.path(&arguments.file));
    let document = if arguments.file == Path::new("-") {
        None
    } else {
        notebook.document(&key)?
    };
    let state = document
        .as_ref()
        .and_then(|document| document.state.clone());
    let partial = state
        .as_ref()
        .map_or_else(Vec::new, |state| state.partial.clone());
    let taken_out = state
        .as_ref()
        .map_or_else(Vec::new, |state| state.taken_out.clone());
    let options = RowOptions {
        kind,
        known: state.as_ref().map(|state| KnownFile {
            state,
            conflicts: arguments.conflicts(),
        }),
    };
    // The text of a bibliography as kb last read or wrote it.
    let was = document;
    let base = was.as_ref().and_then(|was| was.base.as_deref());
    let before = base.map(decode);
    let at = &mut |done, total| progress.at(done, total);
    let imported = match (&mut input, format.dialect()) {
        (Input::Stream(stream, bytes), _) => {
            notebook.import_json(stream, *bytes, options, &mut |read| {
                at(read, bytes.unwrap_or(read))
            })?
        }
        (Input::Text(source), Some(dialect)) => {
            let before = before.as_deref().map(|text| FormerText {
                text,
                state: state.as_ref(),
                conflicts: arguments.conflicts(),
            });
            notebook.import_bibliography(
                dialect,
                source,
                kind,
                arguments.on_duplicate,
                before,
                at,
            )?
        }
        (Input::Text(source), None) if format == FileFormat::Toml => {
            notebook.import_toml(&name, source, options)?
        }
        (Input::Text(source), None) if format == FileFormat::Anki => {
            notebook.import_cards(source, options, at)?
        }
        (Input::Text(source), None) => {
            let separator = if format == FileFormat::Tsv {
                Separator::Tab
            } else {
                Separator::Detect
            };
            notebook.import_table(&name, source, separator, &map, options, at)?
        }
    };
    progress.end();
    if arguments.file != Path::new("-") && mode == WriteMode::Commit {
        let path = context.environment.path(&arguments.file);
        // A path that is not a regular file, such as a named pipe, is not tracked. Neither is a file
        // with something that was not imported: an export to it would lose that.
        if path.is_file() && imported.problems.is_empty() && !imported.left_out {
            let mut document = Tracked::of(&notebook).document(&path, format, None, false)?;
            document.operation = imported.operation;
            document.state = imported.operation.map(|operation| FileState {
                whole: state.as_ref().is_some_and(|state| state.whole),
                ..FileState::at(operation)
            });
            let brings_something = imported.added + imported.updated > 0;
            let is_in_conflict = !imported.conflicts.is_empty();
            let is_newer = !imported.kept.is_empty() || !imported.removed.is_empty();
            if let (true, Some(mut state)) = (is_newer || is_in_conflict, state) {
                if brings_something {
                    state.imports.extend(imported.operation);
                }
                document.state = Some(state);
            }
            if is_in_conflict {
                // The file is known as it was before the change that both sides made.
                let base = imported.base.as_ref().map(|base| {
                    let encoding = TextEncoding::of(document.base.as_deref().unwrap_or_default());
                    let encoded = encoding.encode(base);
                    encoded.unwrap_or_else(|_| base.clone().into_bytes())
                });
                let known = was.as_ref().and_then(|was| was.checksum.clone());
                document.checksum = base.as_deref().map(checksum::of_bytes).or(known);
                document.base = base;
            }
            if let Some(state) = &mut document.state {
                state.conflicts = uids(&imported.conflicts);
                state.left.clone_from(&imported.left);
                (state.taken_out, state.partial) = (taken_out, partial);
                state.partial.extend(imported.partial.iter().cloned());
                state.partial.sort();
                state.partial.dedup();
                let told = was.as_ref().and_then(|was| was.state.as_ref());
                state.public = told.is_some_and(|told| told.public);
                state.absent = told.map_or_else(Vec::new, |told| told.absent.clone());
                state
                    .absent
                    .extend(imported.deleted.iter().map(|(key, _)| key.clone()));
                state.absent.sort();
                state.absent.dedup();
                state.before = match (&was, imported.operation) {
                    (Some(was), Some(operation)) if brings_something => {
                        Some(was.before_edits(operation))
                    }
                    _ => told.and_then(|told| told.before.clone()),
                };
            }
            notebook.track(&[document], &[])?;
        }
    }
    Ok(Outcome {
        exit: imported::entries(&imported, &name, arguments.dry_run, context)?,
        conflicts: imported.conflicts,
    })
}

/// The uids of entries in conflict, as the state of a file keeps them.
fn uids(conflicts: &[Conflicted]) -> Vec<String> {
    conflicts.iter().map(|left| left.uid.clone()).collect()
}

/// The content to import: JSON as a stream with its size in bytes if known, every other format as
/// one text.
enum Input {
    Stream(Box<dyn BufRead>, Option<u64>),
    Text(String),
}

impl Input {
    /// Opens the file: JSON as a stream, everything else as decoded text.
    fn open(format: FileFormat, file: &Path, context: &Context) -> Result<Input, Failure> {
        if !matches!(format, FileFormat::Json | FileFormat::Jsonl) {
            let bytes = context.read_bytes(file)?;
            refuse_long_lines(&file.display().to_string(), &bytes)?;
            let text = decode(&bytes);
            refuse_unmerged(&text, file)?;
            return Ok(Input::Text(text));
        }
        if file == Path::new("-") {
            return Ok(Input::Stream(
                Box::new(BufReader::new(std::io::stdin())),
                None,
            ));
        }
        let path = context.environment.path(file);
        let file = std::fs::File::open(&path).map_err(|e| Failure::file(&path, &e))?;
        let bytes = file.metadata().map_err(|e| Failure::file(&path, &e))?.len();
        Ok(Input::Stream(
            Box::new(BufReader::with_capacity(1 << 20, file)),
            Some(bytes),
        ))
    }
}

/// Refuses a text with a conflict that git left in it: both sides would become entries.
fn refuse_unmerged(text: &str, file: &Path) -> Result<(), Failure> {
    let Some(line) = unmerged::conflict(text) else {
        return Ok(());
    };
    let name = file.display().to_string();
    let failure = Failure::usage(format!("{name}:{line}:1: git left a conflict here"));
    Err(failure.hint(shell::command_line(["git", "diff", name.as_str()])))
}

/// Parses `--map` into pairs of column and field.
fn column_map(pairs: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let pair = |pair: &str| {
        let (column, field) = pair.split_once('=').ok_or_else(|| {
            Failure::usage(format!("`{pair}` is not a column and a field"))
                .hint("--map \"Term=title,Definition=body\"")
        })?;
        Ok((column.trim().to_owned(), field.trim().to_owned()))
    };
    pairs
        .iter()
        .flat_map(|pairs| pairs.split(','))
        .map(pair)
        .collect()
}

/// Imports a page.
fn page(arguments: &ImportArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let source = context.read_text(&arguments.file)?;
    refuse_unmerged(&source, &arguments.file)?;
    let mut sections = Vec::new();
    for section in &arguments.section {
        let pair = section.split_once('=').ok_or_else(|| {
            Failure::usage(format!("`{section}` is not a heading and a kind"))
                .hint("--section \"Reading=papers\"")
        })?;
        sections.push((pair.0.to_owned(), pair.1.to_owned()));
    }
    let path = context.environment.path(&arguments.file);
    let from_file = arguments.file != Path::new("-");
    let mode = context.mode(arguments.dry_run);
    let mut notebook = context.open_to_write(mode, IfMissing::Create)?;
    let tracked = Tracked::of(&notebook);
    let key = from_file.then(|| tracked.key(&path));
    let sum = checksum::of_bytes(source.as_bytes());
    let as_written = key
        .as_ref()
        .map(|key| notebook.document(key))
        .transpose()?
        .flatten();
    if as_written.is_some_and(|file| file.written && file.checksum.as_ref() == Some(&sum)) {
        context.messages.say(&format!(
            "`{}` holds nothing new: it is as kb wrote it",
            arguments.file.display()
        ));
        return Ok(Outcome {
            exit: Exit::Done,
            conflicts: Vec::new(),
        });
    }
    let is_gone = |key: &str| !tracked.path(key).exists();
    let mut others = match notebook.has_other_pages(key.as_deref())? {
        true => Known::all(&notebook, context)?,
        false => Vec::new(),
    };
    others.retain(|other| {
        other.format == FileFormat::Page && named::may_write(other, &notebook, context)
    });
    let edited = |page: &Document| {
        let path = tracked.path(&page.path);
        let is_trusted = others.iter().any(|other| other.key == page.path) && path.is_file();
        if !is_trusted {
            return None;
        }
        let text = std::fs::read_to_string(path).ok()?;
        let sum = checksum::of_bytes(text.as_bytes());
        (page.checksum.as_ref() != Some(&sum)).then_some(text)
    };
    let origin = PageOrigin {
        name: arguments.page.as_deref(),
        path: key.as_deref(),
        is_gone: &is_gone,
        edited: &edited,
    };
    let mut options = PageOptions {
        sections,
        kind: arguments.kind.clone(),
        conflicts: arguments.conflicts(),
        // A dry run is rolled back, so it needs no consent.
        removals: if arguments.yes || arguments.theirs || mode == WriteMode::DryRun {
            Removals::Allow
        } else {
            Removals::Refuse
        },
    };
    let mut import = notebook.import_page(&origin, &source, &options);
    if let Err(error @ NotebookError::TakesOff { .. }) = &import
        && !arguments.dry_run.is_given()
        && context.interactive()
        && context.messages.confirm(&format!("{error}: do it?"))
    {
        // The refused import was rolled back, so the page is imported from the start.
        options.removals = Removals::Allow;
        import = notebook.import_page(&origin, &source, &options);
    }
    let mut import = import?;
    let name = arguments.file.display().to_string();
    let proposal = match options.kind {
        None if import.entries == 0 => notebook.propose_kind(&source),
        _ => None,
    };
    if let Some(proposal) = proposal {
        let would = format!(
            "{} under {}, such as {}",
            count(proposal.entries, "item", "items"),
            count(proposal.headings, "heading", "headings"),
            quoted(&proposal.examples, "and")
        );
        let question = format!(
            "no heading of `{name}` names a kind: import {would} as {}?",
            proposal.kind
        );
        if context.interactive() && context.messages.confirm(&question) {
            options.kind = Some(proposal.kind);
            import = notebook.import_page(&origin, &source, &options)?;
        } else {
            context.messages.say(&format!(
                "no heading of `{name}` names a kind: {would}, could be {}\n  kb import {} --kind {}",
                proposal.kind,
                shell::command_line([name.as_str()]),
                proposal.kind
            ));
        }
    }
    if from_file && mode == WriteMode::Commit {
        let mut document = tracked.document(&path, FileFormat::Page, None, false)?;
        document.page.clone_from(&import.page);
        document.base = import.layout.clone().map(String::into_bytes);
        // The checksum of the text that was imported: the file may have changed since.
        document.checksum = Some(match &import.text {
            Some(before) => checksum::of_bytes(before.as_bytes()),
            None => sum,
        });
        let left = import.left_alone();
        let was = notebook.document(&document.path)?;
        let before = match &was {
            Some(was) if import.changed => Some(was.before_edits(notebook.last_operation()?)),
            Some(was) => was.state.as_ref().and_then(|state| state.before.clone()),
            None => None,
        };
        document.state = (!left.is_empty() || before.is_some()).then(|| FileState {
            conflicts: left.into_iter().map(str::to_owned).collect(),
            before,
            ..FileState::at(0)
        });
        // The page was in another file, which was renamed.
        let files = notebook.documents("")?.into_iter();
        let of_page = files.filter(|file| file.page.is_some() && file.page == document.page);
        let former: Vec<String> = of_page
            .map(|file| file.path)
            .filter(|path| *path != document.path && is_gone(path))
            .collect();
        notebook.track(&[document], &former)?;
    }
    imported::page(&import, &name, arguments.dry_run, context)?;
    let exit = match import.problems.is_empty() {
        true => Exit::Done,
        false => Exit::Partly,
    };
    Ok(Outcome {
        exit,
        conflicts: import.conflicts,
    })
}

/// Imports a folder of notes.
fn vault(arguments: &ImportArguments, context: &mut Context) -> Result<Outcome, Failure> {
    let root = context.environment.path(&arguments.file);
    // The canonical path has a folder name even if the argument is `.`.
    let name = root
        .canonicalize()
        .ok()
        .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .unwrap_or_default();
    let (files, links) = folder::files_and_links(&root)?;
    for link in links {
        context
            .messages
            .say(&format!("`{link}` is a symbolic link: it is left out"));
    }
    let mut progress = Progress::of_entries("importing", context);
    let mode = context.mode(arguments.dry_run);
    let mut notebook = context.open_to_write(mode, IfMissing::Create)?;
    let tracked = Tracked::of(&notebook);
    let key = tracked.key(&root);
    let notes: Vec<String> = files.iter().filter(|path| is_note(path)).cloned().collect();
    let former = notebook.former_folder(&key, &notes, |path| !tracked.path(path).exists())?;
    if let Some(former) = former.filter(|_| mode == WriteMode::Commit) {
        notebook.move_documents(&former, &key)?;
        context
            .messages
            .say(&format!("`{former}` is now `{}`", arguments.file.display()));
    }
    let read = &mut |path: &str| folder::read(&root, path);
    let prefix = Tracked::prefix(&key);
    let origin = VaultOrigin {
        name: &name,
        prefix: &prefix,
        files: &files,
    };
    let done = notebook.import_vault(
        &origin,
        arguments.kind.as_deref(),
        arguments.conflicts(),
        read,
        &mut |at, of| progress.at(at, of),
    )?;
    progress.end();
    for (path, at) in &done.named {
        context.messages.line(&format!(
            "{}:{}:{}: {}",
            arguments.file.join(path).display(),
            at.place.line,
            at.place.column,
            at.message
        ));
    }
    if mode == WriteMode::Commit {
        notebook.track(&done.documents, &done.moved)?;
    }
    if done.attachments + done.others > 0 {
        context.messages.say(&format!(
            "{} kept for notes that refer to them, {} left out",
            count(done.attachments, "other file", "other files"),
            done.others
        ));
    }
    imported::entries(&done.imported, &name, arguments.dry_run, context)?;
    let exit = match done.left_out {
        true => Exit::Partly,
        false => Exit::Done,
    };
    Ok(Outcome {
        exit,
        conflicts: done.imported.conflicts,
    })
}
