//! Entries out, for an audience, streamed.

use std::ops::ControlFlow;

use super::{Notebook, NotebookError};
use crate::model::{Audience, Entry, Kind};
use crate::store::Selection;

impl Notebook {
    /// Calls back with every entry of a selection that the audience may see, with its kind, until it says to stop.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn for_each(&self, selection: &Selection, audience: Audience, mut see: impl FnMut(&Entry, &Kind) -> ControlFlow<()>) -> Result<(), NotebookError> {
        let bare: Vec<Kind> = self.kinds().broken.iter().map(|(name, _)| bare(name)).collect();
        self.store.for_each(selection, |stored| {
            let entry = &stored.entry;
            let kind = self.kinds().get(&entry.kind).or_else(|| bare.iter().find(|kind| kind.name == entry.kind));
            match kind {
                Some(kind) if audience.sees(entry) => see(entry, kind),
                _ => ControlFlow::Continue(()),
            }
        })?;
        Ok(())
    }
}

/// A stand-in for a kind whose definition cannot be read: its entries keep their common fields.
fn bare(name: &str) -> Kind {
    Kind {
        name: name.to_owned(),
        plural: name.to_owned(),
        summary: String::new(),
        columns: vec!["title".to_owned()],
        order: Vec::new(),
        private: true,
        wanted: Vec::new(),
        page: Default::default(),
        fields: Vec::new(),
    }
}
