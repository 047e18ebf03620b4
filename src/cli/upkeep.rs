//! The search index brought up to date before it is asked, with a progress bar.

use super::context::Context;
use super::failure::Failure;
use super::messages::MessageKind;
use super::progress::Progress;
use crate::model::Query;
use crate::notebook::{Notebook, NotebookError};
use crate::store::StoreError;

/// Brings the search index in step if a query needs it.
pub(super) fn catch_up_for(
    query: &Query,
    notebook: &mut Notebook,
    context: &Context,
) -> Result<(), Failure> {
    if query.has_words() {
        catch_up(notebook, context)
    } else {
        Ok(())
    }
}

/// Brings the search index in step, with a bar. Where the notebook may not be written, that is said and what is there is searched.
pub(super) fn catch_up(notebook: &mut Notebook, context: &Context) -> Result<(), Failure> {
    match with_bar(context, |progress| notebook.catch_up(progress)) {
        Err(NotebookError::Store(
            error @ (StoreError::ReadOnly(_) | StoreError::Busy | StoreError::Full),
        )) => {
            context.messages.label(
                MessageKind::Warning,
                &format!("the search index is out of step and cannot be made anew: {error}"),
            );
            Ok(())
        }
        caught => Ok(caught?),
    }
}

/// Makes the views and the search index anew, with a bar.
pub(super) fn mend(notebook: &mut Notebook, context: &Context) -> Result<(), Failure> {
    Ok(with_bar(context, |progress| notebook.mend(progress))?)
}

fn with_bar<T>(context: &Context, work: impl FnOnce(&mut dyn FnMut(usize, usize)) -> T) -> T {
    let mut progress = Progress::of_entries("indexing", context);
    let done = work(&mut |done, total| progress.at(done as u64, total as u64));
    progress.end();
    done
}

/// What the index is asked; if it turns out to be damaged, it is made anew and asked again.
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
