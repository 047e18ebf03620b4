//! Imports Anki notes.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::importer::{Imported, Importer};
use crate::format::anki;
use crate::model::Query;
use crate::notebook::error::{Located, NotebookError};
use crate::notebook::session::Notebook;
use crate::store::Selection;
use crate::text::place::Place;

impl Notebook {
    /// Imports Anki notes as entries of `kind`, or of the default kind for cards. A note with the
    /// guid of an earlier import updates its entry. `progress` gets the number of notes done and
    /// the total.
    ///
    /// # Errors
    /// The kind is unknown. After any error the notebook is unchanged.
    pub fn import_cards(
        &mut self,
        source: &str,
        kind: Option<&str>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Imported, NotebookError> {
        let kind = self.kind(kind.unwrap_or(&anki::kind()))?.name.clone();
        let found = anki::read(source, &kind);
        let mut known: HashMap<String, String> = HashMap::new();
        if found
            .rows
            .iter()
            .any(|(_, draft)| anki::guid(&draft.extra).is_some())
        {
            self.store.for_each(
                &Selection {
                    common: true,
                    ..Selection::of(Query::Kind(vec![kind.clone()]))
                },
                |stored| {
                    let entry = stored.entry;
                    let guid = anki::guid(&entry.extra).unwrap_or(&entry.uid).to_owned();
                    known.insert(guid, entry.uid);
                    ControlFlow::Continue(())
                },
            )?;
        }
        let clock = self.clock.clone();
        let (mut imported, _) =
            self.store
                .write(&self.command, &self.clock, self.mode, |writer| {
                    let mut importer = Importer::new(writer, &clock, Some(&kind))?;
                    let total = found.rows.len() as u64;
                    for (number, (line, mut draft)) in (0..).zip(found.rows) {
                        progress(number, total);
                        importer.line = line;
                        if let Some((guid, uid)) =
                            anki::guid(&draft.extra).and_then(|guid| known.get_key_value(guid))
                        {
                            draft.set("uid", uid);
                            if guid == uid {
                                anki::without_guid(&mut draft);
                            }
                        }
                        importer.take(&draft)?;
                    }
                    Ok::<_, NotebookError>(importer.done)
                })?;
        imported.notes = found
            .notes
            .into_iter()
            .map(|(line, message)| Located {
                place: Place { line, column: 1 },
                message,
            })
            .collect();
        Ok(imported)
    }
}
