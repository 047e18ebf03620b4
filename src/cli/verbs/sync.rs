//! `kb sync`: brings tracked files and the notebook in step.
//!
//! There are two passes: first everything that was edited outside comes in, then everything that the
//! notebook has goes out. So a change in one file reaches the others in the same sync, and a file that cannot
//! be read keeps no other from coming in step. All of it is one step of `kb undo`, because the operations of
//! one command are undone together. A dry run does the same to a copy of the notebook and shows what the
//! files would get.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::import::{self, ImportArguments};
use crate::cli::context::Context;
use crate::cli::dry_run::DryRun;
use crate::cli::failure::{Exit, Failure};
use crate::cli::file_format::FileFormat;
use crate::cli::known::{Known, Outside};
use crate::cli::messages::MessageKind;
use crate::cli::named;
use crate::cli::notes::{self, Edited};
use crate::cli::patch;
use crate::cli::tracked::Tracked;
use crate::cli::written::{rewrite, say_left_out};
use crate::format::bibliography::inherits;
use crate::notebook::note_names::Renamed;
use crate::notebook::{Conflicted, Conflicts, IfMissing, Notebook};
use crate::store::{Document, WriteMode};
use crate::text::checksum;
use crate::text::encoding::decode;
use crate::text::english::count;
use crate::text::shell;

/// Bring the files that kb knows and the notebook in step
///
/// What was edited by hand in a page, a BibTeX file or a folder of notes comes into the notebook, and
/// what changed in the notebook goes into the file: a three-way merge of each field, lists by items
/// and bodies by lines. Tables, JSON and other bibliographies are only read. Where a field changed on
/// both sides, its entry is left alone on both (exit 3) until `--theirs` or `--ours` settles it, or
/// `kb edit` and then `--ours`. Without files, all are taken. `--dry-run` names what would come in, and
/// shows what would change in the files as a diff.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb sync\n  kb sync notebook.md --dry-run\n  kb sync papers.bib --theirs"
)]
pub(crate) struct SyncArguments {
    /// The files and folders
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    files: Vec<PathBuf>,
    /// Where a field changed on both sides, take the text of the file
    #[arg(long)]
    theirs: bool,
    /// Where a field changed on both sides, keep the value of the notebook
    #[arg(long, conflicts_with = "theirs")]
    ours: bool,
    #[command(flatten)]
    dry_run: DryRun,
}

pub(crate) fn run(arguments: &SyncArguments, context: &mut Context) -> Result<Exit, Failure> {
    let conflicts = match (arguments.theirs, arguments.ours) {
        (true, _) => Conflicts::Theirs,
        (_, true) => Conflicts::Ours,
        _ => Conflicts::Leave,
    };
    if !arguments.dry_run.is_given() {
        for file in &arguments.files {
            named::remember(file, context);
        }
    }
    let notebook = context.open()?;
    let mut documents = Known::named(&arguments.files, &notebook, context)?;
    let mut exit = Exit::Done;
    documents.retain(|known| {
        let may_write =
            !arguments.files.is_empty() || named::may_write(known, &notebook, context);
        if !may_write {
            exit = Exit::Partly;
            context.messages.say(&format!(
                "`{0}` is left alone: it is in an unusual place, and nobody named it to kb on this machine\n  kb sync {1}",
                known.name,
                shell::command_line([known.name.as_str()])
            ));
        }
        may_write
    });
    let new = notebook.new_entries()?;
    drop(notebook);
    // What came in from a later file may go out into an earlier one.
    let mut came_in = Vec::new();
    for known in &documents {
        match bring_in(known, conflicts, arguments.dry_run, context) {
            Ok(brought) => came_in.push((known, brought)),
            Err(failure) => {
                exit = Exit::Partly;
                // The other documents come in step all the same.
                failure.report(&context.messages);
            }
        }
    }
    for (known, brought) in came_in {
        if brought.exit != Exit::Done {
            exit = Exit::Partly;
        }
        if !brought.is_whole {
            if known.is_written() && brought.outside == Outside::Changed {
                context.messages.say(&format!(
                    "`{}` could not be read whole: nothing is written into it until then",
                    known.name
                ));
            }
            continue;
        }
        match write_out(known, brought.outside, arguments.dry_run, context) {
            Ok(Exit::Done) => {}
            Ok(_) => exit = Exit::Partly,
            Err(failure) => {
                exit = Exit::Partly;
                failure.report(&context.messages);
            }
        }
    }
    say_left_out(&context.open()?, new, context)?;
    Ok(exit)
}

/// What came in from a document.
struct Brought {
    /// What had happened to it.
    outside: Outside,
    /// Whether there was a conflict or a fault.
    exit: Exit,
    /// Whether all that is not in conflict came in, so that the notebook's side may go out.
    is_whole: bool,
}

/// Names the entries of a document that both sides changed, and how to settle them.
fn name_conflicts(
    known: &Known,
    conflicts: &[Conflicted],
    context: &Context,
) -> Result<(), Failure> {
    let name = &known.name;
    let refs: Vec<&str> = conflicts
        .iter()
        .map(|left| left.reference.as_str())
        .collect();
    let error = format!(
        "{name}: {} both in the file and in the notebook: {}",
        count(refs.len(), "entry changed", "entries changed"),
        refs.join(", ")
    );
    context.messages.label(MessageKind::Error, &error);
    // The file of a page is public, whatever its entries are by now.
    if known.format == FileFormat::Page {
        let notebook = context.open()?;
        let mut hidden = Vec::new();
        for reference in refs {
            match notebook.find_exactly(reference) {
                Ok(stored) if !stored.entry.private => {}
                Ok(_) => hidden.push(format!("{reference} (private)")),
                Err(_) => hidden.push(format!("{reference} (removed)")),
            }
        }
        if !hidden.is_empty() {
            context
                .messages
                .say(&format!("{name}: still on the page: {}", hidden.join(", ")));
        }
    }
    let name = shell::command_line([name.as_str()]);
    for how in ["theirs", "ours"] {
        let hint = format!("kb sync {name} --{how}");
        context.messages.label(MessageKind::Hint, &hint);
    }
    Ok(())
}

/// Brings what was edited outside in a document into the notebook, merged with what changed inside.
/// Entries in conflict are left alone on both sides.
fn bring_in(
    known: &Known,
    conflicts: Conflicts,
    dry_run: DryRun,
    context: &mut Context,
) -> Result<Brought, Failure> {
    // The notebook is not kept open while the import writes.
    let outside = known.outside(&context.open()?)?;
    let mut brought = Brought {
        outside,
        exit: Exit::Done,
        is_whole: true,
    };
    match outside {
        Outside::Same => {}
        Outside::Gone => {
            context.messages.say(&format!(
                "`{0}` is gone\n  kb document forget {0}\n  kb document move {0} NEW",
                known.name
            ));
            (brought.exit, brought.is_whole) = (Exit::Partly, false);
        }
        Outside::Changed => {
            if dry_run.is_given() {
                context.use_dry_run_copy()?;
            }
            let path = PathBuf::from(&known.name);
            let again = ImportArguments::again(path, known.format, conflicts, dry_run);
            let outcome = import::bring_in(&again, context)?;
            // What a page could not take in stays in its text.
            brought.is_whole = known.format == FileFormat::Page || outcome.exit == Exit::Done;
            brought.exit = outcome.exit;
            if !outcome.conflicts.is_empty() {
                name_conflicts(known, &outcome.conflicts, context)?;
                brought.exit = Exit::Partly;
            }
        }
    }
    Ok(brought)
}

/// Writes what the notebook has for a document into it, after everything came in.
fn write_out(
    known: &Known,
    outside: Outside,
    dry_run: DryRun,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let exit = Exit::Done;
    // The import has changed what kb knows of the file.
    let notebook = context.open()?;
    let documents = Known::all(&notebook, context)?;
    let Some(mut known) = documents.into_iter().find(|other| other.key == known.key) else {
        return Ok(exit);
    };
    if !known.is_folder() && !known.has_conflicts() && known.outside(&notebook)? == Outside::Changed
    {
        let name = &known.name;
        context.messages.say(&match outside {
            Outside::Changed => format!(
                "`{name}` says something that its entries do not hold: it is not written\n  kb export {name} --force"
            ),
            _ => format!("`{name}` was edited meanwhile: it is not written\n  kb sync {name}"),
        });
        return Ok(Exit::Partly);
    }
    if !known.is_written() {
        return Ok(exit);
    }
    if known.is_folder() {
        let (renamed, notebook) = rename(&known, notebook, dry_run, context)?;
        if renamed.is_empty() && !known.is_behind(&notebook)? {
            return Ok(exit);
        }
        let Some(style) = known.format.style() else {
            return Ok(exit);
        };
        let export = notes::Export {
            folder: &known.name,
            format: known.format,
            style,
            audience: known.audience(),
            selection: notebook.selection(None, &[], &[], None)?,
            is_whole: true,
            force: false,
            edited: Edited::LeaveAlone,
            renamed,
            is_shown: dry_run.is_given(),
        };
        return notes::export(&export, notebook, context);
    }
    if known.is_in_step(&notebook)? {
        return Ok(exit);
    }
    if known.format == FileFormat::Bibtex {
        for (key, reference) in notebook.records_left_behind(&known.files[0])? {
            context.messages.say(&format!(
                "`{}`: `{key}` stays although `{reference}` was removed, because it does not say the same",
                known.name
            ));
        }
    }
    let Some(bytes) = known.bytes(&notebook)? else {
        return Ok(exit);
    };
    let name = known.name.clone();
    let path = Path::new(&name);
    let before = context.read_bytes(path)?;
    if bytes == before {
        let state = known.files[0].state.as_ref();
        let passed_on = state.and_then(|state| state.passed_on.clone());
        let notebook = match passed_on.filter(|_| !dry_run.is_given()) {
            Some(had) => pass_on(&mut known, notebook, [had.as_bytes(), &bytes], context)?.0,
            None => notebook,
        };
        let found = known
            .found_in_step(&notebook)?
            .filter(|_| !dry_run.is_given());
        if let Some(document) = found {
            // A notebook that cannot be written to is compared again.
            let writable = notebook.into_writable(WriteMode::Commit);
            drop(writable.and_then(|mut notebook| notebook.track(&[document], &[])));
        }
        return Ok(exit);
    }
    let (notebook, bytes) = match known.format {
        FileFormat::Bibtex if !dry_run.is_given() => {
            pass_on(&mut known, notebook, [&before, &bytes], context)?
        }
        _ => (notebook, bytes),
    };
    let patch = patch::of(path, Some(&before), Some(&bytes));
    if dry_run.is_given() {
        context.text(&patch)?;
        return Ok(exit);
    }
    rewrite(&known, [&before, &bytes], notebook, context)?;
    let lines = |sign: &str, header: &str| {
        let of_sign = |line: &&str| line.starts_with(sign) && !line.starts_with(header);
        patch.lines().filter(of_sign).count()
    };
    context.messages.say(&format!(
        "`{}`: {} added, {} removed",
        known.name,
        count(lines("+", "+++"), "line", "lines"),
        count(lines("-", "---"), "line", "lines")
    ));
    Ok(exit)
}

/// Gives works what they inherit from records that change in a BibTeX file; returns the notebook, and the
/// bytes that the file gets from it then.
fn pass_on(
    known: &mut Known,
    notebook: Notebook,
    [before, bytes]: [&[u8]; 2],
    context: &mut Context,
) -> Result<(Notebook, Vec<u8>), Failure> {
    if !inherits(&decode(before)) {
        return Ok((notebook, bytes.to_vec()));
    }
    drop(notebook);
    let mut changed = 0;
    // The file is written also if the notebook cannot be.
    if let Ok(mut notebook) = context.open_to_write(WriteMode::Commit, IfMissing::Fail) {
        changed = notebook.pass_on(&known.files[0], before, bytes)?;
        if changed > 0 {
            // After an undo of that, the values come in again.
            if let Some(state) = &mut known.files[0].state {
                state.passed_on = Some(decode(before));
            }
            context.messages.say(&format!(
                "`{}`: {} changed with the record that they inherit from",
                known.name,
                count(changed, "entry", "entries")
            ));
        }
    }
    let notebook = context.open()?;
    let now = match changed {
        0 => None,
        _ => known.bytes(&notebook)?,
    };
    Ok((notebook, now.unwrap_or_else(|| bytes.to_vec())))
}

/// Renames notes with their entries, if the user asked for that of their folder. A note that was edited
/// meanwhile stays where it is.
fn rename(
    known: &Known,
    notebook: Notebook,
    dry_run: DryRun,
    context: &mut Context,
) -> Result<(Vec<Renamed>, Notebook), Failure> {
    if !notebook.renames_notes(&known.key)? {
        return Ok((Vec::new(), notebook));
    }
    drop(notebook);
    if dry_run.is_given() {
        context.use_dry_run_copy()?;
    }
    let mut notebook = context.open_to_write(WriteMode::Commit, IfMissing::Fail)?;
    let tracked = Tracked::of(&notebook);
    let is_free = |note: &Document| {
        let file = std::fs::File::open(tracked.path(&note.path));
        let sum = file.and_then(checksum::of_reader).ok();
        let has_conflict = (note.state.as_ref()).is_some_and(|state| !state.conflicts.is_empty());
        sum.is_some() && sum == note.checksum && !has_conflict
    };
    let root = tracked.path(&known.key);
    let renamed = notebook.rename_notes(&known.key, &is_free, &|path| root.join(path).exists())?;
    Ok((renamed, notebook))
}
