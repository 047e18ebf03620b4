//! Streams the entries that an audience may see.

use std::ops::ControlFlow;

use super::error::NotebookError;
use super::session::Notebook;
use crate::model::{Audience, Entry, Kind};
use crate::store::Selection;

impl Notebook {
    /// Calls `visit` with each selected entry that the audience may see, and its kind, until it
    /// breaks. If the selection reads common fields alone, the kind has no other fields.
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
            // For common fields alone, the definition of the kind is not read.
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
