//! Entries out, for an audience, streamed.

use std::ops::ControlFlow;

use super::error::NotebookError;
use super::session::Notebook;
use crate::model::{Audience, Entry, Kind};
use crate::store::Selection;

impl Notebook {
    /// Calls back with every entry of a selection that the audience may see, with its kind, until it says to stop. A selection of the
    /// common fields alone has kinds that know no others.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn for_each(
        &self,
        selection: &Selection,
        audience: Audience,
        mut visit: impl FnMut(&Entry, &Kind) -> ControlFlow<()>,
    ) -> Result<(), NotebookError> {
        let mut bare: Option<Kind> = None;
        self.store.for_each(selection, |stored| {
            let entry = &stored.entry;
            if !audience.sees(entry) {
                return ControlFlow::Continue(());
            }
            // The definition of a kind that nobody looks at is not read.
            let kind = if selection.common {
                None
            } else {
                self.kinds().get(&entry.kind)
            };
            match kind {
                Some(kind) => visit(entry, kind),
                None => visit(entry, bare.insert(Kind::stand_in(&entry.kind))),
            }
        })?;
        Ok(())
    }
}
