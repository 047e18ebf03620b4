//! Imports tables.

use super::importer::{Imported, Importer, RowOptions};
use crate::format::table::{self, EmptyCell, Separator};
use crate::notebook::error::{Located, NotebookError};
use crate::notebook::session::Notebook;
use crate::text::place::Place;

impl Notebook {
    /// Imports a table. `name` is the file name for messages, `map` assigns columns to fields, and
    /// `progress` gets the number of rows done and the total.
    ///
    /// # Errors
    /// The kind is unknown, [`NotebookError::BothChanged`], or [`NotebookError::Input`] if the table
    /// has no header or no title column. After any error the notebook is unchanged.
    pub fn import_table(
        &mut self,
        name: &str,
        source: &str,
        separator: Separator,
        map: &[(String, String)],
        options: RowOptions<'_>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Imported, NotebookError> {
        let kind = options
            .kind
            .map(|kind| self.kind(kind).map(|kind| kind.name.clone()))
            .transpose()?;
        let empty = match options.known {
            Some(known) if known.state.whole => EmptyCell::Clears,
            _ => EmptyCell::Ignored,
        };
        let place = |line: usize| Place { line, column: 1 };
        let table = table::read(source, separator, map, kind.as_deref(), self.kinds(), empty)
            .map_err(|reason| NotebookError::Input {
                name: name.to_owned(),
                place: place(1),
                reason,
            })?;
        let clock = self.clock.clone();
        let (mut imported, _) =
            self.store
                .write(&self.command, &self.clock, self.mode, |writer| {
                    let options = RowOptions {
                        kind: kind.as_deref(),
                        ..options
                    };
                    let mut importer = Importer::new(writer, &clock, options)?;
                    importer.writer.expect_changes(table.rows.len())?;
                    for (number, (line, draft)) in (0..).zip(&table.rows) {
                        progress(number, table.rows.len() as u64);
                        importer.line = *line;
                        importer.take(draft)?;
                    }
                    importer.finish()
                })?;
        imported.notes.splice(
            0..0,
            table.notes.into_iter().map(|(line, message)| Located {
                place: place(line),
                message,
            }),
        );
        Ok(imported)
    }
}
