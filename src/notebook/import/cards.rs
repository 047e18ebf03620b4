//! Imports Anki notes.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::importer::{Imported, Importer, RowOptions};
use crate::format::anki;
use crate::model::Query;
use crate::notebook::error::{Located, NotebookError};
use crate::notebook::session::Notebook;
use crate::store::{Reads, Selection};
use crate::text::place::Place;

impl Notebook {
    /// Imports Anki notes as entries of the given kind, or of the default kind for cards. A note with
    /// the guid of an entry updates that entry. `progress` gets the number of notes done and
    /// the total.
    ///
    /// # Errors
    /// The kind is unknown, or [`NotebookError::BothChanged`]. After any error the notebook is
    /// unchanged.
    pub fn import_cards(
        &mut self,
        source: &str,
        options: RowOptions<'_>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Imported, NotebookError> {
        let kind = self
            .kind(options.kind.unwrap_or(&anki::kind()))?
            .name
            .clone();
        let found = anki::read(source, &kind);
        // The uid and the kind of each entry by its guid. Without `--kind` a note is the entry that
        // it came from, whatever its kind.
        let mut known: HashMap<String, (String, String)> = HashMap::new();
        let searched = match options.kind {
            Some(_) => Query::Kind(vec![kind.clone()]),
            None => Query::All,
        };
        if found
            .rows
            .iter()
            .any(|(_, draft)| anki::guid(&draft.extra).is_some())
        {
            self.store.for_each(
                &Selection {
                    reads: Reads::Common,
                    ..Selection::of(searched)
                },
                |stored| {
                    let entry = stored.entry;
                    let guid = anki::guid(&entry.extra).unwrap_or(&entry.uid).to_owned();
                    known.insert(guid, (entry.uid, entry.kind));
                    ControlFlow::Continue(())
                },
            )?;
        }
        let clock = self.clock.clone();
        let (mut imported, _) =
            self.store
                .write(&self.command, &self.clock, self.mode, |writer| {
                    let options = RowOptions {
                        kind: Some(&kind),
                        ..options
                    };
                    let mut importer = Importer::new(writer, &clock, options)?;
                    importer.writer.expect_changes(found.rows.len())?;
                    let total = found.rows.len() as u64;
                    for (number, (line, mut draft)) in (0..).zip(found.rows) {
                        progress(number, total);
                        importer.line = line;
                        if let Some((guid, (uid, kind))) =
                            anki::guid(&draft.extra).and_then(|guid| known.get_key_value(guid))
                        {
                            draft.set("uid", uid);
                            draft.kind = Some(kind.clone());
                            if guid == uid {
                                anki::without_guid(&mut draft);
                            }
                        }
                        importer.take(&draft)?;
                    }
                    importer.finish()
                })?;
        imported.notes.splice(
            0..0,
            found.notes.into_iter().map(|(line, message)| Located {
                place: Place { line, column: 1 },
                message,
            }),
        );
        Ok(imported)
    }
}
