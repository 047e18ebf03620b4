//! Streams the entries that an audience may see.

use std::ops::ControlFlow;

use super::error::NotebookError;
use super::published::published;
use super::session::Notebook;
use crate::model::{Audience, Entry, Kind};
use crate::store::Selection;

impl Notebook {
    /// Calls `visit` with each selected entry that the audience may see, and its kind, until it
    /// breaks. For the public, entries come without private fields and without links to entries that
    /// are not public; returns the number of those links. If the selection reads only common fields, the
    /// kind lacks its own.
    pub fn for_each(
        &self,
        selection: &Selection,
        audience: Audience,
        mut visit: impl FnMut(&Entry, &Kind) -> ControlFlow<()>,
    ) -> Result<usize, NotebookError> {
        let mut bare: Option<Kind> = None;
        let (mut hidden, mut failed) = (0, None);
        self.store.for_each(selection, |stored| {
            let entry = &stored.entry;
            if !audience.sees(entry) {
                return ControlFlow::Continue(());
            }
            // For common fields alone, the definition of the kind is not read.
            let kind = if selection.reads.only_common() {
                None
            } else {
                self.kinds().get(&entry.kind)
            };
            match kind {
                Some(kind) if audience == Audience::Public => {
                    match published(&self.store, entry, kind, &[]) {
                        Ok((public, links)) => {
                            hidden += links;
                            visit(&public, kind)
                        }
                        Err(error) => {
                            failed = Some(error);
                            ControlFlow::Break(())
                        }
                    }
                }
                Some(kind) => visit(entry, kind),
                None => visit(entry, bare.insert(Kind::stand_in(&entry.kind))),
            }
        })?;
        failed.map_or(Ok(hidden), Err)
    }
}
