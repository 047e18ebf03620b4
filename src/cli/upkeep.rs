//! Updates and rebuilds the search index, with a progress bar.

use super::context::Context;
use super::failure::Failure;
use super::messages::MessageKind;
use super::progress::Progress;
use crate::model::Query;
use crate::notebook::{Notebook, NotebookError};
use crate::store::StoreError;

/// Updates the search index if the query has words, or if another program changed entries: then the
/// rows that filters search are out of date too.
pub(super) fn catch_up_for(
    query: &Query,
    notebook: &mut Notebook,
    context: &Context,
) -> Result<(), Failure> {
    if query.has_words() || notebook.is_stale()? {
        catch_up(notebook, context)
    } else {
        Ok(())
    }
}

/// Updates the search index, with a progress bar. If the notebook cannot be written, prints a
/// warning; the search then uses the outdated index.
pub(super) fn catch_up(notebook: &mut Notebook, context: &Context) -> Result<(), Failure> {
    match with_bar(context, |progress| notebook.catch_up(progress)) {
        Err(NotebookError::Store(
            error @ (StoreError::ReadOnly(_) | StoreError::Busy | StoreError::Full),
        )) => {
            context.messages.label(
                MessageKind::Warning,
                &format!("the search index is out of date and cannot be updated: {error}"),
            );
            Ok(())
        }
        caught => Ok(caught?),
    }
}

/// Rebuilds the views and the search index, with a progress bar.
pub(super) fn mend(notebook: &mut Notebook, context: &Context) -> Result<(), Failure> {
    Ok(with_bar(context, |progress| notebook.mend(progress))?)
}

/// Runs `work` with a progress bar.
fn with_bar<T>(context: &Context, work: impl FnOnce(&mut dyn FnMut(usize, usize)) -> T) -> T {
    let mut progress = Progress::of_entries("indexing", context);
    let done = work(&mut |done, total| progress.at(done as u64, total as u64));
    progress.end();
    done
}

/// Runs a query on the search index. If the index is damaged, rebuilds it and runs the query again.
pub(super) fn ask<T>(
    notebook: &mut Notebook,
    context: &Context,
    question: impl Fn(&Notebook) -> Result<T, NotebookError>,
) -> Result<T, Failure> {
    match question(notebook) {
        Err(NotebookError::Store(StoreError::Index)) => {
            mend(notebook, context)?;
            context
                .messages
                .say("the search index was damaged and has been rebuilt");
            Ok(question(notebook)?)
        }
        answer => Ok(answer?),
    }
}
