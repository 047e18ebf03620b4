//! What follows the writing of a file: the notebook tracks it, and messages name what is not in it.
//!
//! The file is compared again just before it is replaced: an editor that saved meanwhile loses nothing.

use std::path::Path;

use super::context::Context;
use super::failure::Failure;
use super::file_format::FileFormat;
use super::known::Known;
use super::outfile::Overwrite;
use super::tracked::Tracked;
use crate::model::Entry;
use crate::notebook::page::PageExport;
use crate::notebook::{Addition, Notebook, Unplaced};
use crate::store::{Document, FileState, WriteMode};
use crate::text::checksum;
use crate::text::english::{count, first_few};
use crate::text::shell;

/// Writes a page or a BibTeX file that kb knows again, with the bytes that [`Known::bytes`] gave, if it
/// still has the bytes `before`.
pub(super) fn rewrite(
    known: &Known,
    [before, bytes]: [&[u8]; 2],
    notebook: Notebook,
    context: &mut Context,
) -> Result<(), Failure> {
    let name = Path::new(&known.name);
    let path = context.environment.path(name);
    let tracked = Tracked::of(&notebook);
    let operation = notebook.last_operation()?;
    let overwrite = Overwrite::IfChecksum(Some(checksum::of_bytes(before)));
    context.rewrite_file(name, bytes, overwrite)?;
    let file = &known.files[0];
    let page = match known.format {
        FileFormat::Page => {
            let page = notebook.export_page_file(file)?;
            say_unplaced(&page.unplaced, context);
            Some(page)
        }
        _ => None,
    };
    let before_conflicts = known.before_conflicts(&notebook, bytes, page.as_ref())?;
    let mut document = written(&tracked, &path, known.format, page, true, operation)?;
    leave_alone(&mut document, file, before, &notebook)?;
    if let Some(before) = before_conflicts {
        document.checksum = Some(checksum::of_bytes(&before));
        if known.format == FileFormat::Bibtex {
            document.base = Some(before);
        }
    }
    track(notebook, &[document], &[], context);
    Ok(())
}

/// Lets a file that was written just now know what was left alone in it: `known` is the document that it
/// was written for, `before` are the bytes that it had.
pub(super) fn leave_alone(
    document: &mut Document,
    known: &Document,
    before: &[u8],
    notebook: &Notebook,
) -> Result<(), Failure> {
    let Some(state) = &mut document.state else {
        return Ok(());
    };
    if document.format == FileFormat::Bibtex.name() {
        state.taken_out = notebook.taken_out(known, before)?;
    }
    if let Some(known) = &known.state {
        state.conflicts.clone_from(&known.conflicts);
        state.left.clone_from(&known.left);
        state.absent.clone_from(&known.absent);
        state.partial.clone_from(&known.partial);
        state.before.clone_from(&known.before);
        state.passed_on.clone_from(&known.passed_on);
    }
    Ok(())
}

/// The document of a file that was written just now, with what the notebook had at an operation.
/// `whole` tells whether what the file does not have has no value.
pub(super) fn written(
    tracked: &Tracked,
    path: &Path,
    format: FileFormat,
    page: Option<PageExport>,
    whole: bool,
    operation: i64,
) -> Result<Document, Failure> {
    let (name, layout) = page.map_or((None, None), |page| (page.page, Some(page.layout)));
    let mut document = tracked.document(path, format, name, true)?;
    if let Some(layout) = layout {
        document.base = Some(layout.into_bytes());
    }
    document.operation = Some(operation);
    document.state = Some(FileState {
        whole,
        ..FileState::at(operation)
    });
    Ok(document)
}

/// Names the entries for which a page has no section.
pub(super) fn say_unplaced(unplaced: &[String], context: &Context) {
    if !unplaced.is_empty() {
        let shown: Vec<String> = unplaced.iter().take(10).cloned().collect();
        context.messages.say(&format!(
            "{} no place on the page: {}",
            count(unplaced.len(), "entry has", "entries have"),
            shown.join(", ")
        ));
    }
}

/// Names those of the new entries that no file takes, and what to add to one.
pub(super) fn say_left_out(
    notebook: &Notebook,
    new: Vec<Entry>,
    context: &Context,
) -> Result<(), Failure> {
    let tracked = Tracked::of(notebook);
    for Unplaced {
        refs,
        path,
        addition,
    } in &notebook.unplaced(new)?
    {
        let path = tracked.name(path, &context.environment.folder);
        let how = match addition {
            Addition::Heading(heading) => format!("add the heading `## {heading}` to `{path}`"),
            Addition::Filter(filter) => {
                shell::command_line(["kb", "document", "set", &path, filter])
            }
        };
        context.messages.say(&format!(
            "{} in no file: {}\n  {how}",
            count(refs.len(), "new entry is", "new entries are"),
            first_few(refs)
        ));
    }
    Ok(())
}

/// Records what was written. A notebook that cannot be written to exports all the same.
pub(super) fn track(
    notebook: Notebook,
    files: &[Document],
    forgotten: &[String],
    context: &Context,
) {
    let tracked = notebook
        .into_writable(WriteMode::Commit)
        .and_then(|mut notebook| notebook.track(files, forgotten));
    if let Err(error) = tracked {
        context.messages.say(&format!(
            "exported, but the notebook cannot track the file: {error}"
        ));
    }
}
