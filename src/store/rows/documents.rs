//! Reads and writes the rows of tracked files. They belong to this copy of the notebook, so they are
//! neither logged nor undone.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use crate::store::error::StoreError;
use crate::store::file::Store;

/// What a file was compared with before edits made by hand were taken from it, for an undo of that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeforeEdits {
    /// The operation that took the edits.
    pub operation: i64,
    /// The base of the file until then, if it had one.
    pub base: Option<String>,
    /// The stored path of the file until then, if it was renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// A record that kb took out of a bibliography because its entry was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenOut {
    /// The uid of the entry.
    pub uid: String,
    /// The citation key of the record.
    pub key: String,
    /// The text of the record, with the white space before it.
    pub text: String,
    /// The citation key of the record before it.
    pub after: Option<String>,
    /// The end of the text before it.
    pub behind: String,
}

/// Which operations the values in a file come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileState {
    /// The last operation whose changes the file has.
    pub base: i64,
    /// Later imports of the file, which took its values but kept newer ones of the notebook.
    pub imports: Vec<i64>,
    /// Whether kb wrote all values of its entries, so that what it does not have has no value.
    pub whole: bool,
    /// The uids of entries with a field that changed in the file and in the notebook. They are left
    /// alone, and the checksum and the base of the file are those from before their change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<String>,
    /// The records of a bibliography that are left alone, by their citation keys: the key that each has in
    /// the base.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left: BTreeMap<String, String>,
    /// The citation keys of records that say something that their entries do not: they stay as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partial: Vec<String>,
    /// The records that kb took out of the file. A record comes back if its entry does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_out: Vec<TakenOut>,
    /// The citation keys of records that somebody deleted by hand: a filter does not bring them back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<String>,
    /// Whether it was written for the public.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub public: bool,
    /// Whether it was there before kb wrote it. It stays if the import of its entry is undone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub found: bool,
    /// What a bibliography had before records of it were last given what they inherit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_on: Option<String>,
    /// What a page or a note was compared with before the last edits made by hand came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<BeforeEdits>,
    /// The state of the file and of the notebook in which it was last found to have what the notebook has
    /// for it: the last operation, the checksum and the filter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_step: Option<String>,
}

impl FileState {
    /// A file that has the changes of all operations up to this one.
    pub fn at(operation: i64) -> FileState {
        FileState {
            base: operation,
            imports: Vec::new(),
            whole: false,
            conflicts: Vec::new(),
            left: BTreeMap::new(),
            partial: Vec::new(),
            taken_out: Vec::new(),
            absent: Vec::new(),
            public: false,
            found: false,
            passed_on: None,
            before: None,
            in_step: None,
        }
    }

    /// Nothing of it is left alone any more.
    pub fn settle(&mut self) {
        self.conflicts.clear();
        self.left.clear();
        self.partial.clear();
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
    /// The stored path of the folder of notes that it belongs to, if it is a note and that is known.
    pub folder: Option<String>,
    /// The filter that says which new entries the file takes; [`Store::take_new`] sets it.
    pub filter: Option<String>,
}

impl Document {
    /// Whether it is a file of a folder of notes, by the stored path of the folder. An older notebook does
    /// not know the folders of notes.
    pub fn belongs_to(&self, folder: &str) -> bool {
        let is_note = || matches!(self.format.as_str(), "obsidian" | "zola");
        self.folder
            .as_ref()
            .map_or_else(is_note, |own| own == folder)
    }

    /// Whether the file was there before kb wrote it.
    pub fn was_found(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.found)
    }
}

const COLUMNS: &str =
    "path, format, page, checksum, written, base, operation, state, folder, filter";

impl Document {
    /// What is kept of the file when an operation takes edits from it. A base that is not UTF-8 is not kept.
    pub fn before_edits(&self, operation: i64) -> BeforeEdits {
        let base = self
            .base
            .clone()
            .and_then(|base| String::from_utf8(base).ok());
        BeforeEdits {
            operation,
            base,
            path: None,
        }
    }
}

impl Store {
    /// The tracked file at a path.
    pub fn document(&self, path: &str) -> Result<Option<Document>, StoreError> {
        let mut query = self
            .db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM _document WHERE path = ?1"))?;
        Ok(query.query_row([path], document).optional()?)
    }

    /// Forgets the texts of tracked files that have what is purged. The files stay tracked.
    pub(in crate::store) fn forget_texts(
        &self,
        has: &dyn Fn(&str) -> bool,
    ) -> Result<(), StoreError> {
        for document in self.documents("")? {
            let path = document.path;
            if (document.base).is_some_and(|base| has(&String::from_utf8_lossy(&base))) {
                let sql = "UPDATE _document SET base = NULL WHERE path = ?1";
                self.db.execute(sql, [&path])?;
            }
            let Some(mut state) = document.state else {
                continue;
            };
            let before = state.before.as_ref();
            if before.is_some_and(|before| before.base.as_deref().is_some_and(has)) {
                state.before = None;
            }
            if state.passed_on.as_deref().is_some_and(has) {
                state.passed_on = None;
            }
            state.taken_out.retain(|record| {
                ![&record.uid, &record.text, &record.behind]
                    .iter()
                    .any(|text| has(text))
            });
            let sql = "UPDATE _document SET state = ?2 WHERE path = ?1";
            self.db
                .execute(sql, (&path, serde_json::to_string(&state).ok()))?;
        }
        Ok(())
    }

    /// The tracked files whose paths start with `prefix`, in the order of their paths.
    pub fn documents(&self, prefix: &str) -> Result<Vec<Document>, StoreError> {
        let mut query = self.db.prepare(&format!(
            "SELECT {COLUMNS} FROM _document WHERE substr(path, 1, length(?1)) = ?1 ORDER BY path"
        ))?;
        let rows = query.query_map([prefix], document)?;
        let mut found: Vec<Document> = rows.collect::<Result<_, _>>()?;
        // kb stores no path with `..`: a notebook with one was made by somebody else.
        found.retain(|file| file.path.split('/').all(|part| part != ".."));
        Ok(found)
    }

    /// Tracks files, and stops tracking others, in a transaction of its own.
    pub fn track(&mut self, files: &[Document], forgotten: &[String]) -> Result<(), StoreError> {
        let unchanged = |file: &Document| {
            let known = self.document(&file.path)?;
            let known = known.map(|known| Document {
                filter: file.filter.clone(),
                ..known
            });
            Ok(known.as_ref() == Some(file))
        };
        let news = files
            .iter()
            .map(unchanged)
            .collect::<Result<Vec<bool>, StoreError>>()?;
        if forgotten.is_empty() && news.iter().all(|unchanged| *unchanged) {
            return Ok(());
        }
        let transaction = self.db.unchecked_transaction()?;
        // A new note has the filter of its folder.
        let mut filters: HashMap<&str, Option<String>> = HashMap::new();
        for folder in files.iter().filter_map(|file| file.folder.as_deref()) {
            if !filters.contains_key(folder) {
                let sql = "SELECT max(filter) FROM _document WHERE folder = ?1";
                let filter = transaction.query_row(sql, [folder], |row| row.get(0))?;
                filters.insert(folder, filter);
            }
        }
        for file in files {
            let folder = file.folder.as_deref();
            transaction
                .prepare_cached(
                    "INSERT INTO _document (path, format, page, checksum, written, base, operation, state, folder, filter)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                     ON CONFLICT (path) DO UPDATE SET format = ?2, page = ?3, checksum = ?4, written = ?5, base = ?6, operation = ?7, state = ?8, folder = ?9",
                )?
                .execute((
                    &file.path,
                    &file.format,
                    &file.page,
                    &file.checksum,
                    file.written,
                    &file.base,
                    file.operation,
                    file.state.as_ref().and_then(|state| serde_json::to_string(state).ok()),
                    folder,
                    folder.and_then(|folder| filters.get(folder)),
                ))?;
        }
        for path in forgotten {
            transaction.execute("DELETE FROM _document WHERE path = ?1", [path])?;
        }
        Ok(transaction.commit()?)
    }

    /// The number of the newest operation at which a tracked file was read or written; for a page, at
    /// which its layout changed. `None` without files.
    pub fn last_tracked(&self) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT max(coalesce(operation, (SELECT max(change.operation) FROM change WHERE subject = 'page/' || page))) FROM _document";
        Ok(self.db.query_row(sql, [], |row| row.get(0))?)
    }

    /// Sets the filter that says which new entries a tracked file or folder takes; `None` for what is
    /// usual.
    pub fn take_new(&mut self, path: &str, filter: Option<&str>) -> Result<(), StoreError> {
        let sql = "UPDATE _document SET filter = ?2 WHERE path = ?1 OR folder = ?1";
        self.db.execute(sql, (path, filter))?;
        Ok(())
    }

    /// Tracks a file, or the files of a folder, under another path.
    pub fn move_documents(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        let transaction = self.db.unchecked_transaction()?;
        for column in ["path", "folder"] {
            let sql = format!(
                "UPDATE OR REPLACE _document SET {column} = ?2 || substr({column}, length(?1) + 1)
                 WHERE {column} = ?1 OR substr({column}, 1, length(?1) + 1) = ?1 || '/'"
            );
            transaction.execute(&sql, [from, to])?;
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
        folder: row.get(8)?,
        filter: row.get(9)?,
    })
}
