//! Attaches files to entries.
//!
//! The content of a file is stored once, by its checksum, beside the entries; what an entry has is the name of
//! the file and that of the content. Neither is ever published, and `kb purge` removes both.

use serde_json::json;

use super::error::NotebookError;
use super::resolve::find_in;
use super::session::Notebook;
use crate::format::attached;
use crate::model::Entry;

/// A file to attach.
#[derive(Debug, Clone, Copy)]
pub enum FileToAttach<'a> {
    /// Its content.
    Content(&'a [u8]),
    /// Its path.
    Path(&'a str),
}

impl Notebook {
    /// Attaches a file to an entry under a name, in place of a former one with that name. The entry
    /// counts as unchanged: for the public it is.
    ///
    /// # Errors
    /// The ref does not resolve.
    pub fn attach(
        &mut self,
        reference: &str,
        name: &str,
        file: FileToAttach<'_>,
    ) -> Result<Entry, NotebookError> {
        let (entry, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                let stored = find_in(writer.store(), reference)?;
                let value = match file {
                    FileToAttach::Content(content) => {
                        json!({ "content": writer.put_attachment(content)? })
                    }
                    FileToAttach::Path(path) => json!({ "path": path }),
                };
                let mut after = stored.entry.clone();
                let files = after
                    .extra
                    .entry(attached::NAME)
                    .or_insert_with(|| json!({}));
                files[name] = value;
                writer.update(&stored, &after)?;
                Ok::<_, NotebookError>(after)
            })?;
        Ok(entry)
    }

    /// The content that the notebook keeps under a name.
    pub fn attachment(&self, name: &str) -> Result<Option<Vec<u8>>, NotebookError> {
        Ok(self.store.attachment(name)?)
    }
}
