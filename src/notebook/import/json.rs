//! Imports JSON and JSON lines as a stream.

use std::io::BufRead;

use super::importer::{Imported, Importer, RowOptions};
use crate::format::json;
use crate::model::Reason;
use crate::notebook::error::NotebookError;
use crate::notebook::session::Notebook;
use crate::text::place::Place;

impl Notebook {
    /// Imports JSON lines, or one JSON value over several lines. `bytes` is the size of the input,
    /// if known; `progress` gets the number of bytes read.
    ///
    /// # Errors
    /// [`NotebookError::Input`] if `input` cannot be read, or [`NotebookError::BothChanged`]. After
    /// any error the notebook is unchanged.
    pub fn import_json(
        &mut self,
        input: &mut dyn BufRead,
        bytes: Option<u64>,
        options: RowOptions<'_>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Imported, NotebookError> {
        let clock = self.clock.clone();
        let bulk = self.is_bulk(bytes)?;
        let (imported, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                let mut importer = Importer::new(writer, &clock, options)?;
                if bulk {
                    importer.writer.begin_bulk()?;
                }
                importer.lines(input, progress)?;
                importer.finish()
            })?;
        Ok(imported)
    }
}

impl Notebook {
    /// Imports TOML as kb exports it.
    ///
    /// # Errors
    /// [`NotebookError::Input`] if it is not TOML, and those of [`Notebook::import_json`].
    pub fn import_toml(
        &mut self,
        name: &str,
        source: &str,
        options: RowOptions<'_>,
    ) -> Result<Imported, NotebookError> {
        let rows = json::read_toml(source).map_err(|(line, column, why)| NotebookError::Input {
            name: name.to_owned(),
            place: Place { line, column },
            reason: Reason::new(why),
        })?;
        let clock = self.clock.clone();
        let (imported, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                let mut importer = Importer::new(writer, &clock, options)?;
                importer.writer.expect_changes(rows.len())?;
                for (line, draft) in &rows {
                    importer.line = *line;
                    importer.take(draft)?;
                }
                importer.finish()
            })?;
        Ok(imported)
    }
}

impl Importer<'_, '_> {
    /// Imports JSON lines; an incomplete first line starts one value over several lines.
    fn lines(
        &mut self,
        input: &mut dyn BufRead,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), NotebookError> {
        let mut bytes = Vec::new();
        let mut read = 0u64;
        loop {
            bytes.clear();
            // One byte more than allowed, to recognise a line that is too long.
            let limit = json::LONGEST_LINE as u64 + 1;
            let n = std::io::Read::take(&mut *input, limit)
                .read_until(b'\n', &mut bytes)
                .map_err(|e| self.unreadable(&e.to_string()))?;
            if n == 0 {
                return Ok(());
            }
            read += n as u64;
            self.line += 1;
            progress(read);
            if n > json::LONGEST_LINE {
                self.problem(1, "the line is longer than 16 MB".to_owned());
                skip_line(input).map_err(|e| self.unreadable(&e.to_string()))?;
                continue;
            }
            let text = match std::str::from_utf8(&bytes) {
                Ok(text) => text.trim_start_matches('\u{feff}'),
                Err(e) => {
                    self.problem(
                        e.valid_up_to() + 1,
                        format!("invalid UTF-8 at byte {}", e.valid_up_to()),
                    );
                    continue;
                }
            };
            if text.trim().is_empty() {
                continue;
            }
            match json::read_line(text) {
                Ok(draft) => self.take(&draft)?,
                // One value over several lines: an array, or a pretty-printed object.
                Err(_)
                    if self.line == 1
                        && matches!(text.trim_start().as_bytes().first(), Some(b'[' | b'{')) =>
                {
                    return self.whole(text.to_owned(), input);
                }
                Err((_, column, why)) => self.problem(column, why),
            }
        }
    }

    /// Imports the JSON value that begins with `text` and continues in `input`.
    fn whole(&mut self, mut text: String, input: &mut dyn BufRead) -> Result<(), NotebookError> {
        // At most 1 GiB is read.
        let limit = 64 * json::LONGEST_LINE as u64;
        std::io::Read::read_to_string(&mut std::io::Read::take(input, limit), &mut text)
            .map_err(|e| self.unreadable(&e.to_string()))?;
        match json::read(&text) {
            // The line of each draft is not known, so problems are reported at line 1.
            Ok(drafts) => drafts.iter().try_for_each(|draft| self.take(draft)),
            Err((line, column, why)) => {
                // A line further down that is whole says that each line is a value of its own.
                let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
                if rest.lines().any(|line| json::read_line(line).is_ok()) {
                    // The error of the whole text can be on a later line: take that of the first.
                    let (column, why) = json::read_line(first)
                        .map_or_else(|(_, column, why)| (column, why), |_| (column, why));
                    self.problem(column, why);
                    // `lines` goes on at line 2, so it does not call `whole` again.
                    return self.lines(&mut rest.as_bytes(), &mut |_| ());
                }
                self.line = line;
                self.problem(column, why);
                Ok(())
            }
        }
    }

    fn unreadable(&self, why: &str) -> NotebookError {
        NotebookError::Input {
            name: "input".to_owned(),
            place: Place {
                line: self.line + 1,
                column: 1,
            },
            reason: Reason::new(why),
        }
    }
}

/// Skips the rest of a line.
fn skip_line(input: &mut dyn BufRead) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        match buffer.iter().position(|byte| *byte == b'\n') {
            Some(at) => {
                input.consume(at + 1);
                return Ok(());
            }
            None => {
                let length = buffer.len();
                input.consume(length);
            }
        }
    }
}
