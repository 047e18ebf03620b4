//! Reads and writes the rows of tracked files. They belong to this copy of the notebook, so they are
//! neither logged nor undone.

use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use crate::store::error::StoreError;
use crate::store::file::Store;

/// Which operations the values in a file come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileState {
    /// The last operation whose changes the file has.
    pub base: i64,
    /// Later imports of the file, which took its values but kept newer ones of the notebook.
    pub imports: Vec<i64>,
    /// Whether kb wrote all values of its entries, so that what it does not have has no value.
    pub whole: bool,
}

impl FileState {
    /// A file that has the changes of all operations up to this one.
    pub fn at(operation: i64) -> FileState {
        FileState {
            base: operation,
            imports: Vec::new(),
            whole: false,
        }
    }
}

/// A text file outside the notebook that kb read or wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The path, relative to the folder of the notebook where possible, with `/` between names.
    pub path: String,
    /// The name of its format, such as `page` or `bibtex`.
    pub format: String,
    /// The name of the page that it holds, if it is a page.
    pub page: Option<String>,
    /// The [`crate::text::checksum`] of the bytes last read or written; `None` if the user deleted
    /// the file.
    pub checksum: Option<String>,
    /// Whether kb wrote these bytes, rather than read them.
    pub written: bool,
    /// The bytes of a note of a vault, to tell a hand edit from a change in the notebook.
    pub base: Option<Vec<u8>>,
    /// The last operation when the file was last read or written, if it is known.
    pub operation: Option<i64>,
    /// Which operations the file has, if it is known.
    pub state: Option<FileState>,
}

const COLUMNS: &str = "path, format, page, checksum, written, base, operation, state";

impl Store {
    /// The tracked file at a path.
    pub fn document(&self, path: &str) -> Result<Option<Document>, StoreError> {
        let mut query = self
            .db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM _document WHERE path = ?1"))?;
        Ok(query.query_row([path], document).optional()?)
    }

    /// The tracked files whose paths start with `prefix`, in the order of their paths.
    pub fn documents(&self, prefix: &str) -> Result<Vec<Document>, StoreError> {
        let mut query = self.db.prepare(&format!(
            "SELECT {COLUMNS} FROM _document WHERE substr(path, 1, length(?1)) = ?1 ORDER BY path"
        ))?;
        let rows = query.query_map([prefix], document)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Tracks files, and stops tracking others, in a transaction of its own.
    pub fn track(&mut self, files: &[Document], forgotten: &[String]) -> Result<(), StoreError> {
        let unchanged = |file: &Document| Ok(self.document(&file.path)?.as_ref() == Some(file));
        let news = files
            .iter()
            .map(unchanged)
            .collect::<Result<Vec<bool>, StoreError>>()?;
        if forgotten.is_empty() && news.iter().all(|unchanged| *unchanged) {
            return Ok(());
        }
        let transaction = self.db.unchecked_transaction()?;
        for file in files {
            transaction
                .prepare_cached(&format!(
                    "INSERT OR REPLACE INTO _document ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
                ))?
                .execute((
                    &file.path,
                    &file.format,
                    &file.page,
                    &file.checksum,
                    file.written,
                    &file.base,
                    file.operation,
                    file.state.as_ref().and_then(|state| serde_json::to_string(state).ok()),
                ))?;
        }
        for path in forgotten {
            transaction.execute("DELETE FROM _document WHERE path = ?1", [path])?;
        }
        Ok(transaction.commit()?)
    }
}

fn document(row: &Row<'_>) -> rusqlite::Result<Document> {
    Ok(Document {
        path: row.get(0)?,
        format: row.get(1)?,
        page: row.get(2)?,
        checksum: row.get(3)?,
        written: row.get(4)?,
        base: row.get(5)?,
        operation: row.get(6)?,
        state: row
            .get::<_, Option<String>>(7)?
            .and_then(|text| serde_json::from_str(&text).ok()),
    })
}
