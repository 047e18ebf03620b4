//! Entries out, for an audience, streamed.

use std::ops::ControlFlow;

use super::{Notebook, NotebookError};
use crate::model::{Audience, Entry, Kind};
use crate::store::Selection;

impl Notebook {
    /// Calls back with every entry of a selection that the audience may see, with its kind, until it says to stop. A selection of the
    /// common fields alone has kinds that know no others.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn for_each(&self, selection: &Selection, audience: Audience, mut see: impl FnMut(&Entry, &Kind) -> ControlFlow<()>) -> Result<(), NotebookError> {
        let mut bare: Option<Kind> = None;
        self.store.for_each(selection, |stored| {
            let entry = &stored.entry;
            if !audience.sees(entry) {
                return ControlFlow::Continue(());
            }
            // The definition of a kind that nobody looks at is not read.
            let kind = if selection.common { None } else { self.kinds().get(&entry.kind) };
            match kind {
                Some(kind) => see(entry, kind),
                None => see(entry, bare.insert(Kind::stand_in(&entry.kind))),
            }
        })?;
        Ok(())
    }
}
